/* Many clusters in one process: the code that the service runs, over a network that loses, doubles
 * and delays messages and falls apart, with clocks of their own. Clusters join, leave, restart with
 * and without what they knew, change their role and state what others state, too. After the last
 * event all must agree within two intervals, and then be quiet. In a second run there is no room
 * for all of it: nothing that is told with a version may be older than that.
 *
 *     ILS_SEED=7 ILS_HUBS=10 ILS_SPOKES=20 test_ils_simulation
 *
 * prints the seed, the traffic and the memory; the same seed gives the same run, but for the order
 * in hash tables, which nothing may depend on. ILS_SEEDS=60 runs so many, one after the other from
 * that seed on, as long as ILS_SECONDS allow; ILS_SEED=today begins with others each day. */
#include <time.h>

#include "ils_world.h"

enum { SHARED_URIS = 40, EVENTS_INTERVALS = 24 };

static const char number[] = "+49301234567";

/* ---- what happens ---- */

static void change(struct world *world, struct node *node) {
    char uri[64];
    switch (world_below(world, 3)) {
    case 0: world_state_own(node, node->objects++, number); break;
    case 1:
        (void)snprintf(uri, sizeof uri, "user.%u@c%03u.example",
                       world_below(world, node->objects + 1), node->number);
        (void)ils_withdraw(node->ils, ILS_DIRECTORY_URI, uri);
        break;
    default: /* what others state, too */
        (void)snprintf(uri, sizeof uri, "shared.%u@example.com", world_below(world, SHARED_URIS));
        if (ils_withdraw(node->ils, ILS_DIRECTORY_URI, uri) != SJ_OK) {
            world_state_uri(node, uri, number);
        }
    }
}

static void happen(struct world *world) {
    struct node *node = &world->nodes[world_below(world, world->count)];
    const unsigned what = world_below(world, 20);
    if (node->ils == NULL) {
        world_start(world, node);
    } else if (what < 12) {
        change(world, node);
    } else if (what < 14) {
        world_stop(world, node, true);
        world_start(world, node);
    } else if (what == 14) {
        world_stop(world, node, false); /* and it has lost what it knew */
        world_start(world, node);
    } else if (what == 15) {
        world_stop(world, node, world_below(world, 2) == 0);
    } else if (what == 16 && node->number >= world->hubs) {
        node->role = node->role == ILS_STANDALONE ? ILS_SPOKE : ILS_STANDALONE;
        world_configure(world, node);
    } else if (what == 17 && node->number >= world->hubs && node->number % 16 == 0) {
        node->role = node->role == ILS_SPOKE ? ILS_HUB : ILS_SPOKE;
        node->registrar = world_below(world, world->hubs);
        world_configure(world, node);
    } else if (what == 18) {
        for (unsigned i = 0; i < world->count; i++) {
            world->nodes[i].side = world_below(world, 2);
        }
    } else {
        for (unsigned i = 0; i < world->count; i++) {
            world->nodes[i].side = 0;
        }
    }
}

/* ---- agreement ---- */

static bool takes_part(const struct node *node) {
    return node->ils != NULL && node->role != ILS_STANDALONE;
}

/* Of a shared URI: which cluster is reached, from wherever it is dialled. */
static void winner(const struct ils *ils, unsigned which, char name[ILS_CLUSTER_ID_MAX + 1]) {
    char uri[64];
    (void)snprintf(uri, sizeof uri, "shared.%u@example.com", which);
    const struct ils_object *object = ils_counting(ils, ILS_DIRECTORY_URI, uri, NULL, 0, NULL);
    const struct ils_owner *owner = object == NULL ? NULL : object->catalog->owner;
    (void)snprintf(name, ILS_CLUSTER_ID_MAX + 1, "%s", owner == NULL ? "-" : owner->cluster_id);
}

/* How many pairs of clusters do not agree; with a line for the first. */
static unsigned disagreements(const struct world *world, bool say) {
    unsigned wrong = 0, members = 0;
    const struct node *first = NULL;
    for (unsigned i = 0; i < world->count; i++) {
        members += takes_part(&world->nodes[i]);
    }
    for (unsigned i = 0; i < world->count; i++) {
        const struct node *node = &world->nodes[i];
        unsigned live = 0;
        if (!takes_part(node)) {
            continue;
        }
        for (size_t k = 0; k < node->ils->owners_count; k++) {
            const struct ils_owner *owner = node->ils->owners[k];
            const struct node *there = &world->nodes[world_number_of(&owner->peer)];
            if (owner->standing != ILS_LIVE) {
                continue;
            }
            live++;
            const struct ils_owner *self = there->ils == NULL ? NULL : there->ils->self;
            const bool same = self != NULL && takes_part(there) &&
                              self->catalog->version == owner->catalog->version &&
                              self->catalog->digest == owner->catalog->digest &&
                              self->info_version == owner->info_version &&
                              strcmp(self->cluster_id, owner->cluster_id) == 0;
            if (!same && wrong++ == 0 && say) {
                print_message("c%03u has c%03u at %llu.%llu.%llu of %llu.%llu.%llu\n", node->number,
                              world_number_of(&owner->peer), (unsigned long long)owner->incarnation,
                              (unsigned long long)owner->info_version,
                              (unsigned long long)owner->catalog->version,
                              self == NULL ? 0ULL : (unsigned long long)self->incarnation,
                              self == NULL ? 0ULL : (unsigned long long)self->info_version,
                              self == NULL ? 0ULL : (unsigned long long)self->catalog->version);
            }
        }
        if (live != members && wrong++ == 0 && say) {
            print_message("c%03u (%s, %s) sees %u of %u clusters\n", node->number,
                          node->role == ILS_HUB ? "hub" : "spoke",
                          node->ils->neighbors_count > 0 ? node->ils->neighbors[0]->reason : "-",
                          live, members);
        }
        if (first == NULL) {
            first = node;
        }
        for (unsigned which = 0; which < SHARED_URIS; which++) {
            char here[ILS_CLUSTER_ID_MAX + 1], there[ILS_CLUSTER_ID_MAX + 1];
            winner(node->ils, which, here);
            winner(first->ils, which, there);
            wrong += strcmp(here, there) != 0;
        }
    }
    return wrong;
}

