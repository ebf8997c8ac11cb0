/* Replication of the dial plan between clusters: keys, the table, what one cluster takes from
 * another, and what it does not. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "core/exchange.h"
#include "core/lookup.h"

enum { INTERVAL = 60000 };

static struct ils_peer_id peer(unsigned number) {
    struct ils_peer_id id = {{0}};
    id.bytes[0] = (unsigned char)(number >> 8);
    id.bytes[1] = (unsigned char)number;
    id.bytes[15] = 1;
    return id;
}

static struct ils *cluster(unsigned number, enum ils_role role) {
    const struct ils_peer_id id = peer(number);
    char name[16], route[24];
    (void)snprintf(name, sizeof name, "c%u", number);
    (void)snprintf(route, sizeof route, "%s.example", name);
    struct ils *ils = ils_new(&id, name, 1, 0);
    assert_non_null(ils);
    const struct ils_settings settings = {.role = role,
                                          .registrar = number != 1,
                                          .interval_ms = INTERVAL,
                                          .most_learned = 100000,
                                          .cluster_id = name,
                                          .route = route,
                                          .detail = "{}"};
    ils_configure(ils, &settings, 0);
    return ils;
}

static void set_limit(struct ils *ils, size_t most) {
    ils->table.most_learned = most;
}

static void state_uri(struct ils *ils, const char *uri, const char *number) {
    char key[ILS_KEY_MAX + 1];
    assert_int_equal(ils_canonical(ILS_DIRECTORY_URI, uri, key, NULL), SJ_OK);
    const struct ils_fact fact = {.kind = ILS_DIRECTORY_URI,
                                  .key = key,
                                  .failover = number[0] != '\0',
                                  .number = number,
                                  .route = ""};
    assert_int_equal(ils_publish(ils, &fact), SJ_OK);
}

/* One exchange from `a` to `b`, to its end; the number of requests. */
static unsigned exchange(struct ils *a, struct ils *b, int64_t now) {
    struct ils_exchange one;
    ils_tick(a, now);
    ils_hurry(a, now);
    struct ils_neighbor *neighbor = ils_due(a, now);
    assert_non_null(neighbor);
    ils_exchange_begin(a, &one, neighbor, now);
    enum ils_progress progress = ILS_AGAIN;
    while (progress == ILS_AGAIN) {
        sj_text request = {0}, reply = {0};
        sj_error error = {0};
        ils_exchange_request(a, &one, now, &request);
        assert_int_equal(ils_answer(b, now, request.data, request.length, NULL, &reply, &error),
                         SJ_OK);
        progress = ils_exchange_reply(a, &one, now, reply.data, reply.length, &error);
        sj_text_clear(&request);
        sj_text_clear(&reply);
    }
    const unsigned rounds = one.rounds;
    ils_exchange_end(a, &one, progress == ILS_FAILED ? "refused" : NULL, now);
    return rounds;
}

static bool knows(const struct ils *ils, const char *dialled, struct ils_found *found) {
    return ils_lookup(ils, dialled, NULL, 0, found);
}

/* What `from` says to `to` in a request of its own making. */
static sj_text say(unsigned from, enum ils_role role) {
    const struct ils_sender sender = {.peer = peer(from), .role = role, .partial = true};
    sj_text message = {0};
    ils_wire_begin(&message, ILS_REQUEST, &sender);
    return message;
}

static int hear(struct ils *to, sj_text *message, const char *cluster_id, int64_t now) {
    sj_text reply = {0};
    sj_error error = {0};
    const int status =
        ils_answer(to, now, message->data, message->length, cluster_id, &reply, &error);
    sj_text_clear(message);
    sj_text_clear(&reply);
    return status;
}

