/* Calls and leases. A change is looked at as a whole before anything is taken. */
#include "reservations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

enum { NOW = 1, NEXT = 2 }; /* a place is on the path that the call has, on the one proposed */

struct hold {
    struct lbm_place *place;
    unsigned sides;
};

enum { END = 51 };

/* The ends of a call between clusters: which of these count together may change while it stands. */
struct crossing {
    sj_list_link link;
    struct reservation *call;
    char from[END], to[END], from_cluster[LBM_SHARER_NAME], to_cluster[LBM_SHARER_NAME];
    bool stale; /* to be charged anew when the change that is proposed is settled */
};

struct reservation {
    sj_map_link by_call;
    sj_list_link of_owner;
    struct lbm_owner *owner;
    int64_t now[LBM_CLASSES], next[LBM_CLASSES]; /* next: while a change is proposed */
    bool proposed, emergency;
    bool moves;                /* with the change that is proposed */
    struct crossing *crossing; /* NULL: both ends are this cluster's */
    size_t holds_count;
    struct hold *holds; /* in the order of the path */
    char call_id[];
};

/* ---- owners ---- */

static struct lbm_owner *find_owner(const struct lbm_network *network, const char *name) {
    SJ_MAP_EACH_OF(owner, &network->owners, sj_hash_keyed_text(name), struct lbm_owner, by_name) {
        if (strcmp(owner->name, name) == 0) {
            return owner;
        }
    }
    return NULL;
}

static void drop(struct lbm_network *network, struct reservation *one);

static void drop_all(struct lbm_network *network, struct lbm_owner *owner) {
    SJ_LIST_EACH(one, &owner->reservations, struct reservation, of_owner) {
        drop(network, one);
    }
}

struct lbm_owner *lbm_renew(struct lbm_network *network, const struct lbm_asker *asker) {
    struct lbm_owner *owner = find_owner(network, asker->name);
    if (owner == NULL) {
        owner = calloc(1, sizeof *owner + strlen(asker->name) + 1);
        if (owner == NULL) {
            return NULL;
        }
        memcpy(owner->name, asker->name, strlen(asker->name) + 1);
        owner->instance = strdup(asker->instance);
        if (owner->instance == NULL ||
            !sj_heap_set(&network->leases, &owner->expiry, asker->now_ms + asker->lease_ms)) {
            free(owner->instance);
            free(owner);
            return NULL;
        }
        sj_map_add(&network->owners, &owner->by_name, sj_hash_keyed_text(owner->name));
    }
    if (strcmp(owner->instance, asker->instance) != 0) {
        char *instance = strdup(asker->instance);
        if (instance == NULL) {
            return NULL;
        }
        network->expired += owner->count;
        drop_all(network, owner);
        free(owner->instance);
        owner->instance = instance;
    }
    /* What was promised before is kept: a shorter lease is known to the asker from its answer on.
     */
    if (asker->now_ms + asker->lease_ms > owner->expiry.key) {
        (void)sj_heap_set(&network->leases, &owner->expiry, asker->now_ms + asker->lease_ms);
    }
    return owner;
}

static void free_owner(struct lbm_network *network, struct lbm_owner *owner) {
    drop_all(network, owner);
    sj_heap_remove(&network->leases, &owner->expiry);
    (void)sj_map_remove(&network->owners, &owner->by_name);
    free(owner->instance);
    free(owner);
}

bool lbm_expire(struct lbm_network *network, int64_t now_ms, char name[LBM_OWNER_NAME],
                size_t *calls) {
    sj_heap_link *first = sj_heap_first(&network->leases);
    if (first == NULL || first->key > now_ms) {
        return false;
    }
    struct lbm_owner *owner = SJ_OWNER(first, struct lbm_owner, expiry);
    (void)snprintf(name, LBM_OWNER_NAME, "%s", owner->name);
    *calls = owner->count;
    network->expired += owner->count;
    free_owner(network, owner);
    return true;
}

/* ---- calls between clusters ---- */

