/* What the Intercluster Lookup Service tells people of its network: status, peers, conflicts and
 * alarms, and of what others say that is not right. */
#include "ils_pair.h"

#include "resources/certificates.h"
#include "resources/node.h"

extern const sj_plugin sj_plugin_descriptor;

static void without_trust_there_is_an_alarm(void **state) {
    struct pair *pair = *state;
    pair->status = 403;
    pair_advance(pair, 5000);
    const char *alarm = sj_testkit_find(pair->spoke, "event", "ils.alarm");
    assert_non_null(alarm);
    assert_non_null(strstr(alarm, "ILSTLSAuthenticationFailed"));
    pair->status = 0;
    pair_advance(pair, MINUTE);
    assert_true(pair_look_up(pair->hub, "anna@example.com").found);
}

/* The machine of the spoke is copied, and both run. */
static void two_that_speak_as_one_cluster_are_told(void **state) {
    struct pair *pair = *state;
    const sj_testkit_options there = {.cluster_id = "br", .node = "br-1", .address = "127.0.0.5"};
    struct pair other = {.hub = pair->hub,
                         .spoke = sj_testkit_open(&there),
                         .certificate = "hq",
                         .address = "127.0.0.5"};
    sj_ils_peer *identity = NULL;
    char json[100];
    sj_error error = {0};
    pair_advance(pair, 5000);
    assert_int_equal(sj_ils_peer_get(sj_testkit_scope(pair->spoke), "default", &identity, &error),
                     SJ_OK);
    (void)snprintf(json, sizeof json, "{\"peer_id\":\"%s\"}", identity->peer_id);
    sj_record_free(sj_testkit_scope(pair->spoke), identity);
    sj_testkit_on_fetch(other.spoke, pair_to_hub, &other);
    pair_put(other.spoke, &sj_ils_peer_meta, json);
    pair_put(other.spoke, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"hq\",\"fully_qualified_name\":\"127.0.0.1\"}");
    pair_put(
        other.spoke, &sj_ils_configuration_meta,
        "{\"role\":\"spoke\",\"registration_server\":\"127.0.0.1\",\"synchronize_clusters_every\":"
        "1,\"exchange_dial_plan\":true,\"advertised_route_string\":\"br.example\"}");
    pair_put(other.spoke, &sj_directory_uri_meta, "{\"user\":\"bert\",\"host\":\"example.com\"}");
    assert_int_equal(sj_testkit_start(other.spoke, &sj_plugin_descriptor, &error), SJ_OK);
    for (int i = 0; i < 8 * 60; i++) {
        sj_testkit_advance(other.spoke, 1000);
        pair_advance(pair, 1000);
    }
    pair_expect(pair_tell(pair->hub).disputes, "two nodes speak as cluster br");
    pair_expect(pair_tell(pair->hub).disputes, "127.0.0.2");
    pair_expect(pair_tell(pair->hub).disputes, "127.0.0.5");
    pair_expect(pair_tell(pair->hub).same_id, "shut one of them down");
    char note[400];
    pair_note(pair->hub, note);
    pair_expect(note, "two nodes speak as cluster br");
    pair_expect(pair_tell(pair->spoke).disputes, "another node speaks as this cluster, br");
    pair_expect(pair_tell(other.spoke).disputes, "another node speaks as this cluster, br");
    assert_non_null(sj_testkit_find(pair->hub, "event", "ILSIdentityDisputed"));
    assert_non_null(sj_testkit_find(pair->spoke, "event", "ILSIdentityDisputed"));
    assert_non_null(sj_testkit_find(other.spoke, "event", "ILSIdentityDisputed"));
    /* What counts does not change by turns. */
    const bool first = pair_look_up(pair->hub, "anna@example.com").found;
    for (int i = 0; i < 5 * 60; i++) {
        sj_testkit_advance(other.spoke, 1000);
        pair_advance(pair, 1000);
        assert_int_equal(pair_look_up(pair->hub, "anna@example.com").found, first);
        assert_int_equal(pair_look_up(pair->hub, "bert@example.com").found, !first);
    }
    assert_int_equal(sj_testkit_end(other.spoke, &error), SJ_OK);
}

