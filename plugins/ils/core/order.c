/* Runs of objects: a table of runs, each short enough to be moved as a whole. Two neighbours that
 * have become short are made one, so that a quarter of the room is used at least. */
#include "core/order.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

#include "core/catalog.h"

enum { RUN_MOST = 512 };

static bool make_room(struct ils_order *order, struct ils_run *run, size_t count) {
    const size_t before = run->room;
    if (!sj_array_room(&run->objects, &run->room, count, sizeof(struct ils_object *))) {
        return false;
    }
    order->bytes += (run->room - before) * sizeof(struct ils_object *);
    return true;
}

static struct ils_run *last_run(const struct ils_order *order) {
    return order->runs_count == 0 ? NULL : &order->runs[order->runs_count - 1];
}

bool ils_order_add(struct ils_order *order, struct ils_object *object) {
    struct ils_run *run = last_run(order), fresh = {0};
    if (run == NULL || run->count == RUN_MOST) {
        const size_t before = order->runs_room;
        if (!sj_array_room(&order->runs, &order->runs_room, order->runs_count + 1, sizeof fresh)) {
            return false;
        }
        order->bytes += (order->runs_room - before) * sizeof fresh;
        run = &fresh;
    }
    if (!make_room(order, run, run->count + 1)) {
        return false;
    }
    run->objects[run->count++] = object;
    if (run == &fresh) {
        order->runs[order->runs_count++] = fresh;
    }
    order->count++;
    return true;
}

static void remove_run(struct ils_order *order, size_t index) {
    struct ils_run *run = &order->runs[index];
    order->bytes -= run->room * sizeof(struct ils_object *);
    free(run->objects);
    memmove(run, run + 1, (order->runs_count - index - 1) * sizeof *run);
    if (--order->runs_count == 0) {
        free(order->runs);
        *order = (struct ils_order){0};
    }
}

/* Makes a run and the next one a single run, where both are short. */
static void join_next(struct ils_order *order, size_t index) {
    struct ils_run *run = &order->runs[index];
    if (index + 1 >= order->runs_count || run->count + run[1].count > RUN_MOST / 2 ||
        !make_room(order, run, run->count + run[1].count)) {
        return;
    }
    memcpy(run->objects + run->count, run[1].objects, run[1].count * sizeof(struct ils_object *));
    run->count += run[1].count;
    remove_run(order, index + 1);
}

/* The first place in a run whose version is later. */
static size_t after_in_run(const struct ils_run *run, uint64_t version) {
    size_t low = 0, high = run->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (run->objects[middle]->version <= version) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct ils_place ils_order_after(const struct ils_order *order, uint64_t version) {
    size_t low = 0, high = order->runs_count;
    while (low < high) { /* the first run whose last version is later */
        const size_t middle = low + (high - low) / 2;
        const struct ils_run *run = &order->runs[middle];
        if (run->objects[run->count - 1]->version <= version) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (struct ils_place){
        low, low == order->runs_count ? 0 : after_in_run(&order->runs[low], version)};
}

struct ils_place ils_order_skip(const struct ils_order *order, size_t count) {
    struct ils_place place = {0, count};
    while (place.at >= order->runs[place.run].count) {
        place.at -= order->runs[place.run++].count;
    }
    return place;
}

void ils_order_remove(struct ils_order *order, const struct ils_object *object) {
    const struct ils_place place = ils_order_after(order, object->version - 1);
    struct ils_run *run = &order->runs[place.run];
    memmove(run->objects + place.at, run->objects + place.at + 1,
            (run->count - place.at - 1) * sizeof(struct ils_object *));
    run->count--;
    order->count--;
    if (run->count == 0) {
        remove_run(order, place.run);
        return;
    }
    join_next(order, place.run);
    if (place.run > 0) {
        join_next(order, place.run - 1);
    }
}

struct ils_object *ils_order_at(const struct ils_order *order, struct ils_place place) {
    return place.run < order->runs_count ? order->runs[place.run].objects[place.at] : NULL;
}

struct ils_place ils_order_next(const struct ils_order *order, struct ils_place place) {
    return place.at + 1 < order->runs[place.run].count ? (struct ils_place){place.run, place.at + 1}
                                                       : (struct ils_place){place.run + 1, 0};
}

struct ils_object *ils_order_first(const struct ils_order *order) {
    return ils_order_at(order, (struct ils_place){0});
}

struct ils_object *ils_order_last(const struct ils_order *order) {
    const struct ils_run *run = last_run(order);
    return run == NULL ? NULL : run->objects[run->count - 1];
}
