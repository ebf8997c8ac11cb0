/* Many clusters in one process: the code that the service runs, over a network that loses, doubles
 * and delays messages and falls apart, with clocks of their own. Clusters join, leave, restart with
 * and without what they knew, change their role and state what others state, too. After the last
 * event all must agree within two intervals, and then be quiet.
 *
 *     ILS_SEED=7 ILS_HUBS=10 ILS_SPOKES=20 test_ils_simulation
 *
 * prints the seed, the traffic and the memory; the same seed gives the same run, but for the order
 * in hash tables, which nothing may depend on. ILS_SEEDS=60 runs so many, one after the other from
 * that seed on, as long as ILS_SECONDS allow; ILS_SEED=today begins with others each day. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sojourn/base/heap.h>

#include "core/exchange.h"
#include "core/lookup.h"

enum {
    INTERVAL = 60000,
    TICK = 500,
    LOSS_PERCENT = 5,
    DOUBLE_PERCENT = 5,
    ANSWER_WAIT = 5000,
    OBJECTS_EACH = 20,
    SHARED_URIS = 40,
    EVENTS_INTERVALS = 24,
};

struct node {
    struct ils *ils; /* NULL: it does not run */
    unsigned number;
    int64_t ahead; /* of its clock */
    int64_t stopped_ms;
    int drift; /* per thousand */
    enum ils_role role;
    unsigned registrar; /* the node itself: none */
    unsigned side;      /* of a partition */
    unsigned life;      /* counts its starts: what belongs to an earlier one is dropped */
    unsigned objects;
    sj_text journal;
    struct session *sessions; /* its exchanges under way */
};

struct session {
    struct session *next;
    struct ils_exchange exchange;
    unsigned id, to, awaited; /* the request whose answer is awaited */
};

enum what { TICKING, REQUEST, REPLY, TOO_LATE };

struct event {
    sj_heap_link link;
    enum what what;
    unsigned from, to, life, session, request;
    sj_text bytes;
};

struct world {
    uint64_t seed;
    unsigned count, hubs, request, session;
    struct node *nodes;
    sj_heap events;
    int64_t now;
    uint64_t messages, bytes;
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
    return world->now + world->now * node->drift / 1000 + node->ahead;
}

static struct ils_peer_id peer(unsigned number) {
    struct ils_peer_id id = {{0}};
    id.bytes[0] = (unsigned char)(number >> 8);
    id.bytes[1] = (unsigned char)number;
    id.bytes[15] = 1;
    return id;
}

static unsigned number_of(const struct ils_peer_id *id) {
    return (unsigned)id->bytes[0] << 8 | id->bytes[1];
}

static void later(struct world *world, int64_t delay, struct event event) {
    struct event *kept = malloc(sizeof *kept);
    assert_non_null(kept);
    *kept = event;
    assert_true(sj_heap_set(&world->events, &kept->link, world->now + delay));
}

/* ---- clusters ---- */

static void configure(struct world *world, struct node *node) {
    char name[16], route[24];
    (void)snprintf(name, sizeof name, "c%03u", node->number);
    (void)snprintf(route, sizeof route, "%s.example", name);
    const struct ils_settings settings = {.role = node->role,
                                          .registrar = node->registrar != node->number,
                                          .interval_ms = INTERVAL,
                                          .most_learned = 1000000,
                                          .cluster_id = name,
                                          .route = route,
                                          .detail = "{\"addresses\":[\"192.0.2.1\"]}"};
    ils_configure(node->ils, &settings, clock_of(world, node));
}

static void state_uri(struct node *node, const char *uri) {
    const struct ils_fact fact = {.kind = ILS_DIRECTORY_URI,
                                  .key = uri,
                                  .failover = true,
                                  .number = "+49301234567",
                                  .route = ""};
    assert_int_equal(ils_publish(node->ils, &fact), SJ_OK);
}

static void state_own(struct node *node, unsigned which) {
    char uri[64];
    (void)snprintf(uri, sizeof uri, "user.%u@c%03u.example", which, node->number);
    state_uri(node, uri);
}

