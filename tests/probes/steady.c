/* A probe: does its work, whatever the others do: a timer, an event, a child scope, a job. */
#include <stdlib.h>

#include "events/session.h"
#include "probe.h"

struct steady {
    sj_scope *scope;
    sj_topic *topic;
    long seen;
};

static void on_started(void *user, const sj_session_started *event) {
    struct steady *steady = user;
    (void)event;
    steady->seen++;
}

static void on_timer(void *user) {
    struct steady *steady = user;
    sj_scope *child = sj_scope_open(steady->scope, "a piece of work", NULL, NULL);
    if (child != NULL) {
        (void)sj_scope_strdup(child, "some memory");
        sj_scope_close(child);
    }
}

static void work(void *data) {
    ++*(volatile int *)data;
}

static void worked(void *data, int status, const sj_error *error) {
    (void)status;
    (void)error;
    free(data);
}

static int start(sj_scope *scope, void *user, sj_error *error) {
    struct steady *steady = user;
    int *data = calloc(1, sizeof *data);
    steady->scope = scope;
    steady->topic = sj_session_started_topic(scope, error);
    if (steady->topic == NULL || sj_on_session_started(scope, on_started, steady, error) == NULL) {
        free(data);
        return error->code;
    }
    if (data != NULL && sj_job_run(scope, work, worked, data) == NULL) {
        free(data);
    }
    sj_log_info(scope, "steady at work");
    (void)sj_metric_new(scope, SJ_COUNTER, "steady_total", "What steady has done.");
    return sj_timer_start(scope, 1, 1, on_timer, steady) == NULL ? SJ_E_NO_MEMORY : SJ_OK;
}

PROBE("steady", "", "", struct steady, probe_init, start, NULL, NULL);