static unsigned setting(const char *name, unsigned otherwise) {
    const char *text = getenv(name);
    return text == NULL ? otherwise : (unsigned)strtoul(text, NULL, 10);
}

static uint64_t changes_in(const struct world *world) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < world->count; i++) {
        sum += world->nodes[i].ils == NULL ? 0 : world->nodes[i].ils->counters.changes_in;
    }
    return sum;
}

/* All that were stopped long ago are gone; those that run lately come back, and all meet again. */
static void last_events(struct world *world) {
    world->over = true;
    for (unsigned i = 0; i < world->count; i++) {
        struct node *node = &world->nodes[i];
        node->side = 0;
        if (node->ils == NULL && (i % 2 == 0 || i < world->hubs)) {
            world_start(world, node);
        }
    }
    for (unsigned i = 0; i < world->count; i++) {
        struct node *node = &world->nodes[i];
        if (node->ils != NULL) {
            change(world, node);
        }
    }
}

static void run_seed(uint64_t seed) {
    struct world world = {.seed = seed};
    const unsigned hubs = setting("ILS_HUBS", 4), spokes = setting("ILS_SPOKES", 6);
    print_message("seed %llu, %u hubs of %u spokes\n", (unsigned long long)world.seed, hubs,
                  spokes);
    world_set_up(&world, hubs, spokes);
    world_run_until(&world, INT64_C(2) * INTERVAL);
    assert_int_equal(disagreements(&world, true), 0);
    print_message("joined: %llu messages, %llu KiB\n", (unsigned long long)world.messages,
                  (unsigned long long)world.bytes / 1024);
    for (unsigned i = 0; i < EVENTS_INTERVALS * world.count / 4; i++) {
        world_run_until(&world, world.now + 1 + world_below(&world, 8 * INTERVAL / world.count));
        happen(&world);
    }
    /* Whoever has been stopped and does not come back is taken out by its silence. */
    for (unsigned i = 0; i < world.count; i++) {
        world.nodes[i].side = 0;
    }
    world_run_until(&world, world.now + (ILS_SILENT_INTERVALS + 3) * (int64_t)INTERVAL);
    last_events(&world);
    world_run_until(&world, world.now + INT64_C(2) * INTERVAL);
    assert_int_equal(disagreements(&world, true), 0);

    /* Nothing goes round: what everybody knows is not told again. */
    const uint64_t told = changes_in(&world), messages = world.messages, bytes = world.bytes;
    world_run_until(&world, world.now + INT64_C(3) * INTERVAL);
    assert_int_equal(changes_in(&world), told);
    size_t memory = 0, objects = 0;
    for (unsigned i = 0; i < world.count; i++) {
        if (world.nodes[i].ils != NULL) {
            memory += world.nodes[i].ils->table.bytes;
            objects += world.nodes[i].ils->table.objects.count;
        }
    }
    print_message("quiet: %llu messages and %llu KiB an interval in all; %zu bytes an object\n",
                  (unsigned long long)(world.messages - messages) / 3,
                  (unsigned long long)(world.bytes - bytes) / 3 / 1024,
                  memory / (objects > 0 ? objects : 1));
    assert_true(objects == 0 || memory / objects < 200);
    world_tear_down(&world);
}

/* ---- at the limit ---- */

/* A URI of one's own has another number from now on, or is new, or goes. */
static void restate(struct world *world, struct node *node) {
    char other[24];
    const unsigned which = world_below(world, node->objects + 1);
    (void)snprintf(other, sizeof other, "+49%u", world_below(world, 1000000000));
    if (world_below(world, 6) == 0) {
        change(world, node);
    } else {
        world_state_own(node, which, other);
        node->objects += which == node->objects;
    }
}