/* A cluster becomes a hub by itself: who has named the hubs sees that, and does not ask it. */
static void a_hub_that_is_not_accepted_is_told(void **state) {
    struct pair *pair = *state;
    char note[400] = "";
    pair_put(
        pair->spoke, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"registration_server\":\"127.0.0.1\",\"synchronize_clusters_every\":1,"
        "\"exchange_dial_plan\":true,\"advertised_route_string\":\"br.example\"}");
    pair_put(pair->hub, &sj_ils_configuration_meta,
             "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"accepted_hubs\":[\"zz\"]}");
    pair_advance(pair, 5000);
    pair_note(pair->hub, note);
    pair_expect(note, "cluster br is a hub and none of the Accepted Hubs here");
    pair_expect(pair_tell(pair->hub).status, "0 of 0 hubs asked");
    assert_true(pair_look_up(pair->hub, "anna@example.com").found); /* which is its own */
    pair_put(pair->hub, &sj_ils_configuration_meta,
             "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"accepted_hubs\":[\"br\"]}");
    sj_testkit_advance(pair->hub, 1000);
    pair_note(pair->hub, note);
    assert_string_equal(note, "");
}

static void trust(sj_testkit *kit, const char *cluster_id) {
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"cluster_id\":\"%s\",\"kind\":\"tomcat\",\"fingerprint\":\"%064d\","
                   "\"subject\":\"CN=%s\",\"pem\":\"x\",\"imported_at\":\"2020-01-01T00:00:00Z\"}",
                   cluster_id, 1, cluster_id);
    pair_put(kit, &sj_trusted_certificate_meta, json);
}

static void withdraw(sj_testkit *kit) {
    sj_scope *scope = sj_testkit_scope(kit);
    sj_list list = {0};
    assert_int_equal(sj_trusted_certificate_list(scope, NULL, &list, NULL), SJ_OK);
    for (size_t i = 0; i < list.count; i++) {
        const sj_trusted_certificate *one = sj_trusted_certificate_at(&list, i);
        char key[140];
        (void)snprintf(key, sizeof key, "%s@%s", one->fingerprint, one->cluster_id);
        assert_int_equal(sj_trusted_certificate_delete(scope, key, NULL), SJ_OK);
    }
    sj_list_free(scope, &list);
    sj_testkit_run(kit);
}

/* A request of the spoke that a cluster sends as its own. */
static int send_copy(struct pair *pair, const char *cluster_id) {
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/ils",
                                        .content_type = "application/x-sojourn-ils",
                                        .body = pair->request,
                                        .body_length = pair->request_length,
                                        .peer = "127.0.0.3",
                                        .tls = true,
                                        .peer_cluster = cluster_id};
    assert_true(pair->request_length > 0);
    return sj_testkit_send(pair->hub, &request)->status;
}

/* Who comes with another's peer id is refused, whichever side asks, over a restart, until somebody
 * withdraws the trust in the other. */
