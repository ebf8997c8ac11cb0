/* The buffer of SIP messages: what is kept, what gives way, in which order it is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/message_buffer.h"

enum { ROOM = 64 * 1024 };

static char *add(struct message_buffer *buffer, int64_t at_ms, bool frequent, const char *owner,
                 const char *text) {
    const struct kept kept = {.at_ms = at_ms,
                              .kind = KEPT_MESSAGE,
                              .frequent = frequent,
                              .dialog = message_buffer_key(sip_text_of(text)),
                              .owner = sip_text_of(owner),
                              .data = sip_text_of(text)};
    return message_buffer_add(buffer, &kept);
}

static void test_in_their_order(void **state) {
    struct message_buffer *buffer = message_buffer_new(ROOM);
    char text[20];
    int count = 0;
    (void)state;
    for (int i = 0; i < 9; i++) {
        (void)snprintf(text, sizeof text, "m%d", i);
        char *copy = add(buffer, 100 + i, i % 3 == 0, i == 4 ? "SEP1" : "", text);
        assert_memory_equal(copy, text, 2);
        copy[0] = 'M';
    }
    struct message_walk walk = message_walk_from(buffer, 3);
    for (const struct kept *kept; (kept = message_walk_next(&walk)) != NULL; count++) {
        (void)snprintf(text, sizeof text, "M%d", count + 2);
        assert_int_equal(kept->serial, count + 3);
        assert_int_equal(kept->at_ms, 102 + count);
        assert_true(sip_text_is(kept->data, text));
        assert_true(sip_text_is(kept->owner, count == 2 ? "SEP1" : ""));
        text[0] = 'm';
        assert_true(kept->dialog == message_buffer_key(sip_text_of(text)));
    }
    assert_int_equal(count, 7);
    assert_int_equal(message_buffer_forgotten_ms(buffer, false), 0);
    walk = message_walk_from(buffer, 10);
    assert_null(message_walk_next(&walk));
    message_buffer_free(buffer);
    message_buffer_free(NULL);
}

/* Whatever their lengths, what is read is what was added, and no more room is taken than was given.
 */
static void test_oldest_give_way(void **state) {
    struct message_buffer *buffer = message_buffer_new(ROOM);
    static char text[20000];
    unsigned random = 1;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        random = random * 1103515245U + 12345U;
        const size_t length = i % 97 == 0 ? 15000 : i % 3 == 0 ? 0 : random / 65536 % 900;
        memset(text, 'a' + i % 26, length);
        text[length] = '\0';
        assert_non_null(add(buffer, i, random % 5 == 0 && length < 15000, "SEP1", text));
        size_t bytes = 0;
        uint64_t before = 0;
        struct message_walk walk = message_walk_from(buffer, 0);
        for (const struct kept *kept; (kept = message_walk_next(&walk)) != NULL;) {
            const char c = (char)('a' + kept->at_ms % 26);
            assert_true(kept->serial > before);
            assert_int_equal(kept->serial, kept->at_ms + 1);
            assert_true(sip_text_is(kept->owner, "SEP1"));
            assert_true(kept->data.length == 0 ||
                        (kept->data.at[0] == c && kept->data.at[kept->data.length - 1] == c));
            bytes += kept->data.length + 4;
            before = kept->serial;
        }
        assert_int_equal(before, i + 1);
        assert_true(bytes <= ROOM);
    }
    assert_true(message_buffer_forgotten_ms(buffer, false) > 19000);
    message_buffer_free(buffer);
}

/* Registrations do not drive out calls. */
static void test_shares(void **state) {
    struct message_buffer *buffer = message_buffer_new(ROOM);
    (void)state;
    add(buffer, 1, false, "", "INVITE");
    for (int i = 0; i < 10000; i++) {
        add(buffer, 2 + i, true, "", "REGISTER");
    }
    struct message_walk walk = message_walk_from(buffer, 0);
    assert_true(sip_text_is(message_walk_next(&walk)->data, "INVITE"));
    assert_int_equal(message_buffer_forgotten_ms(buffer, false), 0);
    assert_true(message_buffer_forgotten_ms(buffer, true) > 9000);
    message_buffer_free(buffer);
}

static void test_too_long(void **state) {
    struct message_buffer *buffer = message_buffer_new(ROOM);
    char *text = malloc(ROOM + 1), owner[300];
    (void)state;
    memset(text, 'a', ROOM);
    text[ROOM] = '\0';
    add(buffer, 1, false, "", "INVITE");
    assert_null(add(buffer, 2, false, "", text));
    memset(owner, 'o', sizeof owner - 1);
    owner[sizeof owner - 1] = '\0';
    add(buffer, 3, false, owner, "BYE");
    struct message_walk walk = message_walk_from(buffer, 0);
    assert_true(sip_text_is(message_walk_next(&walk)->data, "INVITE"));
    const struct kept *kept = message_walk_next(&walk);
    assert_int_equal(kept->owner.length, KEPT_OWNER_MAX);
    assert_true(sip_text_is(kept->data, "BYE"));
    free(text);
    message_buffer_free(buffer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_their_order), cmocka_unit_test(test_oldest_give_way),
        cmocka_unit_test(test_shares), cmocka_unit_test(test_too_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