static void forget_crossing(struct reservation *one) {
    if (one->crossing != NULL) {
        sj_list_remove(&one->crossing->link);
        free(one->crossing);
        one->crossing = NULL;
    }
}

/* False: out of memory. */
static bool remember_crossing(struct lbm_network *network, struct reservation *one,
                              const struct lbm_demand *demand) {
    struct crossing *crossing = calloc(1, sizeof *crossing);
    if (crossing == NULL) {
        return false;
    }
    crossing->call = one;
    (void)snprintf(crossing->from, sizeof crossing->from, "%s", demand->from);
    (void)snprintf(crossing->to, sizeof crossing->to, "%s", demand->to);
    (void)snprintf(crossing->from_cluster, sizeof crossing->from_cluster, "%s",
                   sj_or_empty(demand->from_cluster));
    (void)snprintf(crossing->to_cluster, sizeof crossing->to_cluster, "%s",
                   sj_or_empty(demand->to_cluster));
    sj_list_add_last(&network->crossings, &crossing->link);
    one->crossing = crossing;
    return true;
}

/* ---- calls ---- */

static uint64_t call_hash(const struct lbm_owner *owner, const char *call_id) {
    return sj_hash_with(sj_hash_keyed_text(call_id), (uint64_t)(uintptr_t)owner);
}

static struct reservation *find_call(const struct lbm_network *network,
                                     const struct lbm_owner *owner, const char *call_id) {
    SJ_MAP_EACH_OF(one, &network->calls, call_hash(owner, call_id), struct reservation, by_call) {
        if (one->owner == owner && strcmp(one->call_id, call_id) == 0) {
            return one;
        }
    }
    return NULL;
}

/* What a call has of a place, with a change that may be proposed. */
static int64_t held(const struct reservation *one, unsigned sides, int class) {
    const int64_t now = (sides & NOW) != 0 ? one->now[class] : 0;
    const int64_t next = (sides & NEXT) != 0 ? one->next[class] : 0;
    return now > next ? now : next;
}

static void drop(struct lbm_network *network, struct reservation *one) {
    for (size_t i = 0; i < one->holds_count; i++) {
        for (int class = 0; class < LBM_CLASSES; class ++) {
            lbm_place_take(network, one->holds[i].place, class,
                           -held(one, one->holds[i].sides, class));
        }
        lbm_place_release(network, one->holds[i].place);
    }
    sj_list_remove(&one->of_owner);
    one->owner->count--;
    network->calls_count--;
    network->changes++;
    (void)sj_map_remove(&network->calls, &one->by_call);
    forget_crossing(one);
    free(one->holds);
    free(one);
}

static void charge_anew(struct lbm_network *network, struct reservation *one);

/* The proposal ends: one of the two sides is what the call has from now on. */
static void settle(struct lbm_network *network, struct reservation *one, unsigned side) {
    int64_t kept[LBM_CLASSES];
    size_t count = 0;
    memcpy(kept, side == NOW ? one->now : one->next, sizeof kept);
    for (size_t i = 0; i < one->holds_count; i++) {
        struct hold *hold = &one->holds[i];
        const bool stays = (hold->sides & side) != 0;
        for (int class = 0; class < LBM_CLASSES; class ++) {
            lbm_place_take(network, hold->place, class,
                           (stays ? kept[class] : 0) - held(one, hold->sides, class));
        }
        if (stays) {
            one->holds[count++] = (struct hold){hold->place, NOW};
        } else {
            lbm_place_release(network, hold->place);
        }
    }
    one->holds_count = count;
    one->proposed = false;
    memcpy(one->now, kept, sizeof one->now);
    memset(one->next, 0, sizeof one->next);
    network->changes++;
    if (one->moves && side == NEXT) {
        forget_crossing(one);
    }
    one->moves = false;
    if (one->crossing != NULL && one->crossing->stale) {
        charge_anew(network, one);
    }
}

