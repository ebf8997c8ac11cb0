/* A probe: ends the process from a callback, as a library may that takes itself for the program. */
#include <stdlib.h>
#include <unistd.h>

#include "probe.h"

static void on_timer(void *user) {
    (void)user;
#ifdef BARE
    _exit(0); /* runs no handler */
#else
    exit(0);
#endif
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    (void)error;
    return sj_timer_start(scope, 1, 0, on_timer, state) == NULL ? SJ_E_NO_MEMORY : SJ_OK;
}

#ifdef BARE
PROBE("exits-bare", "", "", struct probe, probe_init, start, NULL, NULL);
#else
PROBE("exits", "", "", struct probe, probe_init, start, NULL, NULL);
#endif
