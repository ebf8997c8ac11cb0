/* Location Bandwidth Managers of many clusters in one process: the code that the service runs, over
 * a network that loses, doubles and delays messages and falls apart. Calls come and go and change,
 * clusters change their locations and links, join, leave, restart with and without what they knew,
 * with clocks that are wrong. After the last event all must agree within two intervals: on one
 * topology, and on what is taken of each place, which is what the calls of all clusters take, each
 * counted once. That sum is kept by the test itself.
 *
 *     LBM_SEED=7 LBM_CLUSTERS=12 LBM_EVENTS=4000 test_lbm_simulation
 *
 * prints the seed and the traffic; the same seed gives the same run, but for the order in hash
 * tables, which nothing may depend on. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sojourn/base/heap.h>

#include "hub_network.h"

enum {
    LEASE = 20000,
    INTERVAL = LEASE / LBM_INTERVALS_LEASE,
    KEEP = 6 * LEASE,
    TICK = 50,
    LOSS_PERCENT = 5,
    DOUBLE_PERCENT = 5,
    ANSWER_WAIT = 2000,
    LOCATIONS = 12,
    CALLS_MOST = 40,
    PLACES_MOST = 2 * LOCATIONS + 1,
    PLACE_ROOM = 32,
};

struct call {
    bool standing;
    int64_t kbps[LBM_CLASSES];
    size_t places_count;
    char places[PLACES_MOST][PLACE_ROOM];
};

struct node {
    bool runs, hub;
    unsigned number, side, life;
    int64_t ahead;
    struct lbm_network network;
    struct lbm_hubs hubs;
    struct lbm_conflicts conflicts;
    uint64_t overlaid; /* the hubs' `topologies` that the network has */
    struct lbm_statement *configured;
    struct call calls[CALLS_MOST];
    uint32_t awaited[LBM_HUBS_MAX]; /* by number of the other: the request whose reply is awaited */
};

enum what { TICKING, REQUEST, REPLY, TOO_LATE };

struct event {
    sj_heap_link link;
    enum what what;
    unsigned from, to, life;
    uint32_t request;
    sj_text bytes;
};

struct world {
    uint64_t seed, messages, bytes;
    unsigned count;
    uint32_t request;
    struct node *nodes;
    sj_heap events;
    int64_t now;
    bool over; /* the last event has been: no message is lost any more, or a clock wrong */
};

/* ---- chance and time ---- */

