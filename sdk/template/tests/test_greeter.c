/* The plugin Greeter in the test kit: what it decides by itself, and how it answers on the bus. */
#include <sojourn/testkit.h>

#include "greeter.h"
#include "greeting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

extern const sj_plugin sj_plugin_descriptor;

struct answer {
    int count, status;
    char greeting[128];
};

static void answered(void *user, int status, const sj_error *error,
                     const sj_greeter_greet_reply *reply) {
    struct answer *answer = user;
    (void)error;
    answer->count++;
    answer->status = status;
    (void)snprintf(answer->greeting, sizeof answer->greeting, "%s",
                   reply == NULL ? "" : reply->greeting);
}

static void ask(sj_testkit *kit, const char *name, struct answer *answer) {
    sj_error error;
    const sj_greeter_greet request = {.name = name};
    *answer = (struct answer){0};
    assert_int_equal(
        sj_ask_greeter_greet(sj_testkit_scope(kit), &request, 1000, answered, answer, &error),
        SJ_OK);
    sj_testkit_run(kit);
    assert_int_equal(answer->count, 1);
}

static void a_greeting_has_a_name(void **state) {
    (void)state;
    char text[16];
    assert_true(greeting_make("Hello", "World", text, sizeof text));
    assert_string_equal(text, "Hello, World!");
    assert_false(greeting_make("Hello", "", text, sizeof text));
    assert_false(greeting_make("Hello", "everybody in the world", text, sizeof text));
}

static void greets_on_request(void **state) {
    (void)state;
    sj_error error;
    struct answer answer;
    sj_testkit *kit = sj_testkit_open(NULL);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);

    ask(kit, "World", &answer);
    assert_int_equal(answer.status, SJ_OK);
    assert_string_equal(answer.greeting, "Good day, World!");
    assert_non_null(sj_testkit_find(kit, "event", "greeter.greeted"));

    assert_int_equal(sj_testkit_set_param(kit, &sj_param_greeter_salutation_meta, "Hello", &error),
                     SJ_OK);
    ask(kit, "Alice", &answer);
    assert_string_equal(answer.greeting, "Hello, Alice!");

    ask(kit, "", &answer);
    assert_int_equal(answer.status, SJ_E_INVALID);

    assert_int_equal(sj_testkit_end(kit, &error),
                     SJ_OK); /* stops the plugin; fails when it left anything behind */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_greeting_has_a_name),
                                       cmocka_unit_test(greets_on_request)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