static void keys_have_one_form(void **state) {
    char key[ILS_KEY_MAX + 1], out[ILS_NUMBER_MAX + 1];
    (void)state;
    assert_int_equal(ils_canonical(ILS_DIRECTORY_URI, "sip:Anna@EXAMPLE.Com", key, NULL), SJ_OK);
    assert_string_equal(key, "Anna@example.com");
    static const char *const bad[] = {"anna",
                                      "@example.com",
                                      "a b@example.com",
                                      "anna@-x.com",
                                      "anna@x..com",
                                      "anna@x",
                                      "anna@example.com;user=phone",
                                      "a@b@example.com",
                                      "0123456789012345678901234567890123456789012345678@x.com"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ils_canonical(ILS_DIRECTORY_URI, bad[i], key, NULL), SJ_E_INVALID);
    }
    assert_int_equal(ils_canonical(ILS_E164_NUMBER, "4930123", key, NULL), SJ_E_INVALID);
    assert_int_equal(ils_canonical(ILS_ENTERPRISE_NUMBER, "+4930123", key, NULL), SJ_E_INVALID);
    assert_int_equal(ils_canonical(ILS_ENTERPRISE_NUMBER, "54XXX", key, NULL), SJ_E_INVALID);
    assert_int_equal(ils_canonical(ILS_ENTERPRISE_PATTERN, "54xxX", key, NULL), SJ_OK);
    assert_string_equal(key, "54XXX");
    assert_true(ils_mask_apply("5XXXX", "4001", out));
    assert_string_equal(out, "54001");
    assert_true(ils_mask_apply("1972555XXXX", "4001", out));
    assert_string_equal(out, "19725554001");
    assert_true(ils_mask_apply("+1972555XXXX", "4001", out));
    assert_string_equal(out, "+19725554001");
    assert_false(ils_mask_apply("5-XXXX", "4001", out));
    assert_false(ils_mask_apply("", "4001", out));
    assert_true(ils_route_is_valid("hq.example"));
    assert_false(ils_route_is_valid("hq_example"));
    assert_false(ils_route_is_valid(""));
}

static void a_hub_passes_on_what_each_lacks(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "+4930123");
    (void)exchange(one, hub, 1000);
    (void)exchange(two, hub, 2000);
    assert_true(knows(two, "ANNA@example.com", &found) == false); /* the user part is exact */
    assert_true(knows(two, "anna@EXAMPLE.com", &found));
    assert_string_equal(found.route, "c2.example");
    assert_string_equal(found.owner->cluster_id, "c2");
    assert_true(found.failover);
    assert_string_equal(found.number, "+4930123");
    assert_true(knows(one, "anna@example.com", &found));
    assert_true(found.own);
    /* The second time there is nothing to tell. */
    const uint64_t told = hub->counters.changes_out;
    assert_int_equal(exchange(two, hub, 63000), 1);
    assert_int_equal(hub->counters.changes_out, told);
    /* A change goes alone, a removal as a tombstone. */
    state_uri(one, "bert@example.com", "");
    assert_int_equal(ils_withdraw(one, ILS_DIRECTORY_URI, "anna@example.com"), SJ_OK);
    (void)exchange(one, hub, 70000);
    (void)exchange(two, hub, 71000);
    assert_int_equal(hub->counters.changes_out, told + 2);
    assert_false(knows(two, "anna@example.com", &found));
    assert_true(knows(two, "bert@example.com", &found));
    assert_false(found.failover);
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

static void nothing_older_wins(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_exchange old;
    sj_text late = {0}, reply = {0};
    sj_error error = {0};
    (void)state;
    state_uri(one, "anna@example.com", "1");
    ils_tick(one, 1000);
    ils_exchange_begin(one, &old, ils_due(one, 1000), 1000);
    /* A request that the hub wants to be followed by data: as it is after the first reply. */
    ils_exchange_request(one, &old, 1000, &reply);
    sj_text answer = {0};
    assert_int_equal(ils_answer(hub, 1000, reply.data, reply.length, NULL, &answer, &error), SJ_OK);
    assert_int_equal(ils_exchange_reply(one, &old, 1000, answer.data, answer.length, &error),
                     ILS_AGAIN);
    ils_exchange_request(one, &old, 1000, &late);
    ils_exchange_end(one, &old, "it is late", 1000);
    state_uri(one, "anna@example.com", "2");
    (void)exchange(one, hub, 2000);
    struct ils_owner *owner = ils_find_cluster(hub, "c2");
    const uint64_t digest = owner->catalog->digest, version = owner->catalog->version;
    for (int twice = 0; twice < 2; twice++) {
        sj_text ignored = {0};
        assert_int_equal(ils_answer(hub, 3000, late.data, late.length, NULL, &ignored, &error),
                         SJ_OK);
        sj_text_clear(&ignored);
    }
    assert_int_equal(owner->catalog->digest, digest);
    assert_int_equal(owner->catalog->version, version);
    assert_int_equal(owner->catalog->digest, one->self->catalog->digest);
    sj_text_clear(&late);
    sj_text_clear(&reply);
    sj_text_clear(&answer);
    ils_free(hub);
    ils_free(one);
}

