/* A probe: never cleans up after itself. The scope does. */
#include "events/node.h"
#include "probe.h"

static void on_event(void *user, const sj_service_started *event) {
    (void)user;
    (void)event;
}

static void on_timer(void *user) {
    struct probe *probe = user;
    (void)sj_scope_alloc(probe->scope, 16);
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    for (int i = 0; i < 100; i++) {
        sj_scope *child = sj_scope_open(scope, "forgotten", NULL, NULL);
        if (sj_timer_start(scope, 1 + i, 1, on_timer, state) == NULL ||
            sj_timer_start(child, 60000, 0, on_timer, state) == NULL ||
            sj_on_service_started(child, on_event, state, error) == NULL) {
            return SJ_E_NO_MEMORY;
        }
    }
    return SJ_OK;
}

PROBE("leaves-timers", "", "", struct probe, probe_init, start, NULL, NULL);
