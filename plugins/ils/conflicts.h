/* Keys that several clusters advertise, and ids that several clusters have: for ils conflicts. */
#ifndef ILS_CONFLICTS_H
#define ILS_CONFLICTS_H

#include "ils.h"

enum { ILS_CONFLICTS_SHOWN = 200, ILS_CONFLICTS_ROOM = 1200, ILS_CONFLICT_CLUSTERS = 16 };

struct ils_conflict {
    const struct ils_object *used;
    const char *counts; /* the cluster whose statement counts here: this one, when it has one */
    const char *clusters[ILS_CONFLICT_CLUSTERS];
    size_t clusters_count;
};

/* The first ILS_CONFLICTS_SHOWN by kind and key; their count, and in `total` that of all. Keys of
 * which only one statement counts here are none. `conflicts` has room for
 * ILS_CONFLICTS_ROOM, of which those that come later are dropped whenever it is full. */
size_t ils_conflicts_find(const struct ils_service *service, struct ils_conflict *conflicts,
                          size_t *total);

/* A sentence for each cluster whose id another one has, at most so many; their count. */
size_t ils_conflicts_of_ids(const struct ils *core, char (*sentences)[ILS_REASON_ROOM],
                            size_t most);

#endif
