/* The state of remote clusters: asked for every Remote Cluster Update Interval, on Update Now, and
 * when one thought to be down has answered. What is learnt stands in remote_cluster_status; each
 * success is followed by a comparison of the sessions. */
#include "clusters/remote_cluster_update.h"

#include <sojourn/base/utf8.h>

#include "clusters/information.h"
#include "clusters/intercluster_client.h"
#include "clusters/logout_notify.h"
#include "clusters/partner.h"
#include "clusters/rsvp_agent.h"
#include "events/emcc.h"
#include "events/node.h"
#include "messages/intercluster.h"
#include "parameters/emcc.h"
#include "reporting/counts.h"
#include "resources/remote_cluster.h"

enum { UPDATE_TIMEOUT_MS = 8000, FIRST_UPDATE_MS = 1000, MAX_PLACES = 200, MAX_HOSTS = 64 };

/* One round of updates, of one cluster or of all. */
struct update_round {
    struct em *em;
    sj_scope *scope;
    sj_question *question;    /* who asked, or NULL */
    void (*then)(void *user); /* who waits for the end, or NULL */
    void *user;
    size_t open;
    int64_t updated, failed;
    const char **unanswered; /* room for all */
    size_t message_length;
    char message[32768];
    char trace_id[EM_TRACE_ROOM];
};

struct update {
    struct update_round *round;
    char cluster_id[EM_NAME_ROOM];
};

static void add_sentence(struct update_round *round, const char *sentence) {
    const int written = snprintf(round->message + round->message_length,
                                 sizeof round->message - round->message_length, "%s%s",
                                 round->message_length > 0 ? " " : "", sentence);
    if (written > 0) {
        const size_t length = round->message_length + (size_t)written;
        round->message_length = length < sizeof round->message ? length : sizeof round->message - 1;
    }
}

static void end_round(struct update_round *round) {
    if (round->question != NULL) {
        const sj_remote_cluster_update_reply reply = {
            .updated = round->updated,
            .failed = round->failed,
            .message = round->message_length > 0 ? round->message : "There is no remote cluster.",
            .unanswered = round->unanswered,
            .unanswered_count = (size_t)round->failed};
        sj_reply_remote_cluster_update(round->em->scope, round->question, &reply);
    }
    void (*const then)(void *user) = round->then;
    void *const user = round->user;
    sj_scope_close(round->scope);
    if (then != NULL) {
        then(user);
    }
}

static void complete_one(struct update_round *round) {
    if (--round->open == 0) {
        end_round(round);
    }
}

/* SJ_OK when it is written; then it is published. */
static int put_status(struct em *em, const sj_remote_cluster_status *status, bool succeeded,
                      sj_error *error) {
    const sj_remote_cluster_updated event = {
        .cluster_id = status->cluster_id, .succeeded = succeeded, .reason = status->reason};
    const int result = sj_remote_cluster_status_put(em->scope, status, SJ_PUT_ANY, error);
    if (result != SJ_OK) {
        sj_log_error(em->scope, "the state of remote cluster %s was not written: %s",
                     status->cluster_id, error->text);
        return result;
    }
    sj_publish_remote_cluster_updated(em->scope, em->remote_cluster_updated, &event);
    em_counts_read_partners(em);
    return SJ_OK;
}

/* What was known stays, but its services count as not active until it answers again. */
static void keep_failure(struct em *em, const char *cluster_id, const char *reason) {
    sj_remote_cluster_status *known = NULL;
    sj_remote_cluster_status_service services[6];
    sj_remote_cluster_status status = {.cluster_id = cluster_id, .sip_port = 5060};
    sj_error error = {0};
    if (sj_remote_cluster_status_get(em->scope, cluster_id, &known, NULL) == SJ_OK) {
        status = *known;
        status.services_count = known->services_count < 6 ? known->services_count : 6;
        for (size_t i = 0; i < status.services_count; i++) {
            services[i] = known->services[i];
            if (services[i].remote_activated ==
                SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES) {
                services[i].remote_activated = SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NO;
            }
        }
        status.services = services;
    }
    status.last_tried = sj_wall_ms(em->scope);
    status.reason = reason;
    (void)put_status(em, &status, false, &error);
    sj_record_free(em->scope, known);
}

