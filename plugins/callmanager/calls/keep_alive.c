/* Keep-alive between clusters. Reads the dial plan's remote clusters; sends through the
 * transactions. */
#include "calls/keep_alive.h"
#include "calls/call_routing.h"
#include "calls/options.h"
#include "events/emcc.h"
#include "events/node.h"
#include "parameters/emcc.h"

#include <stdio.h>
#include <stdlib.h>

enum { SILENT_INTERVALS = 2 };

struct keep_alive_peer {
    sj_list_link link;
    char cluster_id[52];
    char reason[160]; /* what kept it from being alive, last */
    int64_t since_ms; /* the first OPTIONS that was not answered */
    unsigned silent;  /* intervals */
    bool asked, answered, down, wanted;
};

struct keep_alive {
    struct call_manager *manager;
    sj_handle *timer;
    sj_topic *changed;
    sj_metric *sent, *unanswered, *down;
    sj_list_head peers;
};

/* One OPTIONS under way; the peer may be removed meanwhile. */
struct keep_alive_probe {
    struct keep_alive *owner;
    char cluster_id[52];
    char address[SJ_ADDRESS_TEXT];
};

static struct keep_alive_peer *find_peer(const struct keep_alive *keep_alive,
                                         const char *cluster_id) {
    SJ_LIST_EACH(peer, &keep_alive->peers, struct keep_alive_peer, link) {
        if (strcmp(peer->cluster_id, cluster_id) == 0) {
            return peer;
        }
    }
    return NULL;
}

static void publish_change(struct keep_alive *keep_alive, const struct keep_alive_peer *peer) {
    const sj_rsvp_agent_changed event = {.cluster_id = peer->cluster_id,
                                         .reachable = !peer->down,
                                         .reason = peer->down ? peer->reason : "",
                                         .silent_since = peer->down ? peer->since_ms : 0};
    sj_publish_rsvp_agent_changed(keep_alive->manager->scope, keep_alive->changed, &event);
}

static void show_down(struct keep_alive *keep_alive) {
    double count = 0;
    SJ_LIST_EACH(peer, &keep_alive->peers, struct keep_alive_peer, link) {
        count += peer->down ? 1 : 0;
    }
    sj_metric_set(keep_alive->manager->scope, keep_alive->down, count);
}

/* ---- what comes back ---- */

static void probe_response(void *user, struct sip_transaction *transaction,
                           const struct sip_message *response) {
    const struct keep_alive_probe *probe = user;
    struct keep_alive *keep_alive = probe->owner;
    struct keep_alive_peer *peer = find_peer(keep_alive, probe->cluster_id);
    (void)transaction;
    if (peer == NULL || response->status < 200) {
        return;
    }
    /* An answer that only says that the method is unknown is one, too. */
    const bool alive = response->status < 300 || response->status == 405 || response->status == 501;
    if (!alive) {
        (void)snprintf(peer->reason, sizeof peer->reason, "%s answers the keep-alive with %d %s",
                       probe->address, response->status, sip_reason_phrase(response->status));
        return;
    }
    peer->answered = true;
    peer->silent = 0;
    if (peer->down) {
        peer->down = false;
        sj_log_info(keep_alive->manager->scope,
                    "the RSVP agent of cluster %s answers again, from %s", peer->cluster_id,
                    probe->address);
        publish_change(keep_alive, peer);
        show_down(keep_alive);
    }
}

static void probe_timeout(void *user, struct sip_transaction *transaction) {
    const struct keep_alive_probe *probe = user;
    struct keep_alive_peer *peer = find_peer(probe->owner, probe->cluster_id);
    const char *failure = sip_transaction_failure(transaction);
    if (peer != NULL && failure[0] != '\0') {
        (void)snprintf(peer->reason, sizeof peer->reason, "%s cannot be reached: %.90s",
                       probe->address, failure);
    } else if (peer != NULL) {
        (void)snprintf(peer->reason, sizeof peer->reason, "%s does not answer the keep-alive",
                       probe->address);
    }
}

static void probe_ended(void *user, struct sip_transaction *transaction) {
    (void)transaction;
    free(user);
}

static const struct sip_transaction_events probe_events = {probe_response, probe_timeout,
                                                           probe_ended};

/* ---- asking ---- */

