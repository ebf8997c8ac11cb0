/* What is said to another hub, and what is taken of what it says. */
#include "hub_statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUDGET = 192 * 1024 };
enum { LEASE_LEAST_MS = 5000, LEASE_MOST_MS = 3600000 };
/* How far ahead a clock may have been: a hundred years. */
#define LIVES_AHEAD (UINT64_C(100) * 366 * 86400000 << LBM_CHANCE_BITS)

const struct lbm_statement lbm_nothing_stated = {0};

/* What one cluster's calls take of one place. */
struct usage {
    sj_map_link by_place;
    struct lbm_place *place;
    int64_t kbps[LBM_CLASSES];
    uint32_t calls;
};

/* ---- what others take ---- */

static uint64_t hash_of(const struct lbm_place *place) {
    return sj_hash_keyed(&place, sizeof(struct lbm_place *));
}

static struct usage *find_usage(const struct lbm_hub *hub, const struct lbm_place *place) {
    SJ_MAP_EACH_OF(one, &hub->usages, hash_of(place), struct usage, by_place) {
        if (one->place == place) {
            return one;
        }
    }
    return NULL;
}

/* It takes that much from now on. */
static void change(struct lbm_hubs *hubs, struct usage *one, const int64_t kbps[LBM_CLASSES],
                   uint32_t calls) {
    int64_t more[LBM_CLASSES];
    for (int class = 0; class < LBM_CLASSES; class ++) {
        more[class] = kbps[class] - one->kbps[class];
        one->kbps[class] = kbps[class];
    }
    lbm_remote_change(hubs->network, one->place, more, (int64_t)calls - one->calls);
    one->calls = calls;
}

static void end_usage(struct lbm_hubs *hubs, struct usage *one) {
    static const int64_t nothing[LBM_CLASSES] = {0};
    change(hubs, one, nothing, 0);
    lbm_remote_end(hubs->network, one->place);
    free(one);
}

void lbm_hub_give_back(struct lbm_hubs *hubs, struct lbm_hub *hub) {
    for (sj_map_link *link; (link = sj_map_take_any(&hub->usages)) != NULL;) {
        end_usage(hubs, SJ_OWNER(link, struct usage, by_place));
    }
    hub->here.usage = 0;
    hub->calls = 0;
    hub->cut = false;
}

/* False: out of memory. What it states beyond LBM_USAGES_MAX is left out, and shown. */
static bool take_usage(struct lbm_hubs *hubs, struct lbm_hub *hub, const struct lbm_usage *stated) {
    const char *other = stated->other[0] != '\0' ? stated->other : NULL;
    const bool nothing = stated->calls == 0 && stated->kbps[LBM_AUDIO] == 0 &&
                         stated->kbps[LBM_VIDEO] == 0 && stated->kbps[LBM_IMMERSIVE] == 0;
    char name[2 * LBM_NAME_MAX + 2];
    (void)snprintf(name, sizeof name, "%s%s%s", stated->location, other != NULL ? "@" : "",
                   stated->other);
    struct lbm_place *place = lbm_place_find(hubs->network, name);
    struct usage *one = place != NULL ? find_usage(hub, place) : NULL;
    if (nothing) {
        if (one != NULL) {
            (void)sj_map_remove(&hub->usages, &one->by_place);
            end_usage(hubs, one);
        }
        return true;
    }
    if (one == NULL && hub->usages.count >= LBM_USAGES_MAX) {
        hub->cut = true;
        return true;
    }
    if (one == NULL) {
        one = calloc(1, sizeof *one);
        if (one == NULL ||
            (one->place = lbm_place_of(hubs->network, stated->location, other)) == NULL) {
            free(one);
            return false;
        }
        lbm_remote_begin(one->place);
        sj_map_add(&hub->usages, &one->by_place, hash_of(one->place));
    }
    change(hubs, one, stated->kbps, stated->calls);
    return true;
}

void lbm_hub_forget_topology(struct lbm_hubs *hubs, struct lbm_hub *hub) {
    hubs->topologies += hub->statement != NULL;
    lbm_statement_free(hub->statement);
    hub->statement = NULL;
    hub->here.topology = 0;
}

/* ---- saying ---- */

struct changed {
    uint64_t version;
    struct lbm_place *place;
};

static int by_version(const void *a, const void *b) {
    const struct changed *x = a, *y = b;
    return x->version < y->version ? -1 : x->version > y->version;
}

static size_t gather(const sj_map *map, uint64_t from, bool whole, struct changed *out) {
    sj_map_place at = {0};
    size_t count = 0;
    for (sj_map_link *link; (link = sj_map_walk(map, &at)) != NULL;) {
        struct lbm_place *place = SJ_OWNER(link, struct lbm_place, by_name);
        if (place->version > from && (place->calls > 0 || !whole)) {
            out[count++] = (struct changed){place->version, place};
        }
    }
    return count;
}

