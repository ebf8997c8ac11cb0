/* What is not here of what other clusters state. Reads what is known. */
#include "gaps.h"

#include <string.h>

static bool a_hub_has_answered(const struct ils *core) {
    for (size_t i = 0; i < core->neighbors_count; i++) {
        if (core->neighbors[i]->answered_ms >= 0) {
            return true;
        }
    }
    return false;
}

/* Of how many nothing is known but what the journal says: this cluster's own spokes speak for
 * themselves, other hubs tell of the rest. */
static size_t count_unheard(const struct ils_service *service) {
    const struct ils *core = service->core;
    const bool told = a_hub_has_answered(core);
    size_t count = 0;
    for (size_t i = 1; i < core->owners_count; i++) {
        const struct ils_owner *owner = core->owners[i];
        count += owner->standing == ILS_LIVE && owner->heard_ms < service->started_ms &&
                 owner->spoke_ms < service->started_ms &&
                 (!told || ils_peer_equal(&owner->hub, &core->self->peer));
    }
    return count;
}

static const char *name_of(const struct ils_owner *owner, char hex[ILS_PEER_TEXT]) {
    ils_peer_text(&owner->peer, hex);
    return owner->cluster_id[0] != '\0' ? owner->cluster_id : hex;
}

/* What is withdrawn does not count, whether or not it is here. */
static bool is_missed(const struct ils_owner *owner) {
    return !owner->withdrawn && ils_gap_of(owner) != ILS_GAP_NONE;
}

const char *ils_gaps_remark(const struct ils_service *service, const char *so,
                            char text[ILS_REASON_ROOM]) {
    const struct ils *core = service->core;
    const size_t unheard = count_unheard(service);
    const struct ils_owner *first = NULL;
    char hex[ILS_PEER_TEXT], more[40] = "";
    size_t missed = 0, length = 0;
    for (size_t i = 1; i < core->owners_count; i++) {
        if (is_missed(core->owners[i])) {
            first = first == NULL ? core->owners[i] : first;
            missed++;
        }
    }
    text[0] = '\0';
    if (missed > 1) {
        (void)snprintf(more, sizeof more, " and %zu more", missed - 1);
    }
    if (missed > 0) {
        length = (size_t)snprintf(text, ILS_REASON_ROOM, "; not all is here of %s%s%s",
                                  name_of(first, hex), more, so);
    }
    if (unheard > 0) {
        (void)snprintf(text + length, ILS_REASON_ROOM - length,
                       "; %zu of the clusters %s not been heard of since the start of this node: "
                       "what %s changed shortly before it may not be known here",
                       unheard, unheard == 1 ? "has" : "have", unheard == 1 ? "it" : "they");
    }
    return text;
}

static void print_sentence(const struct ils *core, const struct ils_owner *owner,
                           char sentence[ILS_REASON_ROOM]) {
    const struct ils_table *table = &core->table;
    char hex[ILS_PEER_TEXT];
    const char *name = name_of(owner, hex);
    switch (ils_gap_of(owner)) {
    case ILS_GAP_NONE: sentence[0] = '\0'; break;
    case ILS_GAP_ON_THE_WAY:
        (void)snprintf(sentence, ILS_REASON_ROOM,
                       "not all is here of %s: the rest has not come yet, and what is here may "
                       "have been changed",
                       name);
        break;
    case ILS_GAP_NO_ROOM:
        (void)snprintf(sentence, ILS_REASON_ROOM,
                       "not all is here of %s: %s. It is learned when there is room for all of "
                       "it (service parameter ILS Max Number of Learned Objects in Database: %zu, "
                       "of which %zu are used)",
                       name,
                       table->learned >= table->most_learned ? "the limit is reached"
                                                             : "there was no room for it",
                       table->most_learned, table->learned);
        break;
    case ILS_GAP_NO_ROOM_THERE:
        (void)snprintf(sentence, ILS_REASON_ROOM,
                       "not all is here of %s: the hub that tells of it had no room for it when "
                       "this was learned (its limit of learned objects)",
                       name);
        break;
    }
}

size_t ils_gaps_sentences(const struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                          size_t most) {
    const struct ils *core = service->core;
    size_t count = 0;
    for (size_t i = 1; i < core->owners_count && count < most; i++) {
        if (is_missed(core->owners[i])) {
            print_sentence(core, core->owners[i], sentences[count++]);
        }
    }
    return count;
}
