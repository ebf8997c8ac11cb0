/* Hubs that do not answer, clusters of one id, what cannot be advertised: as the Intercluster
 * Lookup Service of this cluster has observed it. Where it does not run nothing is said. */
#include "checks/check_lookup.h"

#include <stdlib.h>

#include "events/ils.h"

enum { LOOKUP_MS = 3000 };

struct lookup {
    struct em_findings *findings;
    void (*done)(void *user);
    void *user;
};

static void end(struct lookup *lookup) {
    void (*const done)(void *user) = lookup->done;
    void *user = lookup->user;
    free(lookup);
    done(user);
}

/* EMCC goes by cluster ids: of two clusters with one nobody knows which is meant. */
static void conflicts_known(void *user, int status, const sj_error *error,
                            const sj_ils_conflicts_reply *reply) {
    struct lookup *lookup = user;
    (void)error;
    for (size_t i = 0; status == SJ_OK && i < reply->same_id_count; i++) {
        em_findings_add(lookup->findings, "In the network of the Intercluster Lookup Service %s.",
                        reply->same_id[i]);
    }
    if (status == SJ_OK && reply->total > 0) {
        em_findings_note(lookup->findings,
                         "Several clusters advertise the same URI, number or pattern, %lld in all: "
                         "sojourn ils conflicts shows whose counts.",
                         (long long)reply->total);
    }
    end(lookup);
}

static void report_status(struct em_findings *findings, const sj_ils_status_reply *reply) {
    for (size_t i = 0; i < reply->hubs_count; i++) {
        const sj_ils_status_reply_hub *hub = &reply->hubs[i];
        if (sj_given(hub->reason)) {
            em_findings_note(
                findings,
                "Hub %s of the network of the Intercluster Lookup Service does not "
                "exchange with this cluster (%lld attempts in a row): %s. What other "
                "clusters change of their nodes and dial plans is not learned from it.",
                hub->cluster_id, (long long)hub->failures, hub->reason);
        } else if (hub->answered_at == 0) {
            em_findings_note(findings,
                             "Hub %s of the network of the Intercluster Lookup Service has not "
                             "answered yet.",
                             hub->cluster_id);
        }
    }
    if (reply->not_here_count > 0) {
        em_findings_note(findings,
                         "Of what other clusters advertise %s. Until then a call may go to another "
                         "cluster than it should, or to none (sojourn ils status shows %s).",
                         reply->not_here[0], reply->not_here_count > 1 ? "the rest" : "it");
    }
    if (reply->not_advertised_count > 0) {
        em_findings_note(findings,
                         "The Intercluster Lookup Service cannot advertise all that is "
                         "configured: %s (sojourn ils status shows %s).",
                         reply->not_advertised[0],
                         reply->not_advertised_count > 1 ? "the rest" : "it");
    }
}

static void status_known(void *user, int status, const sj_error *error,
                         const sj_ils_status_reply *reply) {
    struct lookup *lookup = user;
    const sj_ils_conflicts request = {0};
    sj_error why = {0};
    (void)error;
    if (status != SJ_OK || reply->role == SJ_ILS_ROLE_STANDALONE) {
        end(lookup);
        return;
    }
    report_status(lookup->findings, reply);
    if (sj_ask_ils_conflicts(lookup->findings->scope, &request, LOOKUP_MS, conflicts_known, lookup,
                             &why) != SJ_OK) {
        end(lookup);
    }
}

void em_check_lookup(struct em_findings *findings, void (*done)(void *user), void *user) {
    struct lookup *lookup = malloc(sizeof *lookup);
    const sj_ils_status request = {0};
    sj_error error = {0};
    if (lookup == NULL) {
        done(user);
        return;
    }
    *lookup = (struct lookup){findings, done, user};
    if (sj_ask_ils_status(findings->scope, &request, LOOKUP_MS, status_known, lookup, &error) !=
        SJ_OK) {
        end(lookup);
    }
}