static uint64_t chance(struct world *world) {
    world->seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t value = world->seed;
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static unsigned below(struct world *world, unsigned end) {
    return (unsigned)(chance(world) % end);
}

static int64_t clock_of(const struct world *world, const struct node *node) {
    return world->now + node->ahead;
}

static void later(struct world *world, int64_t delay, struct event event) {
    struct event *kept = malloc(sizeof *kept);
    assert_non_null(kept);
    *kept = event;
    assert_true(sj_heap_set(&world->events, &kept->link, world->now + delay));
}

/* ---- clusters ---- */

static void name_of(unsigned number, char name[16]) {
    (void)snprintf(name, 16, "c%03u", number);
}

static void location_of(unsigned number, char name[PLACE_ROOM]) {
    (void)snprintf(name, PLACE_ROOM, "Site %u", number);
}

/* Some of the locations that all share, and some links between them, in either direction. */
static struct lbm_statement *some_topology(struct world *world) {
    char names[LOCATIONS][PLACE_ROOM];
    struct lbm_location_given locations[LOCATIONS];
    struct lbm_link_given links[LOCATIONS * 2];
    size_t locations_count = 0, links_count = 0;
    for (unsigned i = 0; i < LOCATIONS; i++) {
        if (below(world, 4) > 0) {
            location_of(i, names[locations_count]);
            const int64_t kbps =
                below(world, 3) > 0 ? LBM_UNLIMITED : 1000 + below(world, 9) * 1000;
            locations[locations_count] =
                (struct lbm_location_given){names[locations_count], {kbps, kbps, LBM_UNLIMITED}};
            locations_count++;
        }
    }
    for (unsigned i = 0; locations_count > 1 && i < LOCATIONS; i++) {
        const char *a = names[below(world, (unsigned)locations_count)];
        const char *b = names[below(world, (unsigned)locations_count)];
        if (strcmp(a, b) != 0) {
            links[links_count++] = (struct lbm_link_given){
                {a, b}, 1 + below(world, 5), {1000 + below(world, 9) * 1000, 5000, 5000}};
        }
    }
    return lbm_statement_new(locations, locations_count, links, links_count);
}

static struct lbm_statement *copy(const struct lbm_statement *of) {
    struct lbm_statement *copied =
        lbm_statement_new(of->locations, of->locations_count, of->links, of->links_count);
    assert_non_null(copied);
    return copied;
}

static void configure(struct world *world, struct node *node) {
    char own[16];
    const char *const bootstraps[] = {"c000", "c001"};
    name_of(node->number, own);
    const struct lbm_hub_settings settings = {.hub = node->hub,
                                              .cluster_id = own,
                                              .manager = "",
                                              .bootstraps = bootstraps,
                                              .bootstraps_count = 2,
                                              .lease_ms = LEASE,
                                              .keep_ms = KEEP};
    lbm_hubs_configure(&node->hubs, &settings, clock_of(world, node));
}

static void overlay(struct node *node) {
    if (node->overlaid != node->hubs.topologies) {
        node->overlaid = node->hubs.topologies;
        assert_true(
            lbm_network_set(&node->network, lbm_hubs_overlay(&node->hubs, &node->conflicts)));
    }
}

static void start(struct world *world, struct node *node) {
    /* Now and then its wall clock is wrong. */
    const uint64_t epoch =
        !world->over && below(world, 4) == 0 ? 1 : UINT64_C(1700000000000) + (uint64_t)world->now;
    node->runs = true;
    node->life++;
    node->overlaid = UINT64_MAX;
    assert_true(lbm_network_open(&node->network));
    lbm_hubs_open(&node->hubs, &node->network, epoch, (uint16_t)below(world, 65536));
    lbm_hubs_state(&node->hubs, copy(node->configured));
    configure(world, node);
    overlay(node);
    later(world, below(world, TICK),
          (struct event){.what = TICKING, .to = node->number, .life = node->life});
}

static void stop(struct node *node) {
    lbm_hubs_close(&node->hubs);
    lbm_network_close(&node->network);
    lbm_conflicts_clear(&node->conflicts);
    memset(node->calls, 0, sizeof node->calls);
    memset(node->awaited, 0, sizeof node->awaited);
    node->runs = false;
    node->life++;
}

/* What others have stated is kept across the restart, as the service keeps it. */
static void restart(struct world *world, struct node *node, bool keeps) {
    struct {
        char cluster_id[LBM_CLUSTER_ID_MAX + 1];
        int64_t age;
        struct lbm_statement *statement;
    } kept[LBM_HUBS_MAX];
    size_t count = 0;
    for (size_t i = 0; keeps && i < node->hubs.count; i++) {
        const struct lbm_hub *hub = node->hubs.all[i];
        if (hub->statement != NULL) {
            memcpy(kept[count].cluster_id, hub->cluster_id, sizeof hub->cluster_id);
            kept[count].age = clock_of(world, node) - hub->heard_ms;
            kept[count++].statement = copy(hub->statement);
        }
    }
    stop(node);
    start(world, node);
    for (size_t i = 0; i < count; i++) {
        if (node->hub) {
            assert_true(lbm_hubs_remember(&node->hubs, kept[i].cluster_id, kept[i].age,
                                          clock_of(world, node), kept[i].statement, ""));
        } else {
            lbm_statement_free(kept[i].statement);
        }
    }
}

/* ---- calls ---- */

static const struct lbm_asker asker = {"ccm", "1", 0, INT64_MAX / 2};

static void note_places(struct node *node, struct call *call, uint32_t from, uint32_t to) {
    struct lbm_path path;
    assert_true(lbm_paths_find(node->network.paths, from, to, &path));
    call->places_count = 0;
    for (size_t i = 0; i <= path.links_count; i++) {
        const struct lbm_location *locations = node->network.graph->locations;
        (void)snprintf(call->places[call->places_count++], PLACE_ROOM, "%s",
                       locations[path.locations[i]].name);
        if (i < path.links_count) {
            const uint32_t a = path.locations[i], b = path.locations[i + 1];
            (void)snprintf(call->places[call->places_count++], PLACE_ROOM, "%s@%s",
                           locations[a < b ? a : b].name, locations[a < b ? b : a].name);
        }
    }
}

static void call_something(struct world *world, struct node *node) {
    const unsigned which = below(world, CALLS_MOST);
    const size_t count = node->network.graph->locations_count;
    struct call *call = &node->calls[which];
    struct lbm_answer answer;
    char id[16];
    (void)snprintf(id, sizeof id, "call-%u", which);
    if (call->standing && below(world, 2) == 0) {
        assert_true(lbm_release(&node->network, &asker, id));
        call->standing = false;
        return;
    }
    const uint32_t ends[2] = {below(world, (unsigned)count), below(world, (unsigned)count)};
    struct lbm_demand demand = {
        .from = node->network.graph->locations[ends[0]].name,
        .to = node->network.graph->locations[ends[1]].name,
        .kbps = {below(world, 2) * 80, below(world, 3) * 384, below(world, 5) == 0 ? 1000 : 0},
        .in_progress = below(world, 10) == 0};
    if (strcmp(demand.from, SJ_LOCATION_PHANTOM) == 0 ||
        strcmp(demand.to, SJ_LOCATION_PHANTOM) == 0 ||
        strcmp(demand.from, SJ_LOCATION_SHADOW) == 0 ||
        strcmp(demand.to, SJ_LOCATION_SHADOW) == 0) {
        return;
    }
    if (call->standing) {
        const bool moves = below(world, 2) == 0;
        demand.from = moves ? demand.from : NULL;
        lbm_propose(&node->network, &asker, id, &demand, &answer);
        if (answer.outcome != LBM_ADMITTED || below(world, 3) == 0) {
            assert_true(lbm_withdraw(&node->network, &asker, id));
            return;
        }
        if (moves) {
            note_places(node, call, ends[0], ends[1]);
        }
        assert_true(lbm_confirm(&node->network, &asker, id));
    } else {
        lbm_reserve(&node->network, &asker, id, &demand, &answer);
        if (answer.outcome > LBM_OVERBOOKED) {
            return;
        }
        call->standing = true;
        call->places_count = 0;
        struct lbm_path path;
        assert_true(lbm_paths_find(node->network.paths, ends[0], ends[1], &path));
        if (path.locations != NULL) {
            note_places(node, call, ends[0], ends[1]);
        }
    }
    memcpy(call->kbps, demand.kbps, sizeof call->kbps);
}

/* ---- the network ---- */

static void send_message(struct world *world, struct event event, const sj_text *bytes) {
    world->messages++;
    world->bytes += bytes->length;
    unsigned copies = !world->over && below(world, 100) < LOSS_PERCENT ? 0 : 1;
    copies += copies > 0 && below(world, 100) < DOUBLE_PERCENT;
    for (unsigned i = 0; i < copies; i++) {
        struct event copied = event;
        copied.bytes = (sj_text){0};
        sj_text_add(&copied.bytes, bytes->data, bytes->length);
        later(world, 5 + below(world, i == 0 ? 100 : 15000), copied);
    }
}

static void request(struct world *world, struct node *node, struct lbm_hub *hub) {
    const unsigned to = (unsigned)strtoul(hub->cluster_id + 1, NULL, 10);
    sj_text bytes = {0};
    lbm_hubs_request(&node->hubs, hub, &bytes);
    assert_false(bytes.failed);
    node->awaited[to] = ++world->request;
    struct event event = {.what = REQUEST,
                          .from = node->number,
                          .to = to,
                          .life = node->life,
                          .request = world->request};
    send_message(world, event, &bytes);
    event.what = TOO_LATE;
    later(world, ANSWER_WAIT, event);
    sj_text_clear(&bytes);
}

static void ticking(struct world *world, struct node *node, const struct event *event) {
    struct lbm_hub *hub;
    if (!node->runs || node->life != event->life) {
        return;
    }
    lbm_hubs_tick(&node->hubs, clock_of(world, node));
    while ((hub = lbm_hubs_due(&node->hubs, clock_of(world, node))) != NULL) {
        lbm_hubs_begin(&node->hubs, hub, clock_of(world, node));
        request(world, node, hub);
    }
    overlay(node);
    later(world, TICK, *event);
}

static void requested(struct world *world, struct node *node, const struct event *event) {
    char from[16];
    sj_text bytes = {0};
    sj_error error = {0};
    if (!node->runs || node->side != world->nodes[event->from].side) {
        return;
    }
    name_of(event->from, from);
    assert_int_equal(lbm_hubs_answer(&node->hubs, from, "", clock_of(world, node),
                                     event->bytes.data, event->bytes.length, &bytes, &error),
                     SJ_OK);
    struct event back = *event;
    back.what = REPLY;
    back.from = node->number;
    back.to = event->from;
    send_message(world, back, &bytes);
    sj_text_clear(&bytes);
}

/* The hub whose reply, or the end of whose time, this is; NULL: it is not awaited any more. */
static struct lbm_hub *awaited(struct node *node, unsigned other, const struct event *event) {
    char name[16];
    name_of(other, name);
    if (node->life != event->life || node->awaited[other] != event->request) {
        return NULL;
    }
    struct lbm_hub *hub = lbm_hubs_find(&node->hubs, name);
    assert_non_null(hub);
    return hub;
}

static void end(struct world *world, struct node *node, unsigned other, struct lbm_hub *hub,
                const char *reason) {
    node->awaited[other] = 0;
    lbm_hubs_end(&node->hubs, hub, reason, clock_of(world, node));
}

static void replied(struct world *world, struct node *node, const struct event *event) {
    struct lbm_hub *hub = awaited(node, event->from, event);
    sj_error error = {0};
    if (hub == NULL || node->side != world->nodes[event->from].side) {
        return;
    }
    switch (lbm_hubs_reply(&node->hubs, hub, clock_of(world, node), event->bytes.data,
                           event->bytes.length, &error)) {
    case LBM_AGAIN: request(world, node, hub); break;
    case LBM_DONE: end(world, node, event->from, hub, NULL); break;
    default: end(world, node, event->from, hub, error.text); break;
    }
}

static void run_until(struct world *world, int64_t until) {
    for (;;) {
        sj_heap_link *first = sj_heap_first(&world->events);
        if (first == NULL || first->key > until) {
            break;
        }
        struct event *event = SJ_OWNER(first, struct event, link);
        world->now = first->key;
        sj_heap_remove(&world->events, first);
        struct node *node = &world->nodes[event->what == TOO_LATE ? event->from : event->to];
        switch (event->what) {
        case TICKING: ticking(world, node, event); break;
        case REQUEST: requested(world, node, event); break;
        case REPLY: replied(world, node, event); break;
        default: {
            struct lbm_hub *hub = awaited(node, event->to, event);
            if (hub != NULL) {
                end(world, node, event->to, hub, "no answer in time");
            }
        }
        }
        sj_text_clear(&event->bytes);
        free(event);
    }
    world->now = until;
}

/* ---- what happens ---- */

static void change_topology(struct world *world, struct node *node) {
    lbm_statement_free(node->configured);
    node->configured = some_topology(world);
    assert_non_null(node->configured);
    lbm_hubs_state(&node->hubs, copy(node->configured));
    overlay(node);
}

static void happen(struct world *world) {
    struct node *node = &world->nodes[below(world, world->count)];
    const unsigned what = below(world, 100);
    if (!node->runs) {
        start(world, node);
    } else if (what < 80) {
        call_something(world, node);
    } else if (what < 84) {
        change_topology(world, node);
    } else if (what < 87) {
        restart(world, node, true);
    } else if (what < 89) {
        restart(world, node, false);
    } else if (what < 90) {
        stop(node);
    } else if (what < 93) {
        node->hub = !node->hub;
        configure(world, node);
        overlay(node);
    } else {
        for (unsigned i = 0; i < world->count; i++) {
            world->nodes[i].side = what < 95 ? below(world, 2) : 0;
        }
    }
}

/* ---- agreement ---- */

/* What the calls of a cluster take of a place. */
static int64_t model_of(const struct node *node, const char *place, int class) {
    int64_t sum = 0;
    for (unsigned i = 0; node->runs && i < CALLS_MOST; i++) {
        for (size_t k = 0; node->calls[i].standing && k < node->calls[i].places_count; k++) {
            sum += strcmp(node->calls[i].places[k], place) == 0 ? node->calls[i].kbps[class] : 0;
        }
    }
    return sum;
}

/* The place, in the order of the names of its ends. */
static void canonical(const char *name, char out[2 * PLACE_ROOM]) {
    const char *at = strchr(name, '@');
    const size_t length = at == NULL ? 0 : (size_t)(at - name);
    const int order = strncmp(name, at == NULL ? "" : at + 1, length);
    if (at != NULL && (order > 0 || (order == 0 && strlen(at + 1) < length))) {
        (void)snprintf(out, 2 * PLACE_ROOM, "%s@%.*s", at + 1, (int)length, name);
    } else {
        (void)snprintf(out, 2 * PLACE_ROOM, "%s", name);
    }
}

static unsigned wrong_places(const struct world *world, const struct node *node, const sj_map *map,
                             bool say) {
    sj_map_place at = {0};
    unsigned wrong = 0;
    for (sj_map_link *link; (link = sj_map_walk(map, &at)) != NULL;) {
        const struct lbm_place *place = SJ_OWNER(link, struct lbm_place, by_name);
        char name[2 * PLACE_ROOM];
        canonical(place->name, name);
        for (int class = 0; class < LBM_CLASSES; class ++) {
            int64_t expected = model_of(node, name, class);
            for (unsigned i = 0; node->hub && i < world->count; i++) {
                const struct node *other = &world->nodes[i];
                expected += other != node && other->hub ? model_of(other, name, class) : 0;
            }
            if (place->pools[class].used != expected && wrong++ == 0 && say) {
                print_message("c%03u has %lld kbps taken of %s, which are %lld\n", node->number,
                              (long long)place->pools[class].used, name, (long long)expected);
            }
        }
    }
    return wrong;
}

/* Every place of which something is taken must be known. */
static unsigned missing_places(const struct world *world, const struct node *node) {
    unsigned missing = 0;
    for (unsigned i = 0; i < world->count; i++) {
        const struct node *other = &world->nodes[i];
        for (unsigned k = 0;
             other->runs && (other == node || (other->hub && node->hub)) && k < CALLS_MOST; k++) {
            for (size_t p = 0; other->calls[k].standing && p < other->calls[k].places_count; p++) {
                missing += lbm_place_find(&node->network, other->calls[k].places[p]) == NULL;
            }
        }
    }
    return missing;
}

static void describe(const struct lbm_graph *graph, sj_text *text) {
    text->length = 0;
    for (size_t i = 0; i < graph->locations_count; i++) {
        const struct lbm_location *one = &graph->locations[i];
        sj_text_printf(text, "%s %lld %lld %lld\n", one->name, (long long)one->kbps[0],
                       (long long)one->kbps[1], (long long)one->kbps[2]);
    }
    for (size_t i = 0; i < graph->links_count; i++) { /* in the order of their lower ends */
        const struct lbm_link *one = &graph->links[i];
        const bool turned = one->ends[0] > one->ends[1];
        sj_text_printf(text, "%u@%u %lld %lld %lld %lld\n", one->ends[turned], one->ends[!turned],
                       (long long)one->weight, (long long)one->kbps[0], (long long)one->kbps[1],
                       (long long)one->kbps[2]);
    }
}

static unsigned disagreements(const struct world *world, bool say) {
    unsigned wrong = 0, hubs = 0;
    sj_text first = {0}, here = {0};
    for (unsigned i = 0; i < world->count; i++) {
        hubs += world->nodes[i].runs && world->nodes[i].hub;
    }
    for (unsigned i = 0; i < world->count; i++) {
        const struct node *node = &world->nodes[i];
        unsigned live = 1;
        if (!node->runs) {
            continue;
        }
        wrong += wrong_places(world, node, &node->network.locations, say && wrong == 0);
        wrong += wrong_places(world, node, &node->network.links, say && wrong == 0);
        wrong += missing_places(world, node);
        if (!node->hub) {
            continue;
        }
        for (size_t k = 0; k < node->hubs.count; k++) {
            live += node->hubs.all[k]->standing == LBM_HUB_LIVE;
        }
        if (live != hubs && wrong++ == 0 && say) {
            print_message("c%03u sees %u of %u hubs\n", i, live, hubs);
        }
        describe(node->network.graph, first.length == 0 ? &first : &here);
        if (here.length > 0 && strcmp(first.data, here.data) != 0 && wrong++ == 0 && say) {
            print_message("c%03u has another topology:\n%s\nthe first has:\n%s\n", i, here.data,
                          first.data);
        }
    }
    sj_text_clear(&first);
    sj_text_clear(&here);
    return wrong;
}

static unsigned setting(const char *name, unsigned otherwise) {
    const char *text = getenv(name);
    return text == NULL ? otherwise : (unsigned)strtoul(text, NULL, 10);
}

/* All meet again. Those that do not run have been silent for so long that nobody knows them. */
static void last_events(struct world *world) {
    world->over = true;
    for (unsigned i = 0; i < world->count; i++) {
        struct node *node = &world->nodes[i];
        node->side = 0;
        if (!node->runs && (i % 2 == 0 || i < 2)) {
            start(world, node);
        }
        if (node->runs) {
            node->hub = node->hub || i < 2;
            configure(world, node);
            call_something(world, node);
        }
    }
}

static void all_agree_after_the_last_event(void **state) {
    struct world world = {.seed = setting("LBM_SEED", 1), .count = setting("LBM_CLUSTERS", 6)};
    const unsigned events = setting("LBM_EVENTS", 1500);
    (void)state;
    print_message("seed %llu, %u clusters, %u events\n", (unsigned long long)world.seed,
                  world.count, events);
    world.nodes = calloc(world.count, sizeof *world.nodes);
    assert_non_null(world.nodes);
    for (unsigned i = 0; i < world.count; i++) {
        struct node *node = &world.nodes[i];
        node->number = i;
        node->hub = true;
        node->ahead = (int64_t)below(&world, 1000000000);
        node->configured = some_topology(&world);
        assert_non_null(node->configured);
        start(&world, node);
    }
    run_until(&world, INT64_C(2) * INTERVAL);
    assert_int_equal(disagreements(&world, true), 0);
    for (unsigned i = 0; i < events; i++) {
        run_until(&world, world.now + 1 + below(&world, 400));
        happen(&world);
    }
    for (unsigned i = 0; i < world.count; i++) {
        world.nodes[i].side = 0;
    }
    run_until(&world, world.now + INT64_C(2) * KEEP + LEASE);
    last_events(&world);
    run_until(&world, world.now + INT64_C(2) * INTERVAL);
    assert_int_equal(disagreements(&world, true), 0);

    /* Then they are quiet: one exchange an interval between two. */
    const uint64_t messages = world.messages, bytes = world.bytes;
    run_until(&world, world.now + INT64_C(4) * INTERVAL);
    const uint64_t each = (world.messages - messages) / 4;
    print_message("%llu messages in all; quiet: %llu messages and %llu bytes an interval\n",
                  (unsigned long long)world.messages, (unsigned long long)each,
                  (unsigned long long)(world.bytes - bytes) / 4);
    assert_true(each <= UINT64_C(3) * world.count * world.count);
    for (unsigned i = 0; i < world.count; i++) {
        if (world.nodes[i].runs) {
            stop(&world.nodes[i]);
        }
        lbm_statement_free(world.nodes[i].configured);
    }
    for (sj_heap_link *first; (first = sj_heap_first(&world.events)) != NULL;) {
        struct event *event = SJ_OWNER(first, struct event, link);
        sj_heap_remove(&world.events, first);
        sj_text_clear(&event->bytes);
        free(event);
    }
    sj_heap_clear(&world.events);
    free(world.nodes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_agree_after_the_last_event)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
