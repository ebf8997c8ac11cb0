/* Events: channels by name, subscriptions, publishing. Publishing walks an array and allocates
 * nothing. */
#include "host/bus/state.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

#include "host/bus/taps.h"
#include "host/core/callback.h"
#include "host/record/convert.h"
#include "host/telemetry/log.h"

struct subscription {
    sj_handle handle;
    struct channel *channel;
    size_t index;
};

/* A publisher's view of a channel. It is memory of the scope, so that publishing from a last
 * callback is safe. */
struct sj_topic {
    sj_handle handle;
    struct channel *channel;
    const sj_record_meta *meta;
};

int sj_bus_open(struct node *node, sj_error *error) {
    node->bus = sj_node_alloc(node, sizeof *node->bus);
    return node->bus != NULL ? SJ_OK
                             : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the bus");
}

void sj_bus_close(struct node *node) {
    struct bus *bus = node->bus;
    if (bus == NULL) {
        return;
    }
    for (struct channel *channel;
         (channel = SJ_OWNER(sj_map_take_any(&bus->channels), struct channel, by_name)) != NULL;) {
        free(channel->shape.fingerprints);
        free(channel->subscribers);
        free(channel);
    }
    for (struct service *service;
         (service = SJ_OWNER(sj_map_take_any(&bus->services), struct service, by_name)) != NULL;) {
        free(service);
    }
    sj_bus_free_settled(bus);
    sj_map_clear(&bus->channels);
    sj_map_clear(&bus->services);
    free(bus->schemas);
    free(bus);
    node->bus = NULL;
}

struct channel *sj_bus_channel(struct node *node, const char *name) {
    const size_t length = strlen(name);
    const uint64_t hash = sj_hash_keyed(name, length);
    SJ_MAP_EACH_OF(known, &node->bus->channels, hash, struct channel, by_name) {
        if (strcmp(known->name, name) == 0) {
            return known;
        }
    }
    struct channel *channel = sj_node_alloc(node, sizeof *channel + length + 1);
    if (channel != NULL) {
        memcpy(channel->name, name, length);
        channel->node = node;
        sj_map_add(&node->bus->channels, &channel->by_name, hash);
    }
    return channel;
}

/* Joins the channel of a declaration, which must also agree with the registered one of that name.
 */
static struct channel *join(sj_scope *scope, const sj_record_meta *event, sj_error *error) {
    struct node *node = sj_scope_node(scope);
    const sj_record_meta *declared = sj_bus_find_event(node, event->name);
    struct channel *channel = sj_bus_channel(node, event->name);
    int status = SJ_OK;
    if (channel == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for event %s", event->name);
        return NULL;
    }
    if (declared != NULL) {
        status = sj_shape_agree(declared, event, "event", error);
    }
    if (status == SJ_OK) {
        status = sj_shape_join(&channel->shape, event, "event", error);
    }
    return status == SJ_OK ? channel : NULL;
}

static void topic_close(sj_handle *handle) {
    struct sj_topic *topic = (struct sj_topic *)handle;
    sj_shape_release(&topic->channel->shape);
    sj_handle_done(handle);
}

sj_topic *sj_host_event_topic(sj_scope *scope, const sj_record_meta *event, sj_error *error) {
    struct channel *channel = join(scope, event, error);
    struct sj_topic *topic;
    if (channel == NULL) {
        return NULL;
    }
    topic = sj_host_scope_alloc(scope, sizeof *topic);
    if (topic == NULL) {
        sj_shape_release(&channel->shape);
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot publish event %s",
                           event->name);
        return NULL;
    }
    topic->channel = channel;
    topic->meta = event;
    if (sj_handle_init(&topic->handle, scope, "publisher", "", event->name, topic_close) != SJ_OK) {
        sj_shape_release(&channel->shape);
        (void)sj_error_set(error, SJ_E_STOPPING, "event %s: %s is being stopped", event->name,
                           sj_scope_owner(scope)->name);
        return NULL;
    }
    return topic;
}

/* Squeezes out those who left, once nobody walks the array. */
static void compact(struct channel *channel) {
    size_t kept = 0;
    for (size_t i = 0; i < channel->count; i++) {
        if (channel->subscribers[i].handler != NULL) {
            channel->subscribers[kept] = channel->subscribers[i];
            channel->subscribers[kept].subscription->index = kept;
            kept++;
        }
    }
    channel->count = kept;
    channel->holes = false;
}

static void subscription_close(sj_handle *handle) {
    struct subscription *subscription = (struct subscription *)handle;
    struct channel *channel = subscription->channel;
    channel->subscribers[subscription->index].handler = NULL;
    channel->holes = true;
    if (channel->walking == 0) {
        compact(channel);
    }
    sj_shape_release(&channel->shape);
    sj_handle_release(handle);
}

