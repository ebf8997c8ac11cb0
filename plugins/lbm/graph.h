/* Locations and the links between them as they are configured: a graph that does not change once it
 * is made, so that a job may read it beside the loop. Pure.
 *
 * Locations stand in the order of their names, so that comparing indexes compares names. Hub_None,
 * Phantom and Shadow are always there. A location that no link names has one to Hub_None with the
 * values of a new location's page, marked as implied; Phantom and Shadow have none. */
#ifndef LBM_GRAPH_H
#define LBM_GRAPH_H

#include <stddef.h>

#include <sojourn/locations.h>

#include "bandwidth.h"

#define LBM_UNLIMITED INT64_MAX

/* A new location's link to Hub_None. */
enum { LBM_NEW_LINK_WEIGHT = 50, LBM_NEW_LINK_VIDEO = 384, LBM_NEW_LINK_IMMERSIVE = 384 };

enum { LBM_LOCATIONS_MAX = 65000 }; /* so that a place among neighbours fits in 16 bits */

/* As configured; the names are borrowed while the graph is made. */
struct lbm_location_given {
    const char *name;
    int64_t kbps[LBM_CLASSES]; /* LBM_UNLIMITED; 0: none */
};

struct lbm_link_given {
    const char *ends[2];
    int64_t weight; /* at least 1 */
    int64_t kbps[LBM_CLASSES];
};

struct lbm_location {
    const char *name;
    int64_t kbps[LBM_CLASSES];
    uint32_t first_edge, edges_count;
};

struct lbm_link {
    uint32_t ends[2]; /* in the order given */
    int64_t weight;
    int64_t kbps[LBM_CLASSES];
    bool implied;
};

/* From one location to a neighbour; those of a location stand together, in order of their `to`. */
struct lbm_edge {
    uint32_t to, link;
};

struct lbm_graph {
    size_t users; /* see lbm_graph_keep */
    size_t locations_count, links_count;
    struct lbm_location *locations;
    struct lbm_link *links;
    struct lbm_edge *edges; /* two a link */
    size_t left_out;        /* links given that lead nowhere, to themselves, or a second time */
    char *names;
};

#define LBM_NOWHERE UINT32_MAX

/* NULL: out of memory, or more than LBM_LOCATIONS_MAX locations. One user. */
struct lbm_graph *lbm_graph_new(const struct lbm_location_given *locations, size_t locations_count,
                                const struct lbm_link_given *links, size_t links_count);
/* The same without the links that have failed: they keep their numbers and join nothing. It borrows
 * the names, so it goes before the first. NULL: out of memory. One user. */
struct lbm_graph *lbm_graph_without(const struct lbm_graph *graph, const bool *failed);
/* One user more; the users are counted on the loop. */
struct lbm_graph *lbm_graph_keep(struct lbm_graph *graph);
/* One user less: the last one frees it. NULL is allowed. */
void lbm_graph_drop(struct lbm_graph *graph);

/* LBM_NOWHERE: there is none of that name. */
uint32_t lbm_graph_find(const struct lbm_graph *graph, const char *name);

#endif
