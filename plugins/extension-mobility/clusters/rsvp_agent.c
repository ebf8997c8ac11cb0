/* The row of the RSVP agent in the state of a remote cluster: active when the cluster says so, its
 * region parameters are those of this one, and it answers the keep-alive that the call manager
 * sends over the trunk. */
#include "clusters/rsvp_agent.h"

#include "clusters/remote_cluster_update.h"
#include "events/emcc.h"
#include "resources/remote_cluster.h"

static const sj_remote_cluster_status_service *row_of(const sj_remote_cluster_status *status) {
    for (size_t i = 0; status != NULL && i < status->services_count; i++) {
        if (status->services[i].service == SJ_INTERCLUSTER_SERVICE_RSVP_AGENT) {
            return &status->services[i];
        }
    }
    return NULL;
}

void em_rsvp_agent_decide(const sj_remote_cluster_status *known, bool regions_equal,
                          sj_remote_cluster_status_service *row) {
    const sj_remote_cluster_status_service *before = row_of(known);
    row->reason = "";
    row->silent_since = 0;
    if (row->remote_activated != SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES) {
        return;
    }
    if (before != NULL && before->silent_since != 0) {
        row->reason = before->reason;
        row->silent_since = before->silent_since;
        if (row->addresses_count ==
            0) { /* it has no node for it now: it is asked on where it was last */
            row->addresses = before->addresses;
            row->addresses_count = before->addresses_count;
        }
    } else if (!regions_equal) {
        row->reason = "The EMCC region parameters of both clusters differ.";
    } else {
        return;
    }
    row->remote_activated = SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NO;
}

/* The row as the keep-alive has found it. What the cluster says of itself is asked anew when it
 * answers again. */
static void on_changed(void *user, const sj_rsvp_agent_changed *event) {
    struct em *em = user;
    sj_remote_cluster_status *known = NULL;
    sj_remote_cluster_status_service services[6];
    sj_error error = {0};
    char reason[300];
    if (sj_remote_cluster_status_get(em->scope, event->cluster_id, &known, NULL) != SJ_OK) {
        return;
    }
    sj_remote_cluster_status status = *known;
    status.services_count = known->services_count < 6 ? known->services_count : 6;
    status.services = services;
    for (size_t i = 0; i < status.services_count; i++) {
        services[i] = known->services[i];
        if (services[i].service == SJ_INTERCLUSTER_SERVICE_RSVP_AGENT) {
            em_print(reason, sizeof reason, "%s%s", event->reachable ? "" : "No keep-alive: ",
                     event->reachable ? "It answers again and is being asked for its state."
                                      : event->reason);
            services[i].remote_activated = SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NO;
            services[i].reason = reason;
            services[i].silent_since = event->reachable ? 0 : event->silent_since;
        }
    }
    if (sj_remote_cluster_status_put(em->scope, &status, SJ_PUT_ANY, &error) != SJ_OK) {
        sj_log_error(em->scope, "the state of the RSVP agent of cluster %s was not written: %s",
                     event->cluster_id, error.text);
    }
    sj_record_free(em->scope, known);
    if (event->reachable) {
        em_cluster_update_start(em, event->cluster_id);
    }
}

int em_rsvp_agent_open(struct em *em, sj_error *error) {
    return sj_on_rsvp_agent_changed(em->scope, on_changed, em, error) != NULL ? SJ_OK
           : error->code != SJ_OK                                             ? error->code
                                                                              : SJ_E_INTERNAL;
}