static void silence_expires_and_stays_expired(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "");
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 0);
    const int64_t silence = (int64_t)ILS_SILENT_INTERVALS * INTERVAL;
    ils_tick(hub, silence);
    assert_true(knows(hub, "anna@example.com", &found));
    ils_tick(hub, silence + 1000);
    assert_false(knows(hub, "anna@example.com", &found));
    assert_int_equal(hub->table.learned, 0);
    /* What the other has not yet taken out is not believed. */
    (void)exchange(two, hub, silence + 1000);
    assert_false(knows(hub, "anna@example.com", &found));
    ils_tick(one, silence + 2000); /* a beat */
    (void)exchange(one, hub, silence + 2000);
    assert_true(knows(hub, "anna@example.com", &found));
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

static void who_leaves_is_gone_at_once(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "");
    state_uri(two, "bert@example.com", "");
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 0);
    (void)exchange(one, hub, 1000);
    assert_true(knows(one, "bert@example.com", &found));
    const struct ils_settings leaves = {.role = ILS_STANDALONE,
                                        .registrar = true,
                                        .interval_ms = INTERVAL,
                                        .most_learned = 100000,
                                        .cluster_id = "c2",
                                        .route = "c2.example",
                                        .detail = "{}"};
    ils_configure(one, &leaves, 2000);
    (void)exchange(one, hub, 2000);
    ils_tick(one, 3000);
    assert_false(knows(one, "bert@example.com", &found));
    assert_null(ils_due(one, 3000));
    assert_false(knows(hub, "anna@example.com", &found));
    (void)exchange(two, hub, 3000);
    assert_false(knows(two, "anna@example.com", &found));
    /* And comes back. */
    struct ils_settings joins = leaves;
    joins.role = ILS_SPOKE;
    ils_configure(one, &joins, 4000);
    (void)exchange(one, hub, 4000);
    (void)exchange(two, hub, 5000);
    assert_true(knows(two, "anna@example.com", &found));
    assert_true(knows(one, "bert@example.com", &found));
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

static void duplicates_do_not_depend_on_who_came_first(void **state) {
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
                   *two = cluster(3, ILS_SPOKE);
        struct ils_found found;
        state_uri(one, "anna@example.com", "");
        state_uri(two, "anna@example.com", "");
        (void)exchange(order == 0 ? one : two, hub, 0);
        (void)exchange(order == 0 ? two : one, hub, 1000);
        assert_true(knows(hub, "anna@example.com", &found));
        assert_string_equal(found.owner->cluster_id, "c2");
        assert_int_equal(found.others, 1);
        assert_int_equal(hub->table.doubled, 1);
        assert_int_equal(ils_withdraw(one, ILS_DIRECTORY_URI, "anna@example.com"), SJ_OK);
        (void)exchange(one, hub, 2000);
        assert_true(knows(hub, "anna@example.com", &found));
        assert_string_equal(found.owner->cluster_id, "c3");
        assert_int_equal(hub->table.doubled, 0);
        ils_free(hub);
        ils_free(one);
        ils_free(two);
    }
}

static void a_lost_state_is_stated_anew(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "");
    state_uri(one, "bert@example.com", "");
    (void)exchange(one, hub, 0);
    ils_free(one);
    one = cluster(2, ILS_SPOKE); /* its store is lost, its peer id is not */
    state_uri(one, "carl@example.com", "");
    (void)exchange(one, hub, 1000);
    (void)exchange(one, hub, 2000);
    assert_true(knows(hub, "carl@example.com", &found));
    assert_false(knows(hub, "anna@example.com", &found));
    assert_int_equal(ils_find_cluster(hub, "c2")->catalog->digest, one->self->catalog->digest);
    assert_int_equal(one->counters.restored, 1);
    ils_free(hub);
    ils_free(one);
}

