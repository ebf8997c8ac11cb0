/* Which piece of work is begun next. Work waits in lanes, one for each kind. Lanes that use the
 * same threads are asked in the order of their rank; one that was passed over often enough gets a
 * turn, so that nothing waits for ever. Inside a lane the shares (an address, a plugin, an import)
 * take turns, whatever each has waiting. When a lane is full, the share with the most gives way to
 * one that has less. Pure: no thread, no clock. */
#ifndef SJ_HOST_WORK_LANES_H
#define SJ_HOST_WORK_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include <sojourn/base/list.h>

enum work_group { WORK_SECRETS, WORK_IMPORTS, WORK_GENERAL, WORK_GROUPS };

/* By group, in the order of rank. */
enum work_lane {
    WORK_PROVEN,  /* a secret is compared for a source that gave a right one lately */
    WORK_UNKNOWN, /* the same for a source that nothing is known of */
    WORK_HASH,    /* a new secret of somebody who waits for it */
    WORK_FAILING, /* a secret is compared for a source whose last ones were wrong: beside imports,
                     as what is left of a core */
    WORK_BULK,    /* the new secrets of an import */
    WORK_JOBS,    /* jobs of plugins, files, keys */
    WORK_LANES
};

enum { WORK_SHARE_NAME = 64 };

struct work_rule {
    const char *name; /* as in metrics */
    enum work_group group;
    size_t waiting_most;       /* in the lane */
    size_t share_waiting_most; /* of one share */
    size_t share_at_once;      /* pieces of one share that may run together */
    size_t patience;           /* so often others go first while it waits */
};

extern const struct work_rule work_rules[WORK_LANES];
extern const size_t work_threads[WORK_GROUPS];

struct work_share;

struct work_item {
    sj_list_link link;
    struct work_share *share; /* NULL: neither waiting nor running */
    bool running;
};

struct work_lanes {
    struct work_lane_state {
        sj_list_head shares; /* in the order of their turns */
        size_t waiting, passed;
        unsigned long long begun, refused;
    } lanes[WORK_LANES];
    size_t running[WORK_GROUPS];
};

/* SJ_OK; SJ_E_LIMIT when the share or the lane has too much waiting; SJ_E_NO_MEMORY. `*dropped` is
 * NULL, or a waiting item of another share that gave way. */
int work_lanes_add(struct work_lanes *lanes, struct work_item *item, enum work_lane lane,
                   const char *share, struct work_item **dropped);
/* The item that one more thread of the group shall run, or NULL. */
struct work_item *work_lanes_take(struct work_lanes *lanes, enum work_group group);
/* The oldest item of that share that waits in the lane, which waits no more; NULL: there is none.
 */
struct work_item *work_lanes_take_out(struct work_lanes *lanes, enum work_lane lane,
                                      const char *share);
/* The item has run. */
void work_lanes_end(struct work_lanes *lanes, struct work_item *item);
/* The item, which waits, is not wanted any more. */
void work_lanes_remove(struct work_lanes *lanes, struct work_item *item);
size_t work_lanes_waiting(const struct work_lanes *lanes);

#endif
