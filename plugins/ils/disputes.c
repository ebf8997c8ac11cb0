/* Two nodes that speak as one cluster: what is seen of it, as sentences and as an alarm. */
#include "disputes.h"

#include "transport.h"

enum { MINUTE_MS = 60000 };

#define WHAT_HELPS                                                                                 \
    "shut one of them down; a copy of a machine that is to be another cluster is installed anew"

static int64_t now_of(const struct ils_service *service) {
    return (int64_t)sj_monotonic_ms(service->scope);
}

void ils_disputes_heard(struct ils_service *service, const struct ils_peer_id *peer,
                        const sj_address *from) {
    struct ils_owner *owner = ils_find(service->core, peer);
    char address[SJ_ADDRESS_TEXT];
    if (owner != NULL) {
        (void)sj_address_format(from, address, sizeof address);
        ils_dispute_address(&owner->dispute, address);
    }
}

static bool sentence_of_own(const struct ils_service *service, char sentence[ILS_REASON_ROOM]) {
    const struct ils *core = service->core;
    const int64_t now = now_of(service);
    if (!ils_dispute_is(&core->dispute, ILS_DISPUTE_KNOWN, now)) {
        return false;
    }
    if (ils_yields(core, now)) {
        (void)snprintf(sentence, ILS_REASON_ROOM,
                       "another node speaks as this cluster, %s, and what that states counts; this "
                       "node states nothing until the other has been silent for %lld min, or until "
                       "ils synchronize is entered here: " WHAT_HELPS,
                       core->self->cluster_id,
                       (long long)(ils_silence_of(core, core->self) / MINUTE_MS));
    } else {
        (void)snprintf(
            sentence, ILS_REASON_ROOM,
            "another node speaks as this cluster, %s, by its peer id and certificates: " WHAT_HELPS,
            core->self->cluster_id);
    }
    return true;
}

static bool sentence_of(const struct ils_service *service, const struct ils_owner *owner,
                        char sentence[ILS_REASON_ROOM]) {
    const struct ils_dispute *dispute = &owner->dispute;
    if (owner == service->core->self) {
        return sentence_of_own(service, sentence);
    }
    if (!ils_dispute_is(dispute, ILS_DISPUTE_HEARD, now_of(service))) {
        return false;
    }
    (void)snprintf(sentence, ILS_REASON_ROOM,
                   "two nodes speak as cluster %s, by one peer id%s%s%s%s, and each states "
                   "all anew: " WHAT_HELPS,
                   owner->cluster_id, dispute->addresses[1][0] != '\0' ? ", from " : "",
                   dispute->addresses[1], dispute->addresses[1][0] != '\0' ? " and " : "",
                   dispute->addresses[1][0] != '\0' ? dispute->addresses[0] : "");
    return true;
}

size_t ils_dispute_sentences(const struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                             size_t most) {
    size_t count = 0;
    for (size_t i = 0; i < service->core->owners_count && count < most; i++) {
        count += sentence_of(service, service->core->owners[i], sentences[count]);
    }
    return count;
}

void ils_disputes_tell(struct ils_service *service) {
    for (size_t i = 0; i < service->core->owners_count; i++) {
        struct ils_owner *owner = service->core->owners[i];
        char sentence[ILS_REASON_ROOM];
        const bool is = sentence_of(service, owner, sentence);
        if (is && !owner->dispute.told) {
            ils_alarm_raise(service, "ILSIdentityDisputed", owner->cluster_id, sentence);
        } else if (!is && owner->dispute.told) {
            sj_log_info(service->scope,
                        "no second node has been heard for %lld min that speaks as cluster %s",
                        (long long)(ils_silence_of(service->core, owner) / MINUTE_MS),
                        owner->cluster_id);
        }
        owner->dispute.told = is;
    }
}
