/* Calls. A change is looked at as a whole before anything is taken. */
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
    bool moves;                /* with the change that is proposed, */
    struct crossing *moves_to; /* where that is between clusters; NULL */
    struct crossing *crossing; /* NULL: both ends are this cluster's */
    /* The call whose place it takes, and the one that takes its place; NULL: none, or it has ended.
     */
    struct reservation *replaced, *successor;
    size_t holds_count;
    struct hold *holds; /* in the order of the path */
    char call_id[];
};

/* ---- calls between clusters ---- */

static void forget_crossing(struct reservation *one) {
    if (one->crossing != NULL) {
        sj_list_remove(&one->crossing->link);
        free(one->crossing);
        one->crossing = NULL;
    }
}

/* False: out of memory. `*made` is NULL when both ends are this cluster's. */
static bool make_crossing(struct reservation *one, const struct lbm_demand *demand,
                          struct crossing **made) {
    struct crossing *crossing = NULL;
    *made = NULL;
    if (!lbm_is_between_clusters(demand)) {
        return true;
    }
    if ((crossing = calloc(1, sizeof *crossing)) == NULL) {
        return false;
    }
    crossing->call = one;
    (void)snprintf(crossing->from, sizeof crossing->from, "%s", demand->from);
    (void)snprintf(crossing->to, sizeof crossing->to, "%s", demand->to);
    (void)snprintf(crossing->from_cluster, sizeof crossing->from_cluster, "%s",
                   sj_or_empty(demand->from_cluster));
    (void)snprintf(crossing->to_cluster, sizeof crossing->to_cluster, "%s",
                   sj_or_empty(demand->to_cluster));
    *made = crossing;
    return true;
}

/* NULL: the call is not between clusters. */
static void remember_crossing(struct lbm_network *network, struct reservation *one,
                              struct crossing *crossing) {
    forget_crossing(one);
    one->crossing = crossing;
    if (crossing != NULL) {
        sj_list_add_last(&network->crossings, &crossing->link);
    }
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

/* What both calls have of a place, the one `own` of it; the other may be NULL. */
static int64_t common(const struct reservation *other, const struct lbm_place *place, int class,
                      int64_t own) {
    for (size_t i = 0; other != NULL && i < other->holds_count; i++) {
        if (other->holds[i].place == place) {
            const int64_t its = held(other, other->holds[i].sides, class);
            return its < own ? its : own;
        }
    }
    return 0;
}

/* What is taken of a place when the call has `own` of it: what it has in common with a call whose
 * place it takes, or which takes its place, is taken once. */
static int64_t charge(const struct reservation *one, const struct lbm_place *place, int class,
                      int64_t own) {
    return own - common(one->replaced, place, class, own) -
           common(one->successor, place, class, own);
}

static void drop(struct lbm_network *network, struct reservation *one) {
    for (size_t i = 0; i < one->holds_count; i++) {
        struct lbm_place *place = one->holds[i].place;
        for (int class = 0; class < LBM_CLASSES; class ++) {
            lbm_place_take(network, place, class,
                           -charge(one, place, class, held(one, one->holds[i].sides, class)));
        }
        lbm_place_release(network, place);
    }
    if (one->successor != NULL) {
        one->successor->replaced = NULL;
    }
    if (one->replaced != NULL) {
        one->replaced->successor = NULL;
    }
    sj_list_remove(&one->of_owner);
    one->owner->count--;
    network->calls_count--;
    network->changes++;
    (void)sj_map_remove(&network->calls, &one->by_call);
    forget_crossing(one);
    free(one->moves_to);
    free(one->holds);
    free(one);
}

void lbm_drop_all(struct lbm_network *network, struct lbm_owner *owner) {
    SJ_LIST_EACH(one, &owner->reservations, struct reservation, of_owner) {
        drop(network, one);
    }
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
            const int64_t had = held(one, hold->sides, class);
            lbm_place_take(network, hold->place, class,
                           charge(one, hold->place, class, stays ? kept[class] : 0) -
                               charge(one, hold->place, class, had));
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
    const bool moved = one->moves && side == NEXT;
    if (moved) {
        remember_crossing(network, one, one->moves_to);
    } else {
        free(one->moves_to);
    }
    one->moves = false;
    one->moves_to = NULL;
    /* Which clusters count together may have changed since it was proposed. */
    if (one->crossing != NULL && (moved || one->crossing->stale)) {
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

/* What the change that is proposed takes of a place. */
static int64_t difference(const struct reservation *one, const struct lbm_place *place, int class,
                          unsigned sides) {
    return charge(one, place, class, held(one, sides, class)) -
           charge(one, place, class, held(one, sides & ~(unsigned)NEXT, class));
}

/* Whether there is enough everywhere; says where not. */
static bool fits(const struct reservation *one, const struct hold *holds, size_t count,
                 struct lbm_answer *answer) {
    for (size_t i = 0; i < count; i++) {
        const unsigned sides = holds[i].sides;
        for (int class = 0; class < LBM_CLASSES; class ++) {
            const struct lbm_pool *pool = &holds[i].place->pools[class];
            const int64_t more = difference(one, holds[i].place, class, sides);
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
                           difference(one, all[i].place, class, sides));
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
    struct crossing *crossing;
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
    struct reservation *replaced =
        sj_given(demand->replaces) ? find_call(network, owner, demand->replaces) : NULL;
    if (replaced != NULL && replaced->successor == NULL) { /* one alone takes its place */
        one->replaced = replaced;
    }
    if (make_crossing(one, demand, &crossing)) {
        remember_crossing(network, one, crossing);
        propose(network, one, demand, answer);
    }
    if (!is_granted(answer->outcome)) {
        forget_crossing(one);
        free(one->holds);
        free(one);
        return;
    }
    settle(network, one, NEXT);
    if (one->replaced != NULL) {
        one->replaced->successor = one;
    }
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
    answer->outcome = LBM_NO_MEMORY;
    if (demand->from == NULL || make_crossing(one, demand, &one->moves_to)) {
        one->moves = demand->from != NULL;
        propose(network, one, demand, answer);
    }
    if (!one->proposed) {
        free(one->moves_to);
        one->moves_to = NULL;
        one->moves = false;
    }
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
    lbm_owners_close(network);
    sj_map_clear(&network->calls);
    lbm_topology_free(network);
    free(network->sharers);
    memset(network, 0, sizeof *network);
}
