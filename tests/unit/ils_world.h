/* Many clusters in one process: the code that the service runs, over a network that loses, doubles
 * and delays messages and falls apart, with clocks of their own. For the simulations of the
 * Intercluster Lookup Service. */
#ifndef ILS_WORLD_H
#define ILS_WORLD_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sojourn/base/heap.h>

#include "core/exchange.h"
#include "core/lookup.h"

enum { INTERVAL = 60000 };

struct node {
    struct ils *ils; /* NULL: it does not run */
    unsigned number;
    int64_t ahead; /* of its clock */
    int64_t stopped_ms;
    int drift; /* per thousand */
    enum ils_role role;
    unsigned registrar; /* the node itself: none */
    unsigned side;      /* of a partition */
    unsigned life;      /* counts its starts: what belongs to an earlier one is dropped */
    unsigned objects;
    bool lost;    /* it has begun anew with a wrong clock, without what it knew: it may state other
                     things under versions that others remember */
    size_t limit; /* of learned objects */
    bool moved;   /* it has another registration server than before */
    sj_text journal;
    struct session *sessions; /* its exchanges under way */
};

struct world {
    uint64_t seed;
    unsigned count, hubs, request, session;
    struct node *nodes;
    sj_heap events;
    int64_t now;
    uint64_t messages, bytes;
    bool over; /* the last event has been: no message is lost any more, or a clock wrong */
};

/* All join: hubs first, each of them with so many spokes. */
void world_set_up(struct world *world, unsigned hubs, unsigned spokes);
void world_tear_down(struct world *world);
void world_run_until(struct world *world, int64_t end);
/* By the seed: less than `end`. */
unsigned world_below(struct world *world, unsigned end);
unsigned world_number_of(const struct ils_peer_id *id);

/* Its settings hold from now on. */
void world_configure(struct world *world, struct node *node);
/* With what it knew when it was stopped, if that is kept. */
void world_start(struct world *world, struct node *node);
void world_stop(struct world *world, struct node *node, bool keeps);
void world_state_uri(struct node *node, const char *uri, const char *number);
/* The URI of its user of this number. */
void world_state_own(struct node *node, unsigned which, const char *number);

#endif