static bool same_region(struct em *em, const sj_intercluster_information *theirs) {
    return theirs->max_audio_bit_rate == sj_param_emcc_region_max_audio_bit_rate(em->scope) &&
           theirs->max_video_bit_rate == sj_param_emcc_region_max_video_call_bit_rate(em->scope) &&
           strcmp(theirs->audio_codec_preference_list,
                  sj_param_emcc_region_audio_codec_preference_list(em->scope)) == 0;
}

/* What the answerer says that it would do with its users' logins here; "" when it would let them
 * in. */
static void read_refusal(struct em *em, const sj_intercluster_information *theirs,
                         char refusal[EM_CAUSE_ROOM]) {
    const char *us = em->scope->host->node->cluster_id;
    char cause[301];
    refusal[0] = '\0';
    sj_utf8_one_line(cause, sizeof cause, theirs->cause);
    if (theirs->code == EM_VISITING_CLUSTER_UNKNOWN) {
        em_print(
            refusal, EM_CAUSE_ROOM,
            "%.60s has no remote cluster record for %s: logins of its users here fail with 35.",
            theirs->cluster_id, us);
    } else if (theirs->code != 0) {
        em_print(refusal, EM_CAUSE_ROOM, "%.60s refuses logins of its users here with %lld: %s.",
                 theirs->cluster_id, (long long)theirs->code, cause);
    }
}

/* Its nodes, without those that are no valid host: they would go into URLs and calls of this
 * cluster. */
static size_t read_hosts(struct em *em, const sj_intercluster_information *theirs,
                         const sj_intercluster_information_service *service,
                         const char *hosts[MAX_HOSTS]) {
    size_t count = 0;
    for (size_t i = 0; i < service->addresses_count && count < MAX_HOSTS; i++) {
        if (em_partner_host_is_valid(service->addresses[i])) {
            hosts[count++] = service->addresses[i];
        } else {
            sj_log_warning(em->scope,
                           "cluster %s lists the node %.100s: not a host name or address",
                           theirs->cluster_id, service->addresses[i]);
        }
    }
    return count;
}

/* No SIP service listens below 1024: a partner cannot send calls of this cluster to another
 * service. */
static int64_t read_sip_port(struct em *em, const sj_intercluster_information *theirs) {
    if (theirs->sip_port >= 1024 && theirs->sip_port <= 65535) {
        return theirs->sip_port;
    }
    sj_log_warning(em->scope,
                   "cluster %s names %lld as the port for calls over the EMCC trunk; expected 1024 "
                   "to 65535, 5060 is used",
                   theirs->cluster_id, (long long)theirs->sip_port);
    return 5060;
}

