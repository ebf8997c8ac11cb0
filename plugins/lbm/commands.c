/* What people ask of the topology: as tables, graph and drawing; and the path between two places.
 */
#include <stdlib.h>

#include "drawing.h"
#include "lbm.h"

enum { CELL = 48 };

struct cells {
    char text[LBM_CLASSES][CELL];
};

static void put_capacity(char *out, size_t room, int64_t kbps) {
    if (kbps == LBM_UNLIMITED) {
        (void)snprintf(out, room, "unlimited");
    } else if (kbps == 0) {
        (void)snprintf(out, room, "none");
    } else {
        (void)snprintf(out, room, "%lld", (long long)kbps);
    }
}

/* "80 / 256" */
static void put_usage(struct cells *cells, const struct lbm_place *place) {
    for (int class = 0; class < LBM_CLASSES; class ++) {
        char capacity[24];
        put_capacity(capacity, sizeof capacity, place->pools[class].capacity);
        (void)snprintf(cells->text[class], CELL, "%lld / %s", (long long)place->pools[class].used,
                       capacity);
    }
}

static void put_free(struct cells *cells, const struct lbm_place *place) {
    for (int class = 0; class < LBM_CLASSES; class ++) {
        const struct lbm_pool *pool = &place->pools[class];
        const bool unlimited = pool->capacity == LBM_UNLIMITED;
        const int64_t rest = unlimited ? LBM_UNLIMITED : pool->capacity - pool->used;
        if (unlimited || pool->capacity == 0) {
            put_capacity(cells->text[class], CELL, pool->capacity);
        } else {
            (void)snprintf(cells->text[class], CELL, "%lld", (long long)(rest > 0 ? rest : 0));
        }
    }
}

/* ---- lbm topology ---- */

static void reply_tables(struct lbm *lbm, sj_question *question) {
    const struct lbm_network *network = &lbm->network;
    const struct lbm_graph *graph = network->graph;
    const size_t locations_count = graph->locations_count, links_count = graph->links_count;
    sj_lbm_topology_reply_location *locations = calloc(locations_count, sizeof *locations);
    sj_lbm_topology_reply_link *links = calloc(links_count + 1, sizeof *links);
    struct cells *cells = calloc(locations_count + links_count, sizeof *cells);
    if (locations == NULL || links == NULL || cells == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the topology");
    } else {
        for (size_t i = 0; i < locations_count; i++) {
            put_usage(&cells[i], network->of_location[i]);
            locations[i] =
                (sj_lbm_topology_reply_location){.location = graph->locations[i].name,
                                                 .links = graph->locations[i].edges_count,
                                                 .audio = cells[i].text[LBM_AUDIO],
                                                 .video = cells[i].text[LBM_VIDEO],
                                                 .immersive = cells[i].text[LBM_IMMERSIVE]};
        }
        for (size_t i = 0; i < links_count; i++) {
            struct cells *of_link = &cells[locations_count + i];
            put_usage(of_link, network->of_link[i]);
            links[i] = (sj_lbm_topology_reply_link){.link = network->of_link[i]->name,
                                                    .weight = graph->links[i].weight,
                                                    .audio = of_link->text[LBM_AUDIO],
                                                    .video = of_link->text[LBM_VIDEO],
                                                    .immersive = of_link->text[LBM_IMMERSIVE],
                                                    .implied = graph->links[i].implied};
        }
        const sj_lbm_topology_reply reply = {.locations = locations,
                                             .locations_count = locations_count,
                                             .links = links,
                                             .links_count = links_count,
                                             .message = ""};
        sj_reply_lbm_topology(lbm->scope, question, &reply);
    }
    free(locations);
    free(links);
    free(cells);
}

static void on_topology(void *user, sj_question *question, const sj_lbm_topology *request) {
    struct lbm *lbm = user;
    if (request->dot && request->svg) {
        sj_fail(lbm->scope, question, SJ_E_INVALID, "expected one of dot and svg, got both");
    } else if (request->dot || request->svg) {
        sj_text text = {0};
        if (request->dot) {
            drawing_dot(&lbm->network, &text);
        } else {
            drawing_svg(&lbm->network, &text);
        }
        const sj_lbm_topology_reply reply = {.message = text.data};
        if (text.failed) {
            sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the drawing");
        } else {
            sj_reply_lbm_topology(lbm->scope, question, &reply);
        }
        sj_text_clear(&text);
    } else {
        reply_tables(lbm, question);
    }
}

