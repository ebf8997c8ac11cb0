/* Objects in the order of their versions, in runs of bounded length, so that one is found, added at
 * the end, or taken out from anywhere at a cost that does not grow with their number. Pure. */
#ifndef ILS_ORDER_H
#define ILS_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ils_object;

struct ils_run {
    struct ils_object **objects;
    size_t count, room;
};

/* Zeroed: empty. Owns its runs, and not the objects. */
struct ils_order {
    struct ils_run *runs; /* none of them empty */
    size_t runs_count, runs_room;
    size_t count; /* objects */
    size_t bytes; /* of memory */
};

/* A place in it, which holds until something is added or removed. */
struct ils_place {
    size_t run, at;
};

/* Its version is higher than all before. False: no memory, and nothing has changed. */
bool ils_order_add(struct ils_order *order, struct ils_object *object);
/* It is in this order. */
void ils_order_remove(struct ils_order *order, const struct ils_object *object);
/* NULL: it is empty. */
struct ils_object *ils_order_first(const struct ils_order *order);
struct ils_object *ils_order_last(const struct ils_order *order);
/* Where the first of a later version is. */
struct ils_place ils_order_after(const struct ils_order *order, uint64_t version);
/* Where the one is that has so many in front of it, fewer than all. */
struct ils_place ils_order_skip(const struct ils_order *order, size_t count);
/* What is there; NULL: the end. */
struct ils_object *ils_order_at(const struct ils_order *order, struct ils_place place);
struct ils_place ils_order_next(const struct ils_order *order, struct ils_place place);

#endif