/* Not SJ_OK when what it says of itself cannot be kept. */
static int keep_success(struct em *em, const sj_intercluster_information *theirs,
                        const char *refusal, sj_error *error) {
    sj_remote_cluster_status_service services[6] = {0};
    const char *hosts[6][MAX_HOSTS];
    char reason[900];
    sj_remote_cluster_status_place places[MAX_PLACES];
    char learnt_from[SJ_PEER_LEARNT_FROM_ROOM] = "";
    sj_remote_cluster *record = NULL;
    const int64_t now = sj_wall_ms(em->scope);
    const bool regions_equal = same_region(em, theirs);
    sj_remote_cluster_status *known = NULL;
    sj_remote_cluster_status status = {
        .cluster_id = theirs->cluster_id,
        .version = theirs->version,
        .protocol_version = em_partner_protocol(theirs->protocol),
        .last_tried = now,
        .last_succeeded = now,
        .reason = "",
        .mixed_mode = theirs->mixed_mode,
        .sip_port = read_sip_port(em, theirs),
        .tftp_http_port = em_partner_tftp_http_port(em, theirs->cluster_id, theirs->tftp_http_port),
        .learnt_from = learnt_from,
        .sip_transport = strcmp(theirs->sip_transport, "udp") == 0   ? SJ_TRUNK_TRANSPORT_UDP
                         : strcmp(theirs->sip_transport, "tls") == 0 ? SJ_TRUNK_TRANSPORT_TLS
                                                                     : SJ_TRUNK_TRANSPORT_TCP,
        .max_audio_bit_rate = theirs->max_audio_bit_rate,
        .max_video_bit_rate = theirs->max_video_bit_rate,
        .audio_codec_preference_list = theirs->audio_codec_preference_list,
        .services = services,
        .services_count = 6,
        .refusal_code = theirs->code,
        .refusal = refusal,
        .sees_us = {.told = theirs->asker.told,
                    .recorded = theirs->asker.recorded,
                    .emcc = theirs->asker.emcc,
                    .pstn_access = theirs->asker.pstn_access,
                    .certificates = theirs->asker.certificates,
                    .certificates_count = theirs->asker.certificates_count < 10
                                              ? theirs->asker.certificates_count
                                              : 10,
                    .reason = reason}};
    sj_utf8_one_line(reason, sizeof reason, theirs->asker.reason);
    if (sj_remote_cluster_get(em->scope, theirs->cluster_id, &record, NULL) == SJ_OK) {
        em_partner_learnt_from(record, learnt_from);
        sj_record_free(em->scope, record);
    }
    for (sj_intercluster_service kind = SJ_INTERCLUSTER_SERVICE_EMCC;
         kind <= SJ_INTERCLUSTER_SERVICE_UDS; kind++) {
        services[kind].service = kind;
        services[kind].remote_activated =
            SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NOT_APPLICABLE;
        for (size_t i = 0; i < theirs->services_count; i++) {
            if (theirs->services[i].service == kind) {
                services[kind].remote_activated =
                    theirs->services[i].active
                        ? SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES
                        : SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NO;
                services[kind].addresses = hosts[kind];
                services[kind].addresses_count =
                    read_hosts(em, theirs, &theirs->services[i], hosts[kind]);
            }
        }
    }
    for (size_t i = 0; i < theirs->places_count && status.places_count < MAX_PLACES; i++) {
        places[i].name = theirs->places[i].name;
        places[i].geolocation = theirs->places[i].geolocation;
        status.places_count++;
    }
    status.places = places;
    (void)sj_remote_cluster_status_get(em->scope, theirs->cluster_id, &known, NULL);
    em_rsvp_agent_decide(known, regions_equal, &services[SJ_INTERCLUSTER_SERVICE_RSVP_AGENT]);
    if (!regions_equal) {
        sj_log_warning(em->scope,
                       "the EMCC region parameters of cluster %s differ (audio %lld kbps, video "
                       "%lld kbps, %s); its RSVP agent is not "
                       "used, and audio may be one-way",
                       theirs->cluster_id, (long long)theirs->max_audio_bit_rate,
                       (long long)theirs->max_video_bit_rate, theirs->audio_codec_preference_list);
    }
    const int result = put_status(em, &status, true, error);
    sj_record_free(em->scope, known);
    return result;
}

static void informed(void *user, const struct em_peer_answer *answer) {
    struct update *update = user;
    struct update_round *round = update->round;
    struct em *em = round->em;
    sj_intercluster_information *theirs = NULL;
    sj_error error = {0};
    char sentence[2 * EM_CAUSE_ROOM + 64], refusal[EM_CAUSE_ROOM] = "";
    bool succeeded = false;
    if (answer->status != EM_PEER_ANSWERED) {
        em_print(sentence, sizeof sentence, "%s.", answer->cause);
    } else if (sj_intercluster_information_from_json(em->scope, answer->body, answer->body_length,
                                                     &theirs, &error) != SJ_OK) {
        em_print(sentence, sizeof sentence, "The answer of cluster %s cannot be read: %s.",
                 update->cluster_id, error.text);
    } else if (strcmp(theirs->cluster_id, update->cluster_id) != 0) {
        em_print(sentence, sizeof sentence,
                 "The cluster configured as %s answers with the id %.60s (212).",
                 update->cluster_id, theirs->cluster_id);
    } else if (theirs->code == EM_REMOTE_CLUSTER_ID) {
        sj_utf8_one_line(refusal, 400, theirs->cause);
        em_print(sentence, sizeof sentence, "Cluster %s refuses: %s (42).", update->cluster_id,
                 refusal);
    } else {
        read_refusal(em, theirs, refusal);
        succeeded = keep_success(em, theirs, refusal, &error) == SJ_OK;
        em_print(sentence, sizeof sentence, "Cluster %s answers, version %.60s.%s%s",
                 update->cluster_id, theirs->version, sj_given(refusal) ? " " : "", refusal);
        if (!succeeded) {
            em_print(sentence, sizeof sentence,
                     "What cluster %s says of itself cannot be kept: %.400s.", update->cluster_id,
                     error.text);
        }
    }
    if (succeeded) {
        round->updated++;
        em->on_cluster_answered(em, update->cluster_id);
        em_logout_notify_resend(em, update->cluster_id);
    } else {
        sj_log_warning(em->scope, "update of remote cluster %s failed: %s", update->cluster_id,
                       sentence);
        keep_failure(em, update->cluster_id, sentence);
        round->unanswered[round->failed++] = update->cluster_id;
    }
    add_sentence(round, sentence);
    sj_record_free(em->scope, theirs);
    complete_one(round);
}

