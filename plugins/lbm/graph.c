/* Makes the graph: names sorted, links resolved, neighbours in order. */
#include "graph.h"

#include <stdlib.h>
#include <string.h>

static const char *const built_in[] = {SJ_LOCATION_HUB_NONE, SJ_LOCATION_PHANTOM,
                                       SJ_LOCATION_SHADOW};
enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

static int by_name(const void *a, const void *b) {
    const struct lbm_location_given *x = a, *y = b;
    return strcmp(x->name, y->name);
}

uint32_t lbm_graph_find(const struct lbm_graph *graph, const char *name) {
    size_t low = 0, high = graph->locations_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(graph->locations[middle].name, name);
        if (order == 0) {
            return (uint32_t)middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return LBM_NOWHERE;
}

/* All names, each once, sorted; the locations given come before built-in ones of the same name. */
static bool make_locations(struct lbm_graph *graph, const struct lbm_location_given *given,
                           size_t count) {
    const size_t all_count = count + BUILT_IN;
    struct lbm_location_given *all = calloc(all_count, sizeof *all);
    size_t bytes = 0;
    if (all == NULL) {
        return false;
    }
    for (size_t i = 0; i < all_count; i++) {
        all[i] = i < count
                     ? given[i]
                     : (struct lbm_location_given){built_in[i - count],
                                                   {LBM_UNLIMITED, LBM_UNLIMITED, LBM_UNLIMITED}};
        bytes += strlen(all[i].name) + 1;
    }
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 0, room = count; i < BUILT_IN; i++) {
        if (bsearch(&all[room + i], all, count, sizeof *all, by_name) != NULL) {
            all[room + i].name = ""; /* sorted to the front, and left out */
        }
    }
    qsort(all, all_count, sizeof *all, by_name);
    graph->locations = calloc(all_count, sizeof *graph->locations);
    graph->names = malloc(bytes);
    if (graph->locations != NULL && graph->names != NULL) {
        char *to = graph->names;
        for (size_t i = 0; i < all_count; i++) {
            const size_t length = strlen(all[i].name) + 1;
            if (length == 1 || (i > 0 && strcmp(all[i].name, all[i - 1].name) == 0)) {
                continue;
            }
            struct lbm_location *location = &graph->locations[graph->locations_count++];
            location->name = memcpy(to, all[i].name, length);
            memcpy(location->kbps, all[i].kbps, sizeof location->kbps);
            to += length;
        }
    }
    free(all);
    return graph->locations != NULL && graph->names != NULL;
}

static bool is_without_links(const struct lbm_graph *graph, uint32_t location) {
    const char *name = graph->locations[location].name;
    return strcmp(name, SJ_LOCATION_PHANTOM) == 0 || strcmp(name, SJ_LOCATION_SHADOW) == 0;
}

/* Of two links between the same locations: the lower weight stands, then the one given first. */
static int by_ends(const void *a, const void *b) {
    const struct lbm_link *x = a, *y = b;
    const uint32_t x_low = x->ends[x->ends[0] > x->ends[1]],
                   y_low = y->ends[y->ends[0] > y->ends[1]];
    const uint32_t x_high = x->ends[x->ends[0] < x->ends[1]],
                   y_high = y->ends[y->ends[0] < y->ends[1]];
    if (x_low != y_low) {
        return x_low < y_low ? -1 : 1;
    }
    if (x_high != y_high) {
        return x_high < y_high ? -1 : 1;
    }
    return x->weight < y->weight ? -1 : x->weight > y->weight;
}

static bool same_ends(const struct lbm_link *x, const struct lbm_link *y) {
    return (x->ends[0] == y->ends[0] && x->ends[1] == y->ends[1]) ||
           (x->ends[0] == y->ends[1] && x->ends[1] == y->ends[0]);
}