sj_handle *sj_host_event_subscribe(sj_scope *scope, const char *here, const sj_record_meta *event,
                                   sj_event_fn handler, void *user, sj_error *error) {
    struct channel *channel = join(scope, event, error);
    struct subscription *subscription;
    if (channel == NULL) {
        return NULL;
    }
    subscription = sj_node_alloc(channel->node, sizeof *subscription);
    if (subscription == NULL || !sj_array_room(&channel->subscribers, &channel->room,
                                               channel->count + 1, sizeof *channel->subscribers)) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot subscribe to event %s",
                           event->name);
    } else if (sj_handle_init(&subscription->handle, scope, "subscription", here, event->name,
                              subscription_close) != SJ_OK) {
        (void)sj_error_set(error, SJ_E_STOPPING, "event %s: %s is being stopped", event->name,
                           sj_scope_owner(scope)->name);
    } else {
        subscription->channel = channel;
        subscription->index = channel->count;
        channel->subscribers[channel->count++] =
            (struct subscriber){handler, user, sj_scope_owner(scope), event, subscription};
        return &subscription->handle;
    }
    free(subscription);
    sj_shape_release(&channel->shape);
    return NULL;
}

/* Too deep: one event causes the next without end. Names the chain, newest last. */
static void refuse_depth(struct channel *channel) {
    struct node *node = channel->node;
    const struct emission *chain[SJ_BUS_DEPTH];
    const struct emission *emission = node->bus->emission;
    char text[1024];
    size_t depth = 0, used = 0;
    for (; emission != NULL && depth < SJ_BUS_DEPTH; emission = emission->outer) {
        chain[depth++] = emission;
    }
    text[0] = '\0';
    while (depth > 0 && used < sizeof text) {
        int length =
            snprintf(text + used, sizeof text - used, "%s > ", chain[--depth]->channel->name);
        used += length > 0 ? (size_t)length : 0;
    }
    sj_node_log(node, SJ_LOG_ERROR, "event %s is dropped: events cause each other %d deep: %s%s",
                channel->name, SJ_BUS_DEPTH, text, channel->name);
}

/* A subscriber that knows more fields than the publisher gets a copy in which they are empty. */
static void deliver_extended(struct channel *channel, const struct subscriber *to,
                             const sj_record_meta *meta, const void *event) {
    void *copy = sj_record_convert(to->meta, meta, event);
    if (copy == NULL) {
        sj_node_log(channel->node, SJ_LOG_ERROR, "event %s did not reach %s: out of memory",
                    channel->name, to->owner->name);
        return;
    }
    to->handler(to->user, copy);
    free(copy);
}

static inline void deliver(struct channel *channel, const struct subscriber *to,
                           const sj_record_meta *meta, const void *event) {
    sj_running.owner = to->owner;
    to->owner->callbacks++;
    if (to->meta->fields_count <= meta->fields_count) {
        to->handler(to->user, event);
    } else {
        deliver_extended(channel, to, meta, event);
    }
}

/* Delivers to the first `count`: who joins from now on does not get this event. The array may move
 * during a call. */
static void walk(struct channel *channel, size_t count, const sj_record_meta *meta,
                 const void *event) {
    for (size_t i = 0; i < count; i++) {
        const struct subscriber *to = &channel->subscribers[i];
        if (to->handler != NULL && to->owner->visible) {
            deliver(channel, to, meta, event);
        }
    }
}

/* The same with the time that each takes. */
static void walk_timed(struct channel *channel, size_t count, const sj_record_meta *meta,
                       const void *event, unsigned weight) {
    uint64_t then = sj_ticks();
    for (size_t i = 0; i < count; i++) {
        const struct subscriber to = channel->subscribers[i];
        if (to.handler != NULL && to.owner->visible) {
            uint64_t now, ran_before = sj_ran_until(then);
            deliver(channel, &to, meta, event);
            now = sj_ticks();
            sj_account(to.owner, "event", channel->name, now - then, ran_before, weight);
            then = now;
        }
    }
}

void sj_host_event_publish(sj_topic *topic, const void *event) {
    struct channel *channel = topic->channel;
    const sj_record_meta *meta = topic->meta;
    struct bus *bus = channel->node->bus;
    struct emission emission = {channel, bus->emission};
    struct running outer;
    bool in_turn;
    if (topic->handle.closing || channel->count + channel->taps + bus->taps_of_all == 0) {
        return;
    }
    if (bus->depth >= SJ_BUS_DEPTH) {
        refuse_depth(channel);
        return;
    }
    outer = sj_running;
    bus->emission = &emission;
    bus->depth++;
    channel->walking++;
    sj_running.kind = "event";
    sj_running.detail = channel->name;
    in_turn = channel->published++ % SJ_TIMED_ONE_IN == 0;
    if (in_turn || sj_timed_next > 0) {
        sj_timed_next -= sj_timed_next > 0;
        walk_timed(channel, channel->count, meta, event, in_turn ? SJ_TIMED_ONE_IN : 1);
    } else {
        walk(channel, channel->count, meta, event);
    }
    sj_run_as(outer.owner, outer.kind, outer.detail);
    if (channel->taps + bus->taps_of_all > 0) {
        sj_bus_tapped(channel, meta, event);
    }
    if (--channel->walking == 0 && channel->holes) {
        compact(channel);
    }
    bus->depth--;
    bus->emission = emission.outer;
}