static void start(struct world *world, struct node *node) {
    const struct ils_peer_id id = peer(node->number);
    char name[16];
    (void)snprintf(name, sizeof name, "c%03u", node->number);
    /* Now and then its wall clock is wrong. */
    const uint64_t epoch = !world->over && below(world, 4) == 0
                               ? 1
                               : 1700000000 + (uint64_t)clock_of(world, node) / 1000;
    node->ils = ils_new(&id, name, epoch, clock_of(world, node));
    assert_non_null(node->ils);
    node->life++;
    size_t at = 0;
    while (at + sizeof(size_t) <= node->journal.length) {
        size_t length;
        sj_error error = {0};
        memcpy(&length, node->journal.data + at, sizeof length);
        assert_int_equal(ils_restore(node->ils, node->journal.data + at + sizeof length, length,
                                     node->stopped_ms, &error),
                         SJ_OK);
        at += sizeof length + length;
    }
    sj_text_clear(&node->journal);
    configure(world, node);
    for (unsigned i = 0; i < node->objects; i++) {
        state_own(node, i);
    }
    later(world, below(world, TICK),
          (struct event){.what = TICKING, .to = node->number, .life = node->life});
}

static void end_sessions(struct node *node, int64_t now) {
    while (node->sessions != NULL) {
        struct session *session = node->sessions;
        node->sessions = session->next;
        ils_exchange_end(node->ils, &session->exchange, "stopped", now);
        free(session);
    }
}

static void stop(struct world *world, struct node *node, bool keeps) {
    sj_text_clear(&node->journal);
    node->stopped_ms = clock_of(world, node);
    for (size_t i = 0; keeps && i < node->ils->owners_count; i++) {
        uint64_t incarnation = 0, version = 0;
        bool more = true;
        while (more) {
            sj_text message = {0};
            ils_journal_begin(node->ils, &message);
            ils_journal_owner(node->ils, node->ils->owners[i], &incarnation, &version,
                              clock_of(world, node), &message, &more);
            sj_text_add(&node->journal, &message.length, sizeof message.length);
            sj_text_add(&node->journal, message.data, message.length);
            sj_text_clear(&message);
        }
    }
    end_sessions(node, clock_of(world, node));
    ils_free(node->ils);
    node->ils = NULL;
    node->life++;
}

/* ---- the network ---- */

static void send_message(struct world *world, struct event event, const sj_text *bytes) {
    world->messages++;
    world->bytes += bytes->length;
    unsigned copies = !world->over && below(world, 100) < LOSS_PERCENT ? 0 : 1;
    copies += copies > 0 && below(world, 100) < DOUBLE_PERCENT;
    for (unsigned i = 0; i < copies; i++) {
        struct event copy = event;
        copy.bytes = (sj_text){0};
        sj_text_add(&copy.bytes, bytes->data, bytes->length);
        later(world, 5 + below(world, i == 0 ? 300 : 20000), copy);
    }
}

static void request(struct world *world, struct node *node, struct session *session) {
    sj_text bytes = {0};
    ils_exchange_request(node->ils, &session->exchange, clock_of(world, node), &bytes);
    assert_false(bytes.failed);
    session->awaited = ++world->request;
    const struct event event = {.what = REQUEST,
                                .from = node->number,
                                .to = session->to,
                                .life = node->life,
                                .session = session->id,
                                .request = session->awaited};
    send_message(world, event, &bytes);
    struct event late = event;
    late.what = TOO_LATE;
    later(world, ANSWER_WAIT, late);
    sj_text_clear(&bytes);
}

static void begin(struct world *world, struct node *node, struct ils_neighbor *neighbor) {
    struct session *session = calloc(1, sizeof *session);
    assert_non_null(session);
    session->to = neighbor->registrar ? node->registrar : number_of(&neighbor->peer);
    session->id = ++world->session;
    session->next = node->sessions;
    node->sessions = session;
    ils_exchange_begin(node->ils, &session->exchange, neighbor, clock_of(world, node));
    request(world, node, session);
}

static struct session *session_of(struct node *node, const struct event *event) {
    struct session *session = node->life == event->life ? node->sessions : NULL;
    while (session != NULL &&
           (session->id != event->session || session->awaited != event->request)) {
        session = session->next;
    }
    return session;
}

