/* A cluster of another make and age, in the place of Extension Mobility: it says whose its users
 * are, calls itself 8.6, and knows logins but no changes of a PIN. Its version holds what a
 * terminal obeys. A login that reaches it is logged, and refused. */
#include <sojourn/sojourn.h>

static void answer(sj_scope *scope, sj_http_request *request, const char *body) {
    const sj_http_reply reply = {.status = 200,
                                 .content_type = "application/json",
                                 .body = body,
                                 .body_length = strlen(body)};
    sj_http_reply_send(scope, request, &reply);
}

static void on_user(void *user, sj_http_request *request) {
    answer(user, request, "{\"cluster_id\":\"HQ\",\"known\":true}");
}

static void on_information(void *user, sj_http_request *request) {
    answer(
        user, request,
        "{\"cluster_id\":\"HQ\",\"version\":\"8.6.2.20000-2\\u001b[2J\",\"mixed_mode\":true,\"max_"
        "audio_bit_rate\":8,"
        "\"max_video_bit_rate\":384,\"audio_codec_preference_list\":\"Factory Default low "
        "loss\",\"services\":["
        "{\"service\":\"emcc\",\"active\":true},{\"service\":\"pstn_access\",\"active\":true}]}");
}

static void on_login(void *user, sj_http_request *request) {
    sj_log_warning(user, "the old partner was asked to log somebody in");
    answer(user, request, "{\"cluster_id\":\"HQ\",\"code\":33,\"cause\":\"all are in use\"}");
}

static int init(sj_scope *scope, void *state, sj_error *error) {
    (void)state;
    return sj_http_route(scope, "POST", "/intercluster/v1/user", SJ_ROUTE_PEER_CLUSTER, on_user,
                         scope, error) != NULL &&
                   sj_http_route(scope, "POST", "/intercluster/v1/information",
                                 SJ_ROUTE_PEER_CLUSTER, on_information, scope, error) != NULL &&
                   sj_http_route(scope, "POST", "/intercluster/v1/login", SJ_ROUTE_PEER_CLUSTER,
                                 on_login, scope, error) != NULL
               ? SJ_OK
               : SJ_E_INTERNAL;
}

SJ_PLUGIN("old-partner", "Old Partner", "8.6", "Answers other clusters as release 8.6 would.", "",
          "", 0, char, NULL, init, NULL, NULL, NULL);
