/* A probe: takes a hold when it is asked to stop, and never lets go. */
#include "probe.h"

static void stop(sj_scope *scope, void *state) {
    (void)state;
    (void)sj_scope_hold(scope, "a call that never ends");
}

PROBE("refuses-to-stop", "", "", struct probe, probe_init, probe_start, stop, NULL);