static void end_session(struct world *world, struct node *node, struct session *session,
                        const char *reason) {
    struct session **place = &node->sessions;
    while (*place != session) {
        place = &(*place)->next;
    }
    *place = session->next;
    ils_exchange_end(node->ils, &session->exchange, reason, clock_of(world, node));
    free(session);
}

static void ticking(struct world *world, struct node *node, const struct event *event) {
    if (node->ils == NULL || node->life != event->life) {
        return;
    }
    struct ils_neighbor *neighbor;
    ils_tick(node->ils, clock_of(world, node));
    while ((neighbor = ils_due(node->ils, clock_of(world, node))) != NULL) {
        begin(world, node, neighbor);
    }
    later(world, TICK, *event);
}

static void requested(struct world *world, struct node *node, const struct event *event) {
    sj_text bytes = {0};
    sj_error error = {0};
    if (node->ils == NULL || node->side != world->nodes[event->from].side) {
        return;
    }
    assert_int_equal(ils_answer(node->ils, clock_of(world, node), event->bytes.data,
                                event->bytes.length, NULL, &bytes, &error),
                     SJ_OK);
    struct event back = *event;
    back.what = REPLY;
    back.from = node->number;
    back.to = event->from;
    send_message(world, back, &bytes);
    sj_text_clear(&bytes);
}

static void replied(struct world *world, struct node *node, const struct event *event) {
    struct session *session = session_of(node, event);
    sj_error error = {0};
    if (session == NULL || node->side != world->nodes[event->from].side) {
        return;
    }
    switch (ils_exchange_reply(node->ils, &session->exchange, clock_of(world, node),
                               event->bytes.data, event->bytes.length, &error)) {
    case ILS_AGAIN: request(world, node, session); break;
    case ILS_DONE: end_session(world, node, session, NULL); break;
    default: end_session(world, node, session, error.text); break;
    }
}

static void run_until(struct world *world, int64_t end) {
    for (;;) {
        sj_heap_link *first = sj_heap_first(&world->events);
        if (first == NULL || first->key > end) {
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
            struct session *session = session_of(node, event);
            if (session != NULL) {
                end_session(world, node, session, "no answer in time");
            }
        }
        }
        sj_text_clear(&event->bytes);
        free(event);
    }
    world->now = end;
}

/* ---- what happens ---- */

static void change(struct world *world, struct node *node) {
    char uri[64];
    switch (below(world, 3)) {
    case 0: state_own(node, node->objects++); break;
    case 1:
        (void)snprintf(uri, sizeof uri, "user.%u@c%03u.example", below(world, node->objects + 1),
                       node->number);
        (void)ils_withdraw(node->ils, ILS_DIRECTORY_URI, uri);
        break;
    default: /* what others state, too */
        (void)snprintf(uri, sizeof uri, "shared.%u@example.com", below(world, SHARED_URIS));
        if (ils_withdraw(node->ils, ILS_DIRECTORY_URI, uri) != SJ_OK) {
            state_uri(node, uri);
        }
    }
}

