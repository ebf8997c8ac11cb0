/* Dijkstra from the root of each tree over (weight, links); then each location takes the first
 * neighbour by name on a shortest way, which gives the first path by names. */
#include "paths.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/heap.h>

struct lbm_paths {
    struct lbm_graph *graph;
    uint16_t **trees;            /* by root; NULL: not computed */
    bool *used;                  /* roots whose trees were in use before */
    size_t warmed;               /* roots below this one have been warmed */
    uint32_t *locations, *links; /* of the path asked for last */
};

/* A location while a tree is computed. */
struct reached {
    sj_heap_link link;
    int64_t weight;
    uint32_t links;
    bool settled;
};

/* Weights and links in one key: a path has fewer than 65,536 links. */
static int64_t key_of(int64_t weight, uint32_t links) {
    return weight * 65536 + links;
}

static void reach(sj_heap *heap, struct reached *one, int64_t weight, uint32_t links, bool *whole) {
    const int64_t key = key_of(weight, links);
    if (one->settled || (sj_heap_linked(&one->link) && one->link.key <= key)) {
        return;
    }
    one->weight = weight;
    one->links = links;
    *whole = sj_heap_set(heap, &one->link, key) && *whole;
}

/* The first neighbour by name through which the way is as short as it can be. */
static uint16_t next_of(const struct lbm_graph *graph, const struct reached *all,
                        uint32_t location) {
    const struct lbm_location *from = &graph->locations[location];
    const int64_t key = key_of(all[location].weight, all[location].links);
    for (uint32_t i = 0; i < from->edges_count; i++) {
        const struct lbm_edge *edge = &graph->edges[from->first_edge + i];
        const struct reached *to = &all[edge->to];
        if (to->settled &&
            key_of(to->weight + graph->links[edge->link].weight, to->links + 1) == key) {
            return (uint16_t)i;
        }
    }
    return LBM_NO_EDGE;
}

bool lbm_distances_find(const struct lbm_graph *graph, uint32_t root, struct lbm_distances *out) {
    const size_t count = graph->locations_count;
    struct reached *all = calloc(count, sizeof *all);
    sj_heap heap = {0};
    bool whole = all != NULL;
    *out = (struct lbm_distances){.weights = malloc(count * sizeof *out->weights),
                                  .order = malloc(count * sizeof *out->order),
                                  .next = malloc(count * sizeof *out->next)};
    whole = whole && out->weights != NULL && out->order != NULL && out->next != NULL;
    if (whole) {
        reach(&heap, &all[root], 0, 0, &whole);
    }
    for (sj_heap_link *link; whole && (link = sj_heap_take_first(&heap)) != NULL;) {
        struct reached *one = SJ_OWNER(link, struct reached, link);
        const struct lbm_location *at = &graph->locations[one - all];
        one->settled = true;
        out->order[out->order_count++] = (uint32_t)(one - all);
        for (uint32_t i = 0; i < at->edges_count; i++) {
            const struct lbm_edge *edge = &graph->edges[at->first_edge + i];
            reach(&heap, &all[edge->to], one->weight + graph->links[edge->link].weight,
                  one->links + 1, &whole);
        }
    }
    for (uint32_t i = 0; whole && i < count; i++) {
        out->weights[i] = all[i].settled ? all[i].weight : -1;
        out->next[i] = all[i].settled && i != root ? next_of(graph, all, i) : LBM_NO_EDGE;
    }
    sj_heap_clear(&heap);
    free(all);
    if (!whole) {
        lbm_distances_free(out);
    }
    return whole;
}

void lbm_distances_free(struct lbm_distances *distances) {
    free(distances->weights);
    free(distances->order);
    free(distances->next);
    memset(distances, 0, sizeof *distances);
}

