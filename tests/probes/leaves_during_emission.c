/* A probe: in the handler of an event ends its own and other subscriptions, makes new ones, and
 * publishes again. */
#include "events/session.h"
#include "probe.h"

struct leaver {
    sj_scope *scope;
    sj_topic *topic;
    sj_handle *subscriptions[3];
    int depth;
};

static void on_started(void *user, const sj_session_started *event);

static void on_started(void *user, const sj_session_started *event) {
    struct leaver *leaver = user;
    sj_error error;
    for (int i = 0; i < 3; i++) {
        sj_handle_close(leaver->scope, leaver->subscriptions[i]);
        leaver->subscriptions[i] = NULL;
    }
    leaver->subscriptions[0] = sj_on_session_started(leaver->scope, on_started, leaver, &error);
    if (leaver->depth++ < 3) {
        sj_publish_session_started(leaver->scope, leaver->topic, event);
    }
}

static int start(sj_scope *scope, void *user, sj_error *error) {
    struct leaver *leaver = user;
    leaver->scope = scope;
    leaver->topic = sj_session_started_topic(scope, error);
    for (int i = 0; i < 3; i++) {
        leaver->subscriptions[i] = sj_on_session_started(scope, on_started, leaver, error);
    }
    return leaver->topic == NULL ? error->code : SJ_OK;
}

PROBE("leaves-during-emission", "", "", struct leaver, probe_init, start, NULL, NULL);