static void put_place(sj_text *out, const struct lbm_place *place) {
    struct lbm_usage usage = {.calls = place->calls};
    const char *at = place->is_link ? strchr(place->name, '@') : NULL;
    const int first = at != NULL ? (int)(at - place->name) : LBM_NAME_MAX;
    (void)snprintf(usage.location, sizeof usage.location, "%.*s", first, place->name);
    (void)snprintf(usage.other, sizeof usage.other, "%s", at != NULL ? at + 1 : "");
    for (int class = 0; class < LBM_CLASSES; class ++) {
        const struct lbm_pool *pool = &place->pools[class];
        const int64_t own = pool->used - pool->remote;
        usage.kbps[class] = own > LBM_USED_MAX ? LBM_USED_MAX : own;
    }
    lbm_wire_usage(out, &usage);
}

/* What this cluster's calls take, as far as the other does not know. False: there is more. */
static bool write_usage(const struct lbm_hubs *hubs, const struct lbm_versions *there,
                        sj_text *out) {
    const struct lbm_network *network = hubs->network;
    const bool known = there->incarnation == hubs->incarnation && there->usage >= network->floor &&
                       there->usage > 0 && there->usage <= network->changes;
    struct lbm_run run = {
        .from = known ? there->usage : 0, .to = network->changes, .whole = !known};
    const size_t most = network->locations.count + network->links.count;
    struct changed *changed = calloc(most + 1, sizeof *changed);
    if (changed == NULL) {
        out->failed = true;
        return true;
    }
    size_t count = gather(&network->locations, run.from, run.whole, changed);
    count += gather(&network->links, run.from, run.whole, changed + count);
    qsort(changed, count, sizeof *changed, by_version);
    const size_t begun = lbm_wire_run_begin(out);
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        /* Those of one change go together. */
        if (out->length >= BUDGET && i > 0 && changed[i].version != changed[i - 1].version) {
            run.to = changed[i - 1].version;
            all = false;
            break;
        }
        put_place(out, changed[i].place);
        run.count++;
    }
    lbm_wire_run_end(out, begun, &run);
    free(changed);
    return all;
}

bool lbm_hub_has_topology(const struct lbm_hubs *hubs, const struct lbm_versions *there) {
    return there->incarnation == hubs->incarnation && there->topology == hubs->topology;
}

/* True: there is more than was said. */
static bool write_owed(const struct lbm_hubs *hubs, const struct lbm_versions *there,
                       sj_text *out) {
    const char *live[LBM_HUBS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < hubs->count; i++) {
        if (hubs->all[i]->standing == LBM_HUB_LIVE) {
            live[count++] = hubs->all[i]->cluster_id;
        }
    }
    lbm_wire_hubs(out, live, count);
    if (!lbm_hub_has_topology(hubs, there)) {
        lbm_wire_topology(out, hubs->topology,
                          lbm_hubs_is_told(hubs) ? hubs->own : &lbm_nothing_stated);
    }
    return !write_usage(hubs, there, out);
}

void lbm_hub_say(struct lbm_hubs *hubs, struct lbm_hub *hub, enum lbm_message_type type,
                 const struct lbm_versions *there, sj_text *out) {
    const struct lbm_network *network = hubs->network;
    struct lbm_sender sender = {.here = {hubs->incarnation, network->changes, hubs->topology},
                                .has = hub->here,
                                .beat = ++hubs->beat,
                                .lease_ms = hubs->lease_ms < UINT32_MAX ? (uint32_t)hubs->lease_ms
                                                                        : UINT32_MAX,
                                .calls = (uint32_t)network->calls_count,
                                .leaves = !hubs->hub};
    sj_text rest = {0};
    hub->said = sender.here;
    hub->said_leave = sender.leaves;
    memcpy(sender.manager, hubs->manager, sizeof sender.manager);
    sender.more = hubs->hub && write_owed(hubs, there, &rest);
    lbm_wire_begin(out, type, &sender);
    sj_text_add(out, sj_or_empty(rest.data), rest.length);
    out->failed = out->failed || rest.failed;
    sj_text_clear(&rest);
}

/* ---- hearing ---- */

static void hear_of_hubs(struct lbm_hubs *hubs, struct lbm_message *message, int64_t now) {
    char cluster_id[LBM_CLUSTER_ID_MAX + 1];
    while (lbm_wire_next_hub(message, cluster_id)) {
        struct lbm_hub *hub = strcmp(cluster_id, hubs->cluster_id) == 0
                                  ? NULL
                                  : lbm_hubs_named(hubs, cluster_id, now);
        if (hub != NULL) {
            hub->mentioned_ms = now;
            if (hub->standing == LBM_HUB_LEFT) {
                hub->standing = LBM_HUB_UNKNOWN; /* it has come back, others say */
                hub->next_ms = now;
            }
        }
    }
}

