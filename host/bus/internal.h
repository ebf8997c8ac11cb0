/* What the files of the bus share; nobody else includes it. */
#ifndef SJ_HOST_BUS_INTERNAL_H
#define SJ_HOST_BUS_INTERNAL_H

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

#include "host/bus/bus.h"
#include "host/core/node.h"

/* What is known of the shape of an event, request or reply while anybody uses it: own copies, since
 * plugins come and go. */
struct shape {
    uint64_t *fingerprints; /* fields + 1 */
    size_t fields, users;
};

struct subscriber {
    sj_event_fn handler; /* NULL: left during an emission */
    void *user;
    struct owner *owner;
    const sj_record_meta *meta;
    struct subscription *subscription;
};

struct channel {
    sj_map_link by_name;
    struct node *node;
    struct shape shape;
    struct subscriber *subscribers; /* in the order they joined */
    size_t count, room;
    unsigned walking; /* emissions under way */
    bool holes;
    unsigned taps;
    uint64_t published;
    char name[];
};

struct service {
    sj_map_link by_name;
    struct answer *answer;
    char name[];
};

struct emission {
    struct channel *channel;
    struct emission *outer;
};

struct bus {
    sj_map channels, services;
    struct emission *emission;
    unsigned depth;
    sj_list_head taps;
    unsigned taps_of_all;
    const sj_schema **schemas;
    size_t schemas_count;
};

struct channel *sj_bus_channel(struct node *node,
                               const char *name); /* made when new; NULL: out of memory */

/* Compares a party's declaration with what the others use: equal as far as both go. Counts a user;
 * drop each with sj_shape_leave. */
int sj_shape_join(struct shape *shape, const sj_record_meta *meta, const char *what,
                  sj_error *error);
void sj_shape_leave(struct shape *shape);

/* Do two declarations agree as far as both go? Else SJ_E_VERSION with the sentence. */
int sj_shape_agree(const sj_record_meta *one, const sj_record_meta *other, const char *what,
                   sj_error *error);

void sj_bus_tapped(struct channel *channel, const sj_record_meta *meta, const void *event);

#endif