/* Somebody says that another has counted to the end, or as far as is believed. */
static void nobody_counts_to_the_end_for_another(void **state) {
    (void)state;
    for (int far = 0; far < 2; far++) {
        struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
                   *liar = cluster(3, ILS_HUB);
        struct ils_found found;
        (void)exchange(one, hub, 0);
        (void)exchange(liar, hub, 0);
        const uint64_t most = far == 0 ? UINT64_MAX : ils_count_end(hub, 1000) - 1;
        const struct ils_state lie = {.peer = peer(2), .incarnation = most, .beat = most};
        const struct ils_changes run = {
            .peer = peer(2), .incarnation = most, .to = 9, .target = 9, .whole = true};
        const struct ils_info info = {.peer = peer(2),
                                      .incarnation = most,
                                      .version = 9,
                                      .role = ILS_SPOKE,
                                      .cluster_id = "c2",
                                      .route = "",
                                      .detail = ""};
        sj_text message = say(3, ILS_HUB);
        ils_wire_state(&message, &lie);
        ils_wire_info(&message, &info);
        ils_wire_changes_end(&message, ils_wire_changes_begin(&message), &run);
        assert_int_equal(hear(hub, &message, "c3", 1000), SJ_OK);
        assert_int_equal(hub->disbelieved.count, far == 0 ? 2 : 0);
        state_uri(one, "anna@example.com", "");
        for (int64_t now = 60000; now <= 180000; now += 60000) {
            (void)exchange(one, hub, now);
        }
        assert_true(knows(hub, "anna@example.com", &found));
        assert_string_equal(found.route, "c2.example");
        ils_free(hub);
        ils_free(one);
        ils_free(liar);
    }
}

/* `from` says of the owner `of` that it is the cluster `name`, and has anna@example.com. */
static void claim(struct ils *to, unsigned from, enum ils_role role, const char *certificate,
                  unsigned of, const char *name, int64_t now) {
    const struct ils_state copy = {
        .peer = peer(of), .incarnation = 5, .beat = 5, .version = 1, .target = 2};
    const struct ils_info info = {.peer = peer(of),
                                  .incarnation = 5,
                                  .version = 1,
                                  .role = ILS_SPOKE,
                                  .cluster_id = name,
                                  .route = "stolen.example",
                                  .detail = ""};
    struct ils_changes run = {
        .peer = peer(of), .incarnation = 5, .to = 1, .target = 2, .whole = true, .count = 1};
    const struct ils_change change = {
        .fact = {.kind = ILS_DIRECTORY_URI, .key = "anna@example.com", .number = "", .route = ""},
        .version = 1};
    sj_text message = say(from, role);
    ils_wire_state(&message, &copy);
    if (name != NULL) {
        ils_wire_info(&message, &info);
    }
    const size_t begun = ils_wire_changes_begin(&message);
    ils_wire_change(&message, &change);
    ils_wire_changes_end(&message, begun, &run);
    assert_int_equal(hear(to, &message, certificate, now), SJ_OK);
}

static void assert_route(const struct ils *ils, const char *route) {
    struct ils_found found;
    assert_true(knows(ils, "anna@example.com", &found));
    assert_string_equal(found.route, route);
}

/* A hub that knows c2 with its URI, c3, a spoke, and c4, a hub. */
static struct ils *attacked(void) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *spoke = cluster(3, ILS_SPOKE), *second = cluster(4, ILS_HUB);
    state_uri(one, "anna@example.com", "");
    (void)exchange(one, hub, 0);
    (void)exchange(spoke, hub, 0);
    (void)exchange(second, hub, 0);
    ils_free(one);
    ils_free(spoke);
    ils_free(second);
    return hub;
}

static void nobody_speaks_for_a_cluster_without_its_certificate(void **state) {
    struct ils *hub = attacked();
    (void)state;
    const uint64_t before = hub->disbelieved.count;
    claim(hub, 0, ILS_SPOKE, "c3", 0, "c2", 1000); /* with a peer id that comes before */
    assert_route(hub, "c2.example");
    assert_int_equal(hub->disbelieved.count, before + 1);
    assert_non_null(strstr(hub->disbelieved.last, "another cluster id than its certificate"));
    claim(hub, 0, ILS_SPOKE, "c3", 0, NULL, 1000); /* nor for one that has no id */
    assert_route(hub, "c2.example");
    /* Who has the certificate is believed: the cluster has been made anew. */
    claim(hub, 9, ILS_SPOKE, "c2", 9, "c2", 2000);
    assert_route(hub, "stolen.example");
    ils_free(hub);
}

