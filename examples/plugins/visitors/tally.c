/* Counts visitors. Pure. */
#include "tally.h"

#include <stdio.h>
#include <string.h>

static struct tally_cluster *cluster_of(struct tally *tally, const char *id) {
    for (size_t i = 0; i < tally->count; i++) {
        if (strcmp(tally->clusters[i].id, id) == 0) {
            return &tally->clusters[i];
        }
    }
    if (tally->count == TALLY_CLUSTERS) {
        return &tally->clusters[TALLY_CLUSTERS - 1];
    }
    struct tally_cluster *added = &tally->clusters[tally->count++];
    (void)snprintf(added->id, sizeof added->id, "%s",
                   tally->count == TALLY_CLUSTERS ? "others" : id);
    return added;
}

void tally_login(struct tally *tally, const char *cluster_id) {
    struct tally_cluster *cluster = cluster_of(tally, cluster_id);
    tally->now++;
    cluster->now++;
    cluster->logins++;
    if (cluster->now > cluster->most) {
        cluster->most = cluster->now;
    }
}

void tally_logout(struct tally *tally, const char *cluster_id) {
    struct tally_cluster *cluster = cluster_of(tally, cluster_id);
    if (cluster->now > 0) {
        cluster->now--;
        tally->now--;
    }
}
