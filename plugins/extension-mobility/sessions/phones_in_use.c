/* Phones on which a user is logged in, for the administrator: who it is, in words, and what a
 * change of the phone's record means meanwhile: most settings reach the session by refresh.c, those
 * of Extension Mobility count after it. */
#include "sessions/phones_in_use.h"

#include <time.h>

#include "events/node.h"
#include "events/phone.h"
#include "resources/phone.h"
#include "resources/session.h"

enum { TIME_ROOM = 128 };

/* "Monday, November 23, 2026 7:45:43 AM GMT", where the node is; "" for 0. */
static void in_words(int64_t wall_ms, char text[TIME_ROOM]) {
    const time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    char day[40], rest[30];
    text[0] = '\0';
    if (wall_ms != 0 && localtime_r(&seconds, &parts) != NULL &&
        strftime(day, sizeof day, "%A, %B", &parts) > 0 &&
        strftime(rest, sizeof rest, "%M:%S %p %Z", &parts) > 0) {
        (void)snprintf(text, TIME_ROOM, "%s %d, %d %d:%s", day, parts.tm_mday, parts.tm_year + 1900,
                       (parts.tm_hour + 11) % 12 + 1, rest);
    }
}

/* The session on a phone of this cluster, NULL when there is none. */
static sj_session *session_on(struct em *em, const char *device_name) {
    sj_session *session = NULL;
    if (sj_session_get(em->scope, device_name, &session, NULL) == SJ_OK &&
        session->state == SJ_SESSION_STATE_ACTIVE && session->kind != SJ_SESSION_KIND_HOME) {
        return session;
    }
    sj_record_free(em->scope, session);
    return NULL;
}

static void on_phone_session(void *user, sj_question *question, const sj_phone_session *request) {
    struct em *em = user;
    sj_phone *phone = NULL;
    sj_error error = {0};
    if (sj_phone_get(em->scope, request->device_name, &phone, &error) != SJ_OK) {
        sj_fail_error(em->scope, question, &error);
        return;
    }
    sj_session *session = session_on(em, request->device_name);
    char began[TIME_ROOM] = "", ends[TIME_ROOM] = "", note[300];
    sj_phone_session_reply reply = {.enable_extension_mobility = phone->enable_extension_mobility,
                                    .remote_cluster_id = "",
                                    .remote_user_id = "",
                                    .remote_log_in_time = "",
                                    .user_id = "",
                                    .log_in_time = began,
                                    .ends = ends,
                                    .note = "No user is logged in."};
    if (session != NULL) {
        const bool remote = session->kind == SJ_SESSION_KIND_VISITING;
        reply.user_id = session->user_id;
        in_words(session->login_time, began);
        in_words(session->expires_at, ends);
        reply.remote_cluster_id = remote ? session->remote_cluster_id : "";
        reply.remote_user_id = remote ? session->user_id : "";
        reply.remote_log_in_time = remote ? began : "";
        em_print(note, sizeof note,
                 "Changes of the Extension Mobility settings apply after logout: "
                 "sojourn session logout %s",
                 session->device_name);
        reply.note = note;
    }
    sj_reply_phone_session(em->scope, question, &reply);
    sj_record_free(em->scope, session);
    sj_record_free(em->scope, phone);
}

static void on_config(void *user, const sj_config_changed *event) {
    struct em *em = user;
    sj_phone *phone = NULL;
    sj_session *session = NULL;
    if (strcmp(event->resource, "phone") != 0 ||
        event->action == SJ_CONFIG_CHANGED_ACTION_REMOVED ||
        sj_phone_get(em->scope, event->key, &phone, NULL) != SJ_OK) {
        return;
    }
    if (!phone->enable_extension_mobility && (session = session_on(em, event->key)) != NULL) {
        sj_log_warning(em->scope,
                       "Enable Extension Mobility is off on %s, but %s stays logged in: "
                       "the change applies after logout (sojourn session logout %s)",
                       session->device_name, session->user_id, session->device_name);
    }
    sj_record_free(em->scope, session);
    sj_record_free(em->scope, phone);
}

int em_phones_in_use_open(struct em *em, sj_error *error) {
    return sj_answer_phone_session(em->scope, on_phone_session, em, error) != NULL &&
                   sj_on_config_changed(em->scope, on_config, em, error) != NULL
               ? SJ_OK
           : error->code != SJ_OK ? error->code
                                  : SJ_E_INTERNAL;
}
