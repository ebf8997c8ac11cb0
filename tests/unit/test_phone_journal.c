/* The journal of phones: bounds of what is kept, repetition, who asks from where; its size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phones/phone_journal.h"

static struct journal_note notes[JOURNAL_NOTES_MAX];

static void test_newest_are_kept(void **state) {
    struct phone_journal journal = {0};
    char text[40];
    (void)state;
    assert_int_equal(phone_journal_read(&journal, "SEP1", JOURNAL_FILE, notes), 0);
    phone_journal_note(&journal, "SEP1", true, JOURNAL_TRUST, 5, "ITL none");
    for (int i = 0; i < 9; i++) {
        (void)snprintf(text, sizeof text, "file %d", i);
        phone_journal_note(&journal, "SEP1", true, JOURNAL_FILE, 1000 + i, text);
    }
    assert_int_equal(phone_journal_read(&journal, "SEP1", JOURNAL_FILE, notes), JOURNAL_NOTES_MAX);
    assert_string_equal(notes[0].text, "file 8");
    assert_int_equal(notes[0].at_ms, 1008);
    assert_string_equal(notes[JOURNAL_NOTES_MAX - 1].text, "file 3");
    assert_int_equal(phone_journal_read(&journal, "SEP1", JOURNAL_TRUST, notes), 1);
    assert_int_equal(phone_journal_read(&journal, "SEP2", JOURNAL_FILE, notes), 0);
    phone_journal_free(&journal);
    assert_int_equal(journal.bytes, 0);
}

static void test_repetition_is_counted(void **state) {
    struct phone_journal journal = {0};
    (void)state;
    phone_journal_note(&journal, "SEP1", false, JOURNAL_REGISTRATION, 1, "refused");
    phone_journal_note(&journal, "SEP1", false, JOURNAL_ALARM, 2, "refused");
    for (int i = 0; i < 100000; i++) {
        phone_journal_note(&journal, "SEP1", false, JOURNAL_REGISTRATION, 3 + i, "refused");
    }
    assert_int_equal(phone_journal_read(&journal, "SEP1", JOURNAL_REGISTRATION, notes), 1);
    assert_int_equal(notes[0].times, UINT16_MAX);
    assert_int_equal(notes[0].at_ms, 100002);
    assert_int_equal(phone_journal_read(&journal, "SEP1", JOURNAL_ALARM, notes), 1);
    assert_int_equal(notes[0].times, 1);
    phone_journal_free(&journal);
}

/* Files are the most, and push out nothing but files. */
static void test_files_give_way_first(void **state) {
    struct phone_journal journal = {0};
    char text[100];
    (void)state;
    phone_journal_note(&journal, "SEP1", true, JOURNAL_REGISTRATION, 1, "expired");
    for (int i = 0; i < 20; i++) {
        memset(text, 'a' + i, sizeof text - 1);
        text[sizeof text - 1] = '\0';
        phone_journal_note(&journal, "SEP1", true, JOURNAL_FILE, 2 + i, text);
    }
    phone_journal_note(&journal, "SEP1", true, JOURNAL_ALARM, 30, text);
    assert_int_equal(phone_journal_read(&journal, "SEP1", JOURNAL_REGISTRATION, notes), 1);
    assert_int_equal(phone_journal_read(&journal, "SEP1", JOURNAL_FILE, notes), 5);
    assert_int_equal(notes[0].text[0], 'a' + 19);
    phone_journal_free(&journal);
}

/* However much is noted, a phone has its room and no more, and invented names take nothing from
 * phones. */
