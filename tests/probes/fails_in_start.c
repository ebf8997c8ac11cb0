/* A probe: makes things in init and start, then fails. Whatever it made must be gone afterwards. */
#include "events/node.h"
#include "probe.h"

static void on_event(void *user, const sj_service_started *event) {
    (void)user;
    (void)event;
}

static void on_timer(void *user) {
    (void)user;
}

static int init(sj_scope *scope, void *state, sj_error *error) {
    return sj_on_service_started(scope, on_event, state, error) == NULL ? error->code : SJ_OK;
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    sj_scope *child = sj_scope_open(scope, "half a call", NULL, NULL);
    (void)sj_timer_start(scope, 1000, 1000, on_timer, state);
    (void)sj_timer_start(child, 1000, 0, on_timer, state);
    return sj_error_set(error, SJ_E_IO, "the gateway's line is cut");
}

PROBE("fails-in-start", "", "", struct probe, init, start, NULL, NULL);
