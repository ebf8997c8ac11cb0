/* A probe: publishes an event in the handler of that event, without end. */
#include "events/session.h"
#include "probe.h"

struct echo {
    sj_scope *scope;
    sj_topic *topic;
};

static void on_started(void *user, const sj_session_started *event) {
    struct echo *echo = user;
    sj_publish_session_started(echo->scope, echo->topic, event);
}

static int start(sj_scope *scope, void *user, sj_error *error) {
    struct echo *echo = user;
    echo->scope = scope;
    echo->topic = sj_session_started_topic(scope, error);
    return echo->topic == NULL || sj_on_session_started(scope, on_started, echo, error) == NULL
               ? error->code
               : SJ_OK;
}

PROBE("echoes-forever", "", "", struct echo, probe_init, start, NULL, NULL);