/* What a round is started with. */
struct round_request {
    const char *cluster_id; /* NULL: all */
    sj_question *question;
    int64_t timeout_ms;
    void (*then)(void *user);
    void *user;
};

static void fail_round(struct em *em, sj_scope *scope, const struct round_request *wanted) {
    if (wanted->question != NULL) {
        sj_fail(em->scope, wanted->question, SJ_E_NO_MEMORY, "out of memory");
    }
    if (scope != NULL) {
        sj_scope_close(scope);
    }
    if (wanted->then != NULL) {
        wanted->then(wanted->user);
    }
}

static void start_round(struct em *em, const struct round_request *wanted) {
    sj_list clusters = {0};
    sj_scope *scope = sj_scope_open(em->scope, "remote cluster update", NULL, NULL);
    struct update_round *round = scope != NULL ? sj_scope_alloc(scope, sizeof *round) : NULL;
    const sj_intercluster_information *own = round != NULL ? em_information_build(em, scope) : NULL;
    char *json = own != NULL ? sj_intercluster_information_to_json(em->scope, own) : NULL;
    struct update *updates = NULL;
    size_t count = 0;
    if (json != NULL && sj_remote_cluster_list(em->scope, NULL, &clusters, NULL) == SJ_OK) {
        updates = sj_scope_alloc(scope, (clusters.count + 1) * sizeof *updates);
        round->unanswered = sj_scope_alloc(scope, (clusters.count + 1) * sizeof *round->unanswered);
    }
    if (updates == NULL || round->unanswered == NULL) {
        sj_text_free(em->scope, json);
        sj_list_free(em->scope, &clusters);
        fail_round(em, scope, wanted);
        return;
    }
    round->em = em;
    round->scope = scope;
    round->question = wanted->question;
    round->then = wanted->then;
    round->user = wanted->user;
    sj_random_hex(scope, round->trace_id, 32);
    for (size_t i = 0; i < clusters.count; i++) {
        const char *id = sj_remote_cluster_at(&clusters, i)->cluster_id;
        if (wanted->cluster_id == NULL || strcmp(id, wanted->cluster_id) == 0) {
            updates[count].round = round;
            em_copy(updates[count].cluster_id, id);
            count++;
        }
    }
    sj_list_free(em->scope, &clusters);
    if (count == 0 && round->question != NULL && wanted->cluster_id != NULL) {
        sj_fail(em->scope, round->question, SJ_E_NOT_FOUND, "there is no remote cluster %s",
                wanted->cluster_id);
        round->question = NULL;
    }
    round->open = count + 1; /* until all are asked */
    for (size_t i = 0; i < count; i++) {
        em_peer_call(em, scope, updates[i].cluster_id, "information", json, wanted->timeout_ms,
                     round->trace_id, informed, &updates[i]);
    }
    sj_text_free(em->scope, json);
    complete_one(round);
}

void em_cluster_update_start(struct em *em, const char *cluster_id) {
    const struct round_request wanted = {.cluster_id = cluster_id, .timeout_ms = UPDATE_TIMEOUT_MS};
    start_round(em, &wanted);
}

void em_cluster_update_then(struct em *em, const char *cluster_id, int64_t timeout_ms,
                            void (*then)(void *user), void *user) {
    const struct round_request wanted = {
        .cluster_id = cluster_id, .timeout_ms = timeout_ms, .then = then, .user = user};
    start_round(em, &wanted);
}

static void on_update(void *user, sj_question *question, const sj_remote_cluster_update *request) {
    const struct round_request wanted = {
        .cluster_id = sj_given(request->cluster_id) ? request->cluster_id : NULL,
        .question = question,
        .timeout_ms = UPDATE_TIMEOUT_MS};
    start_round(user, &wanted);
}

static int64_t interval_ms(struct em *em) {
    return sj_param_emcc_remote_cluster_update_interval(em->scope) * 60000;
}

