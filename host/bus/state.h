/* What the bus of a node holds: channels of events, services that answer requests, taps, and the
 * schemas whose declarations it knows. For the files of this room. */
#ifndef SJ_HOST_BUS_STATE_H
#define SJ_HOST_BUS_STATE_H

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

#include "host/bus/bus.h"
#include "host/bus/shape.h"
#include "host/core/node.h"

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
    sj_list_head settled; /* questions that were replied to, newest first */
    size_t settled_count;
    struct emission *emission;
    unsigned depth;
    sj_list_head taps;
    unsigned taps_of_all;
    const sj_schema **schemas;
    size_t schemas_count, schemas_room;
};

void sj_bus_free_settled(struct bus *bus);
/* Made when new; NULL: out of memory. */
struct channel *sj_bus_channel(struct node *node, const char *name);

#endif
