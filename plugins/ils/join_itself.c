/* Hubs of one network join by themselves, by the password that both keep. Whoever is told of as a
 * hub gets a proof so, and may try one password on it: so the teller must have proved the password,
 * and what is not proved in return is counted by hub, by teller, and all together. */
#include "join_itself.h"

#include <stdio.h>
#include <string.h>

#include "resources/ils.h"
#include "trust.h"

static const struct ils_attempts_limits
    of_hub = {.each = 1, .all = 20, .each_ms = 3600000, .all_ms = 1800000},
    of_teller = {.each = 5, .all = 20, .each_ms = 3600000, .all_ms = 1800000};

static int64_t now_of(const struct ils_service *service) {
    return (int64_t)sj_monotonic_ms(service->scope);
}

void ils_itself_note_teller(struct ils_service *service, const char *teller) {
    const struct ils *core = service->core;
    if (service->joining->told_applied == core->applied) {
        return;
    }
    service->joining->told_applied = core->applied;
    for (size_t i = 1; i < core->owners_count; i++) {
        const struct ils_owner *owner = core->owners[i];
        const sj_ils_ground record = {.cluster_id = owner->cluster_id, .told_by = teller};
        sj_error error = {0};
        if (owner->role == ILS_HUB && owner->cluster_id[0] != '\0' &&
            strcmp(owner->cluster_id, teller) != 0) {
            const int status = sj_ils_ground_put(service->scope, &record, SJ_PUT_NEW, &error);
            if (status != SJ_OK && status != SJ_E_EXISTS) {
                sj_log_limited(service->scope, SJ_LOG_WARNING,
                               "it is not noted who told of a hub, which is not joined then",
                               "%s: %s", owner->cluster_id, error.text);
            }
        }
    }
}

/* Who told of it; "": nobody is known to have. */
static void teller_of(const struct ils_service *service, const char *cluster_id,
                      char teller[ILS_CLUSTER_ID_MAX + 1]) {
    sj_ils_ground *record = NULL;
    teller[0] = '\0';
    if (sj_ils_ground_get(service->scope, cluster_id, &record, NULL) == SJ_OK) {
        (void)snprintf(teller, ILS_CLUSTER_ID_MAX + 1, "%s", record->told_by);
    }
    sj_record_free(service->scope, record);
}

static bool knows_the_password(const struct ils_service *service, const char *cluster_id) {
    const sj_ils_trust trust =
        cluster_id[0] == '\0' ? SJ_ILS_TRUST_NONE : ils_trust_of(service, cluster_id);
    return trust == SJ_ILS_TRUST_PASSWORD || trust == SJ_ILS_TRUST_NETWORK;
}

enum ils_itself ils_itself_begin(struct ils_service *service, const char *cluster_id,
                                 bool registrar, char teller[ILS_CLUSTER_ID_MAX + 1],
                                 char why[ILS_REASON_ROOM]) {
    struct ils_joining *joining = service->joining;
    teller_of(service, cluster_id, teller);
    if (!service->join_by_themselves || !joining->password ||
        ils_trust_of(service, cluster_id) != SJ_ILS_TRUST_NONE) {
        return ILS_ITSELF_NOT;
    }
    if (registrar) {
        (void)snprintf(teller, ILS_CLUSTER_ID_MAX + 1, "%s",
                       service->scope->host->node->cluster_id);
    } else if (!knows_the_password(service, teller)) {
        (void)snprintf(why, ILS_REASON_ROOM,
                       "it is not trusted, and %s, which told of it, has not proved that it knows "
                       "the network's password: somebody has to join it (ils join)",
                       teller[0] != '\0' ? teller : "the cluster");
        return ILS_ITSELF_HELD;
    }
    if (!ils_attempts_take(&joining->hubs, &of_hub, cluster_id, false, now_of(service))) {
        (void)snprintf(why, ILS_REASON_ROOM,
                       "it has not proved that it knows the network's password: it is joined by "
                       "itself once an hour at most, or by somebody (ils join)");
        return ILS_ITSELF_HELD;
    }
    if (!ils_attempts_take(&joining->tellers, &of_teller, teller, false, now_of(service))) {
        ils_attempts_give_back(&joining->hubs, cluster_id);
        (void)snprintf(why, ILS_REASON_ROOM,
                       "too many hubs that %s told of have not proved that they know the network's "
                       "password: one is joined by itself each hour, or by somebody (ils join)",
                       teller);
        return ILS_ITSELF_HELD;
    }
    return ILS_ITSELF_JOIN;
}

void ils_itself_ended(struct ils_service *service, const char *cluster_id, const char *teller,
                      bool guessed) {
    if (!guessed) {
        ils_attempts_give_back(&service->joining->hubs, cluster_id);
        ils_attempts_give_back(&service->joining->tellers, teller);
    }
}
