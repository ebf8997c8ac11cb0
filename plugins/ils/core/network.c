/* Owners, roles, beats, neighbours. */
#include "core/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>
#include <sojourn/base/hex.h>

/* A clock that has lost its time begins at 1970 and must still believe the others. */
#define COUNT_AHEAD_S (INT64_C(100) * 366 * 86400)

enum { SWEEP = 20000, SOON_MS = 1000, FAREWELL_ATTEMPTS = 3 };

void ils_peer_text(const struct ils_peer_id *peer, char text[ILS_PEER_TEXT]) {
    sj_hex_write(peer->bytes, sizeof peer->bytes, text);
}

bool ils_peer_parse(const char *text, struct ils_peer_id *peer) {
    const size_t digits = 2 * sizeof peer->bytes;
    return strspn(text, SJ_HEX_SMALL) == digits && text[digits] == '\0' &&
           sj_hex_read(text, peer->bytes, sizeof peer->bytes);
}

int ils_precedence(const struct ils_catalog *a, const struct ils_catalog *b) {
    const struct ils_owner *first = a->owner, *second = b->owner;
    const int by_name = strcmp(first->cluster_id, second->cluster_id);
    return by_name != 0 ? by_name : memcmp(&first->peer, &second->peer, sizeof first->peer);
}

/* ---- owners ---- */

/* Others tell one copy from the next by it, also across a restart. */
static uint64_t next_copy(struct ils *ils) {
    const uint64_t which[] = {ils->epoch, (uint64_t)ils->started_ms, ++ils->copies};
    return sj_hash_bytes(which, sizeof which) | 1;
}

struct ils_owner *ils_find(const struct ils *ils, const struct ils_peer_id *peer) {
    for (size_t i = 0; i < ils->owners_count; i++) {
        if (ils_peer_equal(&ils->owners[i]->peer, peer)) {
            return ils->owners[i];
        }
    }
    return NULL;
}

struct ils_owner *ils_find_cluster(const struct ils *ils, const char *cluster_id) {
    for (size_t i = 0; i < ils->owners_count; i++) {
        if (ils->owners[i]->standing == ILS_LIVE &&
            strcmp(ils->owners[i]->cluster_id, cluster_id) == 0) {
            return ils->owners[i];
        }
    }
    return NULL;
}

static struct ils_owner *owner_add(struct ils *ils, const struct ils_peer_id *peer, bool own,
                                   int64_t now) {
    if (ils->owners_count == ILS_OWNERS_MAX) {
        return NULL;
    }
    if (!sj_array_room(&ils->owners, &ils->owners_room, ils->owners_count + 1, sizeof(void *))) {
        return NULL;
    }
    struct ils_owner *owner = calloc(1, sizeof *owner);
    struct ils_catalog *catalog = owner == NULL ? NULL : ils_catalog_new(owner, own);
    if (catalog == NULL) {
        free(owner);
        return NULL;
    }
    owner->peer = *peer;
    owner->catalog = catalog;
    owner->copy = next_copy(ils);
    owner->heard_ms = now;
    owner->changed_ms = now;
    ils->owners[ils->owners_count++] = owner;
    return owner;
}

struct ils_owner *ils_owner_of(struct ils *ils, const struct ils_peer_id *peer, int64_t now) {
    struct ils_owner *owner = ils_find(ils, peer);
    return owner != NULL ? owner : owner_add(ils, peer, false, now);
}

bool ils_owner_empty(struct ils *ils, struct ils_owner *owner) {
    struct ils_catalog *fresh = ils_catalog_new(owner, owner->catalog->own);
    if (fresh == NULL) {
        return false;
    }
    ils_catalog_drop(&ils->table, owner->catalog);
    owner->catalog = fresh;
    owner->copy = next_copy(ils);
    owner->target = 0;
    owner->holed = owner->holed_there = owner->refetch = owner->outrun = false;
    return true;
}

bool ils_owner_describe(struct ils_owner *owner, const char *detail, size_t length) {
    char *copy = malloc(length + 1);
    if (copy == NULL) {
        return false;
    }
    if (length > 0) {
        memcpy(copy, detail, length);
    }
    copy[length] = '\0';
    free(owner->detail);
    owner->detail = copy;
    owner->detail_length = length;
    return true;
}

bool ils_owner_is_complete(const struct ils_owner *owner) {
    return owner->catalog->own || owner->catalog->version >= owner->target;
}

