/* POST /intercluster/v1/bandwidth: calls of other clusters' users who are logged in on phones of
 * this one are admitted by the Location Bandwidth Manager here, between the phone and where its
 * calls leave this cluster, or another such phone. The asker's reservations are its own: they are
 * counted under its cluster and name, and need the lease of the session to be made. They are given
 * back with the session, and a phone has no more than a phone can. */
#include "clusters/activations.h"
#include "clusters/partner.h"
#include "clusters/peer_protocol.h"
#include "events/bandwidth.h"
#include "events/session.h"
#include "intercluster/peer_request.h"
#include "intercluster/peer_routes.h"
#include "intercluster/visitor_calls.h"
#include "messages/intercluster.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/device_pool.h"
#include "resources/intercluster_service_profile.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"
#include "resources/sip_trunk.h"

enum { LOCATION_ROOM = 52, NOT_DECIDED = 1 };

/* A reservation that is asked for. */
struct asked {
    struct em_peer_pending *pending;
    char owner[EM_OWNER_ROOM], call_id[EM_CALL_ID_ROOM];
};

static void reply(struct em_peer_pending *pending, sj_intercluster_bandwidth_answer answer) {
    struct em *em = pending->em;
    answer.protocol = EM_PROTOCOL;
    answer.cluster_id = em->scope->host->node->cluster_id;
    em_peer_reply_json(em, pending->request, pending->trace_id,
                       sj_intercluster_bandwidth_answer_to_json(em->scope, &answer));
    sj_scope_close(pending->scope);
}

static void reply_failed(struct em_peer_pending *pending, int64_t code, const char *cause) {
    reply(pending, (sj_intercluster_bandwidth_answer){.code = code, .cause = cause, .message = ""});
}

/* What the question is about is not known, or nobody answers it: for now, when the service is
 * activated. */
static void reply_error(struct em_peer_pending *pending, int status, const sj_error *error) {
    const bool passes = (status == SJ_E_UNAVAILABLE || status == SJ_E_TIMEOUT) &&
                        em_service_is_active(pending->em->scope, "lbm");
    reply_failed(pending,
                 status == SJ_E_NOT_FOUND ? EM_NO_USER_LOGGED_IN
                 : passes                 ? EM_BUSY
                                          : NOT_DECIDED,
                 error != NULL ? error->text : "out of memory");
}

static void reserved(void *user, int status, const sj_error *error,
                     const sj_bandwidth_reserve_reply *said) {
    const struct asked *asked = user;
    struct em_peer_pending *pending = asked->pending;
    if (status != SJ_E_EXISTS &&
        (status != SJ_OK || said->outcome == SJ_BANDWIDTH_OUTCOME_REFUSED)) {
        em_visitor_calls_remove(pending->em->visitor_calls, asked->owner, asked->call_id);
    }
    if (status == SJ_E_EXISTS) { /* a repetition: it is counted already */
        reply(pending, (sj_intercluster_bandwidth_answer){.cause = "", .message = ""});
    } else if (status != SJ_OK) {
        reply_error(pending, status, error);
    } else {
        reply(pending, (sj_intercluster_bandwidth_answer){.cause = "",
                                                          .outcome = said->outcome,
                                                          .message = said->message,
                                                          .lease_s = said->lease_s});
    }
}

static void adjusted(void *user, int status, const sj_error *error,
                     const sj_bandwidth_adjust_reply *said) {
    if (status != SJ_OK) {
        reply_error(user, status, error);
    } else {
        reply(user, (sj_intercluster_bandwidth_answer){.cause = "",
                                                       .outcome = said->outcome,
                                                       .message = said->message,
                                                       .lease_s = said->lease_s});
    }
}

static void released(void *user, int status, const sj_error *error,
                     const sj_bandwidth_release_reply *said) {
    (void)said;
    if (status != SJ_OK) {
        reply_error(user, status, error);
    } else {
        reply(user, (sj_intercluster_bandwidth_answer){.cause = "", .message = ""});
    }
}

