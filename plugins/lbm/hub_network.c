/* Who takes part, what they take, and exchanges with them. */
#include "hub_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

enum { BUDGET = 192 * 1024, ROUNDS_MOST = 1000, RETRY_LEAST_MS = 1000 };
enum { LEASE_LEAST_MS = 5000, LEASE_MOST_MS = 3600000 };
enum { CHANCE_BITS = 16 };
/* How far ahead a clock may have been: a hundred years. */
#define LIVES_AHEAD (UINT64_C(100) * 366 * 86400000 << CHANCE_BITS)

static const struct lbm_statement nothing_stated = {0};

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

static void give_back(struct lbm_hubs *hubs, struct lbm_hub *hub) {
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

/* ---- who takes part ---- */

struct lbm_hub *lbm_hubs_find(const struct lbm_hubs *hubs, const char *cluster_id) {
    for (size_t i = 0; i < hubs->count; i++) {
        if (strcmp(hubs->all[i]->cluster_id, cluster_id) == 0) {
            return hubs->all[i];
        }
    }
    return NULL;
}

static void forget_topology(struct lbm_hubs *hubs, struct lbm_hub *hub) {
    hubs->topologies += hub->statement != NULL;
    lbm_statement_free(hub->statement);
    hub->statement = NULL;
    hub->here.topology = 0;
}

void lbm_hubs_drop(struct lbm_hubs *hubs, struct lbm_hub *hub, const char *reason) {
    give_back(hubs, hub);
    forget_topology(hubs, hub);
    hub->standing = LBM_HUB_UNKNOWN;
    hub->here = (struct lbm_versions){0};
    (void)snprintf(hub->reason, sizeof hub->reason, "%s", reason);
}

static void forget(struct lbm_hubs *hubs, size_t index) {
    struct lbm_hub *hub = hubs->all[index];
    give_back(hubs, hub);
    forget_topology(hubs, hub);
    lbm_share(hubs->network, hub->cluster_id, false);
    sj_map_clear(&hub->usages);
    free(hub);
    hubs->all[index] = hubs->all[--hubs->count];
}

/* One that is only hearsay gives way to one that is there. */
static void make_room(struct lbm_hubs *hubs) {
    for (size_t i = 0; hubs->count == LBM_HUBS_MAX && i < hubs->count; i++) {
        const struct lbm_hub *hub = hubs->all[i];
        if (!hub->bootstrap && !hub->busy && hub->standing != LBM_HUB_LIVE &&
            hub->statement == NULL) {
            forget(hubs, i);
        }
    }
}

/* Made when it is not known. NULL: there are too many, or no memory. */
static struct lbm_hub *hub_of(struct lbm_hubs *hubs, const char *cluster_id, int64_t now) {
    struct lbm_hub *hub = lbm_hubs_find(hubs, cluster_id);
    if (hub != NULL) {
        return hub;
    }
    if (hubs->count == LBM_HUBS_MAX || strlen(cluster_id) > LBM_CLUSTER_ID_MAX) {
        return NULL;
    }
    if (!sj_array_room(&hubs->all, &hubs->room, hubs->count + 1, sizeof(struct lbm_hub *)) ||
        (hub = calloc(1, sizeof *hub)) == NULL) {
        return NULL;
    }
    hubs->all[hubs->count++] = hub;
    (void)snprintf(hub->cluster_id, sizeof hub->cluster_id, "%s", cluster_id);
    hub->heard_ms = hub->mentioned_ms = hub->next_ms = now;
    return hub;
}

void lbm_hubs_open(struct lbm_hubs *hubs, struct lbm_network *network, uint64_t wall_ms,
                   uint16_t chance) {
    const uint64_t life = wall_ms << CHANCE_BITS | chance;
    *hubs =
        (struct lbm_hubs){.network = network, .epoch = life, .incarnation = life > 0 ? life : 1};
}

void lbm_hubs_close(struct lbm_hubs *hubs) {
    while (hubs->count > 0) {
        forget(hubs, hubs->count - 1);
    }
    free(hubs->all);
    lbm_statement_free(hubs->own);
    memset(hubs, 0, sizeof *hubs);
}

bool lbm_hubs_is_told(const struct lbm_hubs *hubs) {
    return hubs->own != NULL && hubs->own->locations_count <= LBM_STATED_LOCATIONS_MAX &&
           hubs->own->links_count <= LBM_STATED_LINKS_MAX;
}

void lbm_hubs_state(struct lbm_hubs *hubs, struct lbm_statement *statement) {
    lbm_statement_free(hubs->own);
    hubs->own = statement;
    hubs->topology++;
    hubs->topologies++;
}

void lbm_hubs_configure(struct lbm_hubs *hubs, const struct lbm_hub_settings *settings,
                        int64_t now) {
    if (strcmp(hubs->manager, settings->manager) != 0) {
        (void)snprintf(hubs->manager, sizeof hubs->manager, "%s", settings->manager);
        hubs->topology++;
        hubs->topologies++;
    }
    (void)snprintf(hubs->cluster_id, sizeof hubs->cluster_id, "%s", settings->cluster_id);
    hubs->lease_ms = settings->lease_ms;
    hubs->keep_ms = settings->keep_ms;
    hubs->leaving = hubs->leaving || (hubs->hub && !settings->hub);
    hubs->hub = settings->hub;
    for (size_t i = 0; i < hubs->count; i++) {
        struct lbm_hub *hub = hubs->all[i];
        hub->bootstrap = false;
        if (hubs->leaving && !hubs->hub) {
            give_back(hubs, hub);
            forget_topology(hubs, hub);
            hub->next_ms = now;
        }
    }
    if (hubs->hub) {
        hubs->leaving = false;
    }
    for (size_t i = 0; settings->hub && i < settings->bootstraps_count; i++) {
        make_room(hubs);
        struct lbm_hub *hub = strcmp(settings->bootstraps[i], settings->cluster_id) == 0
                                  ? NULL
                                  : hub_of(hubs, settings->bootstraps[i], now);
        if (hub != NULL) {
            hub->bootstrap = true;
            hub->next_ms = hub->standing == LBM_HUB_LIVE ? hub->next_ms : now;
        }
    }
}

bool lbm_hubs_remember(struct lbm_hubs *hubs, const char *cluster_id, int64_t age_ms, int64_t now,
                       struct lbm_statement *statement, const char *manager) {
    struct lbm_hub *hub = hub_of(hubs, cluster_id, now);
    if (hub == NULL || hub->statement != NULL) {
        lbm_statement_free(statement);
        return hub != NULL;
    }
    hub->statement = statement;
    hub->standing = LBM_HUB_SILENT;
    hub->heard_ms = now - age_ms;
    (void)snprintf(hub->manager, sizeof hub->manager, "%s", manager);
    hubs->topologies++;
    return true;
}

void lbm_hubs_tick(struct lbm_hubs *hubs, int64_t now) {
    bool busy = false;
    for (size_t i = hubs->count; i-- > 0;) {
        struct lbm_hub *hub = hubs->all[i];
        busy = busy || hub->busy;
        if (hub->standing == LBM_HUB_LIVE && now - hub->heard_ms >= hub->lease_ms) {
            hub->standing = LBM_HUB_SILENT;
            give_back(hubs, hub);
        }
        const int64_t quiet = now - hub->heard_ms;
        if (hub->standing != LBM_HUB_LIVE && quiet >= hubs->keep_ms) {
            forget_topology(hubs, hub);
        }
        if (!hub->bootstrap && !hub->busy && hub->standing != LBM_HUB_LIVE &&
            quiet >= hubs->keep_ms && now - hub->mentioned_ms >= hubs->keep_ms) {
            forget(hubs, i);
        }
    }
    if (hubs->leaving && !busy) {
        bool owed = false;
        for (size_t i = 0; i < hubs->count; i++) {
            owed = owed || (hubs->all[i]->standing == LBM_HUB_LIVE && hubs->all[i]->failures == 0);
        }
        if (!owed) {
            while (hubs->count > 0) {
                forget(hubs, hubs->count - 1);
            }
            hubs->leaving = false;
        }
    }
}

/* Both sides see the same, but for what is on the way: a call between them is counted by one. */
static bool counts_together(const struct lbm_hubs *hubs, const struct lbm_hub *hub) {
    return hubs->hub && hub->standing == LBM_HUB_LIVE && hub->statement != NULL &&
           hub->statement->locations_count > 0 && lbm_hubs_is_told(hubs) &&
           hubs->own->locations_count > 0 && hub->there.incarnation == hubs->incarnation &&
           hub->there.topology > 0;
}

void lbm_hubs_share(struct lbm_hubs *hubs) {
    for (size_t i = 0; i < hubs->count; i++) {
        struct lbm_hub *hub = hubs->all[i];
        if (hub->shares != counts_together(hubs, hub)) {
            hub->shares = !hub->shares;
            lbm_share(hubs->network, hub->cluster_id, hub->shares);
        }
    }
}

/* Whether this cluster has something to say that it has not said to the other yet. */
static bool has_news(const struct lbm_hubs *hubs, const struct lbm_hub *hub) {
    const struct lbm_versions *said = &hub->said;
    return said->incarnation != hubs->incarnation || said->topology != hubs->topology ||
           said->usage < hubs->network->taken || said->usage < hubs->network->floor;
}

/* Whether the other does not have all that was said to it. */
static bool is_owed(const struct lbm_hub *hub) {
    return hub->there.incarnation != hub->said.incarnation ||
           hub->there.topology != hub->said.topology || hub->there.usage < hub->said.usage;
}

struct lbm_hub *lbm_hubs_due(struct lbm_hubs *hubs, int64_t now) {
    for (size_t i = 0; i < hubs->count; i++) {
        struct lbm_hub *hub = hubs->all[i];
        const bool soon = hub->standing == LBM_HUB_LIVE && hub->failures == 0 &&
                          has_news(hubs, hub) && now - hub->started_ms >= LBM_GATHER_MS;
        const bool wanted = hubs->hub ? hub->standing != LBM_HUB_LEFT || hub->bootstrap
                                      : hubs->leaving && hub->standing == LBM_HUB_LIVE;
        if (wanted && !hub->busy && (soon || now >= hub->next_ms)) {
            return hub;
        }
    }
    return NULL;
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

static bool has_topology(const struct lbm_hubs *hubs, const struct lbm_versions *there) {
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
    if (!has_topology(hubs, there)) {
        lbm_wire_topology(out, hubs->topology,
                          lbm_hubs_is_told(hubs) ? hubs->own : &nothing_stated);
    }
    return !write_usage(hubs, there, out);
}

static void write_message(struct lbm_hubs *hubs, struct lbm_hub *hub, enum lbm_message_type type,
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
        struct lbm_hub *hub =
            strcmp(cluster_id, hubs->cluster_id) == 0 ? NULL : hub_of(hubs, cluster_id, now);
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
        give_back(hubs, hub);
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
    const bool first = hub->here.incarnation == 0;
    give_back(hubs, hub);
    hub->here = (struct lbm_versions){.incarnation = incarnation};
    hub->beat = 0;
    if (first || strcmp(hub->addresses[0], address) != 0) {
        memcpy(hub->addresses[1], hub->addresses[0], sizeof hub->addresses[1]);
        (void)snprintf(hub->addresses[0], sizeof hub->addresses[0], "%s", address);
        if (!first) {
            note_life(&hub->dispute, now);
        }
    }
}

/* What a message of that cluster brings that is newer. NULL, or why nothing of it can be used. */
static const char *take(struct lbm_hubs *hubs, struct lbm_hub *hub, struct lbm_message *message,
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
        give_back(hubs, hub);
        forget_topology(hubs, hub);
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

/* ---- exchanges ---- */

void lbm_hubs_begin(struct lbm_hubs *hubs, struct lbm_hub *hub, int64_t now) {
    hub->busy = true;
    hub->rounds = 0;
    hub->started_ms = now;
    hubs->exchanges++;
}

void lbm_hubs_request(struct lbm_hubs *hubs, struct lbm_hub *hub, sj_text *out) {
    hub->rounds++;
    const struct lbm_versions there = hub->there;
    write_message(hubs, hub, LBM_REQUEST, &there, out);
}

enum lbm_progress lbm_hubs_reply(struct lbm_hubs *hubs, struct lbm_hub *hub, int64_t now,
                                 const char *bytes, size_t length, sj_error *error) {
    struct lbm_message message;
    const struct lbm_versions before = hub->here, there = hub->there;
    if (lbm_wire_read(bytes, length, LBM_REPLY, &message, error) != SJ_OK) {
        return LBM_FAILED;
    }
    if (!hubs->hub) {
        return LBM_DONE;
    }
    const char *fault = take(hubs, hub, &message, "", now);
    if (fault != NULL || message.refusal[0] != '\0') {
        (void)sj_error_set(error, SJ_E_DENIED, "%s", fault != NULL ? fault : message.refusal);
        return LBM_FAILED;
    }
    const bool goes_on = memcmp(&before, &hub->here, sizeof before) != 0 ||
                         memcmp(&there, &hub->there, sizeof there) != 0;
    return hubs->hub && hub->standing == LBM_HUB_LIVE && goes_on && hub->rounds < ROUNDS_MOST &&
                   (message.sender.more || is_owed(hub))
               ? LBM_AGAIN
               : LBM_DONE;
}

void lbm_hubs_end(struct lbm_hubs *hubs, struct lbm_hub *hub, const char *reason, int64_t now) {
    const int64_t interval = hubs->lease_ms / LBM_INTERVALS_LEASE;
    hub->busy = false;
    if (reason == NULL) {
        hub->failures = 0;
        hub->reason[0] = '\0';
        hub->answered = true;
        hub->next_ms = now + interval;
        if (!hubs->hub && hub->said_leave) {
            hub->standing = LBM_HUB_LEFT; /* it knows that this one has */
        } else if (!hubs->hub) {
            hub->next_ms = now;
        }
        return;
    }
    static const int64_t shares[] = {16, 8, 4, 2};
    const size_t last = sizeof shares / sizeof shares[0] - 1;
    const int64_t delay = interval / shares[hub->failures < last ? hub->failures : last];
    hub->failures++;
    hubs->failed++;
    hub->next_ms = now + (delay < RETRY_LEAST_MS ? RETRY_LEAST_MS : delay);
    (void)snprintf(hub->reason, sizeof hub->reason, "%s", reason);
}

int lbm_hubs_answer(struct lbm_hubs *hubs, const char *cluster_id, const char *address, int64_t now,
                    const char *bytes, size_t length, sj_text *out, sj_error *error) {
    struct lbm_message message;
    const int status = lbm_wire_read(bytes, length, LBM_REQUEST, &message, error);
    const char *refusal = NULL;
    struct lbm_hub *hub = NULL;
    if (status != SJ_OK) {
        return status;
    }
    if (!hubs->hub) {
        refusal = "this cluster's Location Bandwidth Manager is no hub: it is in no hub group";
    } else {
        make_room(hubs);
        hub = hub_of(hubs, cluster_id, now);
        refusal = hub == NULL ? "there are too many hubs, or no memory for one more" : NULL;
    }
    const struct lbm_versions there = message.sender.has;
    if (hub != NULL) {
        refusal = take(hubs, hub, &message, address, now);
    }
    if (refusal != NULL) {
        const struct lbm_sender sender = {
            .here = {.incarnation = hubs->incarnation}, .beat = ++hubs->beat, .leaves = !hubs->hub};
        hubs->refused++;
        lbm_wire_begin(out, LBM_REPLY, &sender);
        lbm_wire_refusal(out, refusal);
    } else {
        write_message(hubs, hub, LBM_REPLY, &there, out);
        if (!has_topology(hubs, &there) && hub->next_ms > now + LBM_GATHER_MS) {
            hub->next_ms = now + LBM_GATHER_MS; /* to learn that it has it now */
        }
    }
    return out->failed ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the answer") : SJ_OK;
}

/* ---- the topology of all ---- */

struct lbm_graph *lbm_hubs_overlay(const struct lbm_hubs *hubs, struct lbm_conflicts *conflicts) {
    struct lbm_part *parts = calloc(hubs->count + 1, sizeof *parts);
    size_t count = 1;
    lbm_conflicts_clear(conflicts);
    if (parts == NULL) {
        return NULL;
    }
    parts[0] = (struct lbm_part){hubs->cluster_id, hubs->own != NULL ? hubs->own : &nothing_stated,
                                 hubs->manager};
    for (size_t i = 0; i < hubs->count; i++) {
        const struct lbm_hub *hub = hubs->all[i];
        if (hub->statement != NULL) {
            parts[count++] = (struct lbm_part){hub->cluster_id, hub->statement, hub->manager};
        }
    }
    struct lbm_graph *graph = lbm_overlay(parts, count, hubs->manager, conflicts);
    free(parts);
    return graph;
}
