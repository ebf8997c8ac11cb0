/* A probe: takes a hold when it is asked to stop, finishes what it has to, lets go. */
#include "probe.h"

struct finishing {
    sj_scope *scope;
    sj_handle *hold;
};

static void finished(void *user) {
    struct finishing *finishing = user;
    sj_handle_close(finishing->scope, finishing->hold);
}

static void stop(sj_scope *scope, void *user) {
    struct finishing *finishing = user;
    finishing->scope = scope;
    finishing->hold = sj_scope_hold(scope, "a last answer");
    (void)sj_timer_start(scope, 50, 0, finished, finishing);
}

PROBE("finishes-first", "", "", struct finishing, probe_init, probe_start, stop, NULL);