static void take_run(struct lbm_hubs *hubs, struct lbm_hub *hub, struct lbm_message *message) {
    const struct lbm_run run = message->run;
    struct lbm_usage usage;
    if ((!run.whole && run.from > hub->here.usage) || run.to <= hub->here.usage) {
        hubs->ignored++;
        return;
    }
    if (run.whole) {
        lbm_hub_give_back(hubs, hub);
    }
    while (lbm_wire_next_usage(message, &usage)) {
        if (!take_usage(hubs, hub, &usage)) {
            return; /* it is told again */
        }
    }
    hub->here.usage = run.to;
}

static void take_topology(struct lbm_hubs *hubs, struct lbm_hub *hub, struct lbm_message *message) {
    if (message->topology <= hub->here.topology) {
        hubs->ignored++;
        return;
    }
    struct lbm_statement *statement = lbm_wire_statement(message);
    if (statement != NULL) {
        lbm_statement_free(hub->statement);
        hub->statement = statement;
        hub->here.topology = message->topology;
        memcpy(hub->manager, message->sender.manager, sizeof hub->manager);
        hubs->topologies++;
    }
}

static int64_t lease_of(const struct lbm_sender *sender) {
    return sender->lease_ms < LEASE_LEAST_MS  ? LEASE_LEAST_MS
           : sender->lease_ms > LEASE_MOST_MS ? LEASE_MOST_MS
                                              : sender->lease_ms;
}

bool lbm_is_disputed(const struct lbm_dispute *dispute, int64_t now) {
    return dispute->lives >= LBM_DISPUTE_LIVES && now - dispute->last_ms <= LBM_DISPUTE_MS;
}

static void note_life(struct lbm_dispute *dispute, int64_t now) {
    if (now - dispute->last_ms > LBM_DISPUTE_MS) {
        dispute->lives = 0;
    }
    dispute->lives++;
    dispute->last_ms = now;
}

/* Another life of that cluster begins. One that starts anew where it was disputes nothing. */
static void begin_life(struct lbm_hubs *hubs, struct lbm_hub *hub, uint64_t incarnation,
                       const char *address, int64_t now) {
    lbm_hub_give_back(hubs, hub);
    hub->here = (struct lbm_versions){.incarnation = incarnation};
    hub->beat = 0;
    if (address[0] != '\0' && strcmp(hub->addresses[0], address) != 0) {
        memcpy(hub->addresses[1], hub->addresses[0], sizeof hub->addresses[1]);
        (void)snprintf(hub->addresses[0], sizeof hub->addresses[0], "%s", address);
        if (hub->addresses[1][0] != '\0') {
            note_life(&hub->dispute, now);
        }
    }
}

const char *lbm_hub_hear(struct lbm_hubs *hubs, struct lbm_hub *hub, struct lbm_message *message,
                         const char *address, int64_t now) {
    const struct lbm_sender *sender = &message->sender;
    if (sender->here.incarnation >= hubs->epoch + LIVES_AHEAD ||
        sender->has.incarnation >= hubs->epoch + LIVES_AHEAD) {
        hubs->ignored++;
        return sender->has.incarnation >= hubs->epoch + LIVES_AHEAD
                   ? "the sender knows the receiver by a life that began more than a hundred years "
                     "from now: correct the clocks, and restart the sender"
                   : "the sender's life began more than a hundred years from now: correct the "
                     "clocks, and restart it";
    }
    if (sender->has.incarnation > hubs->incarnation) {
        /* The clock has gone back since this cluster's last life; or another speaks as this one. */
        hubs->incarnation = sender->has.incarnation + 1;
        note_life(&hubs->dispute, now);
    }
    if (sender->here.incarnation < hub->here.incarnation) {
        hubs->ignored++;
        return NULL;
    }
    if (sender->here.incarnation > hub->here.incarnation) {
        begin_life(hubs, hub, sender->here.incarnation, address, now);
    }
    const bool newest = sender->beat > hub->beat;
    if (newest) {
        hub->beat = sender->beat;
        hub->heard_ms = now;
        hub->lease_ms = lease_of(sender);
        hub->calls = sender->calls;
        hub->there = sender->has;
        hub->standing = sender->leaves ? LBM_HUB_LEFT : LBM_HUB_LIVE;
    }
    if (hub->standing == LBM_HUB_LEFT) {
        lbm_hub_give_back(hubs, hub);
        lbm_hub_forget_topology(hubs, hub);
        return NULL;
    }
    if (hub->standing != LBM_HUB_LIVE) {
        return NULL; /* late, of one that has been silent since */
    }
    hear_of_hubs(hubs, message, now);
    if (message->has_topology) {
        take_topology(hubs, hub, message);
    }
    if (message->has_run) {
        take_run(hubs, hub, message);
    }
    return NULL;
}
