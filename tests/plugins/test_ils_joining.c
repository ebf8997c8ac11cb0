/* Joining a hub that may be anybody: whatever it answers, or does not, the cluster that would join
 * goes on, says why, and trusts nothing; memory that ends is said, and tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/emcc.h"
#include "events/ils.h"
#include "resources/ils.h"
#include "resources/remote_cluster.h"

extern const sj_plugin sj_plugin_descriptor;

static const char fingerprint_of_kit[] =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char password[] = "a long password of the network";

struct joining {
    sj_testkit *kit, *hub;
    int status, added, added_at_hub;
    bool answered, hold; /* hold: the certificates are added when the test says so */
    sj_question *held;
    char text[640];
    size_t connections, read; /* of the newest connection: bytes that the hub has read */
};

static void on_add(void *user, sj_question *question, const sj_certificates_add *request) {
    struct joining *joining = user;
    const sj_certificates_add_reply reply = {.imported = (int64_t)request->certificates_count};
    joining->added++;
    if (joining->hold) {
        joining->held = question;
        return;
    }
    sj_reply_certificates_add(sj_testkit_scope(joining->kit), question, &reply);
}

static void on_add_at_hub(void *user, sj_question *question, const sj_certificates_add *request) {
    struct joining *joining = user;
    const sj_certificates_add_reply reply = {.imported = (int64_t)request->certificates_count};
    joining->added_at_hub++;
    sj_reply_certificates_add(sj_testkit_scope(joining->hub), question, &reply);
}

static void on_joined(void *user, int status, const sj_error *error,
                      const sj_ils_join_reply *reply) {
    struct joining *joining = user;
    joining->answered = true;
    joining->status = status;
    (void)snprintf(joining->text, sizeof joining->text, "%s",
                   status == SJ_OK ? reply->message : error->text);
}

static void on_password_set(void *user, int status, const sj_error *error,
                            const sj_ils_password_reply *reply) {
    (void)error;
    (void)reply;
    *(int *)user = status;
}