static void ask_node(struct keep_alive *keep_alive, const struct keep_alive_peer *peer,
                     const struct call_target *target) {
    struct call_manager *manager = keep_alive->manager;
    struct keep_alive_probe *probe = calloc(1, sizeof *probe);
    struct sip_writer header;
    char text[128];
    if (probe == NULL) {
        return;
    }
    probe->owner = keep_alive;
    (void)snprintf(probe->cluster_id, sizeof probe->cluster_id, "%s", peer->cluster_id);
    (void)sj_address_format(&target->flow.remote, probe->address, sizeof probe->address);
    sip_writer_init(&header, text, sizeof text);
    sip_put(&header, "X-Sojourn-Emcc: cluster=");
    sip_put_value(&header, sip_text_of(manager->scope->host->node->cluster_id));
    sip_put(&header, ";service=rsvp_agent\r\n");
    const struct sip_text headers = {text, header.used};
    if (header.overflow ||
        !options_send(manager, target->uri, &target->flow, headers, NULL, &probe_events, probe)) {
        free(probe);
        return;
    }
    sj_metric_add(manager->scope, keep_alive->sent, 1);
}

static void ask(struct keep_alive *keep_alive, struct keep_alive_peer *peer, const char *trunk) {
    struct call_manager *manager = keep_alive->manager;
    struct call_target *const targets = manager->target_scratch;
    const size_t count =
        trunk_service_targets(manager, trunk, peer->cluster_id, SJ_INTERCLUSTER_SERVICE_RSVP_AGENT,
                              "", targets, CALL_TARGETS_MAX);
    if (peer->asked && !peer->answered) {
        peer->silent++;
        sj_metric_add(manager->scope, keep_alive->unanswered, 1);
        if (peer->silent >= SILENT_INTERVALS && !peer->down) {
            peer->down = true;
            if (peer->reason[0] == '\0') {
                (void)snprintf(peer->reason, sizeof peer->reason,
                               "none of its nodes answers the keep-alive");
            }
            sj_log_warning(manager->scope,
                           "RSVP agent of cluster %s: no answer for %d intervals, marked down: %s",
                           peer->cluster_id, SILENT_INTERVALS, peer->reason);
            publish_change(keep_alive, peer);
            show_down(keep_alive);
        }
    }
    if (peer->silent == 0) {
        peer->reason[0] = '\0';
        peer->since_ms = sj_wall_ms(manager->scope);
    }
    peer->answered = false;
    peer->asked = count > 0;
    for (size_t i = 0; i < count; i++) {
        ask_node(keep_alive, peer, &targets[i]);
    }
}

/* ---- whom ---- */

static const sj_remote_cluster_status_service *row_of(const struct call_manager *manager,
                                                      const char *cluster_id) {
    const sj_remote_cluster_status *status =
        dial_plan_get(&manager->plan, PLAN_REMOTE_CLUSTER_STATUS, cluster_id);
    for (size_t i = 0; status != NULL && i < status->services_count; i++) {
        if (status->services[i].service == SJ_INTERCLUSTER_SERVICE_RSVP_AGENT) {
            return &status->services[i];
        }
    }
    return NULL;
}

/* A cluster that was silent when this service stopped begins so. */
static struct keep_alive_peer *add_peer(struct keep_alive *keep_alive, const char *cluster_id,
                                        const sj_remote_cluster_status_service *row) {
    struct keep_alive_peer *peer = calloc(1, sizeof *peer);
    if (peer != NULL) {
        (void)snprintf(peer->cluster_id, sizeof peer->cluster_id, "%s", cluster_id);
        peer->down = row->silent_since != 0;
        if (peer->down) {
            peer->silent = SILENT_INTERVALS;
            peer->since_ms = row->silent_since;
            (void)snprintf(peer->reason, sizeof peer->reason, "%s", row->reason);
        }
        sj_list_add_first(&keep_alive->peers, &peer->link);
    }
    return peer;
}

static void drop_unwanted(struct keep_alive *keep_alive) {
    SJ_LIST_EACH(peer, &keep_alive->peers, struct keep_alive_peer, link) {
        if (!peer->wanted) {
            sj_list_remove(&peer->link);
            free(peer);
        }
    }
}

