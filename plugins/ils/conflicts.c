/* Keys that several clusters advertise, and ids that several clusters have. Reads what is known. */
#include "conflicts.h"

#include <stdlib.h>
#include <string.h>

/* All that state what this object states; only from the one that counts, so that each is found
 * once. */
static bool conflict_of(const struct ils_service *service, const struct ils_object *object,
                        struct ils_conflict *conflict) {
    const struct ils *core = service->core;
    const struct ils_owner *first = object->catalog->owner;
    size_t others;
    if (object->removed || first == NULL ||
        ils_counting(core, (enum ils_kind)object->kind, object->text, service->blocks,
                     service->blocks_count, &others) != object ||
        others == 0) {
        return false;
    }
    conflict->used = object;
    conflict->counts = first->cluster_id;
    conflict->clusters_count = 0;
    for (size_t i = 0; i < core->owners_count && conflict->clusters_count < ILS_CONFLICT_CLUSTERS;
         i++) {
        const struct ils_owner *owner = core->owners[i];
        const struct ils_object *same = ils_catalog_find(&core->table, owner->catalog,
                                                         (enum ils_kind)object->kind, object->text);
        if (same != NULL && !same->removed) {
            conflict->clusters[conflict->clusters_count++] = owner->cluster_id;
            conflict->counts = i == 0 ? owner->cluster_id : conflict->counts;
        }
    }
    return true;
}

static int by_key(const void *a, const void *b) {
    const struct ils_conflict *first = a, *second = b;
    return first->used->kind != second->used->kind ? first->used->kind - second->used->kind
                                                   : strcmp(first->used->text, second->used->text);
}

/* Nothing else has this hash: of a million that are looked at nearly all. */
static bool is_alone(const sj_map *objects, const sj_map_link *link) {
    return sj_map_next(link) == NULL && sj_map_first(objects, link->hash) == link;
}

size_t ils_conflicts_find(const struct ils_service *service, struct ils_conflict *conflicts,
                          size_t *total) {
    const struct ils *core = service->core;
    sj_map_place place = {0};
    sj_map_link *link;
    size_t count = 0;
    *total = 0;
    while (core->table.doubled > 0 && (link = sj_map_walk(&core->table.objects, &place)) != NULL) {
        if (is_alone(&core->table.objects, link)) {
            continue;
        }
        const struct ils_object *object = SJ_OWNER(link, struct ils_object, by_key);
        const bool found = conflict_of(service, object, &conflicts[count]);
        count += found;
        *total += found;
        if (count == ILS_CONFLICTS_ROOM) {
            qsort(conflicts, count, sizeof *conflicts, by_key);
            count = ILS_CONFLICTS_SHOWN;
        }
    }
    qsort(conflicts, count, sizeof *conflicts, by_key);
    return count < ILS_CONFLICTS_SHOWN ? count : ILS_CONFLICTS_SHOWN;
}

size_t ils_conflicts_of_ids(const struct ils *core, char (*sentences)[ILS_REASON_ROOM],
                            size_t most) {
    size_t count = 0;
    for (size_t i = 1; i < core->owners_count && count < most; i++) {
        const struct ils_owner *owner = core->owners[i];
        if (owner->standing == ILS_LIVE && owner->claimed[0] != '\0') {
            char peer[ILS_PEER_TEXT];
            ils_peer_text(&owner->peer, peer);
            (void)snprintf(
                sentences[count++], ILS_REASON_ROOM,
                owner->replaced
                    ? "cluster %.50s has been made anew: what it was before, with the "
                      "peer id %.8s..., does not count, and is forgotten once it is "
                      "silent. If that is another cluster, give it another id"
                    : "two clusters have the id %.50s: give one of them another; the one "
                      "with the peer id %.8s... does not count",
                owner->claimed, peer);
        }
    }
    return count;
}
