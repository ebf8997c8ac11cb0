/* Locations and links from the store into the network. They are read a page at a time between other
 * work, and take effect together when all are read; changes that come close to each other are read
 * once. The trees of paths that were in use are computed again a few at a time. */
#include <stdlib.h>

#include "lbm.h"

#include "events/node.h"
#include "resources/location.h"

enum { PAGE = 250, SETTLE_MS = 20, TREES_AT_ONCE = 4 };

enum { NAME = 51 };

struct read_location {
    char name[NAME];
    int64_t kbps[LBM_CLASSES];
};

struct read_link {
    char ends[2][NAME];
    int64_t weight, kbps[LBM_CLASSES];
};

struct lbm_reading {
    struct read_location *locations;
    struct read_link *links;
    size_t locations_count, links_count;
    bool locations_done;
    char after[2 * NAME];
};

static void begin(void *user);

static void stop_reading(void *user) {
    struct lbm *lbm = user;
    if (lbm->reading != NULL) {
        free(lbm->reading->locations);
        free(lbm->reading->links);
        free(lbm->reading);
        lbm->reading = NULL;
    }
}

/* As configured: 0 is unlimited, -1 none. */
static int64_t capacity(int64_t configured) {
    return configured == 0 ? LBM_UNLIMITED : configured < 0 ? 0 : configured;
}

static void set_capacities(int64_t kbps[LBM_CLASSES], int64_t audio, int64_t video,
                           int64_t immersive) {
    kbps[LBM_AUDIO] = capacity(audio);
    kbps[LBM_VIDEO] = capacity(video);
    kbps[LBM_IMMERSIVE] = capacity(immersive);
}

/* One page more. How many records there were; negative: the store failed, or no memory. */
static int64_t read_locations(struct lbm *lbm, struct lbm_reading *reading, sj_error *error) {
    const sj_query query = {.after_key = reading->after[0] != '\0' ? reading->after : NULL,
                            .limit = PAGE};
    sj_list list = {0};
    int64_t result = sj_location_list(lbm->scope, &query, &list, error);
    struct read_location *all =
        result != SJ_OK ? NULL
                        : realloc(reading->locations,
                                  (reading->locations_count + list.count + 1) * sizeof *all);
    if (all != NULL) {
        reading->locations = all;
        for (size_t i = 0; i < list.count; i++) {
            const sj_location *from = sj_location_at(&list, i);
            struct read_location *to = &all[reading->locations_count++];
            (void)snprintf(to->name, sizeof to->name, "%s", from->name);
            (void)snprintf(reading->after, sizeof reading->after, "%s", from->name);
            set_capacities(to->kbps, from->audio_bandwidth, from->video_bandwidth,
                           from->immersive_bandwidth);
        }
        result = (int64_t)list.count;
    } else if (result == SJ_OK) {
        result = sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the locations");
    }
    sj_list_free(lbm->scope, &list);
    return result;
}

static int64_t read_links(struct lbm *lbm, struct lbm_reading *reading, sj_error *error) {
    const sj_query query = {.after_key = reading->after[0] != '\0' ? reading->after : NULL,
                            .limit = PAGE};
    sj_list list = {0};
    int64_t result = sj_location_link_list(lbm->scope, &query, &list, error);
    struct read_link *all =
        result != SJ_OK
            ? NULL
            : realloc(reading->links, (reading->links_count + list.count + 1) * sizeof *all);
    if (all != NULL) {
        reading->links = all;
        for (size_t i = 0; i < list.count; i++) {
            const sj_location_link *from = sj_location_link_at(&list, i);
            struct read_link *to = &all[reading->links_count++];
            (void)snprintf(to->ends[0], sizeof to->ends[0], "%s", from->location);
            (void)snprintf(to->ends[1], sizeof to->ends[1], "%s", from->other_location);
            (void)snprintf(reading->after, sizeof reading->after, "%s@%s", from->location,
                           from->other_location);
            to->weight = from->weight;
            set_capacities(to->kbps, from->audio_bandwidth, from->video_bandwidth,
                           from->immersive_bandwidth);
        }
        result = (int64_t)list.count;
    } else if (result == SJ_OK) {
        result = sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the links");
    }
    sj_list_free(lbm->scope, &list);
    return result;
}

static struct lbm_statement *make_statement(const struct lbm_reading *reading) {
    struct lbm_location_given *locations = calloc(reading->locations_count + 1, sizeof *locations);
    struct lbm_link_given *links = calloc(reading->links_count + 1, sizeof *links);
    struct lbm_statement *statement = NULL;
    if (locations != NULL && links != NULL) {
        for (size_t i = 0; i < reading->locations_count; i++) {
            locations[i].name = reading->locations[i].name;
            memcpy(locations[i].kbps, reading->locations[i].kbps, sizeof locations[i].kbps);
        }
        for (size_t i = 0; i < reading->links_count; i++) {
            const struct read_link *from = &reading->links[i];
            links[i] = (struct lbm_link_given){{from->ends[0], from->ends[1]}, from->weight, {0}};
            memcpy(links[i].kbps, from->kbps, sizeof links[i].kbps);
        }
        statement =
            lbm_statement_new(locations, reading->locations_count, links, reading->links_count);
    }
    free(locations);
    free(links);
    return statement;
}