static void tick(void *user) {
    struct keep_alive *keep_alive = user;
    struct call_manager *manager = keep_alive->manager;
    const sj_intercluster_service_profile *profile =
        dial_plan_get(&manager->plan, PLAN_INTERCLUSTER_SERVICE_PROFILE, "default");
    const bool active =
        profile != NULL && profile->rsvp_agent_active &&
        dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, profile->rsvp_agent_sip_trunk) != NULL;
    const sj_remote_cluster *cluster;
    const sj_list_link *link = NULL;
    SJ_LIST_EACH(peer, &keep_alive->peers, struct keep_alive_peer, link) {
        peer->wanted = false;
    }
    while (active && !manager->stopping &&
           (cluster = dial_plan_walk(&manager->plan, PLAN_REMOTE_CLUSTER, &link)) != NULL) {
        const sj_remote_cluster_status_service *row = row_of(manager, cluster->cluster_id);
        if (!cluster->rsvp_agent || row == NULL ||
            (row->remote_activated != SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES &&
             row->silent_since == 0)) {
            continue;
        }
        struct keep_alive_peer *peer = find_peer(keep_alive, cluster->cluster_id);
        peer = peer != NULL ? peer : add_peer(keep_alive, cluster->cluster_id, row);
        if (peer != NULL) {
            peer->wanted = true;
            if (peer->down && row->silent_since == 0) {
                publish_change(keep_alive,
                               peer); /* the state that Extension Mobility keeps was lost */
            }
            ask(keep_alive, peer, profile->rsvp_agent_sip_trunk);
        }
    }
    drop_unwanted(keep_alive);
    show_down(keep_alive);
    sj_timer_again(manager->scope, keep_alive->timer,
                   sj_param_emcc_rsvp_sip_trunk_keep_alive_timer(manager->scope) * 1000);
}

static void on_parameter(void *user, const sj_parameter_changed *event) {
    struct keep_alive *keep_alive = user;
    if (strcmp(event->symbol, "emcc_rsvp_sip_trunk_keep_alive_timer") == 0) {
        sj_timer_again(keep_alive->manager->scope, keep_alive->timer,
                       sj_param_emcc_rsvp_sip_trunk_keep_alive_timer(keep_alive->manager->scope) *
                           1000);
    }
}

/* ---- the other end ---- */

void keep_alive_answer(struct call_manager *manager, const struct sip_message *request,
                       const struct sip_flow *flow) {
    const sj_intercluster_service_profile *profile =
        dial_plan_get(&manager->plan, PLAN_INTERCLUSTER_SERVICE_PROFILE, "default");
    struct sip_text value;
    char cluster_id[52];
    if (request->first[SIP_X_SOJOURN_EMCC] < 0) {
        sip_answer(manager, request, flow, 200, "");
        return;
    }
    if (!sip_param(sip_message_header(request, SIP_X_SOJOURN_EMCC), "cluster", &value) ||
        !sip_text_copy(value, cluster_id, sizeof cluster_id) ||
        !trunk_is_of_cluster(manager, cluster_id, &flow->remote)) {
        char address[SJ_ADDRESS_TEXT];
        (void)sj_address_format(&flow->remote, address, sizeof address);
        sj_log_limited(manager->scope, SJ_LOG_INFO, "a keep-alive of an unknown cluster is refused",
                       "from %s", address);
        sip_answer(manager, request, flow, 403, "Address does not belong to a remote cluster");
    } else if (profile == NULL || !profile->rsvp_agent_active) {
        sip_answer(manager, request, flow, 480,
                   "The RSVP agent is not active in the Intercluster Service Profile here");
    } else {
        sip_answer(manager, request, flow, 200, "");
    }
}

/* ---- begin and end ---- */

int keep_alive_open(struct call_manager *manager, sj_error *error) {
    sj_scope *scope = manager->scope;
    const int64_t interval = sj_param_emcc_rsvp_sip_trunk_keep_alive_timer(scope) * 1000;
    struct keep_alive *keep_alive = calloc(1, sizeof *keep_alive);
    if (keep_alive == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY,
                            "no memory for the keep-alive of remote clusters");
    }
    manager->keep_alive = keep_alive;
    keep_alive->manager = manager;
    keep_alive->sent = sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_rsvp_keep_alives_total",
                                     "Keep-alives sent to RSVP agents");
    keep_alive->unanswered =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_rsvp_silent_intervals_total",
                      "Intervals in which no node of a remote cluster answered a keep-alive");
    keep_alive->down = sj_metric_new(scope, SJ_GAUGE, "sojourn_ccm_rsvp_agents_silent",
                                     "Remote clusters whose RSVP agent is marked down");
    keep_alive->changed = sj_rsvp_agent_changed_topic(scope, error);
    keep_alive->timer = sj_timer_start(scope, interval, interval, tick, keep_alive);
    return keep_alive->changed != NULL && keep_alive->timer != NULL &&
                   sj_on_parameter_changed(scope, on_parameter, keep_alive, error) != NULL
               ? SJ_OK
           : error->code != SJ_OK ? error->code
                                  : SJ_E_NO_MEMORY;
}

void keep_alive_free(struct call_manager *manager) {
    struct keep_alive *keep_alive = manager->keep_alive;
    if (keep_alive == NULL) {
        return;
    }
    SJ_LIST_EACH(peer, &keep_alive->peers, struct keep_alive_peer, link) {
        free(peer);
    }
    free(keep_alive);
    manager->keep_alive = NULL;
}