static void renewed(void *user, int status, const sj_error *error,
                    const sj_bandwidth_renew_reply *said) {
    if (status != SJ_OK) {
        reply_error(user, status, error);
    } else {
        reply(user,
              (sj_intercluster_bandwidth_answer){
                  .cause = "", .message = "", .calls = said->calls, .lease_s = said->lease_s});
    }
}

static void simulated(void *user, int status, const sj_error *error,
                      const sj_lbm_simulate_reply *said) {
    char path[500] = "", message[700];
    size_t used = 0;
    if (status != SJ_OK) {
        reply_error(user, status, error);
        return;
    }
    for (size_t i = 0; i < said->path_count && used + 60 < sizeof path; i++) {
        used += (size_t)snprintf(path + used, sizeof path - used, "%s%.52s", i > 0 ? ", " : "",
                                 said->path[i]);
    }
    em_print(message, sizeof message,
             "by way of %s the call takes %lld kbps; there is %s now%s%.110s", path,
             (long long)said->audio + said->video + said->immersive,
             said->admitted > 0 ? "enough" : "too little", said->admitted > 0 ? "" : " at ",
             said->admitted > 0 ? "" : said->place);
    reply(user, (sj_intercluster_bandwidth_answer){.cause = "",
                                                   .outcome = said->admitted > 0
                                                                  ? SJ_BANDWIDTH_OUTCOME_ADMITTED
                                                                  : SJ_BANDWIDTH_OUTCOME_REFUSED,
                                                   .message = message});
}

/* ---- where it is ---- */

static void place(struct em *em, const char *own, const char *device_pool,
                  char location[LOCATION_ROOM]) {
    sj_device_pool *pool = NULL;
    em_print(location, LOCATION_ROOM, "%s", strcmp(own, SJ_LOCATION_HUB_NONE) == 0 ? "" : own);
    if (!sj_given(location) && sj_device_pool_get(em->scope, device_pool, &pool, NULL) == SJ_OK) {
        em_print(location, LOCATION_ROOM, "%s", pool->location);
    }
    sj_record_free(em->scope, pool);
}

/* Whether a user of that cluster is logged in on the phone; then where it stands, else "". */
static bool place_of_phone(struct em *em, const char *cluster_id, const char *device_name,
                           const char *lease, char location[LOCATION_ROOM]) {
    sj_session *session = NULL;
    sj_phone *phone = NULL;
    const bool meant =
        sj_given(device_name) && sj_session_get(em->scope, device_name, &session, NULL) == SJ_OK &&
        session->kind == SJ_SESSION_KIND_VISITING &&
        strcmp(session->remote_cluster_id, cluster_id) == 0 && sj_given(session->lease_id) &&
        (lease == NULL || strcmp(session->lease_id, lease) == 0) &&
        sj_phone_get(em->scope, device_name, &phone, NULL) == SJ_OK;
    location[0] = '\0';
    if (meant) {
        place(em, phone->location, phone->device_pool, location);
    }
    sj_record_free(em->scope, phone);
    sj_record_free(em->scope, session);
    return meant;
}

/* Where calls of visitors leave this cluster: the location of the RSVP Agent trunk, else of the
 * PSTN Access trunk. */
static void place_of_exit(struct em *em, char location[LOCATION_ROOM]) {
    sj_intercluster_service_profile *profile = NULL;
    sj_sip_trunk *trunk = NULL;
    location[0] = '\0';
    if (sj_intercluster_service_profile_get(em->scope, "default", &profile, NULL) == SJ_OK) {
        const char *name = sj_given(profile->rsvp_agent_sip_trunk) ? profile->rsvp_agent_sip_trunk
                                                                   : profile->pstn_access_sip_trunk;
        if (sj_given(name) && sj_sip_trunk_get(em->scope, name, &trunk, NULL) == SJ_OK) {
            place(em, trunk->location, trunk->device_pool, location);
        }
    }
    sj_record_free(em->scope, trunk);
    sj_record_free(em->scope, profile);
}

