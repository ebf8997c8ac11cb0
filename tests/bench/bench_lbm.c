/* Bandwidth of calls in a topology of 2,000 locations and 4,000 links, in one run: a reservation
 * with its release on a path of 6 links, and the tree of all paths to one location. Then what 20
 * clusters state of the same 1,000 locations and 2,000 links, laid over each other. Prints rows as
 * tests/bench/run does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "overlay.h"
#include "reservations.h"

enum { CLUSTERS = 20, STATED = 1000 };
enum { ROUNDS = 5, TURNS = 200000, TREES = 200, LOCATIONS = 2000, LINKS = 4000, CALLS = 20000 };

static char names[LOCATIONS][8];

static struct lbm_graph *make(void) {
    struct lbm_location_given *locations = calloc(LOCATIONS, sizeof *locations);
    struct lbm_link_given *links = calloc(LINKS, sizeof *links);
    uint32_t random = 1;
    for (size_t i = 0; i < LOCATIONS; i++) {
        (void)snprintf(names[i], sizeof names[i], "L%04zu", i);
        locations[i] =
            (struct lbm_location_given){names[i], {LBM_UNLIMITED, LBM_UNLIMITED, LBM_UNLIMITED}};
    }
    for (size_t i = 0; i < LINKS; i++) {
        random = random * 1664525 + 1013904223;
        const size_t a = i < LOCATIONS ? i : (random >> 8) % LOCATIONS;
        const size_t b = i < LOCATIONS ? i / 3 : (random >> 4) % LOCATIONS;
        links[i] = (struct lbm_link_given){{names[a], i == 0 ? SJ_LOCATION_HUB_NONE : names[b]},
                                           1 + (random >> 16) % 50,
                                           {100000000, 100000000, 100000000}};
    }
    struct lbm_graph *graph = lbm_graph_new(locations, LOCATIONS, links, LINKS);
    free(locations);
    free(links);
    return graph;
}

/* Two locations that 6 links lie between. */
static bool find_ends(struct lbm_network *network, uint32_t ends[2]) {
    for (uint32_t to = 0; to < network->graph->locations_count; to++) {
        for (uint32_t from = 0; from < to; from++) {
            struct lbm_path path;
            if (lbm_paths_find(network->paths, from, to, &path) && path.locations != NULL &&
                path.links_count == 6) {
                ends[0] = from;
                ends[1] = to;
                return true;
            }
        }
    }
    return false;
}

/* The best of some rounds, of which each lays over each other what all state. Negative: no memory.
 */
static double overlay_ms(void) {
    static struct lbm_location_given locations[STATED];
    static struct lbm_link_given links[2 * STATED];
    static char ids[CLUSTERS][8];
    struct lbm_part parts[CLUSTERS];
    double best = 1e9;
    for (size_t which = 0; which < CLUSTERS; which++) {
        for (size_t i = 0; i < STATED; i++) {
            locations[i] = (struct lbm_location_given){
                names[i], {LBM_UNLIMITED, LBM_UNLIMITED, LBM_UNLIMITED}};
        }
        for (size_t i = 0; i < 2 * STATED; i++) { /* each names half of them from its other end */
            const size_t a = i % STATED, b = (i * 7 + 1) % STATED;
            const bool turned = (i + which) % 2 == 0;
            links[i] = (struct lbm_link_given){{names[turned ? b : a], names[turned ? a : b]},
                                               1 + (int64_t)(i % 50),
                                               {1000, 1000, 1000}};
        }
        (void)snprintf(ids[which], sizeof ids[which], "c%zu", which);
        parts[which] = (struct lbm_part){
            ids[which], lbm_statement_new(locations, STATED, links, 2 * STATED), ""};
        if (parts[which].statement == NULL) {
            return -1;
        }
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct lbm_conflicts conflicts = {0};
        const uint64_t begun = measure_now_us();
        struct lbm_graph *graph = lbm_overlay(parts, CLUSTERS, "", &conflicts);
        const double ms = (double)(measure_now_us() - begun) / 1000.0;
        best = ms < best ? ms : best;
        lbm_conflicts_clear(&conflicts);
        lbm_graph_drop(graph);
    }
    for (size_t which = 0; which < CLUSTERS; which++) {
        lbm_statement_free((struct lbm_statement *)(uintptr_t)parts[which].statement);
    }
    return best;
}

static void row(const char *what, double ours, double goal) {
    printf("%-52s %14.1f %14.1f %8.2f\n", what, ours, goal, ours / goal);
}

int main(void) {
    const struct lbm_asker asker = {"hq-1", "1", 0, 60000};
    struct lbm_network network = {0};
    struct lbm_graph *graph = make();
    struct lbm_answer answer;
    uint32_t ends[2];
    double reserve_ns = 1e9, tree_us = 1e9;
    if (graph == NULL || !lbm_network_open(&network) || !lbm_network_set(&network, graph) ||
        !find_ends(&network, ends)) {
        fprintf(stderr, "there is no topology to measure\n");
        return 1;
    }
    const struct lbm_demand demand = {.from = graph->locations[ends[0]].name,
                                      .to = graph->locations[ends[1]].name,
                                      .kbps = {80, 0, 0}};
    for (int i = 0; i < CALLS; i++) { /* it is not alone */
        char call[32];
        (void)snprintf(call, sizeof call, "standing-%d", i);
        lbm_reserve(&network, &asker, call, &demand, &answer);
    }
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t begun = measure_now_us();
        for (int turn = 0; turn < TURNS; turn++) {
            lbm_reserve(&network, &asker, "a-call", &demand, &answer);
            if (answer.outcome != LBM_ADMITTED || !lbm_release(&network, &asker, "a-call")) {
                fprintf(stderr, "a call was not admitted\n");
                return 1;
            }
        }
        const double ns = (double)(measure_now_us() - begun) * 1000.0 / TURNS;
        reserve_ns = ns < reserve_ns ? ns : reserve_ns;
        begun = measure_now_us();
        for (uint32_t root = 0; root < TREES; root++) {
            struct lbm_distances distances;
            if (!lbm_distances_find(graph, root, &distances)) {
                return 1;
            }
            lbm_distances_free(&distances);
        }
        const double us = (double)(measure_now_us() - begun) / TREES;
        tree_us = us < tree_us ? us : tree_us;
    }
    row("bandwidth of 6 links reserved and released, ns (goal)", reserve_ns, 3000);
    row("all paths to one of 2,000 locations, us (goal)", tree_us, 1000);
    row("20 clusters' 1,000 locations overlaid, ms (goal)", overlay_ms(), 10);
    lbm_network_close(&network);
    return 0;
}