static void happen(struct world *world) {
    struct node *node = &world->nodes[below(world, world->count)];
    const unsigned what = below(world, 20);
    if (node->ils == NULL) {
        start(world, node);
    } else if (what < 12) {
        change(world, node);
    } else if (what < 14) {
        stop(world, node, true);
        start(world, node);
    } else if (what == 14) {
        stop(world, node, false); /* and it has lost what it knew */
        start(world, node);
    } else if (what == 15) {
        stop(world, node, below(world, 2) == 0);
    } else if (what == 16 && node->number >= world->hubs) {
        node->role = node->role == ILS_STANDALONE ? ILS_SPOKE : ILS_STANDALONE;
        configure(world, node);
    } else if (what == 17 && node->number >= world->hubs && node->number % 16 == 0) {
        node->role = node->role == ILS_SPOKE ? ILS_HUB : ILS_SPOKE;
        node->registrar = below(world, world->hubs);
        configure(world, node);
    } else if (what == 18) {
        for (unsigned i = 0; i < world->count; i++) {
            world->nodes[i].side = below(world, 2);
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
            const struct node *there = &world->nodes[number_of(&owner->peer)];
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
                              number_of(&owner->peer), (unsigned long long)owner->incarnation,
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

static void set_up(struct world *world, unsigned hubs, unsigned spokes) {
    world->hubs = hubs;
    world->count = hubs * (spokes + 1);
    world->nodes = calloc(world->count, sizeof *world->nodes);
    assert_non_null(world->nodes);
    for (unsigned i = 0; i < world->count; i++) {
        struct node *node = &world->nodes[i];
        node->number = i;
        node->role = i < hubs ? ILS_HUB : ILS_SPOKE;
        node->registrar = i < hubs ? (i == 0 ? 0 : below(world, i)) : i % hubs;
        node->ahead = (int64_t)below(world, 1000000000);
        node->drift = (int)below(world, 21) - 10;
        node->objects = OBJECTS_EACH;
        start(world, node);
    }
}

/* All that were stopped long ago are gone; those that run lately come back, and all meet again. */
static void last_events(struct world *world) {
    world->over = true;
    for (unsigned i = 0; i < world->count; i++) {
        struct node *node = &world->nodes[i];
        node->side = 0;
        if (node->ils == NULL && (i % 2 == 0 || i < world->hubs)) {
            start(world, node);
        }
    }
    for (unsigned i = 0; i < world->count; i++) {
        struct node *node = &world->nodes[i];
        if (node->ils != NULL) {
            change(world, node);
        }
    }
}

static void tear_down(struct world *world) {
    for (unsigned i = 0; i < world->count; i++) {
        if (world->nodes[i].ils != NULL) {
            stop(world, &world->nodes[i], false);
        }
        sj_text_clear(&world->nodes[i].journal);
    }
    sj_heap_link *first;
    while ((first = sj_heap_first(&world->events)) != NULL) {
        struct event *event = SJ_OWNER(first, struct event, link);
        sj_heap_remove(&world->events, first);
        sj_text_clear(&event->bytes);
        free(event);
    }
    sj_heap_clear(&world->events);
    free(world->nodes);
}

static void run_seed(uint64_t seed) {
    struct world world = {.seed = seed};
    const unsigned hubs = setting("ILS_HUBS", 4), spokes = setting("ILS_SPOKES", 6);
    print_message("seed %llu, %u hubs of %u spokes\n", (unsigned long long)world.seed, hubs,
                  spokes);
    set_up(&world, hubs, spokes);
    run_until(&world, INT64_C(2) * INTERVAL);
    assert_int_equal(disagreements(&world, true), 0);
    print_message("joined: %llu messages, %llu KiB\n", (unsigned long long)world.messages,
                  (unsigned long long)world.bytes / 1024);
    for (unsigned i = 0; i < EVENTS_INTERVALS * world.count / 4; i++) {
        run_until(&world, world.now + 1 + below(&world, 8 * INTERVAL / world.count));
        happen(&world);
    }
    /* Whoever has been stopped and does not come back is taken out by its silence. */
    for (unsigned i = 0; i < world.count; i++) {
        world.nodes[i].side = 0;
    }
    run_until(&world, world.now + (ILS_SILENT_INTERVALS + 3) * (int64_t)INTERVAL);
    last_events(&world);
    run_until(&world, world.now + INT64_C(2) * INTERVAL);
    assert_int_equal(disagreements(&world, true), 0);

    /* Nothing goes round: what everybody knows is not told again. */
    const uint64_t told = changes_in(&world), messages = world.messages, bytes = world.bytes;
    run_until(&world, world.now + INT64_C(3) * INTERVAL);
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
    tear_down(&world);
}

static void all_agree_after_the_last_event(void **state) {
    const char *first = getenv("ILS_SEED");
    const unsigned seeds = setting("ILS_SEEDS", 1);
    const time_t begun = time(NULL), most = (time_t)setting("ILS_SECONDS", 3600);
    const uint64_t seed = first != NULL && strcmp(first, "today") == 0
                              ? (uint64_t)begun / 86400 * seeds
                              : setting("ILS_SEED", 1);
    (void)state;
    for (unsigned i = 0; i < seeds && time(NULL) - begun <= most; i++) {
        run_seed(seed + i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_agree_after_the_last_event)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