static void a_peer_id_is_of_one_cluster(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    trust(pair->hub, "br");
    trust(pair->spoke, "hq");
    pair_advance(pair, 5000);
    assert_int_equal(sj_testkit_stop(pair->hub, "ils", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(pair->hub, &sj_plugin_descriptor, &error), SJ_OK);
    pair_advance(pair, 5000);
    assert_int_equal(send_copy(pair, "ev"), 409);
    pair_expect(pair_tell(pair->hub).claims, "cluster ev comes with the peer id of cluster br");
    pair_expect(sj_testkit_find(pair->hub, "event", "ils.alarm"), "ILSTLSAuthenticationFailed");
    assert_int_equal(send_copy(pair, "br"), 200);
    /* The spoke asks a hub that answers as hq did. */
    pair->certificate = "ev";
    pair_put(pair->spoke, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"ev\",\"fully_qualified_name\":\"127.0.0.3\"}");
    pair_put(
        pair->spoke, &sj_ils_configuration_meta,
        "{\"role\":\"spoke\",\"registration_server\":\"ev\",\"synchronize_clusters_every\":1}");
    pair_advance(pair, MINUTE);
    pair_expect(pair_tell(pair->spoke).reason,
                "is that of cluster hq, whose certificates are trusted");
    pair_expect(pair_tell(pair->spoke).claims, "withdraw that trust (cert remove hq)");
    withdraw(pair->spoke);
    pair_advance(pair, MINUTE);
    assert_string_equal(pair_tell(pair->spoke).reason, "");
}

/* Who came by a password that has been set anew is told, and refused where that is wanted; both say
 * so. */
static void a_former_password(void **state) {
    struct pair *pair = *state;
    trust(pair->hub, "br");
    pair_put(pair->hub, &sj_ils_ground_meta,
             "{\"cluster_id\":\"br\",\"ground\":\"password\",\"since\":\"2026-01-01T00:00:00Z\","
             "\"salt\":\"00112233445566778899aabbccddeeff\"}");
    pair_advance(pair, 5000);
    assert_true(pair_look_up(pair->hub, "anna@example.com").found);
    pair_expect(pair_tell(pair->hub).passwords,
                "cluster br came by a password that is not set here any "
                "more, and is trusted as before");
    pair_put(
        pair->hub, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"require_current_password\":true}");
    pair_advance(pair, MINUTE);
    pair_expect(pair_tell(pair->hub).passwords, "and is refused until it joins anew (ils join)");
    pair_expect(sj_testkit_find(pair->hub, "event", "ils.alarm"), "ILSPwdAuthenticationFailed");
    pair_expect(sj_testkit_find(pair->spoke, "event", "ils.alarm"), "ILSPwdAuthenticationFailed");
    pair_expect(pair_tell(pair->spoke).reason,
                "cluster br came by a password that is not set any more at cluster hq");
}

/* A request of a spoke that has this peer id and says of itself how far it has counted. */
static const sj_testkit_reply *send_state(sj_testkit *kit, unsigned char number, bool to_the_end,
                                          bool left) {
    enum { HEAD = 6, SECTION = 5, SENDER = 34, STATE = 77, ROLE = 16, INCARNATION = 16 };
    unsigned char message[HEAD + SECTION + SENDER + SECTION + STATE] = "SJIL\001\001";
    unsigned char *sender = message + HEAD, *copy = sender + SECTION + SENDER;
    sender[0] = 1;
    sender[4] = SENDER;
    sender[SECTION] = number;
    sender[SECTION + ROLE] = 2;
    copy[0] = 2;
    copy[4] = STATE;
    copy[SECTION] = number;
    copy[SECTION + INCARNATION] = to_the_end ? 0xff : 0;
    copy[SECTION + STATE - 1] = left;
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/ils",
                                        .content_type = "application/x-sojourn-ils",
                                        .body = (const char *)message,
                                        .body_length = sizeof message,
                                        .peer = "127.0.0.2",
                                        .tls = true,
                                        .peer_cluster = "br"};
    return sj_testkit_send(kit, &request);
}

/* One cluster under more peer ids than it may have, and one that has counted to the end. */
static void what_is_not_believed_is_told(void **state) {
    struct pair *pair = *state;
    pair_advance(pair, 5000);
    for (unsigned char i = 0; i < 20; i++) {
        assert_int_equal(send_state(pair->hub, (unsigned char)(100 + i), false, false)->status,
                         200);
    }
    assert_int_equal(send_state(pair->hub, 200, true, false)->status, 200);
    pair_advance(pair, 2000);
    const char *alarm = sj_testkit_find(pair->hub, "event", "ILSClustersLimit");
    assert_non_null(alarm);
    assert_non_null(strstr(alarm, "br says of"));
    assert_non_null(sj_testkit_find(pair->hub, "log", "counted further than anybody can"));
}

static void put_section(unsigned char *message, size_t *length, unsigned char tag,
                        const unsigned char *content, size_t content_length) {
    const unsigned char head[] = {tag, 0, 0, 0, (unsigned char)content_length};
    memcpy(message + *length, head, sizeof head);
    memcpy(message + *length + sizeof head, content, content_length);
    *length += sizeof head + content_length;
}

/* The cluster br, of this peer id, describes itself, and what it says cannot be read. */
static int send_description(sj_testkit *kit, unsigned char number, unsigned char version) {
    enum { SENDER = 34, ROLE = 16, INCARNATION_END = 23, VERSION_END = 31, NAME = 53 };
    static const unsigned char words[] = "\002br\000\000\000\000\001x";
    unsigned char message[200] = "SJIL\001\001", sender[SENDER] = {number}, info[80] = {number};
    size_t length = 6;
    sender[ROLE] = 2;
    info[INCARNATION_END] = 1;
    info[VERSION_END] = version;
    info[VERSION_END + 1] = 2;
    memcpy(info + NAME, words, sizeof words - 1);
    put_section(message, &length, 1, sender, sizeof sender);
    put_section(message, &length, 4, info, NAME + sizeof words - 1);
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/ils",
                                        .content_type = "application/x-sojourn-ils",
                                        .body = (const char *)message,
                                        .body_length = length,
                                        .peer = "127.0.0.2",
                                        .tls = true,
                                        .peer_cluster = "br"};
    return sj_testkit_send(kit, &request)->status;
}