/* ---- what is asked ---- */

/* Where the phone stands, by the right of a session on it. */
static int find_place(struct em_peer_pending *pending, const sj_intercluster_bandwidth *message,
                      char location[LOCATION_ROOM], sj_error *error) {
    return place_of_phone(pending->em, pending->cluster_id, message->device_name, message->lease_id,
                          location)
               ? SJ_OK
               : sj_error_set(error, SJ_E_NOT_FOUND, "no user of cluster %s is logged in on %.100s",
                              pending->cluster_id, message->device_name);
}

/* The phone has one call more. False: the question has been answered. */
static bool note_call(struct em_peer_pending *pending, const sj_intercluster_bandwidth *message,
                      const char *owner) {
    const struct em_visitor_call_key key = {owner, message->instance, message->call_id};
    char why[200];
    switch (em_visitor_calls_add(pending->em->visitor_calls, &key, message->device_name,
                                 message->other_device_name)) {
    case EM_VISITOR_CALL_TOO_MANY:
        em_print(why, sizeof why, "Not Enough Bandwidth: phone %.100s has %d calls already",
                 message->device_name, EM_VISITOR_CALLS_MOST);
        sj_log_limited(pending->em->scope, SJ_LOG_WARNING, "bandwidth of visitors",
                       "cluster %s asks for bandwidth of a further call of phone %.100s, which has "
                       "%d: refused",
                       pending->cluster_id, message->device_name, EM_VISITOR_CALLS_MOST);
        reply(pending, (sj_intercluster_bandwidth_answer){
                           .cause = "", .outcome = SJ_BANDWIDTH_OUTCOME_REFUSED, .message = why});
        return false;
    case EM_VISITOR_CALL_NO_MEMORY: reply_error(pending, SJ_E_NO_MEMORY, NULL); return false;
    default: return true;
    }
}

static int reserve(struct em_peer_pending *pending, const sj_intercluster_bandwidth *message,
                   const char *owner, sj_error *error) {
    struct em *em = pending->em;
    char from[LOCATION_ROOM], to[LOCATION_ROOM];
    int status = find_place(pending, message, from, error);
    if (status != SJ_OK) {
        return status;
    }
    struct asked *asked = sj_scope_alloc(pending->scope, sizeof *asked);
    if (asked == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    }
    if (!note_call(pending, message, owner)) {
        return SJ_OK;
    }
    asked->pending = pending;
    em_copy(asked->owner, owner);
    em_copy(asked->call_id, message->call_id);
    if (!place_of_phone(em, pending->cluster_id, message->other_device_name, NULL, to)) {
        place_of_exit(em, to);
    }
    const sj_bandwidth_reserve request = {.owner = owner,
                                          .instance = message->instance,
                                          .call_id = message->call_id,
                                          .from_location = from,
                                          .to_location = to,
                                          .audio_bit_rate = message->audio_bit_rate,
                                          .video_bit_rate = message->video_bit_rate,
                                          .traffic_class = message->traffic_class,
                                          .retry_video_as_audio = message->retry_video_as_audio,
                                          .emergency = message->emergency,
                                          .in_progress = message->in_progress,
                                          .trace_id = pending->trace_id,
                                          .replaces = message->replaces};
    status = sj_ask_bandwidth_reserve(pending->scope, &request, 0, reserved, asked, error);
    if (status != SJ_OK) {
        em_visitor_calls_remove(em->visitor_calls, owner, message->call_id);
    }
    return status;
}