enum ils_gap ils_gap_of(const struct ils_owner *owner) {
    if (owner->standing != ILS_LIVE || owner->catalog->own || owner->claimed[0] != '\0') {
        return ILS_GAP_NONE;
    }
    if (owner->holed && !owner->outrun) {
        return owner->holed_there ? ILS_GAP_NO_ROOM_THERE : ILS_GAP_NO_ROOM;
    }
    return owner->info_version == 0 || owner->outrun || !ils_owner_is_complete(owner)
               ? ILS_GAP_ON_THE_WAY
               : ILS_GAP_NONE;
}

size_t ils_gaps(const struct ils *ils, enum ils_gap gap) {
    size_t count = 0;
    for (size_t i = 1; i < ils->owners_count; i++) {
        count += ils_gap_of(ils->owners[i]) == gap;
    }
    return count;
}

static void owner_free(struct ils *ils, size_t index) {
    struct ils_owner *owner = ils->owners[index];
    ils_catalog_drop(&ils->table, owner->catalog);
    free(owner->detail);
    free(owner);
    memmove(&ils->owners[index], &ils->owners[index + 1],
            (ils->owners_count - index - 1) * sizeof(struct ils_owner *));
    ils->owners_count--;
}

int64_t ils_silence_of(const struct ils *ils, const struct ils_owner *owner) {
    const uint32_t interval = owner->interval_ms > 0 ? owner->interval_ms : ils->interval_ms;
    return (int64_t)interval * ILS_SILENT_INTERVALS;
}

static void expire(struct ils *ils, int64_t now) {
    for (size_t i = ils->owners_count; i-- > 1;) {
        struct ils_owner *owner = ils->owners[i];
        const int64_t silence = ils_silence_of(ils, owner), age = now - owner->heard_ms;
        if (owner->standing == ILS_LIVE && age > silence && ils_owner_empty(ils, owner)) {
            owner->standing = ILS_SILENT;
            owner->incarnation = owner->info_version = 0;
        } else if (owner->standing != ILS_LIVE && age > silence * ILS_FORGET_FACTOR) {
            owner_free(ils, i);
        }
    }
}

static void forget_all(struct ils *ils) {
    while (ils->owners_count > 1) {
        owner_free(ils, ils->owners_count - 1);
    }
    while (ils->neighbors_count > 0) {
        free(ils->neighbors[--ils->neighbors_count]);
    }
    ils->leaving = false;
}

struct ils *ils_new(const struct ils_peer_id *self, const char *cluster_id, uint64_t epoch,
                    int64_t now) {
    struct ils *ils = calloc(1, sizeof *ils);
    if (ils == NULL) {
        return NULL;
    }
    ils->interval_ms = 600000;
    ils->table.most_learned = 100000;
    ils->self = owner_add(ils, self, true, now);
    if (ils->self == NULL) {
        free(ils->owners);
        free(ils);
        return NULL;
    }
    ils->epoch = epoch;
    ils->started_ms = now;
    ils->self->incarnation = epoch;
    ils->self->beat = epoch;
    (void)snprintf(ils->self->cluster_id, sizeof ils->self->cluster_id, "%s", cluster_id);
    return ils;
}

uint64_t ils_count_end(const struct ils *ils, int64_t now) {
    return ils->epoch + (uint64_t)(COUNT_AHEAD_S + (now - ils->started_ms) / 1000);
}

void ils_free(struct ils *ils) {
    if (ils == NULL) {
        return;
    }
    forget_all(ils);
    owner_free(ils, 0);
    ils_table_clear(&ils->table);
    free(ils->owners);
    free(ils->neighbors);
    free(ils);
}

/* ---- this cluster ---- */

static void touch_self(struct ils *ils) {
    ils->self->touched = ++ils->changes;
}

/* The one that was is a hub like the others, to whom a farewell goes, and not what is named now. */
static void release_registrar(struct ils *ils) {
    for (size_t i = 0; i < ils->neighbors_count; i++) {
        ils->neighbors[i]->registrar = false;
    }
}

bool ils_yields(const struct ils *ils, int64_t now) {
    return ils_dispute_is(&ils->dispute, ILS_DISPUTE_YIELDS, now);
}

void ils_resume(struct ils *ils) {
    ils->dispute.times = 0;
    touch_self(ils);
}

