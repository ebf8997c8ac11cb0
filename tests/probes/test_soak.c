/* Activated and deactivated 1,000 times with events flowing: no growth of memory, descriptors or
 * live things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sojourn/timer.h>

#include "events/session.h"
#include "probe_node.h"
#include "usage.h"

enum {
    ROUNDS = 1000,
    WARM_UP = 500,
    SETTLED_MS =
        3000, /* by then the store has opened its connection for checkpoints, which it keeps */
    ALLOWED_BYTES = 256 * 1024
};

struct traffic {
    struct probe_node *probe;
    sj_topic *topic;
    long published;
};

static void publish(void *user) {
    struct traffic *traffic = user;
    sj_session_started event = {.user_id = "alice"};
    for (int i = 0; i < 10; i++) {
        sj_publish_session_started(traffic->probe->node.scope, traffic->topic, &event);
        traffic->published++;
    }
}

static void round_of(struct probe_node *probe) {
    assert_int_equal(probe_node_activate(probe, "steady"), SJ_OK);
    assert_int_equal(probe_node_activate(probe, "leaves-timers"), SJ_OK);
    assert_int_equal(probe_node_deactivate(probe, "leaves-timers"), SJ_OK);
    assert_int_equal(probe_node_deactivate(probe, "steady"), SJ_OK);
}

static void a_thousand_lives_leave_no_trace(void **state) {
    struct probe_node *probe = probe_node_new();
    struct traffic traffic = {.probe = probe};
    sj_error error;
    long before, after;
    int open_before;
    size_t things;
    (void)state;
    probe_node_place(probe, "steady");
    probe_node_place(probe, "leaves_timers");
    probe_node_open(probe, "publisher");
    traffic.topic = sj_session_started_topic(probe->node.scope, &error);
    assert_non_null(sj_timer_start(probe->node.scope, 1, 1, publish, &traffic));
    for (int i = 0; i < WARM_UP; i++) {
        round_of(probe);
    }
    probe_node_spin(probe, SETTLED_MS); /* what is still on its way arrives */
    before = usage_bytes();
    open_before = usage_descriptors();
    things = sj_scope_count(probe->node.scope);
    for (int i = 0; i < ROUNDS; i++) {
        round_of(probe);
    }
    probe_node_spin(probe, 100);
    after = usage_bytes();
    assert_int_equal(usage_descriptors(), open_before);
    assert_int_equal(sj_scope_count(probe->node.scope), things);
    if (after - before > ALLOWED_BYTES) {
        fail_msg("memory in use grew from %ld to %ld bytes", before, after);
    }
    assert_true(traffic.published > 100);
    (void)printf("# %d rounds under %ld events: %ld bytes before, %ld after\n", ROUNDS,
                 traffic.published, before, after);
    assert_int_equal(probe_node_end(probe), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_thousand_lives_leave_no_trace)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
