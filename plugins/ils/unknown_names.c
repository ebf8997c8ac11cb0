/* What is written of clusters in the settings, beside the clusters that are known: those of the
 * network, those with a remote cluster record, and this one. */
#include "unknown_names.h"

#include <string.h>

#include <sojourn/base/nearest.h>

#include "resources/remote_cluster.h"

/* " (did you mean X?)" of a name that nobody has. */
struct search {
    struct sj_nearest nearest;
    bool known;
};

static void offer(struct search *search, const char *cluster_id) {
    search->known = search->known || strcmp(search->nearest.wanted, cluster_id) == 0;
    sj_nearest_offer(&search->nearest, cluster_id);
}

static bool is_known(const struct ils_service *service, const sj_list *records, const char *name,
                     char hint[SJ_NEAREST_HINT]) {
    struct search search = {.known = false};
    sj_nearest_begin(&search.nearest, name);
    for (size_t i = 0; i < service->core->owners_count; i++) {
        offer(&search, service->core->owners[i]->cluster_id);
    }
    for (size_t i = 0; i < records->count; i++) {
        offer(&search, sj_remote_cluster_at(records, i)->cluster_id);
    }
    (void)sj_nearest_hint(&search.nearest, hint);
    return search.known;
}

size_t ils_unknown_names(const struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                         size_t most) {
    sj_list records = {0};
    char hint[SJ_NEAREST_HINT];
    size_t count = 0;
    if (sj_remote_cluster_list(service->scope, NULL, &records, NULL) != SJ_OK) {
        return 0;
    }
    for (size_t i = 0; i < service->accepted_hubs_count && count < most; i++) {
        const char *name = service->accepted_hubs[i];
        if (!is_known(service, &records, name, hint)) {
            (void)snprintf(sentences[count++], ILS_REASON_ROOM,
                           "accepted hub %s: no cluster of this name is known here%s", name, hint);
        }
    }
    for (size_t i = 0; i < service->blocks_count && count < most; i++) {
        const char *name = service->blocks[i].cluster_id;
        if (name[0] != '\0' && !is_known(service, &records, name, hint)) {
            (void)snprintf(sentences[count++], ILS_REASON_ROOM,
                           "block rule %s: no cluster of the name %s is known here%s: it blocks "
                           "nothing now",
                           service->block_names[i], name, hint);
        }
    }
    sj_list_free(service->scope, &records);
    return count;
}
