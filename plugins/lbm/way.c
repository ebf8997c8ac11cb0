/* From which places a call takes: those of the effective path between its ends, or of a call
 * between clusters this cluster's share of them. Calls, and whoever asks about them, have it from
 * here. */
#include <stdlib.h>
#include <string.h>

#include "reservations.h"

bool lbm_shares(const struct lbm_network *network, const char *cluster_id) {
    for (size_t i = 0; i < network->sharers_count; i++) {
        if (strcmp(network->sharers[i], cluster_id) == 0) {
            return true;
        }
    }
    return false;
}

/* Between which locations it is charged here. A call that goes to a cluster which counts together
 * with this one is charged there; a caller's side is left to a cluster that does not. */
static void find_ends(const struct lbm_network *network, const struct lbm_demand *demand,
                      struct lbm_way *way) {
    const bool foreign =
        sj_given(demand->from_cluster) && !lbm_shares(network, demand->from_cluster);
    way->ends[0] = foreign ? SJ_LOCATION_HUB_NONE : demand->from;
    way->ends[1] = demand->to;
    if (strcmp(demand->from, SJ_LOCATION_PHANTOM) == 0 ||
        strcmp(demand->to, SJ_LOCATION_PHANTOM) == 0) {
        way->basis = LBM_PHANTOM_END;
    } else if (sj_given(demand->to_cluster) && lbm_shares(network, demand->to_cluster)) {
        way->basis = LBM_COUNTED_THERE;
    } else {
        way->basis = LBM_OF_PATH;
    }
}

/* This cluster's side of a call to or from another, where no links lead to Hub_None: the location
 * of its party alone; nothing of a call that passes through. Where it counts all of the way, and no
 * links join the two ends, both their locations. */
static void take_ends(const struct lbm_network *network, const struct lbm_demand *demand,
                      const uint32_t ends[2], struct lbm_way *way) {
    const bool passes = sj_given(demand->from_cluster) && sj_given(demand->to_cluster);
    const bool all = sj_given(demand->from_cluster) && lbm_shares(network, demand->from_cluster);
    struct lbm_place *own = network->of_location[ends[sj_given(demand->from_cluster)]];
    way->basis = LBM_OF_ENDS;
    if (!passes) {
        way->places[way->count++] = own;
        if (all && network->of_location[ends[0]] != own) {
            way->places[way->count++] = network->of_location[ends[0]];
        }
    }
}

enum lbm_outcome lbm_way_find(const struct lbm_network *network, struct lbm_paths *paths,
                              const struct lbm_demand *demand, struct lbm_way *way) {
    uint32_t ends[2];
    *way = (struct lbm_way){0};
    find_ends(network, demand, way);
    for (int i = 0; i < 2; i++) {
        ends[i] = lbm_location_of(network, way->ends[i]);
        if (ends[i] == LBM_NOWHERE) {
            way->missing = way->ends[i];
            return LBM_NO_LOCATION;
        }
    }
    if (way->basis == LBM_OF_PATH && !lbm_paths_find(paths, ends[0], ends[1], &way->path)) {
        return LBM_NO_MEMORY;
    }
    const bool joined = way->path.locations != NULL;
    if (way->basis == LBM_OF_PATH && !joined && !lbm_is_between_clusters(demand)) {
        return LBM_NO_PATH;
    }
    way->places = malloc((2 * way->path.links_count + 2) * sizeof *way->places);
    if (way->places == NULL) {
        return LBM_NO_MEMORY;
    }
    if (way->basis == LBM_OF_PATH && !joined) {
        take_ends(network, demand, ends, way);
    }
    for (size_t i = 0; joined && i <= way->path.links_count; i++) {
        way->places[way->count++] = network->of_location[way->path.locations[i]];
        if (i < way->path.links_count) {
            way->places[way->count++] = network->of_link[way->path.links[i]];
        }
    }
    return LBM_ADMITTED;
}
