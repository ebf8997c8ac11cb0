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

static size_t put_warnings(struct lbm *lbm, const struct lbm_path *path, const char **warnings) {
    const struct lbm_graph *graph = lbm->network.graph;
    struct lbm_distances distances;
    bool *tied = calloc(graph->locations_count, sizeof *tied);
    size_t count = 0;
    if (tied != NULL && lbm_distances_find(graph, path->locations[path->links_count], &distances)) {
        lbm_distances_ties(graph, &distances, tied);
        if (tied[path->locations[0]]) {
            warnings[count++] =
                "another path has the same weight: the one of fewer links is taken, or else the "
                "first by name; different weights say what is meant";
        }
        lbm_distances_free(&distances);
    }
    free(tied);
    return count;
}

static void reply_path(struct lbm *lbm, sj_question *question, const struct way_found *found) {
    const struct lbm_way *way = &found->way;
    const struct lbm_path *path = &way->path;
    const char *warnings[1];
    char message[sizeof found->text];
    sj_lbm_path_reply reply = {.from = found->demand.from,
                               .to = found->demand.to,
                               .weight = path->weight,
                               .message = message};
    sj_lbm_path_reply_step *steps = calloc(way->count + 1, sizeof *steps);
    struct cells *cells = calloc(way->count + 1, sizeof *cells);
    if (path->locations != NULL) {
        (void)snprintf(message, sizeof message, "%zu link%s, weight %lld.", path->links_count,
                       sj_plural((int64_t)path->links_count), (long long)path->weight);
    } else {
        (void)snprintf(message, sizeof message, "%s", found->text);
    }
    if (steps == NULL || cells == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the path");
    } else {
        for (size_t i = 0; i < way->count; i++) {
            const bool is_link = path->locations != NULL && i % 2 == 1;
            put_free(&cells[i], way->places[i]);
            steps[i] = (sj_lbm_path_reply_step){
                .place = way->places[i]->name,
                .weight = is_link ? lbm->network.graph->links[path->links[i / 2]].weight : 0,
                .audio = cells[i].text[LBM_AUDIO],
                .video = cells[i].text[LBM_VIDEO],
                .immersive = cells[i].text[LBM_IMMERSIVE]};
        }
        reply.steps = steps;
        reply.steps_count = way->count;
        reply.warnings = warnings;
        reply.warnings_count = path->links_count > 0 ? put_warnings(lbm, path, warnings) : 0;
        sj_reply_lbm_path(lbm->scope, question, &reply);
    }
    free(steps);
    free(cells);
}

static void on_path(void *user, sj_question *question, const sj_lbm_path *request) {
    struct lbm *lbm = user;
    const struct way_asked asked = {request->from, request->to, request->from_cluster,
                                    request->to_cluster};
    struct way_found found;
    sj_error error = {0};
    if (way_find(lbm, &asked, lbm->network.paths, &found, &error) != SJ_OK) {
        sj_fail_error(lbm->scope, question, &error);
    } else {
        reply_path(lbm, question, &found);
        free(found.way.places);
    }
}

int commands_open(struct lbm *lbm, sj_error *error) {
    return sj_answer_lbm_topology(lbm->scope, on_topology, lbm, error) != NULL &&
                   sj_answer_lbm_path(lbm->scope, on_path, lbm, error) != NULL
               ? SJ_OK
               : error->code;
}
