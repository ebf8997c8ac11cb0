/* A probe: dies of an illegal instruction shortly after each start. */
#include "probe.h"

static void on_timer(void *user) {
    (void)user;
    __builtin_trap();
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    (void)error;
    return sj_timer_start(scope, 50, 0, on_timer, state) == NULL ? SJ_E_NO_MEMORY : SJ_OK;
}

PROBE("crashes", "", "", struct probe, probe_init, start, NULL, NULL);