/* What would become of a call; nothing is taken. */
static int simulate(struct em_peer_pending *pending, const sj_intercluster_bandwidth *message,
                    sj_error *error) {
    char from[LOCATION_ROOM], to[LOCATION_ROOM];
    const int status = find_place(pending, message, from, error);
    if (status != SJ_OK) {
        return status;
    }
    if (!place_of_phone(pending->em, pending->cluster_id, message->other_device_name, NULL, to)) {
        place_of_exit(pending->em, to);
    }
    const sj_lbm_simulate request = {.from = sj_given(from) ? from : SJ_LOCATION_HUB_NONE,
                                     .to = sj_given(to) ? to : SJ_LOCATION_HUB_NONE,
                                     .calls = 1,
                                     .audio_bit_rate = message->audio_bit_rate,
                                     .video_bit_rate = message->video_bit_rate,
                                     .traffic_class = message->traffic_class};
    return sj_ask_lbm_simulate(pending->scope, &request, 0, simulated, pending, error);
}

static sj_bandwidth_adjust_step adjust_step(sj_visited_bandwidth_step step) {
    switch (step) {
    case SJ_VISITED_BANDWIDTH_STEP_PROPOSE: return SJ_BANDWIDTH_ADJUST_STEP_PROPOSE;
    case SJ_VISITED_BANDWIDTH_STEP_CONFIRM: return SJ_BANDWIDTH_ADJUST_STEP_CONFIRM;
    case SJ_VISITED_BANDWIDTH_STEP_WITHDRAW: return SJ_BANDWIDTH_ADJUST_STEP_WITHDRAW;
    default: return SJ_BANDWIDTH_ADJUST_STEP_AT_ONCE;
    }
}

static int ask(struct em_peer_pending *pending, const sj_intercluster_bandwidth *message,
               sj_error *error) {
    char owner[EM_OWNER_ROOM];
    em_print(owner, sizeof owner, "%s/%s", pending->cluster_id, message->owner);
    if (message->step == SJ_VISITED_BANDWIDTH_STEP_RESERVE) {
        return reserve(pending, message, owner, error);
    }
    if (message->step == SJ_VISITED_BANDWIDTH_STEP_SIMULATE) {
        return simulate(pending, message, error);
    }
    if (message->step == SJ_VISITED_BANDWIDTH_STEP_RELEASE) {
        const sj_bandwidth_release request = {
            .owner = owner, .instance = message->instance, .call_id = message->call_id};
        em_visitor_calls_remove(pending->em->visitor_calls, owner, message->call_id);
        return sj_ask_bandwidth_release(pending->scope, &request, 0, released, pending, error);
    }
    if (message->step == SJ_VISITED_BANDWIDTH_STEP_RENEW) {
        const sj_bandwidth_renew request = {.owner = owner, .instance = message->instance};
        return sj_ask_bandwidth_renew(pending->scope, &request, 0, renewed, pending, error);
    }
    /* What takes more needs the right to it; what settles a change takes nothing. */
    char location[LOCATION_ROOM];
    const bool takes = message->step == SJ_VISITED_BANDWIDTH_STEP_PROPOSE ||
                       message->step == SJ_VISITED_BANDWIDTH_STEP_AT_ONCE;
    const int status = takes ? find_place(pending, message, location, error) : SJ_OK;
    if (status != SJ_OK) {
        return status;
    }
    const sj_bandwidth_adjust request = {.owner = owner,
                                         .instance = message->instance,
                                         .call_id = message->call_id,
                                         .step = adjust_step(message->step),
                                         .from_location = "",
                                         .to_location = "",
                                         .audio_bit_rate = message->audio_bit_rate,
                                         .video_bit_rate = message->video_bit_rate,
                                         .traffic_class = message->traffic_class,
                                         .retry_video_as_audio = message->retry_video_as_audio,
                                         .emergency = message->emergency,
                                         .trace_id = pending->trace_id};
    return sj_ask_bandwidth_adjust(pending->scope, &request, 0, adjusted, pending, error);
}