static void happen_at_the_limit(struct world *world) {
    struct node *node = &world->nodes[world_below(world, world->count)];
    const unsigned what = world_below(world, 20);
    if (node->ils == NULL) {
        world_start(world, node);
    } else if (what < 12) {
        restate(world, node);
    } else if (what < 15) { /* from none to all of what there is */
        node->limit = world_below(world, world->count * 30);
        world_configure(world, node);
    } else if (what < 18 && node->role == ILS_SPOKE) {
        node->registrar = world_below(world, world->hubs);
        node->moved = true;
        world_configure(world, node);
    } else {
        world_stop(world, node, what % 2 == 0);
        world_start(world, node);
    }
}

/* How many objects are not as their owner states them now, though the copy is of its version. */
static unsigned old_ones(const struct ils_owner *owner, const struct ils *there) {
    unsigned old = 0;
    const struct ils_object *object;
    const struct ils_order *live = &owner->catalog->live;
    for (struct ils_place place = ils_order_after(live, 0);
         (object = ils_order_at(live, place)) != NULL; place = ils_order_next(live, place)) {
        const struct ils_object *now = ils_catalog_find(&there->table, there->self->catalog,
                                                        (enum ils_kind)object->kind, object->text);
        old += now == NULL || now->removed || now->version != object->version ||
               strcmp(ils_object_number(now), ils_object_number(object)) != 0;
    }
    return old;
}

/* What is known of others, with holes or without: how many objects are old, and how many copies are
 * still behind. Of those who have lost what they knew, and their count, no objects are compared:
 * with holes nobody sees by a digest that they differ. */
static void compare(const struct world *world, unsigned *old, unsigned *behind, unsigned *holed) {
    *old = *behind = *holed = 0;
    for (unsigned i = 0; i < world->count; i++) {
        const struct ils *ils = world->nodes[i].ils;
        for (size_t k = 1; ils != NULL && k < ils->owners_count; k++) {
            const struct ils_owner *owner = ils->owners[k];
            const struct ils *there = world->nodes[world_number_of(&owner->peer)].ils;
            if (owner->standing != ILS_LIVE || there == NULL) {
                continue;
            }
            const bool is_behind = owner->incarnation != there->self->incarnation ||
                                   owner->catalog->version != there->self->catalog->version ||
                                   !ils_owner_is_complete(owner);
            *behind += is_behind;
            *holed += owner->holed;
            const bool lost = world->nodes[world_number_of(&owner->peer)].lost;
            *old += is_behind || lost ? 0 : old_ones(owner, there);
        }
    }
}

static void run_seed_at_the_limit(uint64_t seed) {
    struct world world = {.seed = seed};
    unsigned old, behind, holed;
    world_set_up(&world, setting("ILS_HUBS", 4), setting("ILS_SPOKES", 6));
    world_run_until(&world, INT64_C(2) * INTERVAL);
    for (unsigned i = 0; i < EVENTS_INTERVALS * world.count / 4; i++) {
        world_run_until(&world, world.now + 1 + world_below(&world, 8 * INTERVAL / world.count));
        happen_at_the_limit(&world);
        if (i % (world.count / 4) == 0) {
            compare(&world, &old, &behind, &holed);
            assert_int_equal(old, 0);
        }
    }
    world.over = true;
    for (unsigned i = 0; i < world.count; i++) {
        if (world.nodes[i].ils != NULL) {
            restate(&world, &world.nodes[i]);
        }
    }
    world_run_until(&world, world.now + INT64_C(4) * INTERVAL);
    compare(&world, &old, &behind, &holed);
    print_message("seed %llu at the limit: %u copies with holes\n", (unsigned long long)seed,
                  holed);
    assert_int_equal(old, 0);
    assert_int_equal(behind, 0);
    for (unsigned i = 0; i < world.count; i++) {
        if (world.nodes[i].ils != NULL) {
            world.nodes[i].limit = 1000000;
            world_configure(&world, &world.nodes[i]);
        }
    }
    world_run_until(&world, world.now + INT64_C(4) * INTERVAL);
    compare(&world, &old, &behind, &holed);
    assert_int_equal(old + behind + holed, 0);
    world_tear_down(&world);
}

static void run_seeds(void (*run)(uint64_t seed)) {
    const char *first = getenv("ILS_SEED");
    const unsigned seeds = setting("ILS_SEEDS", 1);
    const time_t begun = time(NULL), most = (time_t)setting("ILS_SECONDS", 3600);
    const uint64_t seed = first != NULL && strcmp(first, "today") == 0
                              ? (uint64_t)begun / 86400 * seeds
                              : setting("ILS_SEED", 1);
    for (unsigned i = 0; i < seeds && time(NULL) - begun <= most; i++) {
        run(seed + i);
    }
}

static void all_agree_after_the_last_event(void **state) {
    (void)state;
    run_seeds(run_seed);
}

/* Clusters have room for some of it, or for none; spokes move to hubs that know less. */
static void nothing_old_stays_at_the_limit(void **state) {
    (void)state;
    run_seeds(run_seed_at_the_limit);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_agree_after_the_last_event),
                                       cmocka_unit_test(nothing_old_stays_at_the_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