/* As often as it describes itself anew. */
static void nobody_fills_the_log(void **state) {
    static const char line[] = "does not say what its cluster states";
    struct pair *pair = *state;
    pair_advance(pair, 5000);
    pair->down = true;
    assert_int_equal(send_state(pair->hub, 100, false, false)->status, 200);
    for (unsigned char version = 1; version <= 20; version++) {
        assert_int_equal(send_description(pair->hub, 100, version), 200);
        sj_testkit_advance(pair->hub, 1000);
    }
    assert_int_equal(sj_testkit_count(pair->hub, "log", line), 1);
    sj_testkit_advance(pair->hub, MINUTE);
    assert_non_null(sj_testkit_find(pair->hub, "log", "19 more in the last minute"));
}

/* A cluster that has not said yet who it is. */
static void what_has_not_come_yet_is_told(void **state) {
    struct pair *pair = *state;
    pair_advance(pair, 5000);
    assert_int_equal(send_state(pair->hub, 100, false, false)->status, 200);
    const struct told told = pair_tell(pair->hub);
    pair_expect(told.not_here, "not all is here of 64000000000000000000000000000000: the rest has "
                               "not come yet");
    assert_false(told.complete);
}

static void count_peers(void *user, int status, const sj_error *error,
                        const sj_ils_peers_reply *reply) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    *(size_t *)user = reply->peers_count;
}

static size_t peers_of(sj_testkit *kit) {
    const sj_ils_peers request = {0};
    size_t count = 0;
    assert_int_equal(
        sj_ask_ils_peers(sj_testkit_scope(kit), &request, 0, count_peers, &count, NULL), SJ_OK);
    sj_testkit_run(kit);
    return count;
}

/* Of which nothing is known but a peer id. */
static void what_has_left_without_a_name_is_not_listed(void **state) {
    struct pair *pair = *state;
    pair_advance(pair, 5000);
    assert_int_equal(peers_of(pair->hub), 2);
    assert_int_equal(send_state(pair->hub, 100, false, true)->status, 200);
    assert_int_equal(peers_of(pair->hub), 2);
    assert_int_equal(send_state(pair->hub, 101, false, false)->status, 200);
    assert_int_equal(peers_of(pair->hub), 3);
}

/* Of many conflicts the first are shown, in order, and it is said that there are more. */
static void conflicts_that_are_not_shown_are_told(void **state) {
    struct pair *pair = *state;
    pair_put(pair->hub, &sj_ils_configuration_meta,
             "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"exchange_dial_plan\":true,"
             "\"advertised_route_string\":\"hq.example\"}");
    for (int i = 1300; i > 0; i--) {
        char json[100];
        (void)snprintf(json, sizeof json, "{\"user\":\"u%04d\",\"host\":\"x.example\"}", i);
        pair_put(pair->hub, &sj_directory_uri_meta, json);
        pair_put(pair->spoke, &sj_directory_uri_meta, json);
    }
    pair_advance(pair, 10000);
    const struct told told = pair_tell(pair->hub);
    assert_string_equal(told.conflicts, "1300 keys are advertised by several clusters; the first "
                                        "200 by kind and key are shown");
    assert_int_equal(told.conflicts_count, 200);
    assert_string_equal(told.last_key, "u0200@x.example");
}

/* Who states the same and is blocked, or not trusted any more, is in no conflict. */
static void what_does_not_count_is_no_conflict(void **state) {
    struct pair *pair = *state;
    pair_put(pair->hub, &sj_ils_configuration_meta,
             "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"exchange_dial_plan\":true,"
             "\"advertised_route_string\":\"hq.example\"}");
    pair_put(pair->hub, &sj_directory_uri_meta, "{\"user\":\"anna\",\"host\":\"example.com\"}");
    pair_put(pair->spoke, &sj_directory_uri_meta, "{\"user\":\"anna\",\"host\":\"example.com\"}");
    pair_advance(pair, 10000);
    assert_string_equal(pair_tell(pair->hub).conflicts, "1 key is advertised by several clusters");
    pair_put(pair->hub, &sj_learned_block_rule_meta, "{\"name\":\"B\",\"cluster_id\":\"br\"}");
    pair_advance(pair, 2000);
    const struct told told = pair_tell(pair->hub);
    assert_string_equal(told.conflicts,
                        "0 keys are advertised by several clusters; of 1 more no two statements "
                        "count here: clusters are blocked or withdrawn");
    assert_int_equal(told.conflicts_count, 0);
}

