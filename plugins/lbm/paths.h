/* Effective paths: of all paths between two locations the one of least weight; of those the one of
 * fewest links; of those the one whose names, read from the end whose own name comes first, come
 * first. So a path is the same in both directions and never decided by chance. Pure.
 *
 * All paths that lead to one location are a tree. A tree is computed when a path to its root is
 * asked for (Dijkstra, under a millisecond with 2,000 locations) and kept; a new graph begins
 * without trees, and lbm_paths_warm computes some of those that were in use before, so that nothing
 * holds the loop. */
#ifndef LBM_PATHS_H
#define LBM_PATHS_H

#include "graph.h"

struct lbm_paths;

struct lbm_path {
    size_t links_count;        /* one less than locations; 0: both ends are the same */
    const uint32_t *locations; /* from end to end; NULL: no links lead there */
    const uint32_t *links;
    int64_t weight;
};

/* Keeps the graph. `before` (may be NULL) tells which trees were in use. NULL: out of memory. */
struct lbm_paths *lbm_paths_new(struct lbm_graph *graph, const struct lbm_paths *before);
void lbm_paths_free(struct lbm_paths *paths); /* NULL is allowed */

/* False: out of memory. The path is valid until the next call. */
bool lbm_paths_find(struct lbm_paths *paths, uint32_t from, uint32_t to, struct lbm_path *path);

/* Computes up to `trees` of those that were in use; false when none is left. */
bool lbm_paths_warm(struct lbm_paths *paths, size_t trees);

/* Distances of all locations to one, for those who ask more than a path. */
struct lbm_distances {
    int64_t *weights; /* -1: no links lead there */
    uint32_t *order;  /* the locations that can be reached, the nearest first */
    size_t order_count;
    uint16_t *next; /* among the edges of each location; of the root and the unreached: none */
};
#define LBM_NO_EDGE UINT16_MAX

/* Reads nothing but the graph. False: out of memory. Free with lbm_distances_free. */
bool lbm_distances_find(const struct lbm_graph *graph, uint32_t root, struct lbm_distances *out);
void lbm_distances_free(struct lbm_distances *distances);

/* Of which locations a second path of the same weight leads to the root, so that the tie was
 * decided by links or names. `tied` has room for all locations. */
void lbm_distances_ties(const struct lbm_graph *graph, const struct lbm_distances *distances,
                        bool *tied);

#endif