/* The holds that a call has with those of the path proposed: each place once. NULL: no memory. */
static struct hold *join(const struct reservation *one, struct lbm_place *const *added,
                         size_t added_count, size_t *count) {
    struct hold *all = calloc(one->holds_count + added_count + 1, sizeof *all);
    *count = one->holds_count;
    if (all == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < one->holds_count; i++) {
        all[i] = one->holds[i];
        all[i].place->mark = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < added_count; i++) {
        const struct lbm_place *place = added[i];
        if (place->mark != 0) {
            all[place->mark - 1].sides |= NEXT;
        } else {
            all[(*count)++] = (struct hold){added[i], NEXT};
        }
    }
    for (size_t i = 0; i < one->holds_count; i++) {
        one->holds[i].place->mark = 0;
    }
    return all;
}

/* Whether there is enough everywhere; says where not. */
static bool fits(const struct reservation *one, const struct hold *holds, size_t count,
                 struct lbm_answer *answer) {
    for (size_t i = 0; i < count; i++) {
        const unsigned sides = holds[i].sides;
        for (int class = 0; class < LBM_CLASSES; class ++) {
            struct lbm_pool *pool = &holds[i].place->pools[class];
            const int64_t more =
                held(one, sides, class) - held(one, sides & ~(unsigned)NEXT, class);
            if (more > 0 && pool->capacity != LBM_UNLIMITED && pool->used + more > pool->capacity) {
                answer->short_of = holds[i].place;
                answer->short_class = (enum lbm_class) class;
                answer->needed = more;
                answer->available = pool->capacity > pool->used ? pool->capacity - pool->used : 0;
                return false;
            }
        }
    }
    return true;
}

/* Whether the call may have `next` on the places: as it asks, as audio, or beyond what there is. */
static enum lbm_outcome decide(struct reservation *one, const struct hold *holds, size_t count,
                               const struct lbm_demand *demand, struct lbm_answer *answer) {
    memcpy(one->next, demand->kbps, sizeof one->next);
    if (fits(one, holds, count, answer)) {
        return LBM_ADMITTED;
    }
    if (one->emergency || demand->in_progress) {
        return LBM_OVERBOOKED;
    }
    answer->short_of->pools[answer->short_class].refused++;
    const bool pictures = demand->kbps[LBM_VIDEO] > 0 || demand->kbps[LBM_IMMERSIVE] > 0;
    if (demand->retry_as_audio && pictures) {
        struct lbm_answer again = {0};
        memset(one->next, 0, sizeof one->next);
        one->next[LBM_AUDIO] = demand->audio_kbps;
        if (fits(one, holds, count, &again)) {
            return LBM_AS_AUDIO;
        }
    }
    return LBM_REFUSED;
}

static void count_outcome(struct lbm_network *network, enum lbm_outcome outcome) {
    network->admitted += outcome == LBM_ADMITTED;
    network->as_audio += outcome == LBM_AS_AUDIO;
    network->overbooked += outcome == LBM_OVERBOOKED;
    network->refused += outcome == LBM_REFUSED || outcome == LBM_NO_PATH;
    network->changes++;
}

static bool is_granted(enum lbm_outcome outcome) {
    return outcome <= LBM_OVERBOOKED;
}

/* Takes what is proposed. `all` becomes the call's. */
static void adopt(struct lbm_network *network, struct reservation *one, struct hold *all,
                  size_t count, struct lbm_answer *answer) {
    for (size_t i = 0; i < count; i++) {
        const unsigned sides = all[i].sides;
        for (int class = 0; class < LBM_CLASSES; class ++) {
            lbm_place_take(network, all[i].place, class,
                           held(one, sides, class) - held(one, sides & ~(unsigned)NEXT, class));
        }
        all[i].place->calls += (sides & NOW) == 0;
    }
    free(one->holds);
    one->holds = all;
    one->holds_count = count;
    one->proposed = true;
    answer->nowhere = count == 0;
    if (count > 0) {
        memcpy(answer->kbps, one->next, sizeof answer->kbps);
    }
    network->changes++;
}

/* A call that stands takes from the places from which it would now. Where these cannot be found it
 * stays as it is. */