static bool make_links(struct lbm_graph *graph, const struct lbm_link_given *given, size_t count) {
    const uint32_t hub = lbm_graph_find(graph, SJ_LOCATION_HUB_NONE);
    bool *named = calloc(graph->locations_count, sizeof *named);
    graph->links = calloc(count + graph->locations_count, sizeof *graph->links);
    if (named == NULL || graph->links == NULL) {
        free(named);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t a = lbm_graph_find(graph, given[i].ends[0]),
                       b = lbm_graph_find(graph, given[i].ends[1]);
        if (a == LBM_NOWHERE || b == LBM_NOWHERE || a == b || is_without_links(graph, a) ||
            is_without_links(graph, b)) {
            graph->left_out++;
            continue;
        }
        struct lbm_link *link = &graph->links[graph->links_count++];
        *link = (struct lbm_link){.ends = {a, b}, .weight = given[i].weight};
        memcpy(link->kbps, given[i].kbps, sizeof link->kbps);
        named[a] = named[b] = true;
    }
    for (uint32_t i = 0; i < graph->locations_count; i++) {
        if (!named[i] && i != hub && !is_without_links(graph, i)) {
            graph->links[graph->links_count++] = (struct lbm_link){
                .ends = {i, hub},
                .weight = LBM_NEW_LINK_WEIGHT,
                .kbps = {LBM_UNLIMITED, LBM_NEW_LINK_VIDEO, LBM_NEW_LINK_IMMERSIVE},
                .implied = true};
        }
    }
    free(named);
    qsort(graph->links, graph->links_count, sizeof *graph->links, by_ends);
    size_t kept = 0;
    for (size_t i = 0; i < graph->links_count; i++) {
        if (kept > 0 && same_ends(&graph->links[kept - 1], &graph->links[i])) {
            graph->left_out++;
        } else {
            graph->links[kept++] = graph->links[i];
        }
    }
    graph->links_count = kept;
    return true;
}

static int by_neighbour(const void *a, const void *b) {
    const struct lbm_edge *x = a, *y = b;
    return x->to < y->to ? -1 : x->to > y->to;
}

/* `failed` (may be NULL): links that join nothing. */
static bool make_edges(struct lbm_graph *graph, const bool *failed) {
    uint32_t first = 0;
    graph->edges = calloc(2 * graph->links_count + 1, sizeof *graph->edges);
    if (graph->edges == NULL) {
        return false;
    }
    for (size_t i = 0; i < graph->links_count; i++) {
        if (failed != NULL && failed[i]) {
            continue;
        }
        graph->locations[graph->links[i].ends[0]].edges_count++;
        graph->locations[graph->links[i].ends[1]].edges_count++;
    }
    for (size_t i = 0; i < graph->locations_count; i++) {
        graph->locations[i].first_edge = first;
        first += graph->locations[i].edges_count;
        graph->locations[i].edges_count = 0;
    }
    for (uint32_t i = 0; i < graph->links_count; i++) {
        for (int end = 0; end < 2 && (failed == NULL || !failed[i]); end++) {
            struct lbm_location *location = &graph->locations[graph->links[i].ends[end]];
            graph->edges[location->first_edge + location->edges_count++] =
                (struct lbm_edge){graph->links[i].ends[!end], i};
        }
    }
    for (size_t i = 0; i < graph->locations_count; i++) {
        qsort(graph->edges + graph->locations[i].first_edge, graph->locations[i].edges_count,
              sizeof *graph->edges, by_neighbour);
    }
    return true;
}

struct lbm_graph *lbm_graph_new(const struct lbm_location_given *locations, size_t locations_count,
                                const struct lbm_link_given *links, size_t links_count) {
    struct lbm_graph *graph =
        locations_count <= LBM_LOCATIONS_MAX ? calloc(1, sizeof *graph) : NULL;
    if (graph == NULL) {
        return NULL;
    }
    graph->users = 1;
    if (!make_locations(graph, locations, locations_count) ||
        !make_links(graph, links, links_count) || !make_edges(graph, NULL)) {
        lbm_graph_drop(graph);
        return NULL;
    }
    return graph;
}

struct lbm_graph *lbm_graph_without(const struct lbm_graph *graph, const bool *failed) {
    struct lbm_graph *rest = calloc(1, sizeof *rest);
    if (rest == NULL) {
        return NULL;
    }
    *rest = (struct lbm_graph){.users = 1,
                               .locations_count = graph->locations_count,
                               .links_count = graph->links_count,
                               .locations = calloc(graph->locations_count, sizeof *rest->locations),
                               .links = calloc(graph->links_count + 1, sizeof *rest->links)};
    if (rest->locations == NULL || rest->links == NULL) {
        lbm_graph_drop(rest);
        return NULL;
    }
    memcpy(rest->locations, graph->locations, graph->locations_count * sizeof *rest->locations);
    memcpy(rest->links, graph->links, graph->links_count * sizeof *rest->links);
    for (size_t i = 0; i < rest->locations_count; i++) {
        rest->locations[i].edges_count = 0;
    }
    if (!make_edges(rest, failed)) {
        lbm_graph_drop(rest);
        return NULL;
    }
    return rest;
}

struct lbm_graph *lbm_graph_keep(struct lbm_graph *graph) {
    graph->users++;
    return graph;
}

void lbm_graph_drop(struct lbm_graph *graph) {
    if (graph != NULL && --graph->users == 0) {
        free(graph->locations);
        free(graph->links);
        free(graph->edges);
        free(graph->names);
        free(graph);
    }
}
