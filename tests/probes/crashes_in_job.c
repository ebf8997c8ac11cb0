/* A probe: dies on a thread of the pool, while the loop is elsewhere. */
#include "probe.h"

static void work(void *data) {
    (void)data;
    __builtin_trap();
}

static void done(void *data, int status, const sj_error *error) {
    (void)data;
    (void)status;
    (void)error;
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    (void)error;
    return sj_job_run(scope, work, done, state) == NULL ? SJ_E_NO_MEMORY : SJ_OK;
}

PROBE("crashes-in-job", "", "", struct probe, probe_init, start, NULL, NULL);