static void a_cluster_id_is_of_one_cluster(void **state) {
    struct ils *hub = attacked();
    struct ils_found found;
    (void)state;
    claim(hub, 4, ILS_HUB, "c4", 0, "c2", 1000);
    assert_route(hub, "c2.example");
    const struct ils_peer_id first = peer(0);
    assert_string_equal(ils_find(hub, &first)->claimed, "c2");
    claim(hub, 4, ILS_HUB, "c4", 7, "c1", 1000);
    assert_non_null(strstr(hub->disbelieved.last, "this cluster's id"));
    assert_ptr_equal(ils_find_cluster(hub, "c1"), hub->self);
    /* Once nothing has been heard of the other one, the id is free. */
    claim(hub, 4, ILS_HUB, "c4", 0, "c2", INT64_C(4) * INTERVAL);
    assert_route(hub, "stolen.example");
    assert_true(knows(hub, "anna@example.com", &found));
    assert_int_equal(found.others, 0);
    ils_free(hub);
}

static void who_is_no_hub_speaks_of_itself_alone(void **state) {
    struct ils *hub = attacked();
    (void)state;
    claim(hub, 3, ILS_HUB, "c3", 8, "c8", 1000); /* it is known as a spoke */
    assert_null(ils_find_cluster(hub, "c8"));
    claim(hub, 6, ILS_HUB, "c6", 8, "c8", 1000); /* nobody knows it */
    assert_null(ils_find_cluster(hub, "c8"));
    claim(hub, 4, ILS_HUB, "c4", 8, "c8", 1000);
    assert_non_null(ils_find_cluster(hub, "c8"));
    ils_free(hub);
}

static void nobody_fills_the_table_alone(void **state) {
    struct ils *hub = attacked();
    char name[16];
    (void)state;
    for (unsigned i = 0; i < 20; i++) { /* a cluster under many peer ids */
        claim(hub, 100 + i, ILS_SPOKE, "c3", 100 + i, "c3", 1000);
    }
    assert_int_equal(hub->owners_count, 4 + ILS_OWNERS_SELF);
    for (unsigned i = 0; i < ILS_OWNERS_TOLD + 20; i++) {
        (void)snprintf(name, sizeof name, "x%u", i);
        claim(hub, 4, ILS_HUB, "c4", 200 + i, name, 1000);
    }
    assert_non_null(strstr(hub->crowded.last, "c4 says of"));
    assert_int_equal(hub->owners_count, 4 + ILS_OWNERS_SELF + ILS_OWNERS_TOLD);
    struct ils *second = cluster(5, ILS_HUB), *one = cluster(6, ILS_SPOKE);
    (void)exchange(second, hub, 2000);
    for (unsigned i = 0; i < ILS_OWNERS_TOLD; i++) {
        (void)snprintf(name, sizeof name, "y%u", i);
        claim(hub, 5, ILS_HUB, "c5", 2000 + i, name, 2000);
    }
    assert_int_equal(hub->owners_count, ILS_OWNERS_MAX - ILS_OWNERS_DIRECT);
    assert_non_null(strstr(hub->crowded.last, "no place"));
    state_uri(one, "carl@example.com", "");
    (void)exchange(one, hub, 3000);
    struct ils_found found;
    assert_true(knows(hub, "carl@example.com", &found));
    ils_free(hub);
    ils_free(second);
    ils_free(one);
}

static void a_cluster_id_has_its_characters(void **state) {
    struct ils *hub = cluster(1, ILS_HUB);
    static const char *const bad[] = {"", "<script>", "../../etc", "a b", "\"}]", "c_3"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct ils_info info = {
            .peer = peer(2), .version = 1, .cluster_id = bad[i], .route = "", .detail = ""};
        sj_text message = say(2, ILS_SPOKE);
        ils_wire_info(&message, &info);
        assert_int_equal(hear(hub, &message, "c2", 0), SJ_E_INVALID);
    }
    ils_free(hub);
}

static void no_version_is_near_the_end(void **state) {
    struct ils *hub = cluster(1, ILS_HUB);
    (void)state;
    const struct ils_state all[] = {
        {.peer = peer(2), .version = UINT64_MAX, .target = UINT64_MAX},
        {.peer = peer(2), .target = UINT64_MAX},
        {.peer = peer(2), .floor = UINT64_MAX},
        {.peer = peer(2), .info_version = ILS_VERSION_MAX + 1},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        sj_text message = say(2, ILS_SPOKE);
        ils_wire_state(&message, &all[i]);
        assert_int_equal(hear(hub, &message, "c2", 0), SJ_E_INVALID);
    }
    ils_free(hub);
}

