/* Directory URIs by the number at which they ring: which is primary, and that the index is as the
 * records are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dial_plan/directory_uris.h"

static const char *extension; /* of every user; NULL: there is none */

static bool extension_of(void *user, const char *user_id, char key[130]) {
    (void)user;
    (void)user_id;
    (void)snprintf(key, 130, "%s", extension == NULL ? "" : extension);
    return extension != NULL;
}

static void release(void *user, void *record) {
    (void)user;
    free(record);
}

static int setup(void **state) {
    struct dial_plan *plan = calloc(1, sizeof *plan);
    *state = plan;
    extension = NULL;
    if (dial_plan_init(plan, release, NULL) != SJ_OK) {
        return -1;
    }
    plan->extension_of = extension_of;
    return 0;
}

static int teardown(void **state) {
    dial_plan_free(*state);
    free(*state);
    return 0;
}

static void add_at(struct dial_plan *plan, const char *user, const char *host, const char *number,
                   const char *owner) {
    char key[100];
    sj_directory_uri *record = calloc(1, sizeof *record);
    assert_non_null(record);
    record->user = user;
    record->host = host;
    record->partition = "";
    record->directory_number = number;
    record->end_user = owner;
    (void)snprintf(key, sizeof key, "%s@%s", user, host);
    assert_int_equal(directory_uris_put(plan, key, record, NULL), SJ_OK);
}

static void add(struct dial_plan *plan, const char *user, const char *number, const char *owner) {
    add_at(plan, user, "example.com", number, owner);
}

static void primary_is(const struct dial_plan *plan, const char *number, const char *expected) {
    char uri[DIRECTORY_URI];
    directory_uris_primary(plan, number, uri);
    assert_string_equal(uri, expected);
}

static void the_first_of_a_number_is_primary(void **state) {
    struct dial_plan *plan = *state;
    primary_is(plan, "4001@Phones", "");
    add(plan, "berta", "4001@Phones", "");
    add(plan, "anna", "4001@Phones", "");
    add(plan, "otto", "4001", "");
    primary_is(plan, "4001@Phones", "anna@example.com");
    primary_is(plan, "4001", "otto@example.com");
    assert_int_equal(directory_uris_put(plan, "anna@example.com", NULL, NULL), SJ_OK);
    primary_is(plan, "4001@Phones", "berta@example.com");
    add(plan, "berta", "4002@Phones", ""); /* it rings elsewhere now */
    primary_is(plan, "4001@Phones", "");
    primary_is(plan, "4002@Phones", "berta@example.com");
    add(plan, "berta", "", ""); /* nowhere */
    primary_is(plan, "4002@Phones", "");
}

static void a_users_is_primary_before_the_numbers(void **state) {
    struct dial_plan *plan = *state;
    sj_error error;
    extension = "4001@Phones";
    add(plan, "anna", "4001@Phones", "");
    add(plan, "zoe", "", "zoe");
    add(plan, "yvonne", "4001@Phones", "zoe"); /* it rings at the number, not at the user */
    primary_is(plan, "4001@Phones", "zoe@example.com");
    extension = "4002@Phones";
    primary_is(plan, "4001@Phones", "zoe@example.com");
    assert_int_equal(directory_uris_user_changed(plan, "zoe", &error), SJ_OK);
    primary_is(plan, "4001@Phones", "anna@example.com");
    primary_is(plan, "4002@Phones", "zoe@example.com");
    extension = NULL;
    assert_int_equal(directory_uris_user_changed(plan, "somebody", &error), SJ_OK);
    primary_is(plan, "4002@Phones", "zoe@example.com");
    assert_int_equal(directory_uris_user_changed(plan, "zoe", &error), SJ_OK);
    primary_is(plan, "4002@Phones", "");
    extension = "4001@Phones";
    assert_int_equal(directory_uris_user_changed(plan, "zoe", &error), SJ_OK);
    primary_is(plan, "4001@Phones", "zoe@example.com");
}

static void what_is_taken_out_and_put_back(void **state) {
    struct dial_plan *plan = *state;
    extension = "4001@Phones";
    add(plan, "anna", "4001@Phones", "");
    add(plan, "zoe", "", "zoe");
    sj_directory_uri *zoe = directory_uris_detach(plan, "zoe@example.com");
    assert_non_null(zoe);
    assert_null(directory_uris_detach(plan, "zoe@example.com"));
    primary_is(plan, "4001@Phones", "anna@example.com");
    assert_int_equal(directory_uris_put(plan, "zoe@example.com", zoe, NULL), SJ_OK);
    primary_is(plan, "4001@Phones", "zoe@example.com");
}

static const char *number_of(const struct dial_plan *plan, const char *uri, bool any_case) {
    const sj_directory_uri *found = dial_plan_directory_uri(plan, uri, any_case);
    return found == NULL ? "" : found->directory_number;
}

/* As stores may hold them that are older than the rule: what is advertised, who logs in and where
 * calls ring is of the same record, whichever was written last. */
static void of_two_in_case_the_first_counts(void **state) {
    struct dial_plan *plan = *state;
    add_at(plan, "anna", "example.com", "4002", "");
    add_at(plan, "anna", "Example.COM", "4001", "");
    add_at(plan, "Anna", "example.com", "4003", "");
    for (int round = 0; round < 2; round++) {
        assert_string_equal(number_of(plan, "anna@example.com", false), "4001");
        assert_string_equal(number_of(plan, "anna@EXAMPLE.com", true), "4001");
        assert_string_equal(number_of(plan, "Anna@example.com", true), "4003");
        assert_string_equal(number_of(plan, "ANNA@example.com", true), "4003");
        assert_string_equal(number_of(plan, "ANNA@example.com", false), "");
        add_at(plan, "anna", "example.com", "4002", ""); /* written again: nothing changes */
    }
    assert_int_equal(directory_uris_put(plan, "anna@Example.COM", NULL, NULL), SJ_OK);
    assert_string_equal(number_of(plan, "anna@example.com", false), "4002"); /* it has stayed */
    primary_is(plan, "4002", "anna@example.com");
    primary_is(plan, "4001", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_of_a_number_is_primary, setup, teardown),
        cmocka_unit_test_setup_teardown(of_two_in_case_the_first_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_users_is_primary_before_the_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_taken_out_and_put_back, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
