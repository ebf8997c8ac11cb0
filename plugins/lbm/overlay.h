/* Locations and links as several clusters state them, laid over each other: locations of exactly
 * the same name are one location, of two links between the same locations the least weight and of
 * each bandwidth the least count. Pure; depends on nothing but what is stated. */
#ifndef LBM_OVERLAY_H
#define LBM_OVERLAY_H

#include "graph.h"

/* What one cluster states. Its texts are its own. */
struct lbm_statement {
    size_t locations_count, links_count;
    struct lbm_location_given *locations; /* in the order of their names */
    struct lbm_link_given *links;         /* between locations of these */
    uint32_t (*ends)[2];                  /* of each link: their places among the locations */
    char *names;
    size_t left_out; /* links given that lead to no location */
};

/* A copy of what is given, sorted; of a name that comes twice the first counts. NULL: out of
 * memory. */
struct lbm_statement *lbm_statement_new(const struct lbm_location_given *locations,
                                        size_t locations_count, const struct lbm_link_given *links,
                                        size_t links_count);
void lbm_statement_free(struct lbm_statement *statement); /* NULL is allowed */
/* Its place among the locations; LBM_NOWHERE. */
uint32_t lbm_statement_find(const struct lbm_statement *statement, const char *name);

/* Whose it is. */
struct lbm_part {
    const char *cluster_id;
    const struct lbm_statement *statement;
    const char *manager; /* the Location and Link Management Cluster that it names; "": none */
};

/* Something of which clusters state different things. */
struct lbm_conflict {
    char *place;      /* a location, a link A@B, or the name of a cluster */
    const char *what; /* "weight", "audio", "video", "immersive", "ignored", "management" */
    char *stated;     /* "BR 20, HQ 10", or a sentence */
    int64_t counts;   /* of a weight or bandwidth: what counts */
};

enum { LBM_CONFLICTS_MAX = 1000 };

struct lbm_conflicts {
    size_t count; /* those kept */
    size_t found;
    struct lbm_conflict *all;
    bool failed; /* no memory: they are not whole */
};

void lbm_conflicts_clear(struct lbm_conflicts *conflicts);

/* The graph of all parts, the first of which is this cluster: its links are named from the ends
 * that it names first. With `manager` (may be "") only what that cluster states of links and
 * bandwidth counts, as long as it is among the parts; the locations of the others are there without
 * either. NULL: out of memory, or more than LBM_LOCATIONS_MAX locations. */
struct lbm_graph *lbm_overlay(const struct lbm_part *parts, size_t count, const char *manager,
                              struct lbm_conflicts *conflicts);

#endif