/* A cluster that is written otherwise than it is called is never that one. */
static void names_that_no_cluster_has_are_told(void **state) {
    struct pair *pair = *state;
    pair_put(pair->hub, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"LATER\",\"fully_qualified_name\":\"127.0.0.9\"}");
    pair_advance(pair, 5000);
    pair_put(pair->hub, &sj_ils_configuration_meta,
             "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"accepted_hubs\":[\"hq\",\"br\","
             "\"LATER\",\"BR\",\"Tasmania\"]}");
    pair_put(pair->hub, &sj_learned_block_rule_meta, "{\"name\":\"A\",\"cluster_id\":\"br\"}");
    pair_put(pair->hub, &sj_learned_block_rule_meta, "{\"name\":\"B\",\"cluster_id\":\"LATRE\"}");
    pair_put(pair->hub, &sj_learned_block_rule_meta, "{\"name\":\"C\",\"prefix\":\"83\"}");
    pair_advance(pair, 2000);
    const struct told told = pair_tell(pair->hub);
    pair_expect(told.unknown,
                "accepted hub BR: no cluster of this name is known here (did you mean "
                "br?)\n");
    pair_expect(told.unknown, "accepted hub Tasmania: no cluster of this name is known here\n");
    pair_expect(told.unknown, "block rule B: no cluster of the name LATRE is known here (did you "
                              "mean LATER?): it blocks nothing now");
    assert_int_equal(told.unknown_count, 3);
}

/* The hub's publisher is one of the nodes that it has told, however many there are; it is asked
 * first from then on. */
static void the_last_of_many_nodes_is_reached(void **state) {
    struct pair *pair = *state;
    for (int i = 1; i <= 12; i++) {
        char json[100];
        (void)snprintf(json, sizeof json, "{\"name\":\"hq-%d\",\"address\":\"127.0.1.%d\"}", i, i);
        pair_put(pair->hub, &sj_cluster_node_meta, json);
    }
    pair_advance(pair, 2 * MINUTE);
    assert_string_equal(pair_tell(pair->spoke).reason, "");
    pair->alive = "//127.0.1.12:";
    pair_put(pair->spoke, &sj_directory_uri_meta, "{\"user\":\"zoe\",\"host\":\"example.com\"}");
    pair_advance(pair, MINUTE);
    assert_string_equal(pair_tell(pair->spoke).reason, "");
    assert_true(pair_look_up(pair->hub, "zoe@example.com").found);
    pair->asked = 0;
    pair_advance(pair, 3 * MINUTE);
    assert_string_equal(pair_tell(pair->spoke).reason, "");
    assert_in_range(pair->asked, 1, 10); /* one a minute, not those that are dead */
}

/* Another cluster answers to the registration server's name by now: the reason is about that. */
static void a_reason_stands_beside_the_cluster_that_it_is_about(void **state) {
    struct pair *pair = *state;
    pair_advance(pair, 5000);
    assert_string_equal(pair_tell(pair->spoke).hub, "hq");
    pair_put(pair->spoke, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"hq\",\"fully_qualified_name\":\"127.0.0.7\"}");
    pair_put(pair->spoke, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"zz\",\"fully_qualified_name\":\"127.0.0.1\"}");
    pair->certificate = "zz";
    pair->down = true;
    pair_advance(pair, 2 * MINUTE);
    const struct told told = pair_tell(pair->spoke);
    pair_expect(told.reason, "cluster zz at 127.0.0.1: ");
    assert_string_equal(told.hub, "zz");
}

static void a_message_that_is_not_right_is_refused(void **state) {
    struct pair *pair = *state;
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/ils",
                                        .content_type = "application/x-sojourn-ils",
                                        .body = "SJIL\001\001rubbish",
                                        .peer = "127.0.0.2",
                                        .tls = true,
                                        .peer_cluster = "br"};
    sj_testkit_advance(pair->hub, 1000);
    assert_int_equal(sj_testkit_send(pair->hub, &request)->status, 400);
    sj_testkit_request stranger = request;
    stranger.peer_cluster = NULL;
    assert_int_equal(sj_testkit_send(pair->hub, &stranger)->status, 403);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_trust_there_is_an_alarm, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(two_that_speak_as_one_cluster_are_told, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_hub_that_is_not_accepted_is_told, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_peer_id_is_of_one_cluster, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_former_password, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_believed_is_told, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(nobody_fills_the_log, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(what_has_not_come_yet_is_told, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(what_has_left_without_a_name_is_not_listed, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(conflicts_that_are_not_shown_are_told, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(what_does_not_count_is_no_conflict, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(names_that_no_cluster_has_are_told, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(the_last_of_many_nodes_is_reached, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_reason_stands_beside_the_cluster_that_it_is_about,
                                        pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_message_that_is_not_right_is_refused, pair_setup,
                                        pair_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
