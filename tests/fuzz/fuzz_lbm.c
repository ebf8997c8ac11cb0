/* Messages between Location Bandwidth Managers: whatever comes, in whichever role it is read, the
 * node reads within the message; what comes twice is counted once; and what its sender took is
 * given back whole when that falls silent. */
#include <stdint.h>
#include <stdlib.h>

#include "hub_network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct side {
    struct lbm_network network;
    struct lbm_hubs hubs;
};

static const struct lbm_location_given locations[] = {
    {"Berlin", {LBM_UNLIMITED, LBM_UNLIMITED, LBM_UNLIMITED}}, {"Rome", {500, 500, 500}}};
static const struct lbm_link_given links[] = {{{"Rome", "Berlin"}, 20, {256, 1024, 384}}};

static void open_side(struct side *side) {
    static const char *const bootstraps[] = {"BR"};
    const struct lbm_hub_settings settings = {.hub = true,
                                              .cluster_id = "HQ",
                                              .manager = "",
                                              .bootstraps = bootstraps,
                                              .bootstraps_count = 1,
                                              .lease_ms = 60000,
                                              .keep_ms = 600000};
    if (!lbm_network_open(&side->network)) {
        abort();
    }
    lbm_hubs_open(&side->hubs, &side->network, 1, 0);
    lbm_hubs_state(&side->hubs, lbm_statement_new(locations, 2, links, 1));
    lbm_hubs_configure(&side->hubs, &settings, 0);
}

static void overlay(struct side *side) {
    struct lbm_conflicts conflicts = {0};
    (void)lbm_network_set(&side->network, lbm_hubs_overlay(&side->hubs, &conflicts));
    lbm_conflicts_clear(&conflicts);
}

static int64_t sum_of(const sj_map *map) {
    sj_map_place at = {0};
    int64_t sum = 0;
    for (sj_map_link *link; (link = sj_map_walk(map, &at)) != NULL;) {
        const struct lbm_place *place = SJ_OWNER(link, struct lbm_place, by_name);
        for (int class = 0; class < LBM_CLASSES; class ++) {
            sum += place->pools[class].used / 1024;
        }
    }
    return sum;
}

static int64_t used(const struct side *side) {
    return sum_of(&side->network.locations) + sum_of(&side->network.links);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *bytes = (const char *)data;
    struct side side = {0};
    sj_text answer = {0};
    sj_error error = {0};
    open_side(&side);
    if (lbm_hubs_answer(&side.hubs, "BR", "", 0, bytes, size, &answer, &error) == SJ_OK) {
        const int64_t once = used(&side);
        sj_text_clear(&answer);
        (void)lbm_hubs_answer(&side.hubs, "BR", "", 0, bytes, size, &answer, &error);
        if (used(&side) != once) {
            abort();
        }
        overlay(&side);
    }
    struct lbm_hub *hub = lbm_hubs_find(&side.hubs, "BR");
    if (hub != NULL) {
        lbm_hubs_begin(&side.hubs, hub, 0);
        sj_text_clear(&answer);
        lbm_hubs_request(&side.hubs, hub, &answer);
        (void)lbm_hubs_reply(&side.hubs, hub, 0, bytes, size, &error);
        lbm_hubs_end(&side.hubs, hub, NULL, 0);
        overlay(&side);
    }
    lbm_hubs_tick(&side.hubs, 3600001);
    if (used(&side) != 0) {
        abort();
    }
    sj_text_clear(&answer);
    lbm_hubs_close(&side.hubs);
    lbm_network_close(&side.network);
    return 0;
}