/* Numbers and names as the requests of the bus allow them; and the row of the asker is on. */
static bool is_sound(struct em *em, const char *cluster_id,
                     const sj_intercluster_bandwidth *message, const char **why) {
    enum { MOST_KBPS = 1000000 };
    sj_remote_cluster *cluster = NULL;
    const bool wanted =
        sj_remote_cluster_get(em->scope, cluster_id, &cluster, NULL) == SJ_OK && cluster->lbm;
    sj_record_free(em->scope, cluster);
    *why = !wanted ? "the row LBM of the remote cluster record is not on here"
           : !sj_given(message->instance) || strlen(message->instance) >= EM_INSTANCE_ROOM ||
                   strlen(message->call_id) >= EM_CALL_ID_ROOM || !sj_given(message->owner) ||
                   strlen(message->owner) > EM_OWNER_MOST
               ? "expected an owner of at most 255 letters, an instance of at most 64 and a "
                 "call_id of at most 128"
           : message->audio_bit_rate < 0 || message->audio_bit_rate > MOST_KBPS ||
                   message->video_bit_rate < 0 || message->video_bit_rate > MOST_KBPS
               ? "expected bit rates of 0 to 1000000 kbps"
               : "";
    return !sj_given(*why);
}

static void on_bandwidth(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_bandwidth *message = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM];
    const char *why;
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (!em_peer_check_length(em, request, EM_ANSWER_SMALL)) {
        return;
    }
    em_peer_read_trace(em, request, trace_id);
    if (sj_intercluster_bandwidth_from_json(em->scope, request->body, request->body_length,
                                            &message, &error) != SJ_OK) {
        em_peer_reply_unreadable(em, request, error.text);
        return;
    }
    struct em_peer_pending *pending = em_peer_check_cluster(em, request, message->cluster_id)
                                          ? em_peer_request_hold(em, request, trace_id)
                                          : NULL;
    if (pending != NULL) {
        em_copy(pending->cluster_id, request->peer_cluster);
        if (!is_sound(em, pending->cluster_id, message, &why)) {
            reply_failed(pending, NOT_DECIDED, why);
        } else {
            const int status = ask(pending, message, &error);
            if (status != SJ_OK) {
                reply_error(pending, status, &error);
            }
        }
    }
    sj_record_free(em->scope, message);
}

/* ---- what is over ---- */

static void on_session_ended(void *user, const sj_session_ended *event) {
    struct em *em = user;
    struct em_visitor_call_key key;
    while (event->kind == SJ_SESSION_KIND_VISITING &&
           em_visitor_calls_of(em->visitor_calls, event->device_name, &key)) {
        const sj_bandwidth_release request = {
            .owner = key.owner, .instance = key.instance, .call_id = key.call_id};
        /* One that is lost is made good by the lease of whoever asked. */
        (void)sj_ask_bandwidth_release(em->scope, &request, 0, NULL, NULL, NULL);
        em_visitor_calls_remove(em->visitor_calls, key.owner, key.call_id);
    }
}

static void on_given_back(void *user, const sj_bandwidth_given_back *event) {
    struct em *em = user;
    if (event->reason == SJ_BANDWIDTH_GIVEN_BACK_REASON_SILENT) {
        em_visitor_calls_forget(em->visitor_calls, event->owner);
    }
}

int em_peer_bandwidth_open(struct em *em, sj_error *error) {
    const struct em_route routes[] = {{"/intercluster/v1/bandwidth", on_bandwidth}};
    em->visitor_calls = sj_scope_alloc(em->scope, sizeof *em->visitor_calls);
    if (em->visitor_calls == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the calls of visitors");
    }
    memset(em->visitor_calls, 0, sizeof *em->visitor_calls);
    if (sj_on_session_ended(em->scope, on_session_ended, em, error) == NULL ||
        sj_on_bandwidth_given_back(em->scope, on_given_back, em, error) == NULL) {
        return error->code;
    }
    return em_peer_routes_open(em, routes, 1, error);
}

void em_peer_bandwidth_close(struct em *em) {
    if (em->visitor_calls != NULL) {
        em_visitor_calls_clear(em->visitor_calls);
    }
}
