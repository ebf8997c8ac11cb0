/* A peer id belongs to the cluster that first showed it with its certificate. What is certain of a
 * cluster is its certificate alone, which somebody has imported for it; so nobody takes another's
 * place by its peer id, which is no secret, and who is to have it is for people to say. */
#include "bindings.h"

#include <stdlib.h>
#include <string.h>

#include "resources/ils.h"
#include "transport.h"
#include "trust.h"

enum { DAY_MS = 86400000, CLAIMS_READ = 1000 };

static bool is_trusted(const struct ils_service *service, const char *cluster_id) {
    const sj_ils_trust trust = ils_trust_of(service, cluster_id);
    return trust != SJ_ILS_TRUST_NONE && trust != SJ_ILS_TRUST_WITHDRAWN;
}

/* One cluster has few peer ids, one for each time that it was made anew: the oldest goes. */
static void make_room(struct ils_service *service, const char *cluster_id) {
    const sj_query query = {.field = "cluster_id", .value = cluster_id};
    sj_list list = {0};
    const sj_ils_binding *oldest = NULL;
    if (sj_ils_binding_list(service->scope, &query, &list, NULL) == SJ_OK &&
        list.count >= ILS_OWNERS_SELF) {
        for (size_t i = 0; i < list.count; i++) {
            const sj_ils_binding *one = sj_ils_binding_at(&list, i);
            oldest = oldest == NULL || one->since < oldest->since ? one : oldest;
        }
        (void)sj_ils_binding_delete(service->scope, oldest->peer_id, NULL);
    }
    sj_list_free(service->scope, &list);
}

static void put(struct ils_service *service, const sj_ils_binding *record) {
    sj_error error = {0};
    if (sj_ils_binding_put(service->scope, record, SJ_PUT_ANY, &error) != SJ_OK) {
        sj_log_limited(service->scope, SJ_LOG_WARNING, "whose a peer id is is not noted", "%s: %s",
                       record->cluster_id, error.text);
    }
}

static void bind_peer(struct ils_service *service, const char *peer, const char *cluster_id) {
    const sj_ils_binding record = {
        .peer_id = peer, .cluster_id = cluster_id, .since = sj_wall_ms(service->scope)};
    make_room(service, cluster_id);
    put(service, &record);
}

static void refuse(struct ils_service *service, const sj_ils_binding *binding,
                   const char *cluster_id, char why[ILS_REASON_ROOM]) {
    sj_ils_binding record = *binding;
    (void)snprintf(why, ILS_REASON_ROOM,
                   "the peer id %.8s... that cluster %s comes with is that of cluster %s, whose "
                   "certificates are trusted: if %s has taken its place, withdraw that trust (cert "
                   "remove %s)",
                   binding->peer_id, cluster_id, binding->cluster_id, cluster_id,
                   binding->cluster_id);
    record.claimed_by = cluster_id;
    record.claimed_at = sj_wall_ms(service->scope);
    put(service, &record);
    ils_alarm_raise(service, "ILSTLSAuthenticationFailed", cluster_id, why);
}

bool ils_binding_check(struct ils_service *service, const char *cluster_id, const char *bytes,
                       size_t length, enum ils_message_type type, char why[ILS_REASON_ROOM]) {
    struct ils_peer_id peer;
    char text[ILS_PEER_TEXT];
    sj_ils_binding *binding = NULL;
    if (!ils_message_sender(bytes, length, type, &peer)) {
        return true;
    }
    ils_peer_text(&peer, text);
    const bool known = sj_ils_binding_get(service->scope, text, &binding, NULL) == SJ_OK;
    const bool own = known && strcmp(binding->cluster_id, cluster_id) == 0;
    const bool refused = known && !own && is_trusted(service, binding->cluster_id);
    if (refused) {
        refuse(service, binding, cluster_id, why);
    } else if (!own) {
        bind_peer(service, text, cluster_id);
    }
    sj_record_free(service->scope, binding);
    return !refused;
}

size_t ils_binding_claims(const struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                          size_t most) {
    const sj_query query = {.limit = CLAIMS_READ};
    const int64_t since = sj_wall_ms(service->scope) - DAY_MS;
    sj_list list = {0};
    size_t count = 0;
    (void)sj_ils_binding_list(service->scope, &query, &list, NULL);
    for (size_t i = 0; i < list.count && count < most; i++) {
        const sj_ils_binding *one = sj_ils_binding_at(&list, i);
        if (one->claimed_by[0] != '\0' && one->claimed_at > since) {
            (void)snprintf(sentences[count++], ILS_REASON_ROOM,
                           "cluster %s comes with the peer id of cluster %s, and is refused: if it "
                           "has taken its place, withdraw that trust (cert remove %s)",
                           one->claimed_by, one->cluster_id, one->cluster_id);
        }
    }
    sj_list_free(service->scope, &list);
    return count;
}