void ils_configure(struct ils *ils, const struct ils_settings *settings, int64_t now) {
    struct ils_owner *self = ils->self;
    static const struct ils_peer_id nobody = {{0}};
    const bool joins = ils->role == ILS_STANDALONE && settings->role != ILS_STANDALONE;
    if (ils->role != ILS_STANDALONE && settings->role == ILS_STANDALONE) {
        ils->leaving = true;
        self->beat++;
    } else if (joins) {
        ils->leaving = false;
        self->beat++;
    }
    if (ils->role != settings->role) {
        ils->dispute.times = 0;
    }
    if (ils->role != settings->role || ils->registrar != settings->registrar ||
        settings->registrar_changed) {
        ils->follows = nobody;
    }
    if (settings->registrar_changed) {
        release_registrar(ils);
    }
    /* The others go by the new interval at once: the last beat may be long ago by that. */
    const bool shorter = settings->interval_ms < ils->interval_ms;
    if (shorter) {
        self->beat += ils_yields(ils, now) ? 0 : 1;
    }
    const size_t length = strlen(settings->detail);
    const bool same = self->role == settings->role && self->interval_ms == settings->interval_ms &&
                      strcmp(self->cluster_id, settings->cluster_id) == 0 &&
                      strcmp(self->route, settings->route) == 0 && self->detail_length == length &&
                      (length == 0 || memcmp(self->detail, settings->detail, length) == 0);
    ils->role = settings->role;
    ils->hubs = settings->hubs;
    ils->hubs_count = settings->hubs_count;
    ils->registrar = settings->registrar;
    ils->interval_ms = settings->interval_ms;
    ils->table.most_learned = settings->most_learned;
    if (!same && ils_owner_describe(self, settings->detail, length)) {
        self->role = settings->role;
        self->interval_ms = settings->interval_ms;
        (void)snprintf(self->cluster_id, sizeof self->cluster_id, "%s", settings->cluster_id);
        (void)snprintf(self->route, sizeof self->route, "%s", settings->route);
        self->info_version++;
        touch_self(ils);
    }
    if (joins || shorter || ils->next_beat_ms == 0) {
        ils->next_beat_ms = now + ils->interval_ms;
    }
    ils_hurry(ils, now);
}

int ils_publish(struct ils *ils, const struct ils_fact *fact) {
    struct ils_catalog *catalog = ils->self->catalog;
    const struct ils_object *present =
        ils_catalog_find(&ils->table, catalog, fact->kind, fact->key);
    if (present != NULL && !present->removed && present->failover == fact->failover &&
        present->strip == fact->strip && strcmp(ils_object_number(present), fact->number) == 0 &&
        strcmp(ils_object_route(present), fact->route) == 0) {
        return SJ_OK;
    }
    const int status = ils_catalog_apply(&ils->table, catalog, fact, catalog->version + 1, false);
    if (status == SJ_OK) {
        touch_self(ils);
    }
    return status;
}

int ils_withdraw(struct ils *ils, enum ils_kind kind, const char *key) {
    struct ils_catalog *catalog = ils->self->catalog;
    const struct ils_object *present = ils_catalog_find(&ils->table, catalog, kind, key);
    if (present == NULL || present->removed) {
        return SJ_E_NOT_FOUND;
    }
    const struct ils_fact gone = {.kind = kind, .key = key, .number = "", .route = ""};
    const int status = ils_catalog_apply(&ils->table, catalog, &gone, catalog->version + 1, true);
    if (status == SJ_OK) {
        ils_catalog_prune(&ils->table, catalog);
        touch_self(ils);
    }
    return status;
}

/* ---- neighbours ---- */

bool ils_accepts_hub(const struct ils *ils, const char *cluster_id) {
    bool accepts = ils->hubs_count == 0;
    for (size_t i = 0; i < ils->hubs_count && !accepts; i++) {
        accepts = strcmp(ils->hubs[i], cluster_id) == 0;
    }
    return accepts;
}

static struct ils_neighbor *neighbor_add(struct ils *ils, int64_t now) {
    struct ils_neighbor *fresh = sj_array_room(&ils->neighbors, &ils->neighbors_room,
                                               ils->neighbors_count + 1, sizeof(void *))
                                     ? calloc(1, sizeof *fresh)
                                     : NULL;
    if (fresh != NULL) {
        *fresh = (struct ils_neighbor){.next_ms = now, .answered_ms = -1};
        ils->neighbors[ils->neighbors_count++] = fresh;
    }
    return fresh;
}