static void the_limit_keeps_what_is_there(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    set_limit(hub, 3);
    for (int i = 0; i < 5; i++) {
        char uri[32];
        (void)snprintf(uri, sizeof uri, "user%d@example.com", i);
        state_uri(one, uri, "");
    }
    (void)exchange(one, hub, 0);
    assert_int_equal(hub->table.learned, 3);
    assert_true(hub->counters.limited > 0);
    assert_true(knows(hub, "user2@example.com", &found));
    assert_false(knows(hub, "user3@example.com", &found));
    assert_false(ils_owner_is_complete(ils_find_cluster(hub, "c2")));
    set_limit(hub, 2); /* lowering it keeps old objects */
    (void)exchange(one, hub, 1000);
    assert_int_equal(hub->table.learned, 3);
    set_limit(hub, 5);
    (void)exchange(one, hub, 2000);
    assert_int_equal(hub->table.learned, 5);
    assert_true(ils_owner_is_complete(ils_find_cluster(hub, "c2")));
    ils_free(hub);
    ils_free(one);
}

static void patterns_and_blocks(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_found found;
    static const struct ils_fact facts[] = {
        {.kind = ILS_ENTERPRISE_PATTERN,
         .key = "54XXX",
         .failover = true,
         .strip = 2,
         .number = "+4930",
         .route = ""},
        {.kind = ILS_ENTERPRISE_PATTERN,
         .key = "541XX",
         .failover = false,
         .strip = 0,
         .number = "",
         .route = "branch.example"},
        {.kind = ILS_ENTERPRISE_NUMBER,
         .key = "54100",
         .failover = true,
         .strip = 0,
         .number = "+49301",
         .route = ""},
        {.kind = ILS_E164_PATTERN,
         .key = "+49!",
         .failover = false,
         .strip = 0,
         .number = "",
         .route = ""},
        {.kind = ILS_E164_PATTERN,
         .key = "+4930XXX",
         .failover = false,
         .strip = 0,
         .number = "",
         .route = ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        assert_int_equal(ils_publish(one, &facts[i]), SJ_OK);
    }
    (void)exchange(one, hub, 0);
    assert_true(knows(hub, "54100", &found));
    assert_int_equal(found.object->kind, ILS_ENTERPRISE_NUMBER);
    assert_string_equal(found.number, "+49301");
    assert_true(knows(hub, "54123", &found));
    assert_string_equal(found.object->text, "541XX");
    assert_string_equal(found.route, "branch.example");
    assert_true(knows(hub, "54987", &found));
    assert_string_equal(found.number, "+4930987");
    assert_true(knows(hub, "+4930123", &found));
    assert_string_equal(found.object->text, "+4930XXX");
    assert_true(knows(hub, "+49401", &found));
    assert_string_equal(found.object->text, "+49!");
    assert_false(knows(hub, "6000", &found));
    assert_false(knows(one, "54987", &found)); /* the owner does not use its own */
    const struct ils_block blocks[] = {{"", "541", "", true, false}, {"", "", "c9", false, false}};
    assert_true(ils_lookup(hub, "54123", blocks, 2, &found));
    assert_ptr_equal(found.blocked, &blocks[0]);
    assert_true(ils_lookup(hub, "54987", blocks, 2, &found));
    assert_null(found.blocked);
    ils_free(hub);
    ils_free(one);
}

static void state_number(struct ils *ils, enum ils_kind kind, const char *key) {
    const struct ils_fact fact = {.kind = kind, .key = key, .number = "", .route = ""};
    assert_int_equal(ils_publish(ils, &fact), SJ_OK);
}

/* Who is blocked or withdrawn gives way to the next. */
static void the_next_owner_counts(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    const struct ils_block cluster_c2 = {"", "", "c2", false, false},
                           prefix_c2 = {"", "541", "c2", false, false},
                           prefix = {"", "541", "", false, false};
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "");
    state_uri(two, "anna@example.com", "");
    state_uri(one, "Bert@example.com", "");
    state_uri(two, "bert@example.com", "");
    state_number(one, ILS_ENTERPRISE_PATTERN, "541XX");
    state_number(one, ILS_ENTERPRISE_PATTERN, "54XXX");
    state_number(two, ILS_ENTERPRISE_PATTERN, "54XXX");
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 0);
    assert_true(ils_lookup(hub, "anna@example.com", &cluster_c2, 1, &found));
    assert_string_equal(found.owner->cluster_id, "c3");
    assert_null(found.blocked);
    assert_int_equal(found.others, 0);
    assert_true(ils_lookup(hub, "54123", &cluster_c2, 1, &found));
    assert_string_equal(found.owner->cluster_id, "c3");
    assert_null(found.blocked);
    /* A rule on a key is not gone around by what is less close. */
    assert_true(ils_lookup(hub, "54123", &prefix_c2, 1, &found));
    assert_ptr_equal(found.blocked, &prefix_c2);
    state_number(two, ILS_ENTERPRISE_PATTERN, "541XX");
    (void)exchange(two, hub, 1000);
    assert_true(ils_lookup(hub, "54123", &prefix_c2, 1, &found));
    assert_null(found.blocked);
    assert_string_equal(found.owner->cluster_id, "c3");
    assert_true(ils_lookup(hub, "54123", &prefix, 1, &found));
    assert_ptr_equal(found.blocked, &prefix);
    assert_true(ils_lookup(hub, "Bert@example.com", &cluster_c2, 1, &found));
    assert_ptr_equal(found.blocked, &cluster_c2);
    assert_true(ils_lookup_any_case(hub, "BERT@example.com", &cluster_c2, 1, &found));
    assert_string_equal(found.owner->cluster_id, "c3");
    ils_find_cluster(hub, "c2")->withdrawn = true;
    assert_true(knows(hub, "anna@example.com", &found));
    assert_string_equal(found.owner->cluster_id, "c3");
    assert_false(knows(hub, "Bert@example.com", &found));
    assert_string_equal(found.withdrawn->cluster_id, "c2");
    assert_ptr_equal(
        ils_counting(hub, ILS_DIRECTORY_URI, "anna@example.com", NULL, 0, NULL)->catalog->owner,
        ils_find_cluster(hub, "c3"));
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