void lbm_distances_ties(const struct lbm_graph *graph, const struct lbm_distances *distances,
                        bool *tied) {
    memset(tied, 0, graph->locations_count * sizeof *tied);
    for (size_t i = 1; i < distances->order_count; i++) {
        const uint32_t at = distances->order[i];
        const struct lbm_location *from = &graph->locations[at];
        const struct lbm_edge *edges = &graph->edges[from->first_edge];
        size_t ways = 0;
        for (uint32_t k = 0; k < from->edges_count; k++) {
            ways += distances->weights[edges[k].to] + graph->links[edges[k].link].weight ==
                    distances->weights[at];
        }
        tied[at] = ways > 1 || tied[edges[distances->next[at]].to];
    }
}

struct lbm_paths *lbm_paths_new(struct lbm_graph *graph, const struct lbm_paths *before) {
    const size_t count = graph->locations_count;
    struct lbm_paths *paths = calloc(1, sizeof *paths);
    if (paths == NULL) {
        return NULL;
    }
    paths->graph = lbm_graph_keep(graph);
    paths->trees = calloc(count, sizeof(uint16_t *));
    paths->used = calloc(count, sizeof *paths->used);
    paths->locations = malloc(count * sizeof *paths->locations);
    paths->links = malloc(count * sizeof *paths->links);
    if (paths->trees == NULL || paths->used == NULL || paths->locations == NULL ||
        paths->links == NULL) {
        lbm_paths_free(paths);
        return NULL;
    }
    for (size_t i = 0; before != NULL && i < before->graph->locations_count; i++) {
        if (before->trees[i] != NULL || before->used[i]) {
            const uint32_t here = lbm_graph_find(graph, before->graph->locations[i].name);
            if (here != LBM_NOWHERE) {
                paths->used[here] = true;
            }
        }
    }
    return paths;
}

void lbm_paths_free(struct lbm_paths *paths) {
    if (paths == NULL) {
        return;
    }
    for (size_t i = 0; paths->trees != NULL && i < paths->graph->locations_count; i++) {
        free(paths->trees[i]);
    }
    free(paths->trees);
    free(paths->used);
    free(paths->locations);
    free(paths->links);
    lbm_graph_drop(paths->graph);
    free(paths);
}

static const uint16_t *tree_of(struct lbm_paths *paths, uint32_t root) {
    struct lbm_distances distances;
    if (paths->trees[root] == NULL && lbm_distances_find(paths->graph, root, &distances)) {
        paths->trees[root] = distances.next;
        distances.next = NULL;
        lbm_distances_free(&distances);
    }
    return paths->trees[root];
}

bool lbm_paths_warm(struct lbm_paths *paths, size_t trees) {
    for (; paths->warmed < paths->graph->locations_count; paths->warmed++) {
        if (paths->used[paths->warmed] && paths->trees[paths->warmed] == NULL) {
            if (trees == 0) {
                return true;
            }
            (void)tree_of(paths, (uint32_t)paths->warmed);
            trees--;
        }
    }
    return false;
}

static void reverse(uint32_t *numbers, size_t count) {
    for (size_t i = 0; i + i + 1 < count; i++) {
        const uint32_t one = numbers[i];
        numbers[i] = numbers[count - 1 - i];
        numbers[count - 1 - i] = one;
    }
}

bool lbm_paths_find(struct lbm_paths *paths, uint32_t from, uint32_t to, struct lbm_path *path) {
    const struct lbm_graph *graph = paths->graph;
    const uint32_t first = from < to ? from : to, last = from < to ? to : from;
    const uint16_t *tree = first == last ? NULL : tree_of(paths, last);
    *path = (struct lbm_path){.locations = paths->locations, .links = paths->links};
    if (tree == NULL && first != last) {
        return false;
    }
    paths->locations[0] = first;
    for (uint32_t at = first; at != last;) {
        if (tree[at] == LBM_NO_EDGE) {
            *path = (struct lbm_path){0};
            return true;
        }
        const struct lbm_edge *edge = &graph->edges[graph->locations[at].first_edge + tree[at]];
        paths->links[path->links_count++] = edge->link;
        paths->locations[path->links_count] = edge->to;
        path->weight += graph->links[edge->link].weight;
        at = edge->to;
    }
    if (from != first) {
        reverse(paths->locations, path->links_count + 1);
        reverse(paths->links, path->links_count);
    }
    return true;
}