static void warm(void *user) {
    struct lbm *lbm = user;
    lbm->warming = NULL;
    if (lbm_paths_warm(lbm->network.paths, TREES_AT_ONCE)) {
        lbm->warming = sj_timer_start(lbm->scope, 0, 0, warm, lbm);
    }
}

void configuration_apply(struct lbm *lbm) {
    struct lbm_conflicts conflicts = {0};
    if (lbm->overlaid == lbm->hubs.topologies) {
        return;
    }
    lbm->overlaid = lbm->hubs.topologies;
    struct lbm_graph *graph = lbm_hubs_overlay(&lbm->hubs, &conflicts);
    if (graph == NULL || !lbm_network_set(&lbm->network, graph)) {
        sj_log_error(lbm->scope,
                     "no memory for the locations and links of all clusters, or there are more "
                     "than %d locations: those read before still hold",
                     LBM_LOCATIONS_MAX);
        lbm_conflicts_clear(&conflicts);
        return;
    }
    metrics_forget(lbm);
    const sj_topology_changed event = {.locations = (int64_t)graph->locations_count,
                                       .links = (int64_t)graph->links_count};
    sj_log_info(lbm->scope, "%zu locations and %zu links hold", graph->locations_count,
                graph->links_count);
    sj_publish_topology_changed(lbm->scope, lbm->topology_changed, &event);
    hub_conflicts(lbm, &conflicts);
    if (lbm->warming == NULL) {
        lbm->warming = sj_timer_start(lbm->scope, 0, 0, warm, lbm);
    }
}

static void take_effect(struct lbm *lbm, const struct lbm_reading *reading) {
    struct lbm_statement *statement = make_statement(reading);
    if (statement == NULL) {
        sj_log_error(lbm->scope,
                     "no memory for %zu locations and %zu links: those read before "
                     "still hold",
                     reading->locations_count, reading->links_count);
        return;
    }
    lbm_hubs_state(&lbm->hubs, statement);
    configuration_apply(lbm);
    if (!lbm->read) {
        sj_error error = {0};
        lbm->read = true;
        if (hub_journal_load(lbm, &error) != SJ_OK) {
            sj_log_error(lbm->scope, "nothing is told to other clusters: %s", error.text);
        }
    }
}

static void read_on(void *user) {
    struct lbm *lbm = user;
    struct lbm_reading *reading = lbm->reading;
    sj_error error = {0};
    const int64_t count = reading->locations_done ? read_links(lbm, reading, &error)
                                                  : read_locations(lbm, reading, &error);
    if (count < 0) {
        sj_log_error(lbm->scope,
                     "the locations cannot be read: %s; those read before still hold, and they "
                     "are read again after the next change",
                     error.text);
        stop_reading(lbm);
        return;
    }
    if (count == PAGE || !reading->locations_done) {
        if (count < PAGE) {
            reading->locations_done = true;
            reading->after[0] = '\0';
        }
        if (sj_timer_start(lbm->scope, 0, 0, read_on, lbm) == NULL) {
            stop_reading(lbm);
        }
        return;
    }
    if (!lbm->read_again) {
        take_effect(lbm, reading);
    }
    stop_reading(lbm);
    if (lbm->read_again) {
        begin(lbm);
    }
}

static void begin(void *user) {
    struct lbm *lbm = user;
    lbm->read_again = false;
    lbm->reading = calloc(1, sizeof *lbm->reading);
    if (lbm->reading == NULL ||
        sj_timer_start(lbm->scope, lbm->read ? SETTLE_MS : 0, 0, read_on, lbm) == NULL) {
        sj_log_error(lbm->scope, "no memory to read the locations");
        stop_reading(lbm);
    }
}

static void on_config_changed(void *user, const sj_config_changed *event) {
    struct lbm *lbm = user;
    if (strcmp(event->resource, "location") != 0 && strcmp(event->resource, "location_link") != 0) {
        return;
    }
    if (lbm->reading != NULL) {
        lbm->read_again = true;
    } else {
        begin(lbm);
    }
}

int configuration_open(struct lbm *lbm, sj_error *error) {
    if (sj_on_config_changed(lbm->scope, on_config_changed, lbm, error) == NULL) {
        return error->code;
    }
    begin(lbm);
    return lbm->reading != NULL
               ? SJ_OK
               : sj_error_set(error, SJ_E_NO_MEMORY, "no memory to read the locations");
}
