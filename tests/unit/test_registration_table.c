/* The table of registered phones: found by name, place, contact and line; moved, changed, removed;
 * its size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "phones/registration_table.h"

static struct device *make_device(const char *name, const char *line) {
    struct device *made = calloc(1, sizeof *made + sizeof made->lines[0]);
    made->bytes = (uint32_t)(sizeof *made + sizeof made->lines[0]);
    made->name = name;
    made->device_pool = "";
    made->login = &device_no_login;
    made->line_count = 1;
    made->lines[0].key = line; /* and number */
    return made;
}

static struct registration_binding facts_at(const char *address, int port, const char *contact,
                                            const char *call_id) {
    struct registration_binding facts;
    memset(&facts, 0, sizeof facts);
    (void)sj_address_parse(address, port, &facts.flow.remote);
    facts.contact = sip_text_of(contact);
    facts.call_id = sip_text_of(call_id);
    facts.user_agent = sip_text_of("Test/1");
    facts.granted_s = 120;
    facts.now_ms = 1000;
    facts.clock_ms = 1000;
    return facts;
}

static int setup(void **state) {
    struct registration_table *table = malloc(sizeof *table);
    memset(table, 0, sizeof *table);
    *state = table;
    return 0;
}

static int teardown(void **state) {
    struct registration_table *table = *state;
    registration_table_free(table);
    assert_int_equal(table->bytes, 0);
    free(table);
    return 0;
}

static void test_life(void **state) {
    struct registration_table *table = *state;
    struct registration_binding facts = facts_at("192.0.2.1", 5060, "sip:a@192.0.2.1", "call-1");
    struct registration *made = registration_put(table, NULL, make_device("SEP1", "2001"), &facts);
    struct registration *moved;
    const struct sip_flow before = facts.flow;
    assert_ptr_equal(registration_find(table, "SEP1"), made);
    assert_ptr_equal(registration_from(table, &facts.flow, NULL), made);
    assert_ptr_equal(registration_by_contact(table, sip_text_of("sip:a@192.0.2.1")), made);
    assert_ptr_equal(line_device(registration_lines(table, "2001", NULL)), made->device);
    assert_int_equal(made->expires_ms, 121000);
    facts.clock_ms = 50000; /* a refresh changes the times only */
    assert_ptr_equal(registration_put(table, made, NULL, &facts), made);
    assert_int_equal(made->expires_ms, 170000);
    made->nonces[0].count = 9;
    facts = facts_at("192.0.2.2", 5060, "sip:a@192.0.2.2", "call-2");
    moved = registration_put(table, made, NULL, &facts);
    assert_null(registration_from(table, &before, NULL));
    assert_ptr_equal(registration_find(table, "SEP1"), moved);
    assert_ptr_equal(moved->device->registration, moved);
    assert_ptr_equal(line_device(registration_lines(table, "2001", NULL))->registration, moved);
    assert_int_equal(moved->nonces[0].count, 9);
    moved->device->lines[0].calls = 1;
    registration_set_device(moved, make_device("SEP1", "2001")); /* its configuration has changed */
    assert_int_equal(moved->device->lines[0].calls, 1);
    registration_set_device(moved, make_device("SEP1", "3001"));
    assert_null(registration_lines(table, "2001", NULL));
    assert_non_null(registration_lines(table, "3001", NULL));
    registration_remove(moved);
    assert_null(registration_find(table, "SEP1"));
    assert_null(registration_lines(table, "3001", NULL));
}

static void test_shared(void **state) {
    struct registration_table *table = *state;
    const struct registration_binding facts = facts_at("192.0.2.1", 5060, "sip:x@192.0.2.1", "c");
    struct registration *here = NULL;
    struct device_line *line = NULL;
    unsigned count = 0, lines = 0;
    (void)registration_put(table, NULL, make_device("SEP1", "2001"), &facts);
    (void)registration_put(table, NULL, make_device("SEP2", "2001"), &facts);
    (void)registration_put(table, NULL, make_device("SEP3", "2003"), &facts);
    while ((here = registration_from(table, &facts.flow, here)) != NULL) {
        count++;
    }
    while ((line = registration_lines(table, "2001", line)) != NULL) {
        lines++;
    }
    assert_int_equal(count, 3);
    assert_int_equal(lines, 2);
}

static void test_size(void **state) {
    struct registration_table *table = *state;
    static char names[10000][20], contacts[10000][40];
    for (int i = 0; i < 10000; i++) {
        (void)snprintf(names[i], sizeof names[i], "SEP%012d", i);
        (void)snprintf(contacts[i], sizeof contacts[i], "sip:%d@192.0.2.1:%d", i, i);
        const struct registration_binding facts =
            facts_at("192.0.2.1", i, contacts[i], "0011aabb-ccddeeff-00112233@192.0.2.1");
        assert_non_null(registration_put(table, NULL, make_device(names[i], names[i]), &facts));
    }
    for (int i = 0; i < 10000; i++) {
        assert_string_equal(registration_find(table, names[i])->device->name, names[i]);
    }
    assert_true(registration_table_bytes(table) / 10000 <=
                640 - 120); /* the texts of the device are not in here */
}

/* By address alone, whatever the ports: what each request of a phone page asks when addresses are
 * validated. */
static void test_by_address(void **state) {
    struct registration_table *table = *state;
    struct registration_binding facts = facts_at("192.0.2.1", 5060, "sip:a@192.0.2.1", "call-1");
    struct registration *one = registration_put(table, NULL, make_device("SEP1", "2001"), &facts);
    facts = facts_at("192.0.2.1", 5062, "sip:b@192.0.2.1", "call-2");
    struct registration *two = registration_put(table, NULL, make_device("SEP2", "2002"), &facts);
    sj_address from;
    (void)sj_address_parse("192.0.2.1", 0, &from);
    assert_non_null(registration_at(table, &from));
    registration_remove(one);
    assert_ptr_equal(registration_at(table, &from), two);
    facts = facts_at("2001:db8::1", 5060, "sip:b@[2001:db8::1]", "call-2");
    two = registration_put(table, two, NULL, &facts); /* moves */
    assert_null(registration_at(table, &from));
    (void)sj_address_parse("2001:db8::1", 0, &from);
    assert_ptr_equal(registration_at(table, &from), two);
    registration_remove(two);
    assert_null(registration_at(table, &from));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_life), TEST(test_by_address), TEST(test_shared),
                                       TEST(test_size)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