static void test_bounds(void **state) {
    struct phone_journal journal = {0};
    char text[300], name[20];
    size_t of_one;
    (void)state;
    for (int i = 0; i < 400; i++) {
        memset(text, 'a' + i % 26, sizeof text - 1);
        text[sizeof text - 1] = '\0';
        phone_journal_note(&journal, "SEP001122334455", true,
                           (enum journal_kind)(i % JOURNAL_KINDS), i, text);
    }
    of_one = journal.bytes;
    print_message("a phone with all the notes it may have takes %zu bytes\n", of_one);
    assert_true(of_one <= 800);
    for (int i = 0; i < 3 * JOURNAL_STRANGERS; i++) {
        (void)snprintf(name, sizeof name, "SEP%012X", i);
        phone_journal_note(&journal, name, false, JOURNAL_FILE, i, "SEP.cnf.xml: File not found");
    }
    assert_int_equal(journal.by_name.count, JOURNAL_STRANGERS + 1);
    assert_int_equal(phone_journal_read(&journal, "SEP001122334455", JOURNAL_TRUST, notes), 1);
    assert_int_equal(phone_journal_read(&journal, "SEP000000000000", JOURNAL_FILE, notes), 0);
    phone_journal_free(&journal);
    assert_int_equal(journal.bytes, 0);
}

/* 60,000 phones that have booted: six files, an alarm, the trust lists. */
static void test_size(void **state) {
    static const char *const files[] = {
        "CTL%s.tlv: File not found over http",   "ITL%s.tlv: File not found over http",
        "ITLFile.tlv: File not found over http", "%s.cnf.xml: 4312 bytes over http",
        "DR%s.xml: 812 bytes over http",         "SKStandard_User.xml: 3312 bytes over http"};
    enum { PHONES = 60000 };
    struct phone_journal journal = {0};
    char text[JOURNAL_TEXT], name[20];
    (void)state;
    for (int i = 0; i < PHONES; i++) {
        (void)snprintf(name, sizeof name, "SEP%012X", i);
        for (size_t j = 0; j < sizeof files / sizeof files[0]; j++) {
            const char *at = strstr(files[j], "%s");
            (void)snprintf(text, sizeof text, "%.*s%s%s", at == NULL ? 0 : (int)(at - files[j]),
                           files[j], at == NULL ? "" : name, at == NULL ? files[j] : at + 2);
            phone_journal_note(&journal, name, true, JOURNAL_FILE, i, text);
        }
        phone_journal_note(&journal, name, true, JOURNAL_ALARM, i,
                           "cisco-alarm:25 ActiveLoad=sip88xx.12-8-1-0001-455.loads "
                           "InactiveLoad=sip88xx.12-5-1SR3-74.loads Last=initialized");
        phone_journal_note(&journal, name, true, JOURNAL_TRUST, i, "ITL none, CTL none");
    }
    print_message("%zu bytes a phone that has booted\n", journal.bytes / PHONES);
    assert_int_equal(journal.by_name.count, PHONES);
    assert_true(journal.bytes / PHONES <= 800);
    phone_journal_free(&journal);
}

static void test_who_asks_from_there(void **state) {
    struct phone_journal journal = {0};
    sj_address here, there;
    (void)state;
    (void)sj_address_parse("192.0.2.1", 5060, &here);
    (void)sj_address_parse("2001:db8::1", 0, &there);
    assert_null(phone_journal_name_at(&journal, &here));
    phone_journal_note(&journal, "SEP1", true, JOURNAL_FILE, 1, "a");
    phone_journal_note(&journal, "SEP2", true, JOURNAL_FILE, 1, "a");
    phone_journal_at(&journal, "SEP1", &here);
    here.v4.sin_port = 0;
    assert_string_equal(phone_journal_name_at(&journal, &here), "SEP1");
    phone_journal_at(&journal, "SEP2", &here); /* two behind one address: whose file is it? */
    assert_null(phone_journal_name_at(&journal, &here));
    phone_journal_at(&journal, "SEP2", &there);
    assert_string_equal(phone_journal_name_at(&journal, &here), "SEP1");
    assert_string_equal(phone_journal_name_at(&journal, &there), "SEP2");
    phone_journal_free(&journal);
    assert_int_equal(journal.bytes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_newest_are_kept),
                                       cmocka_unit_test(test_repetition_is_counted),
                                       cmocka_unit_test(test_files_give_way_first),
                                       cmocka_unit_test(test_bounds),
                                       cmocka_unit_test(test_size),
                                       cmocka_unit_test(test_who_asks_from_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
