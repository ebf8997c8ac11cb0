/* A probe: publishes wherever it still runs while it is being stopped: in stop, and in the last
 * callback of a child scope. */
#include "events/session.h"
#include "probe.h"

struct talker {
    sj_scope *scope;
    sj_topic *topic;
};

static void publish(struct talker *talker, const char *user_id) {
    sj_session_started event = {.user_id = user_id};
    sj_publish_session_started(talker->scope, talker->topic, &event);
}

static void child_closed(void *user) {
    publish(user, "from a closing scope");
}

static int start(sj_scope *scope, void *user, sj_error *error) {
    struct talker *talker = user;
    talker->scope = scope;
    talker->topic = sj_session_started_topic(scope, error);
    if (talker->topic == NULL || sj_scope_open(scope, "child", child_closed, talker) == NULL) {
        return SJ_E_NO_MEMORY;
    }
    return SJ_OK;
}

static void stop(sj_scope *scope, void *user) {
    (void)scope;
    publish(user, "from stop");
}

PROBE("publishes-while-stopping", "", "", struct talker, probe_init, start, stop, NULL);
