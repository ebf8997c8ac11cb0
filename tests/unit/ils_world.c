/* The simulated network of clusters. */
#include "ils_world.h"

enum {
    TICK = 500,
    LOSS_PERCENT = 5,
    DOUBLE_PERCENT = 5,
    ANSWER_WAIT = 5000,
    OBJECTS_EACH = 20,
    LIMIT = 1000000,
};

static const char first_number[] = "+49301234567";

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

/* ---- chance and time ---- */

static uint64_t chance(struct world *world) {
    world->seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t value = world->seed;
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

unsigned world_below(struct world *world, unsigned end) {
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

unsigned world_number_of(const struct ils_peer_id *id) {
    return (unsigned)id->bytes[0] << 8 | id->bytes[1];
}

static void later(struct world *world, int64_t delay, struct event event) {
    struct event *kept = malloc(sizeof *kept);
    assert_non_null(kept);
    *kept = event;
    assert_true(sj_heap_set(&world->events, &kept->link, world->now + delay));
}

/* ---- clusters ---- */

void world_configure(struct world *world, struct node *node) {
    char name[16], route[24];
    (void)snprintf(name, sizeof name, "c%03u", node->number);
    (void)snprintf(route, sizeof route, "%s.example", name);
    const struct ils_settings settings = {.role = node->role,
                                          .registrar = node->registrar != node->number,
                                          .registrar_changed = node->moved,
                                          .interval_ms = INTERVAL,
                                          .most_learned = node->limit,
                                          .cluster_id = name,
                                          .route = route,
                                          .detail = "{\"addresses\":[\"192.0.2.1\"]}"};
    ils_configure(node->ils, &settings, clock_of(world, node));
    node->moved = false;
}

void world_state_uri(struct node *node, const char *uri, const char *number) {
    const struct ils_fact fact = {
        .kind = ILS_DIRECTORY_URI, .key = uri, .failover = true, .number = number, .route = ""};
    assert_int_equal(ils_publish(node->ils, &fact), SJ_OK);
}

void world_state_own(struct node *node, unsigned which, const char *number) {
    char uri[64];
    (void)snprintf(uri, sizeof uri, "user.%u@c%03u.example", which, node->number);
    world_state_uri(node, uri, number);
}

void world_start(struct world *world, struct node *node) {
    const struct ils_peer_id id = peer(node->number);
    char name[16];
    (void)snprintf(name, sizeof name, "c%03u", node->number);
    /* Now and then its wall clock is wrong. */
    const uint64_t epoch = !world->over && world_below(world, 4) == 0
                               ? 1
                               : 1700000000 + (uint64_t)clock_of(world, node) / 1000;
    node->ils = ils_new(&id, name, epoch, clock_of(world, node));
    assert_non_null(node->ils);
    node->lost = node->lost || (epoch == 1 && node->life > 0 && node->journal.length == 0);
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
    world_configure(world, node);
    for (unsigned i = 0; i < node->objects; i++) {
        world_state_own(node, i, first_number);
    }
    later(world, world_below(world, TICK),
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

void world_stop(struct world *world, struct node *node, bool keeps) {
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
    unsigned copies = !world->over && world_below(world, 100) < LOSS_PERCENT ? 0 : 1;
    copies += copies > 0 && world_below(world, 100) < DOUBLE_PERCENT;
    for (unsigned i = 0; i < copies; i++) {
        struct event copy = event;
        copy.bytes = (sj_text){0};
        sj_text_add(&copy.bytes, bytes->data, bytes->length);
        later(world, 5 + world_below(world, i == 0 ? 300 : 20000), copy);
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
    session->to = neighbor->registrar ? node->registrar : world_number_of(&neighbor->peer);
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

void world_run_until(struct world *world, int64_t end) {
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

/* ---- from the beginning to the end ---- */

void world_set_up(struct world *world, unsigned hubs, unsigned spokes) {
    world->hubs = hubs;
    world->count = hubs * (spokes + 1);
    world->nodes = calloc(world->count, sizeof *world->nodes);
    assert_non_null(world->nodes);
    for (unsigned i = 0; i < world->count; i++) {
        struct node *node = &world->nodes[i];
        node->number = i;
        node->role = i < hubs ? ILS_HUB : ILS_SPOKE;
        node->registrar = i < hubs ? (i == 0 ? 0 : world_below(world, i)) : i % hubs;
        node->ahead = (int64_t)world_below(world, 1000000000);
        node->drift = (int)world_below(world, 21) - 10;
        node->objects = OBJECTS_EACH;
        node->limit = LIMIT;
        world_start(world, node);
    }
}

void world_tear_down(struct world *world) {
    for (unsigned i = 0; i < world->count; i++) {
        if (world->nodes[i].ils != NULL) {
            world_stop(world, &world->nodes[i], false);
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