/* ---- lbm path ---- */

static size_t put_warnings(struct lbm *lbm, uint32_t from, uint32_t to, const char **warnings) {
    const struct lbm_graph *graph = lbm->network.graph;
    struct lbm_distances distances;
    bool *tied = calloc(graph->locations_count, sizeof *tied);
    size_t count = 0;
    if (tied != NULL && lbm_distances_find(graph, to, &distances)) {
        lbm_distances_ties(graph, &distances, tied);
        if (tied[from]) {
            warnings[count++] =
                "another path has the same weight: the one of fewer links is taken, or else the "
                "first by name; different weights say what is meant";
        }
        lbm_distances_free(&distances);
    }
    free(tied);
    return count;
}

static void reply_path(struct lbm *lbm, sj_question *question, uint32_t from, uint32_t to,
                       const char *to_cluster) {
    const struct lbm_network *network = &lbm->network;
    const char *warnings[1];
    char message[300];
    struct lbm_path path;
    sj_lbm_path_reply reply = {.from = network->graph->locations[from].name,
                               .to = network->graph->locations[to].name,
                               .message = message};
    if (!lbm_paths_find(network->paths, from, to, &path)) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the path");
        return;
    }
    const struct lbm_demand demand = {.from = reply.from, .to = reply.to, .to_cluster = to_cluster};
    const char *counted[2];
    if (!lbm_is_charged(network, &demand, counted)) {
        path = (struct lbm_path){0};
        (void)snprintf(message, sizeof message, "%s", not_charged(to_cluster));
    } else if (path.locations == NULL) {
        (void)snprintf(message, sizeof message,
                       "No links lead from %s to %s: calls between them are refused.", reply.from,
                       reply.to);
    } else {
        (void)snprintf(message, sizeof message, "%zu link%s, weight %lld.", path.links_count,
                       sj_plural((int64_t)path.links_count), (long long)path.weight);
    }
    const size_t count = path.locations == NULL ? 0 : 2 * path.links_count + 1;
    sj_lbm_path_reply_step *steps = calloc(count + 1, sizeof *steps);
    struct cells *cells = calloc(count + 1, sizeof *cells);
    if (steps == NULL || cells == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the path");
    } else {
        for (size_t i = 0; i < count; i++) {
            const bool is_link = i % 2 == 1;
            const struct lbm_place *place = is_link ? network->of_link[path.links[i / 2]]
                                                    : network->of_location[path.locations[i / 2]];
            put_free(&cells[i], place);
            steps[i] = (sj_lbm_path_reply_step){
                .place = place->name,
                .weight = is_link ? network->graph->links[path.links[i / 2]].weight : 0,
                .audio = cells[i].text[LBM_AUDIO],
                .video = cells[i].text[LBM_VIDEO],
                .immersive = cells[i].text[LBM_IMMERSIVE]};
        }
        reply.weight = path.weight;
        reply.steps = steps;
        reply.steps_count = count;
        reply.warnings = warnings;
        reply.warnings_count = count > 1 ? put_warnings(lbm, from, to, warnings) : 0;
        sj_reply_lbm_path(lbm->scope, question, &reply);
    }
    free(steps);
    free(cells);
}

static void on_path(void *user, sj_question *question, const sj_lbm_path *request) {
    struct lbm *lbm = user;
    uint32_t from, to;
    sj_error error = {0};
    if (place_find(lbm, "from", request->from, &from, &error) != SJ_OK ||
        place_find(lbm, "to", request->to, &to, &error) != SJ_OK) {
        sj_fail_error(lbm->scope, question, &error);
    } else {
        reply_path(lbm, question, from, to, request->to_cluster);
    }
}

int commands_open(struct lbm *lbm, sj_error *error) {
    return sj_answer_lbm_topology(lbm->scope, on_topology, lbm, error) != NULL &&
                   sj_answer_lbm_path(lbm->scope, on_path, lbm, error) != NULL
               ? SJ_OK
               : error->code;
}