static void a_journal_brings_it_back(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE), *again;
    struct ils_found found;
    (void)state;
    for (int i = 0; i < 9000; i++) { /* more than one message holds */
        char uri[64];
        (void)snprintf(uri, sizeof uri, "a.rather.long.user.%d@example.com", i);
        state_uri(one, uri, "+4930123456");
    }
    state_uri(hub, "hub@example.com", "");
    assert_true(exchange(one, hub, 0) > 2);
    const struct ils_peer_id id = peer(1);
    again = ils_new(&id, "c1", 1, 0);
    for (size_t i = 0; i < hub->owners_count; i++) {
        uint64_t incarnation = 0, version = 0;
        bool more = true;
        while (more) {
            sj_text message = {0};
            sj_error error = {0};
            ils_journal_begin(hub, &message);
            ils_journal_owner(hub, hub->owners[i], &incarnation, &version, 0, &message, &more);
            assert_int_equal(ils_restore(again, message.data, message.length, 0, &error), SJ_OK);
            sj_text_clear(&message);
        }
        assert_int_equal(version, hub->owners[i]->catalog->version);
        assert_int_equal(again->owners[i]->catalog->digest, hub->owners[i]->catalog->digest);
    }
    assert_true(knows(again, "a.rather.long.user.8999@example.com", &found));
    assert_string_equal(found.route, "c2.example");
    assert_true(again->self->beat > hub->self->beat);
    ils_free(hub);
    ils_free(one);
    ils_free(again);
}

static void tombstones_are_forgotten_and_the_late_one_gets_all(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    (void)state;
    for (int i = 0; i < 2000; i++) {
        char uri[64];
        (void)snprintf(uri, sizeof uri, "user%d@example.com", i);
        state_uri(one, uri, "");
    }
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 0);
    for (int i = 0; i < 1500; i++) {
        char uri[64];
        (void)snprintf(uri, sizeof uri, "user%d@example.com", i);
        assert_int_equal(ils_withdraw(one, ILS_DIRECTORY_URI, uri), SJ_OK);
    }
    assert_true(one->self->catalog->floor > 2000);
    assert_true(one->self->catalog->tombstones < 600);
    (void)exchange(one, hub, 1000);
    (void)exchange(two, hub, 2000);
    assert_int_equal(two->table.learned, 500);
    assert_int_equal(ils_find_cluster(two, "c2")->catalog->digest, one->self->catalog->digest);
    assert_int_equal(two->counters.mismatches + hub->counters.mismatches, 0);
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