static void want_neighbor(struct ils *ils, const struct ils_peer_id *peer, int64_t now) {
    struct ils_neighbor *found = NULL;
    for (size_t i = 0; i < ils->neighbors_count; i++) {
        struct ils_neighbor *one = ils->neighbors[i];
        if (ils_peer_equal(&one->peer, peer) && (found == NULL || !one->stale)) {
            found = one; /* the registration server is not asked twice */
        }
    }
    if (found == NULL && (found = neighbor_add(ils, now)) != NULL) {
        found->peer = *peer;
    }
    if (found != NULL) {
        found->stale = false;
    }
}

static void want_registrar(struct ils *ils, int64_t now) {
    for (size_t i = 0; i < ils->neighbors_count; i++) {
        if (ils->neighbors[i]->registrar) {
            ils->neighbors[i]->stale = false;
            return;
        }
    }
    struct ils_neighbor *neighbor = neighbor_add(ils, now);
    if (neighbor != NULL) {
        neighbor->registrar = true;
        neighbor->stale = false;
    }
}

/* Hubs: the registration server and all hubs that are known. Spokes: the one hub. Those with whom
 * an exchange is under way stay until it is over. */
static void choose_neighbors(struct ils *ils, int64_t now) {
    for (size_t i = 0; i < ils->neighbors_count; i++) {
        ils->neighbors[i]->stale = true;
    }
    if (ils->registrar && !(ils->role == ILS_SPOKE && ils_peer_known(&ils->follows))) {
        want_registrar(ils, now);
    }
    if (ils->role == ILS_SPOKE && ils_peer_known(&ils->follows)) {
        want_neighbor(ils, &ils->follows, now);
    }
    for (size_t i = 1; ils->role == ILS_HUB && i < ils->owners_count; i++) {
        if (ils->owners[i]->standing == ILS_LIVE && ils->owners[i]->role == ILS_HUB &&
            ils_accepts_hub(ils, ils->owners[i]->cluster_id)) {
            want_neighbor(ils, &ils->owners[i]->peer, now);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < ils->neighbors_count; i++) {
        if (!ils->neighbors[i]->stale || ils->neighbors[i]->busy) {
            ils->neighbors[kept++] = ils->neighbors[i];
        } else {
            free(ils->neighbors[i]);
        }
    }
    ils->neighbors_count = kept;
}

static int64_t due_at(const struct ils *ils, const struct ils_neighbor *neighbor) {
    const int64_t soon = neighbor->started_ms + SOON_MS;
    return neighbor->failures == 0 && neighbor->answered_ms >= 0 && neighbor->seen < ils->changes &&
                   soon < neighbor->next_ms
               ? soon
               : neighbor->next_ms;
}

struct ils_neighbor *ils_due(struct ils *ils, int64_t now) {
    if (ils->role == ILS_STANDALONE && !ils->leaving) {
        return NULL;
    }
    for (size_t i = 0; i < ils->neighbors_count; i++) {
        struct ils_neighbor *neighbor = ils->neighbors[i];
        if (!neighbor->busy && due_at(ils, neighbor) <= now) {
            return neighbor;
        }
    }
    return NULL;
}

void ils_hurry(struct ils *ils, int64_t now) {
    for (size_t i = 0; i < ils->neighbors_count; i++) {
        ils->neighbors[i]->next_ms = now;
        ils->neighbors[i]->failures = 0;
    }
}

/* All who were to hear of it have been told, or cannot be, as whoever is not trusted any more:
 * silence tells them. */
static bool farewell_is_over(const struct ils *ils) {
    bool over = true;
    for (size_t i = 0; i < ils->neighbors_count; i++) {
        const struct ils_neighbor *neighbor = ils->neighbors[i];
        const struct ils_owner *owner = ils_find(ils, &neighbor->peer);
        const bool told = neighbor->seen >= ils->self->touched;
        const bool hears =
            neighbor->failures < FAREWELL_ATTEMPTS && (owner == NULL || !owner->withdrawn);
        over = over && !neighbor->busy && (told || !hears);
    }
    return over;
}

void ils_tick(struct ils *ils, int64_t now) {
    (void)ils_table_sweep(&ils->table, SWEEP);
    if (ils->role == ILS_STANDALONE) {
        if (ils->leaving && farewell_is_over(ils)) {
            forget_all(ils);
        }
        return;
    }
    if (now >= ils->next_beat_ms) {
        ils->self->beat += ils_yields(ils, now) ? 0 : 1;
        ils->next_beat_ms = now + ils->interval_ms;
    }
    expire(ils, now);
    choose_neighbors(ils, now);
}