static void periodic(void *user) {
    struct em *em = user;
    em_cluster_update_start(em, NULL);
    sj_timer_again(em->scope, em->update_timer, interval_ms(em));
}

static void on_parameter(void *user, const sj_parameter_changed *event) {
    struct em *em = user;
    if (strcmp(event->symbol, "emcc_remote_cluster_update_interval") == 0 &&
        em->update_timer != NULL) {
        sj_timer_again(em->scope, em->update_timer, interval_ms(em));
    }
}

/* Enable All Remote Cluster Services When Adding A New Remote Cluster: for a record that switches
 * none on itself. TFTP stays off, as EMCC needs it. True when the record was written: it will be
 * published again. */
static bool enable_all_services(struct em *em, const char *cluster_id) {
    sj_remote_cluster *cluster = NULL;
    sj_error error = {0};
    bool written = false;
    if (sj_param_emcc_enable_all_remote_cluster_services(em->scope) &&
        sj_remote_cluster_get(em->scope, cluster_id, &cluster, NULL) == SJ_OK && !cluster->emcc &&
        !cluster->pstn_access && !cluster->rsvp_agent && !cluster->tftp && !cluster->lbm &&
        !cluster->uds) {
        sj_remote_cluster all = *cluster;
        all.emcc = all.pstn_access = all.rsvp_agent = all.lbm = all.uds = true;
        written = sj_remote_cluster_put(em->scope, &all, SJ_PUT_REPLACE, &error) == SJ_OK;
        if (!written) {
            sj_log_error(em->scope, "the services of remote cluster %s were not enabled: %s",
                         cluster_id, error.text);
        }
    }
    sj_record_free(em->scope, cluster);
    return written;
}

/* A record that names another place: what was learnt from the one before is not believed any more.
 */
static void drop_learnt(struct em *em, const char *cluster_id) {
    char learnt_from[SJ_PEER_LEARNT_FROM_ROOM];
    sj_remote_cluster *record = NULL;
    sj_remote_cluster_status *known = NULL;
    sj_error error = {0};
    if (sj_remote_cluster_get(em->scope, cluster_id, &record, NULL) == SJ_OK &&
        sj_remote_cluster_status_get(em->scope, cluster_id, &known, NULL) == SJ_OK) {
        em_partner_learnt_from(record, learnt_from);
        if (strcmp(known->learnt_from, learnt_from) != 0) {
            sj_remote_cluster_status status = *known;
            status.services_count = 0;
            status.learnt_from = learnt_from;
            status.reason = "the record names another place, which has not answered yet";
            (void)put_status(em, &status, false, &error);
        }
    }
    sj_record_free(em->scope, known);
    sj_record_free(em->scope, record);
}

/* A new record is asked at once and not after the interval; the state of a removed one is deleted.
 */
static void on_config(void *user, const sj_config_changed *event) {
    struct em *em = user;
    if (strcmp(event->resource, "remote_cluster") != 0) {
        return;
    }
    if (event->action == SJ_CONFIG_CHANGED_ACTION_REMOVED) {
        (void)sj_remote_cluster_status_delete(em->scope, event->key, NULL);
        em_counts_read_partners(em);
    } else if (event->action != SJ_CONFIG_CHANGED_ACTION_ADDED ||
               !enable_all_services(em, event->key)) {
        drop_learnt(em, event->key);
        em_cluster_update_start(em, event->key);
    }
}

static void on_certificates(void *user, const sj_certificates_imported *event) {
    struct em *em = user;
    for (size_t i = 0; i < event->clusters_count; i++) {
        em_cluster_update_start(em, event->clusters[i]);
    }
}

int em_cluster_update_open(struct em *em, sj_error *error) {
    em->remote_cluster_updated = sj_remote_cluster_updated_topic(em->scope, error);
    em->update_timer = sj_timer_start(em->scope, FIRST_UPDATE_MS, interval_ms(em), periodic, em);
    if (em->remote_cluster_updated == NULL || em->update_timer == NULL ||
        sj_on_parameter_changed(em->scope, on_parameter, em, error) == NULL ||
        sj_on_config_changed(em->scope, on_config, em, error) == NULL ||
        sj_on_certificates_imported(em->scope, on_certificates, em, error) == NULL ||
        sj_answer_remote_cluster_update(em->scope, on_update, em, error) == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_INTERNAL;
    }
    return SJ_OK;
}
