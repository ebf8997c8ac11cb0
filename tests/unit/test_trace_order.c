/* The order of a trace's steps: the clocks of two nodes that differ, and the headers that carry
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/http/trace_context.h"
#include "host/telemetry/trace_clock.h"

#define ID "0af7651916cd43dd8448eb211c80319c"
#define OTHER "1af7651916cd43dd8448eb211c80319c"

static struct trace_clocks here, there;

static int clear(void **state) {
    (void)state;
    here = there = (struct trace_clocks){0};
    return 0;
}

static void steps_of_one_millisecond_and_of_a_clock_set_back(void **state) {
    (void)state;
    const int64_t first = sj_trace_clock_step(&here, ID, 1000),
                  second = sj_trace_clock_step(&here, ID, 1000);
    assert_int_equal(first, 1000000);
    assert_true(second > first);
    assert_true(sj_trace_clock_step(&here, ID, 400) > second);
    /* Another trace is not drawn along. */
    assert_int_equal(sj_trace_clock_step(&here, OTHER, 400), 400000);
    assert_int_equal(sj_trace_clock_step(&here, ID, 2000), 2000000);
}

/* A request and its answer, between clocks that differ by `ahead` ms; all within one millisecond.
 */
static void ask_and_answer(int64_t ahead) {
    const int64_t asks = sj_trace_clock_step(&here, ID, 50000);
    sj_trace_clock_received(&there, ID, 50000 + ahead, sj_trace_clock_sent(&here, ID, 50000));
    const int64_t does = sj_trace_clock_step(&there, ID, 50000 + ahead);
    const int64_t done = sj_trace_clock_step(&there, ID, 50000 + ahead);
    sj_trace_clock_received(&here, ID, 50000, sj_trace_clock_sent(&there, ID, 50000 + ahead));
    const int64_t knows = sj_trace_clock_step(&here, ID, 50000);
    assert_true(asks < does && does < done && done < knows);
}

static void what_was_caused_stands_after_its_cause(void **state) {
    static const int64_t ahead[] = {0, 1, -1, 20000, -20000, 86400000, -49999};
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        (void)clear(state);
        ask_and_answer(ahead[i]);
    }
}

/* What no message tells of (a phone goes from one cluster to the other) stands right too, once the
 * clocks know each other. */
static void a_clock_that_was_set_forward_runs_on(void **state) {
    (void)state;
    const int64_t asks = sj_trace_clock_step(&here, ID, 50000);
    sj_trace_clock_received(&there, ID, 30003, sj_trace_clock_sent(&here, ID, 50000));
    const int64_t done = sj_trace_clock_step(&there, ID, 30005);
    const int64_t knows = sj_trace_clock_step(&here, ID, 50010);
    const int64_t phone_has_come = sj_trace_clock_step(&there, ID, 30500);
    assert_true(asks < done && done < knows && knows < phone_has_come);
}

static void no_message_spoils_a_clock(void **state) {
    (void)state;
    sj_trace_clock_received(&here, ID, 1000, INT64_MAX);
    sj_trace_clock_received(&here, ID, 1000, -1);
    sj_trace_clock_received(&here, ID, 1000, 5); /* long past */
    assert_int_equal(sj_trace_clock_step(&here, ID, 1000), 1000000);
    sj_trace_clock_received(&here, ID, 1000, SJ_TRACE_ORDER_MAX);
    assert_true(sj_trace_clock_step(&here, ID, 1000) > SJ_TRACE_ORDER_MAX);
    assert_int_equal(sj_trace_clock_step(&here, OTHER, 1000), 1000000);
}

static void headers(void **state) {
    char id[33], text[SJ_TRACE_STATE_ROOM];
    (void)state;
    assert_true(sj_trace_context_id("00-" ID "-b7ad6b7169203331-01", id));
    assert_string_equal(id, ID);
    static const char *const wrong[] = {"",
                                        "00-" ID,
                                        "00-" ID "-b7ad6b7169203331-01x",
                                        "00_" ID "-b7ad6b7169203331-01",
                                        "00-" ID "-b7ad6b716920333g-01",
                                        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(sj_trace_context_id(wrong[i], id));
        assert_string_equal(id, "");
    }
    assert_int_equal(sj_trace_context_order(sj_trace_context_state(1764376500123456, text)),
                     1764376500123456);
    assert_int_equal(sj_trace_context_order("congo=t61rcWkgMzE, sojourn=17 ,rojo=00f067aa0ba902b7"),
                     17);
    static const char *const none[] = {"",           ",",          " , ,",
                                       "congo=1",    "sojourn",    "sojourn=",
                                       "sojourn=-3", "sojourn=1x", "sojourn=9999999999999999999",
                                       "xsojourn=3"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(sj_trace_context_order(none[i]), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(steps_of_one_millisecond_and_of_a_clock_set_back, clear),
        cmocka_unit_test_setup(what_was_caused_stands_after_its_cause, clear),
        cmocka_unit_test_setup(a_clock_that_was_set_forward_runs_on, clear),
        cmocka_unit_test_setup(no_message_spoils_a_clock, clear),
        cmocka_unit_test(headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