static void charge_anew(struct lbm_network *network, struct reservation *one) {
    struct crossing *crossing = one->crossing;
    const struct lbm_demand demand = {.from = crossing->from,
                                      .to = crossing->to,
                                      .from_cluster = crossing->from_cluster,
                                      .to_cluster = crossing->to_cluster};
    struct hold *all = NULL;
    struct lbm_answer answer;
    struct lbm_way way;
    size_t count = 0;
    crossing->stale = one->proposed;
    if (one->proposed) {
        return;
    }
    if (lbm_way_find(network, network->paths, &demand, &way) == LBM_ADMITTED &&
        (all = join(one, way.places, way.count, &count)) != NULL) {
        memcpy(one->next, one->now, sizeof one->next);
        adopt(network, one, all, count, &answer);
        settle(network, one, NEXT);
    }
    free(way.places);
}

void lbm_share(struct lbm_network *network, const char *cluster_id, bool shares) {
    if (lbm_shares(network, cluster_id) == shares) {
        return;
    }
    if (!shares) {
        size_t at = 0;
        while (strcmp(network->sharers[at], cluster_id) != 0) {
            at++;
        }
        memcpy(network->sharers[at], network->sharers[--network->sharers_count], LBM_SHARER_NAME);
    } else if (sj_array_room(&network->sharers, &network->sharers_room, network->sharers_count + 1,
                             sizeof *network->sharers)) {
        (void)snprintf(network->sharers[network->sharers_count++], LBM_SHARER_NAME, "%s",
                       cluster_id);
    } else {
        return; /* this cluster goes on to count its own side */
    }
    SJ_LIST_EACH(crossing, &network->crossings, struct crossing, link) {
        if (strcmp(crossing->from_cluster, cluster_id) == 0 ||
            strcmp(crossing->to_cluster, cluster_id) == 0) {
            charge_anew(network, crossing->call);
        }
    }
}

/* A change of a call, which may have nothing yet. */
static void propose(struct lbm_network *network, struct reservation *one,
                    const struct lbm_demand *demand, struct lbm_answer *answer) {
    struct lbm_way way = {0};
    struct hold *all = NULL;
    size_t count = 0;
    if (demand->from == NULL) { /* it stays on its path */
        way.places = malloc((one->holds_count + 1) * sizeof *way.places);
        for (; way.places != NULL && way.count < one->holds_count; way.count++) {
            way.places[way.count] = one->holds[way.count].place;
        }
        answer->outcome = way.places != NULL ? LBM_ADMITTED : LBM_NO_MEMORY;
    } else {
        answer->outcome = lbm_way_find(network, network->paths, demand, &way);
        answer->missing = way.missing;
    }
    if (answer->outcome == LBM_NO_PATH && (one->emergency || demand->in_progress)) {
        answer->outcome = LBM_OVERBOOKED; /* there is no link to charge */
    }
    const bool no_path = answer->outcome == LBM_OVERBOOKED;
    if (is_granted(answer->outcome)) {
        all = join(one, way.places, way.count, &count);
        answer->outcome = all == NULL ? LBM_NO_MEMORY : decide(one, all, count, demand, answer);
        answer->outcome = no_path && all != NULL ? LBM_OVERBOOKED : answer->outcome;
    }
    count_outcome(network, answer->outcome);
    if (is_granted(answer->outcome)) {
        adopt(network, one, all, count, answer);
    } else {
        memset(one->next, 0, sizeof one->next);
        free(all);
    }
    free(way.places);
}