static void a_spoke_follows_its_hub(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *second = cluster(2, ILS_HUB),
               *spoke = cluster(3, ILS_SPOKE);
    (void)state;
    (void)exchange(second, hub, 0);
    (void)exchange(spoke, hub, 0);
    (void)exchange(spoke, hub, 1000);
    const struct ils_settings smaller = {.role = ILS_SPOKE,
                                         .registrar = true,
                                         .interval_ms = INTERVAL,
                                         .most_learned = 100000,
                                         .cluster_id = "c1",
                                         .route = "c1.example",
                                         .detail = "{}"};
    ils_configure(hub, &smaller, 2000);
    ils_tick(hub, 2000);
    (void)exchange(hub, second, 2000);
    (void)exchange(spoke, hub, 3000); /* refused, and told where to go */
    ils_tick(spoke, 4000);
    struct ils_neighbor *next = ils_due(spoke, 4000);
    assert_non_null(next);
    assert_true(ils_peer_equal(&next->peer, &second->self->peer));
    (void)exchange(spoke, second, 4000);
    assert_non_null(ils_find_cluster(second, "c3"));
    assert_string_equal(spoke->neighbors[0]->reason, "");
    ils_free(hub);
    ils_free(second);
    ils_free(spoke);
}

static void what_is_not_right_is_refused_whole(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_exchange exchange_one;
    sj_text request = {0}, out = {0};
    sj_error error = {0};
    (void)state;
    state_uri(one, "anna@example.com", "");
    ils_tick(one, 0);
    ils_exchange_begin(one, &exchange_one, ils_due(one, 0), 0);
    ils_exchange_request(one, &exchange_one, 0, &request);
    for (size_t length = 0; length < request.length; length++) {
        const size_t owners = hub->owners_count;
        const int status = ils_answer(hub, 0, request.data, length, NULL, &out, &error);
        assert_true(status == SJ_OK || status == SJ_E_INVALID);
        assert_true(status == SJ_OK || hub->owners_count == owners);
        sj_text_clear(&out);
    }
    request.data[4] = 9;
    assert_int_equal(ils_answer(hub, 0, request.data, request.length, NULL, &out, &error),
                     SJ_E_VERSION);
    request.data[4] = ILS_WIRE_VERSION;
    assert_int_equal(ils_answer(hub, 0, request.data, request.length, "c7", &out, &error), SJ_OK);
    sj_text_clear(&out);
    ils_exchange_end(one, &exchange_one, "over", 0);
    sj_text_clear(&request);
    ils_free(hub);
    ils_free(one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_one_form),
        cmocka_unit_test(a_hub_passes_on_what_each_lacks),
        cmocka_unit_test(nothing_older_wins),
        cmocka_unit_test(silence_expires_and_stays_expired),
        cmocka_unit_test(who_leaves_is_gone_at_once),
        cmocka_unit_test(duplicates_do_not_depend_on_who_came_first),
        cmocka_unit_test(a_lost_state_is_stated_anew),
        cmocka_unit_test(nobody_counts_to_the_end_for_another),
        cmocka_unit_test(nobody_speaks_for_a_cluster_without_its_certificate),
        cmocka_unit_test(a_cluster_id_is_of_one_cluster),
        cmocka_unit_test(who_is_no_hub_speaks_of_itself_alone),
        cmocka_unit_test(nobody_fills_the_table_alone),
        cmocka_unit_test(a_cluster_id_has_its_characters),
        cmocka_unit_test(no_version_is_near_the_end),
        cmocka_unit_test(the_limit_keeps_what_is_there),
        cmocka_unit_test(patterns_and_blocks),
        cmocka_unit_test(the_next_owner_counts),
        cmocka_unit_test(a_journal_brings_it_back),
        cmocka_unit_test(tombstones_are_forgotten_and_the_late_one_gets_all),
        cmocka_unit_test(a_spoke_follows_its_hub),
        cmocka_unit_test(what_is_not_right_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