static int setup(void **state) {
    struct joining *joining = calloc(1, sizeof *joining);
    const sj_testkit_options here = {.cluster_id = "br", .node = "br-1", .address = "127.0.0.2"};
    const sj_testkit_options there = {.cluster_id = "hq"};
    sj_error error = {0};
    assert_non_null(joining);
    joining->kit = sj_testkit_open(&here);
    joining->hub = sj_testkit_open(&there);
    assert_int_equal(
        sj_testkit_put(joining->hub, &sj_ils_configuration_meta, "{\"role\":\"hub\"}", &error),
        SJ_OK);
    assert_non_null(
        sj_answer_certificates_add(sj_testkit_scope(joining->kit), on_add, joining, &error));
    assert_non_null(
        sj_answer_certificates_add(sj_testkit_scope(joining->hub), on_add_at_hub, joining, &error));
    assert_int_equal(sj_testkit_start(joining->kit, &sj_plugin_descriptor, &error), SJ_OK);
    assert_int_equal(sj_testkit_start(joining->hub, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(joining->kit, 1000);
    sj_testkit_advance(joining->hub, 1000);
    int status = 1;
    const sj_ils_password request = {.password = password};
    assert_int_equal(sj_ask_ils_password(sj_testkit_scope(joining->hub), &request, 0,
                                         on_password_set, &status, &error),
                     SJ_OK);
    sj_testkit_run(joining->hub);
    assert_int_equal(status, SJ_OK);
    *state = joining;
    return 0;
}

static int teardown(void **state) {
    struct joining *joining = *state;
    sj_error error = {0};
    if (sj_testkit_end(joining->kit, &error) != SJ_OK ||
        sj_testkit_end(joining->hub, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    free(joining);
    return 0;
}

/* Asks to join; the hub's end of the connection, which is not accepted yet. */
static sj_testkit_peer *join(struct joining *joining, const char *by_password) {
    const sj_ils_join request = {.hub = "127.0.0.1",
                                 .https_port = 8443,
                                 .password = by_password,
                                 .fingerprint = by_password[0] == '\0' ? fingerprint_of_kit : ""};
    sj_error error = {0};
    joining->answered = false;
    joining->status = 1;
    joining->read = 0;
    if (sj_ask_ils_join(sj_testkit_scope(joining->kit), &request, 0, on_joined, joining, &error) !=
        SJ_OK) {
        joining->answered = true;
        joining->status = error.code;
        (void)snprintf(joining->text, sizeof joining->text, "%s", error.text);
        return NULL;
    }
    sj_testkit_run(joining->kit);
    sj_testkit_peer *peer = sj_testkit_outgoing(joining->kit, joining->connections);
    joining->connections += peer != NULL;
    return peer;
}

static sj_testkit_peer *opened(struct joining *joining, const char *by_password) {
    sj_testkit_peer *peer = join(joining, by_password);
    assert_non_null(peer);
    sj_testkit_accept_tls(peer, &(sj_testkit_tls){.common_name = "hq-1"});
    return peer;
}

static void answer(sj_testkit_peer *peer, int status, const char *body) {
    char text[16384];
    const int length = snprintf(text, sizeof text,
                                "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
                                "Content-Length: %zu\r\n\r\n%s",
                                status, strlen(body), body);
    sj_testkit_write(peer, text, (size_t)length);
}

static void expect_failure(struct joining *joining, const char *part) {
    if (!joining->answered) {
        fail_msg("nothing is said of it at once; expected \"%s\"", part);
    }
    assert_int_not_equal(joining->status, SJ_OK);
    if (strstr(joining->text, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", joining->text, part);
    }
    assert_int_equal(joining->added, 0);
    assert_int_equal(sj_testkit_owned(joining->kit, "ils", "stream"), 0);
}

static const char offer[] =
    "{\"cluster_id\":\"hq\",\"session\":\"00112233445566778899aabbccddeeff\"}";

static void rubbish_is_no_hub(void **state) {
    struct joining *joining = *state;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
#define BYTES(text) {text, sizeof text - 1}
        BYTES("\0\0\0\0\r\n\r\n"),
        BYTES("HTTP/1.1 200 OK\r\n\0Content-Length: 2\r\n\r\n{}"),
        BYTES("SSH-2.0-OpenSSH_9.6\r\n\r\n"),
        BYTES("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}"),
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"),
        BYTES("HTTP/1.1 200 OK\r\n\r\n{}"),
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK"),
        BYTES("HTTP/1.1 9 OK\r\nContent-Length: 2\r\n\r\n{}"),
#undef BYTES
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sj_testkit_peer *peer = opened(joining, "");
        sj_testkit_write(peer, cases[i].bytes, cases[i].length);
        expect_failure(joining, "no node of a cluster");
    }
    static char much[9000];
    memset(much, 'x', sizeof much);
    sj_testkit_write(opened(joining, ""), much, sizeof much);
    expect_failure(joining, "no node of a cluster");
    static const char *const bodies[] = {"null",
                                         "[]",
                                         "\"\"",
                                         "{}",
                                         "{\"cluster_id\":null}",
                                         "{\"cluster_id\":\"hq\",\"session\":null}",
                                         "{\"cluster_id\":\"hq\",\"session\":\"zz\"}",
                                         ""};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        answer(opened(joining, ""), 200, bodies[i]);
        expect_failure(joining, "cannot be read");
    }
}

/* What is refused is said as it may be shown. */
static void a_refusal_is_said(void **state) {
    struct joining *joining = *state;
    answer(opened(joining, ""), 403, "not you\x1b[31m");
    expect_failure(joining, "refuses: not you?[31m");
    answer(opened(joining, ""), 404, "");
    expect_failure(joining, "its Intercluster Lookup Service does not run there");
    answer(opened(joining, ""), 421, "{\"type\":\"about:blank\"}");
    expect_failure(joining, "add it there to the enterprise parameter Web Host Names");
    answer(opened(joining, ""), 500, "{\"type\":\"about:blank\"}");
    expect_failure(joining, "refuses: it answers HTTP 500");
    answer(opened(joining, ""), 302, "");
    expect_failure(joining, "refuses: it answers HTTP 302");
    answer(opened(joining, password), 200, offer);
    expect_failure(joining, "lacks salt and share");
}

static void an_answer_that_nobody_asked_for_is_refused(void **state) {
    struct joining *joining = *state;
    /* After the hub has accepted, while its certificates are being written. */
    const sj_certificates_add_reply reply = {.imported = 5};
    const char *accept =
        "{\"proof\":\"\",\"certificates\":[{\"kind\":\"tomcat\",\"node\":\"hq-1\",\"pem\":\"-\"}]}";
    sj_testkit_peer *peer = opened(joining, "");
    answer(peer, 200, offer);
    joining->hold = true;
    answer(peer, 200, accept);
    assert_non_null(joining->held);
    answer(peer, 200, accept);
    sj_testkit_hang_up(peer, SJ_OK, "");
    assert_false(joining->answered);
    sj_reply_certificates_add(sj_testkit_scope(joining->kit), joining->held, &reply);
    sj_testkit_run(joining->kit);
    assert_int_equal(joining->status, SJ_OK);
    joining->hold = false;
    joining->added = 0;
    /* Two answers in one piece. */
    char both[2000];
    const char salted[] = "{\"cluster_id\":\"hq\",\"session\":\"00112233445566778899aabbccddeeff\","
                          "\"salt\":\"00112233445566778899aabbccddeeff\",\"share\":"
                          "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}";
    const int length = snprintf(both, sizeof both,
                                "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s"
                                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                                sizeof salted - 1, salted);
    peer = opened(joining, password);
    sj_testkit_write(peer, both, (size_t)length);
    expect_failure(joining, "no node of a cluster");
}

static void a_closed_connection_is_told(void **state) {
    struct joining *joining = *state;
    sj_testkit_hang_up(join(joining, ""), SJ_E_UNAVAILABLE, "connection refused");
    expect_failure(joining, "connection refused");
    sj_testkit_hang_up(opened(joining, ""), SJ_OK, "");
    expect_failure(joining, "it was closed");
    sj_testkit_peer *peer = opened(joining, "");
    sj_testkit_write(peer, "HTTP/1.1 200 OK\r\nContent-Le", 27);
    sj_testkit_hang_up(peer, SJ_OK, "");
    expect_failure(joining, "it was closed");
    /* Between the offer and the proof, and before the hub has accepted. */
    peer = opened(joining, "");
    answer(peer, 200, offer);
    assert_false(joining->answered);
    sj_testkit_hang_up(peer, SJ_OK, "");
    expect_failure(joining, "it was closed");
    peer = opened(joining, "");
    sj_testkit_advance(joining->kit, 51000);
    expect_failure(joining, "does not answer in time");
    assert_true(sj_testkit_closed(peer));
}

/* Carries what the joiner has written to the hub's routes, and the answers back. */
static void relay(struct joining *joining, sj_testkit_peer *peer) {
    size_t length = 0;
    for (const char *all = sj_testkit_received(peer, &length);
         joining->read < length && !joining->answered; all = sj_testkit_received(peer, &length)) {
        const char *request = all + joining->read, *body = strstr(request, "\r\n\r\n");
        char path[100];
        assert_non_null(body);
        assert_int_equal(sscanf(request, "POST %99s", path), 1);
        const sj_testkit_request passed = {.method = "POST",
                                           .path = path,
                                           .content_type = "application/json",
                                           .body = body + 4,
                                           .peer = "127.0.0.2",
                                           .tls = true};
        joining->read = length;
        const sj_testkit_reply *reply = sj_testkit_send(joining->hub, &passed);
        if (reply->status == 0) {
            return;
        }
        answer(peer, reply->status, reply->body);
    }
}

static void begin_with_memory(struct joining *joining, const char *by_password, long at_joiner,
                              long at_hub) {
    sj_testkit_fail_allocation(joining->kit, at_joiner);
    sj_testkit_peer *peer = join(joining, by_password);
    sj_testkit_fail_allocation(joining->hub, at_hub);
    if (peer != NULL) {
        sj_testkit_accept_tls(peer, &(sj_testkit_tls){.common_name = "hq-1"});
        relay(joining, peer);
        sj_testkit_fail_allocation(joining->kit, 0);
        if (!joining->answered) {
            sj_testkit_hang_up(peer, SJ_OK, "");
        }
    }
    sj_testkit_fail_allocation(joining->kit, 0);
    sj_testkit_fail_allocation(joining->hub, 0);
    sj_testkit_advance(joining->kit, 61000);
    sj_testkit_advance(joining->hub, 61000);
    assert_true(joining->answered);
    assert_int_equal(sj_testkit_owned(joining->kit, "ils", "stream"), 0);
}

static void it_joins(void **state) {
    struct joining *joining = *state;
    begin_with_memory(joining, password, 0, 0);
    if (joining->status != SJ_OK) {
        fail_msg("%s", joining->text);
    }
    assert_int_equal(joining->added, 1);
    assert_int_equal(joining->added_at_hub, 1);
    begin_with_memory(joining, "another password than that", 0, 0);
    assert_non_null(strstr(joining->text, "the password is another one there"));
}

/* A record with an address that leads nowhere would keep them from exchanging. */
static void the_proven_address_is_recorded(void **state) {
    struct joining *joining = *state;
    sj_remote_cluster *record = NULL;
    sj_error error = {0};
    assert_int_equal(sj_testkit_put(joining->kit, &sj_remote_cluster_meta,
                                    "{\"cluster_id\":\"hq\",\"fully_qualified_name\":"
                                    "\"old.invalid\",\"https_port\":1234,\"emcc\":true}",
                                    &error),
                     SJ_OK);
    begin_with_memory(joining, password, 0, 0);
    assert_int_equal(joining->status, SJ_OK);
    assert_non_null(strstr(joining->text, "its remote cluster record had old.invalid, port 1234, "
                                          "and has 127.0.0.1, port 8443 now"));
    assert_int_equal(sj_remote_cluster_get(sj_testkit_scope(joining->kit), "hq", &record, &error),
                     SJ_OK);
    assert_string_equal(record->fully_qualified_name, "127.0.0.1");
    assert_int_equal(record->https_port, 8443);
    assert_true(record->emcc);
    sj_record_free(sj_testkit_scope(joining->kit), record);
}

static int hello(struct joining *joining, const char *body, const char *part) {
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/ils/join/hello",
                                        .content_type = "application/json",
                                        .body = body,
                                        .peer = "127.0.0.2",
                                        .tls = true};
    const sj_testkit_reply *reply = sj_testkit_send(joining->hub, &request);
    if (strstr(reply->body, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", reply->body, part);
    }
    return reply->status;
}

static void on_admitted(void *user, int status, const sj_error *error,
                        const sj_ils_admit_reply *reply) {
    (void)error;
    (void)reply;
    *(int *)user = status;
}

/* Guesses from the address of an admitted certificate are not its own attempts. */
static void who_was_admitted_waits_for_nobody(void **state) {
    struct joining *joining = *state;
    static const char guess[] = "{\"cluster_id\":\"ev\",\"method\":\"password\"}";
    static const char admitted[] = "{\"cluster_id\":\"br\",\"method\":\"fingerprint\"}";
    const sj_ils_admit request = {.fingerprint = fingerprint_of_kit};
    int status = 1;
    sj_error error = {0};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(hello(joining, guess, "share"), 200);
    }
    assert_int_equal(hello(joining, guess, "too many attempts"), 429);
    assert_int_equal(hello(joining, admitted, "too many attempts"), 429);
    assert_int_equal(
        sj_ask_ils_admit(sj_testkit_scope(joining->hub), &request, 0, on_admitted, &status, &error),
        SJ_OK);
    sj_testkit_run(joining->hub);
    assert_int_equal(status, SJ_OK);
    assert_int_equal(hello(joining, admitted, "session"), 200);
    assert_int_equal(hello(joining, guess, "too many attempts"), 429);
}

/* By the password, unless a person has withdrawn it, or it is switched off; never by fingerprints.
 */
static void a_cluster_that_comes_by_itself(void **state) {
    struct joining *joining = *state;
    static const char by_itself[] =
        "{\"cluster_id\":\"br\",\"method\":\"password\",\"by_itself\":true}";
    sj_error error = {0};
    assert_int_equal(hello(joining, by_itself, "share"), 200);
    assert_int_equal(hello(joining,
                           "{\"cluster_id\":\"br\",\"method\":\"fingerprint\",\"by_itself\":true}",
                           "do not join this one by themselves"),
                     403);
    assert_int_equal(sj_testkit_put(joining->hub, &sj_ils_ground_meta,
                                    "{\"cluster_id\":\"br\",\"ground\":\"network\"}", &error),
                     SJ_OK);
    assert_int_equal(hello(joining, by_itself, "was withdrawn there"), 403);
    assert_int_equal(hello(joining, "{\"cluster_id\":\"br\",\"method\":\"password\"}", "share"),
                     200);
    assert_int_equal(sj_testkit_put(joining->hub, &sj_ils_configuration_meta,
                                    "{\"role\":\"hub\",\"join_by_themselves\":false}", &error),
                     SJ_OK);
    sj_testkit_advance(joining->hub, 1000);
    assert_int_equal(hello(joining,
                           "{\"cluster_id\":\"us\",\"method\":\"password\",\"by_itself\":true}",
                           "do not join this one by themselves"),
                     403);
}

static void on_status(void *user, int status, const sj_error *error,
                      const sj_ils_status_reply *reply) {
    char *reason = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    (void)snprintf(reason, 400, "%s", reply->hubs_count > 0 ? reply->hubs[0].reason : "no hub");
}

static void expect_reason(struct joining *joining, const char *part) {
    char reason[400] = "";
    sj_error error = {0};
    assert_int_equal(sj_ask_ils_status(sj_testkit_scope(joining->kit), &(sj_ils_status){0}, 0,
                                       on_status, reason, &error),
                     SJ_OK);
    sj_testkit_run(joining->kit);
    if (strstr(reason, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", reason, part);
    }
}

/* The salt of the password that the cluster has. */
static void salt_of(sj_testkit *kit, char salt[33]) {
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/ils/join/hello",
                                        .content_type = "application/json",
                                        .body = "{\"cluster_id\":\"us\",\"method\":\"password\"}",
                                        .peer = "127.0.0.9",
                                        .tls = true};
    const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
    const char *found = strstr(reply->body, "\"salt\":\"");
    assert_non_null(found);
    (void)snprintf(salt, 33, "%.32s", found + 8);
}

static const char some_share[] = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76";

/* Until it is joined by itself, for at most so long: the hub's end, or NULL. */
static sj_testkit_peer *joined_by_itself(struct joining *joining, int minutes) {
    sj_testkit_peer *peer = NULL;
    for (int i = 0; i < 6 * minutes && peer == NULL; i++) {
        sj_testkit_advance(joining->kit, 10000);
        peer = sj_testkit_outgoing(joining->kit, joining->connections);
    }
    joining->connections += peer != NULL;
    return peer;
}

/* Whoever plays a hub that is joined by itself tries one password on the proof: once an hour, and
 * not with each interval. */
static void guesses_at_what_is_joined_by_itself_are_bounded(void **state) {
    struct joining *joining = *state;
    char salt[33], salted[400];
    int set = 1;
    sj_error error = {0};
    const sj_ils_password request = {.password = password};
    assert_int_equal(sj_ask_ils_password(sj_testkit_scope(joining->kit), &request, 0,
                                         on_password_set, &set, &error),
                     SJ_OK);
    sj_testkit_run(joining->kit);
    assert_int_equal(set, SJ_OK);
    assert_int_equal(sj_testkit_put(joining->kit, &sj_remote_cluster_meta,
                                    "{\"cluster_id\":\"hq\",\"fully_qualified_name\":"
                                    "\"127.0.0.1\"}",
                                    &error),
                     SJ_OK);
    assert_int_equal(sj_testkit_put(joining->kit, &sj_ils_configuration_meta,
                                    "{\"role\":\"hub\",\"registration_server\":\"hq\","
                                    "\"synchronize_clusters_every\":1}",
                                    &error),
                     SJ_OK);
    /* A connection that ends before the proof is no guess. */
    for (int i = 0; i < 3; i++) {
        sj_testkit_peer *early = joined_by_itself(joining, 5);
        assert_non_null(early);
        sj_testkit_hang_up(early, SJ_E_UNAVAILABLE, "connection refused");
    }
    sj_testkit_peer *peer = joined_by_itself(joining, 5);
    assert_non_null(peer);
    sj_testkit_accept_tls(peer, &(sj_testkit_tls){.common_name = "hq-1"});
    salt_of(joining->kit, salt);
    (void)snprintf(salted, sizeof salted,
                   "{\"cluster_id\":\"hq\",\"session\":\"00112233445566778899aabbccddeeff\","
                   "\"salt\":\"%s\",\"share\":\"%s\"}",
                   salt, some_share);
    answer(peer, 200, salted);
    size_t length = 0;
    assert_non_null(strstr(sj_testkit_received(peer, &length), "/join/proof"));
    sj_testkit_hang_up(peer, SJ_OK, "");
    assert_null(joined_by_itself(joining, 50));
    expect_reason(joining, "it has not proved that it knows the network's password");
    assert_non_null(joined_by_itself(joining, 20));
    assert_int_equal(joining->added, 0);
}

/* Each allocation fails in its turn, here and at the hub, until one has enough. */
static void memory_that_ends_is_said(void **state) {
    struct joining *joining = *state;
    for (int at_hub = 0; at_hub < 2; at_hub++) {
        bool joined = false;
        for (long n = 1; !joined && n < 400; n++) {
            begin_with_memory(joining, password, at_hub ? 0 : n, at_hub ? n : 0);
            joined = joining->status == SJ_OK;
            if (joining->status != SJ_OK) {
                assert_int_not_equal(joining->text[0], '\0');
            }
        }
        assert_true(joined);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rubbish_is_no_hub, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_that_nobody_asked_for_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_closed_connection_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(it_joins, setup, teardown),
        cmocka_unit_test_setup_teardown(the_proven_address_is_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(who_was_admitted_waits_for_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cluster_that_comes_by_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(guesses_at_what_is_joined_by_itself_are_bounded, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(memory_that_ends_is_said, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