void lbm_reserve(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id,
                 const struct lbm_demand *demand, struct lbm_answer *answer) {
    struct lbm_owner *owner = lbm_renew(network, asker);
    struct reservation *one;
    *answer = (struct lbm_answer){.outcome = LBM_NO_MEMORY};
    if (owner == NULL) {
        return;
    }
    if (find_call(network, owner, call_id) != NULL) {
        answer->outcome = LBM_CALL_EXISTS;
        return;
    }
    one = calloc(1, sizeof *one + strlen(call_id) + 1);
    if (one == NULL) {
        return;
    }
    memcpy(one->call_id, call_id, strlen(call_id) + 1);
    one->owner = owner;
    one->emergency = demand->emergency;
    if (lbm_is_between_clusters(demand) && !remember_crossing(network, one, demand)) {
        free(one);
        return;
    }
    propose(network, one, demand, answer);
    if (!is_granted(answer->outcome)) {
        forget_crossing(one);
        free(one->holds);
        free(one);
        return;
    }
    settle(network, one, NEXT);
    sj_map_add(&network->calls, &one->by_call, call_hash(owner, call_id));
    sj_list_add_last(&owner->reservations, &one->of_owner);
    owner->count++;
    network->calls_count++;
}

static struct reservation *call_of(struct lbm_network *network, const struct lbm_asker *asker,
                                   const char *call_id) {
    const struct lbm_owner *owner = lbm_renew(network, asker);
    return owner != NULL ? find_call(network, owner, call_id) : NULL;
}

void lbm_propose(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id,
                 const struct lbm_demand *demand, struct lbm_answer *answer) {
    struct reservation *one = call_of(network, asker, call_id);
    *answer = (struct lbm_answer){.outcome = LBM_NO_CALL};
    if (one == NULL) {
        return;
    }
    if (one->proposed) {
        settle(network, one, NOW);
    }
    one->emergency = one->emergency || demand->emergency;
    one->moves = demand->from != NULL;
    propose(network, one, demand, answer);
}

static bool end_proposal(struct lbm_network *network, const struct lbm_asker *asker,
                         const char *call_id, unsigned side) {
    struct reservation *one = call_of(network, asker, call_id);
    if (one != NULL && one->proposed) {
        settle(network, one, side);
    }
    return one != NULL;
}

bool lbm_confirm(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id) {
    return end_proposal(network, asker, call_id, NEXT);
}

bool lbm_withdraw(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id) {
    return end_proposal(network, asker, call_id, NOW);
}

bool lbm_release(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id) {
    struct reservation *one = call_of(network, asker, call_id);
    if (one == NULL) {
        return false;
    }
    drop(network, one);
    return true;
}

int64_t lbm_would_fit(const struct lbm_network *network, struct lbm_paths *paths,
                      const struct lbm_demand *demand, int64_t most, struct lbm_answer *answer) {
    struct lbm_way way;
    *answer = (struct lbm_answer){0};
    answer->outcome = lbm_way_find(network, paths, demand, &way);
    answer->missing = way.missing;
    if (answer->outcome != LBM_ADMITTED) {
        return 0;
    }
    memcpy(answer->kbps, demand->kbps, sizeof answer->kbps);
    for (size_t i = 0; i < way.count; i++) {
        for (int class = 0; class < LBM_CLASSES; class ++) {
            const struct lbm_pool *pool = &way.places[i]->pools[class];
            const int64_t one = demand->kbps[class];
            if (one == 0 || pool->capacity == LBM_UNLIMITED) {
                continue;
            }
            const int64_t free_kbps = pool->capacity > pool->used ? pool->capacity - pool->used : 0;
            if (free_kbps / one < most) {
                most = free_kbps / one;
                answer->outcome = LBM_REFUSED;
                answer->short_of = way.places[i];
                answer->short_class = (enum lbm_class) class;
                answer->needed = one;
                answer->available = free_kbps - most * one;
            }
        }
    }
    free(way.places);
    return most;
}

/* ---- opening and closing ---- */

void lbm_network_close(struct lbm_network *network) {
    for (sj_heap_link *first; (first = sj_heap_first(&network->leases)) != NULL;) {
        free_owner(network, SJ_OWNER(first, struct lbm_owner, expiry));
    }
    sj_heap_clear(&network->leases);
    sj_map_clear(&network->owners);
    sj_map_clear(&network->calls);
    lbm_topology_free(network);
    free(network->sharers);
    memset(network, 0, sizeof *network);
}
