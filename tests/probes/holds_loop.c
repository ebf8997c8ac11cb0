/* A probe: a callback that does not return. */
#include <unistd.h>

#include "probe.h"

static void on_timer(void *user) {
    (void)user;
    for (;;) {
        (void)usleep(1000);
    }
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    (void)error;
    return sj_timer_start(scope, 1, 0, on_timer, state) == NULL ? SJ_E_NO_MEMORY : SJ_OK;
}

PROBE("holds-loop", "", "", struct probe, probe_init, start, NULL, NULL);
