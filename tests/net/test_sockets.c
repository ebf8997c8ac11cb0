/* UDP sockets and streams on loopback. */
#include "harness.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/net.h>

#include "host/net/address.h"
#include "host/net/net.h"
#include "host/net/stream.h"
#include "host/net/udp.h"
#include "host/tls/certificate.h"
#include "host/tls/context.h"

#define ADDRESS "127.81.1.1"

static int setup(void **state) {
    *state = harness_new("HQ", "hq-1", ADDRESS, HARNESS_TLS);
    return 0;
}

static int teardown(void **state) {
    harness_free(*state);
    return 0;
}

struct counted {
    size_t datagrams, bytes, calls, wanted;
    bool enough;
    sj_address from;
    char last[64];
    struct harness *harness;
    bool echo;
};

static void count_datagrams(void *user, sj_udp *socket, const sj_datagram *datagrams,
                            size_t count) {
    struct counted *counted = user;
    counted->calls++;
    for (size_t i = 0; i < count; i++) {
        counted->datagrams++;
        counted->bytes += datagrams[i].length;
        counted->from = datagrams[i].from;
        (void)snprintf(counted->last, sizeof counted->last, "%.*s",
                       (int)(datagrams[i].length < 63 ? datagrams[i].length : 63),
                       datagrams[i].data);
        if (counted->echo) {
            assert_int_equal(sj_host_udp_send(socket, &datagrams[i].from, datagrams[i].data,
                                              datagrams[i].length),
                             SJ_OK);
        }
    }
    counted->enough = counted->datagrams >= counted->wanted;
}

static void udp_echo(void **state) {
    struct harness *harness = *state;
    struct counted server = {.wanted = 1, .echo = true}, client = {.wanted = 500};
    sj_error error;
    sj_udp *a =
        sj_host_udp_open(harness->scope, SJ_HERE, ADDRESS, 0, count_datagrams, &server, &error);
    sj_udp *b =
        sj_host_udp_open(harness->scope, SJ_HERE, ADDRESS, 0, count_datagrams, &client, &error);
    sj_address to, mine;
    assert_non_null(a);
    assert_non_null(b);
    sj_host_udp_local(a, &to);
    sj_host_udp_local(b, &mine);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(sj_host_udp_send(b, &to, "hello", 5), SJ_OK);
    }
    harness_until(harness, &client.enough);
    assert_int_equal(client.datagrams, 500);
    assert_int_equal(client.bytes, 2500);
    assert_string_equal(client.last, "hello");
    assert_true(sj_address_equal(&client.from, &to));
    assert_true(sj_address_equal(&server.from, &mine));
    assert_true(server.calls < 100); /* batches */
    sj_host_udp_close(a);
    assert_int_equal(sj_host_udp_send(a, &mine, "x", 1), SJ_E_CANCELLED);
}

static void udp_large_and_six(void **state) {
    struct harness *harness = *state;
    struct counted server = {.wanted = 1}, client = {0};
    sj_error error;
    static char large[65507];
    sj_address to;
    sj_udp *a =
        sj_host_udp_open(harness->scope, SJ_HERE, "::1", 0, count_datagrams, &server, &error);
    sj_udp *b =
        sj_host_udp_open(harness->scope, SJ_HERE, "::1", 0, count_datagrams, &client, &error);
    if (a == NULL) {
        skip(); /* no IPv6 here */
    }
    sj_host_udp_local(a, &to);
    assert_int_equal(sj_host_udp_send(b, &to, large, sizeof large), SJ_OK);
    assert_int_equal(sj_host_udp_send(b, &to, large, sizeof large + 1), SJ_E_INVALID);
    harness_until(harness, &server.enough);
    assert_int_equal(server.bytes, sizeof large);
}

static void udp_refusals(void **state) {
    struct harness *harness = *state;
    struct counted counted = {0};
    sj_error error;
    sj_address local;
    sj_udp *a =
        sj_host_udp_open(harness->scope, SJ_HERE, ADDRESS, 0, count_datagrams, &counted, &error);
    assert_non_null(a);
    sj_host_udp_local(a, &local);
    assert_null(sj_host_udp_open(harness->scope, SJ_HERE, ADDRESS, ntohs(local.v4.sin_port),
                                 count_datagrams, &counted, &error));
    assert_int_equal(error.code, SJ_E_IO);
    assert_non_null(strstr(error.text, "cannot bind " ADDRESS ":"));
    assert_null(sj_host_udp_open(harness->scope, SJ_HERE, "localhost", 5060, count_datagrams,
                                 &counted, &error));
    assert_int_equal(error.code, SJ_E_INVALID);
    assert_non_null(strstr(error.text, "localhost"));
}

struct refused {
    struct counted counted; /* what comes to the same socket */
    size_t told;
    bool enough;
    sj_address to;
    char data[64], reason[64];
};

static void note_undelivered(void *user, sj_udp *socket, const sj_undelivered *datagram) {
    struct refused *refused = user;
    (void)socket;
    refused->told++;
    refused->enough = true;
    refused->to = datagram->to;
    (void)snprintf(refused->data, sizeof refused->data, "%.*s", (int)datagram->length,
                   datagram->data);
    (void)snprintf(refused->reason, sizeof refused->reason, "%s", datagram->reason);
}

static void refuse_at(struct harness *harness, const char *address, size_t rounds) {
    struct refused refused = {0};
    struct counted closed = {0}, live = {.wanted = 3 * rounds};
    sj_error error;
    sj_address nobody, somebody;
    sj_udp *sender =
        sj_host_udp_open(harness->scope, SJ_HERE, address, 0, count_datagrams, &refused, &error);
    sj_udp *gone =
        sj_host_udp_open(harness->scope, SJ_HERE, address, 0, count_datagrams, &closed, &error);
    sj_udp *there =
        sj_host_udp_open(harness->scope, SJ_HERE, address, 0, count_datagrams, &live, &error);
    if (sender == NULL) {
        skip(); /* no IPv6 here */
    }
    sj_host_udp_local(gone, &nobody);
    sj_host_udp_local(there, &somebody);
    sj_host_udp_close(gone);
    harness_turn(harness, 2);
    sj_host_udp_on_undelivered(sender, note_undelivered);
    for (size_t i = 0; i < rounds; i++) {
        refused.enough = false;
        assert_int_equal(sj_host_udp_send(sender, &nobody, "to nobody", 9), SJ_OK);
        harness_until(harness, &refused.enough);
        /* The error of one datagram is not that of the next, and the socket goes on. */
        for (int sent = 0; sent < 3; sent++) {
            assert_int_equal(sj_host_udp_send(sender, &nobody, "to nobody", 9), SJ_OK);
            assert_int_equal(sj_host_udp_send(sender, &somebody, "to somebody", 11), SJ_OK);
            harness_turn(harness, 2);
        }
    }
    harness_until(harness, &live.enough);
    assert_true(refused.told > rounds);
    assert_true(sj_address_equal(&refused.to, &nobody));
    assert_string_equal(refused.data, "to nobody");
    assert_string_equal(refused.reason, "connection refused");
    assert_int_equal(closed.datagrams, 0);
    sj_host_udp_close(sender);
    sj_host_udp_close(there);
    harness_turn(harness, 2); /* what they tell lies on this stack */
}

static void udp_closed_port_is_told(void **state) {
    refuse_at(*state, ADDRESS, 20);
}

static void udp_closed_port_is_told_over_six(void **state) {
    refuse_at(*state, "::1", 2);
}

/* The kernel refuses one at once, since nobody has asked for broadcasts, and takes the next. */
static void udp_no_way_is_told(void **state) {
    struct harness *harness = *state;
    struct refused refused = {.counted = {.wanted = 1}};
    sj_error error;
    sj_address to, self;
    sj_udp *udp =
        sj_host_udp_open(harness->scope, SJ_HERE, ADDRESS, 0, count_datagrams, &refused, &error);
    sj_host_udp_on_undelivered(udp, note_undelivered);
    sj_host_udp_local(udp, &self);
    (void)sj_address_parse("255.255.255.255", 5060, &to);
    assert_int_equal(sj_host_udp_send(udp, &to, "hello", 5), SJ_OK);
    assert_int_equal(sj_host_udp_send(udp, &self, "hello", 5), SJ_OK);
    harness_until(harness, &refused.counted.enough);
    assert_int_equal(refused.told, 1);
    assert_true(sj_address_equal(&refused.to, &to));
    assert_string_equal(refused.data, "hello");
    assert_true(refused.reason[0] != '\0');
    sj_host_udp_close(udp);
    harness_turn(harness, 2);
}

/* A queue that the kernel does not empty within the iteration is bounded. */
static void udp_queue_bound(void **state) {
    struct harness *harness = *state;
    struct counted counted = {0};
    sj_error error;
    sj_address to;
    static char block[60000];
    sj_udp *a =
        sj_host_udp_open(harness->scope, SJ_HERE, ADDRESS, 0, count_datagrams, &counted, &error);
    sj_udp *b =
        sj_host_udp_open(harness->scope, SJ_HERE, ADDRESS, 0, count_datagrams, &counted, &error);
    sj_host_udp_local(a, &to);
    for (int i = 0; i < 2000; i++) {
        int result = sj_host_udp_send(b, &to, block, sizeof block);
        assert_true(result == SJ_OK || result == SJ_E_LIMIT);
    }
    harness_turn(harness, 20);
}

/* ---- streams ---- */

struct end {
    struct harness *harness;
    sj_stream *stream;
    bool open, closed, answered;
    int status, closes;
    char reason[200];
    size_t received, expected;
    bool echo, reached;
    char first[64];
};

static void on_open(void *user, sj_stream *stream) {
    struct end *end = user;
    end->open = true;
    end->stream = stream;
}

static void on_data(void *user, sj_stream *stream, const char *data, size_t length) {
    struct end *end = user;
    assert_true(end->open);
    if (end->received == 0) {
        (void)snprintf(end->first, sizeof end->first, "%.*s", (int)(length < 63 ? length : 63),
                       data);
    }
    end->received += length;
    end->reached = end->received >= end->expected;
    if (end->echo) {
        (void)sj_host_stream_write(stream, data, length);
    }
}

static void on_close(void *user, sj_stream *stream, int status, const char *reason) {
    struct end *end = user;
    (void)stream;
    end->closes++;
    end->closed = true;
    end->status = status;
    (void)snprintf(end->reason, sizeof end->reason, "%s", reason);
}

static const sj_stream_events events = {on_open, on_data, on_close};

static void accepted(void *user, sj_stream *stream) {
    struct end *end = user;
    end->stream = stream;
    sj_host_stream_set(stream, end->harness->scope, &events, end);
}

static void refused(void *user, sj_stream *stream) {
    (void)stream;
    *(bool *)user = true;
}

static int port_of(sj_handle *handle) {
    return atoi(strrchr(handle->name, ':') + 1);
}

static void echo_over(struct harness *harness, struct harness *client_node, bool tls,
                      const char *cluster) {
    struct end server = {.harness = harness, .echo = true},
               client = {.harness = client_node, .expected = 900000};
    static char block[300000];
    sj_error error;
    sj_address to;
    sj_handle *listener =
        sj_host_stream_listen(harness->scope, SJ_HERE, ADDRESS, 0, tls, accepted, &server, &error);
    assert_non_null(listener);
    (void)sj_address_parse(ADDRESS, port_of(listener), &to);
    client.stream =
        sj_host_stream_connect(client_node->scope, SJ_HERE, &to, cluster, &events, &client, &error);
    assert_non_null(client.stream);
    harness_until(client_node, &client.open);
    (void)snprintf(block, sizeof block, "first");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sj_host_stream_write(client.stream, block, sizeof block), SJ_OK);
    }
    harness_until(client_node, &client.reached);
    assert_int_equal(client.received, 900000);
    assert_memory_equal(client.first, "first", 5);
    sj_host_stream_close(client.stream);
    harness_until(client_node, &client.closed);
    harness_until(client_node, &server.closed);
    assert_int_equal(client.status, SJ_OK);
    assert_int_equal(server.status, SJ_OK);
    assert_int_equal(client.closes, 1);
    assert_int_equal(server.closes, 1);
    sj_host_handle_close(listener);
}

static void stream_echo(void **state) {
    echo_over(*state, *state, false, NULL);
}

static void import(struct harness *into, struct harness *from, const char *cluster, int kind) {
    sj_error error;
    const struct identity *identity = sj_tls_identity(&from->node, kind, &error);
    unsigned char fingerprint[32];
    char text[SJ_FINGERPRINT_TEXT];
    assert_non_null(identity);
    sj_certificate_fingerprint(identity->certificate, fingerprint);
    sj_fingerprint_format(fingerprint, text);
    assert_true(sj_trust_add(sj_tls_trust(&into->node), text, cluster, sj_identity_kinds[kind],
                             INT64_MAX, identity->certificate_pem));
}

/* No service's start waits for a key to be made: the node has made it when it opens. */
static void keys_are_there_before_services(void **state) {
    struct harness *hq = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/identity/CallManager.pem", hq->state);
    assert_int_equal(access(path, R_OK), 0);
}

static void stream_tls(void **state) {
    struct harness *hq = *state;
    struct harness *br = harness_beside(hq, "BR", "br-1", "127.81.1.2", HARNESS_TLS);
    import(br, hq, "HQ", SJ_IDENTITY_CALLMANAGER);
    echo_over(hq, br, true, "HQ");
    harness_free(br);
}

/* Only this node's own certificate of that kind passes: neither another kind nor another node's. */
static void stream_tls_to_itself(void **state) {
    struct harness *hq = *state;
    struct harness *br = harness_beside(hq, "BR", "br-1", "127.81.1.2", HARNESS_TLS);
    const struct {
        struct harness *from;
        const char *purpose;
        bool trusted;
    } tries[] = {
        {hq, "own/CallManager", true}, {hq, "own/tomcat", false}, {br, "own/CallManager", false}};
    struct end server = {.harness = hq};
    sj_error error;
    sj_address to;
    sj_handle *listener =
        sj_host_stream_listen(hq->scope, SJ_HERE, ADDRESS, 0, true, accepted, &server, &error);
    assert_non_null(listener);
    (void)sj_address_parse(ADDRESS, port_of(listener), &to);
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        struct end client = {.harness = tries[i].from};
        server.closed = false;
        client.stream = sj_host_stream_connect_tls(tries[i].from->scope, SJ_HERE, &to,
                                                   tries[i].purpose, "", &events, &client, &error);
        assert_non_null(client.stream);
        if (tries[i].trusted) {
            harness_until(tries[i].from, &client.open);
            sj_host_stream_close(client.stream);
        }
        harness_until(tries[i].from, &client.closed);
        assert_int_equal(client.open, tries[i].trusted);
        assert_int_equal(client.status, tries[i].trusted ? SJ_OK : SJ_E_UNTRUSTED);
        harness_until(tries[i].from, &server.closed);
    }
    assert_null(sj_host_stream_connect_tls(hq->scope, SJ_HERE, &to, "own/nothing", "", &events,
                                           &server, &error));
    assert_int_equal(error.code, SJ_E_INVALID);
    sj_host_handle_close(listener);
    harness_free(br);
}

static void stream_tls_untrusted(void **state) {
    struct harness *hq = *state;
    struct harness *br = harness_beside(hq, "BR", "br-1", "127.81.1.2", HARNESS_TLS);
    struct end server = {.harness = hq}, client = {.harness = br};
    sj_error error;
    sj_address to;
    sj_handle *listener =
        sj_host_stream_listen(hq->scope, SJ_HERE, ADDRESS, 0, true, accepted, &server, &error);
    assert_non_null(listener);
    (void)sj_address_parse(ADDRESS, port_of(listener), &to);
    /* HQ's certificate is imported, but for another cluster. */
    import(br, hq, "LAB", SJ_IDENTITY_CALLMANAGER);
    client.stream = sj_host_stream_connect(br->scope, SJ_HERE, &to, "HQ", &events, &client, &error);
    assert_non_null(client.stream);
    harness_until(br, &client.closed);
    assert_false(client.open);
    assert_int_equal(client.status, SJ_E_UNTRUSTED);
    assert_non_null(strstr(client.reason, "not trusted"));
    harness_until(br, &server.closed);
    assert_int_not_equal(server.status, SJ_OK);
    sj_host_handle_close(listener);
    harness_free(br);
}

static void stream_refusals(void **state) {
    struct harness *harness = *state;
    struct end client = {.harness = harness};
    bool asked = false;
    sj_error error;
    sj_address to;
    sj_handle *listener =
        sj_host_stream_listen(harness->scope, SJ_HERE, ADDRESS, 0, false, refused, &asked, &error);
    int port = port_of(listener);
    (void)sj_address_parse(ADDRESS, port, &to);
    /* Not taken by the acceptor: closed. */
    assert_non_null(
        sj_host_stream_connect(harness->scope, SJ_HERE, &to, NULL, &events, &client, &error));
    harness_until(harness, &client.closed);
    assert_true(asked);
    /* The port is taken. */
    assert_null(sj_host_stream_listen(harness->scope, SJ_HERE, ADDRESS, port, false, refused,
                                      &asked, &error));
    assert_int_equal(error.code, SJ_E_IO);
    sj_host_handle_close(listener);
    harness_turn(harness, 20);
    /* Nobody listens any more. */
    memset(&client, 0, sizeof client);
    assert_non_null(
        sj_host_stream_connect(harness->scope, SJ_HERE, &to, NULL, &events, &client, &error));
    harness_until(harness, &client.closed);
    assert_int_equal(client.status, SJ_E_UNAVAILABLE);
    assert_false(client.open);
}

/* A peer that does not read: writes are refused beyond 1 MiB, and the scope's end still ends it. */
static void stream_limit(void **state) {
    struct harness *harness = *state;
    struct end server = {.harness = harness};
    static char block[256 * 1024];
    sj_error error;
    sj_address to;
    sj_scope *child = sj_host_scope_open(harness->scope, SJ_HERE, "call", NULL, NULL);
    sj_handle *listener =
        sj_host_stream_listen(child, SJ_HERE, ADDRESS, 0, false, accepted, &server, &error);
    int fd = socket(AF_INET, SOCK_STREAM, 0), result = SJ_OK;
    (void)sj_address_parse(ADDRESS, port_of(listener), &to);
    assert_int_equal(connect(fd, &to.any, sizeof to.v4), 0);
    harness_until(harness, &server.open);
    for (int i = 0; i < 200 && result == SJ_OK; i++) {
        result = sj_host_stream_write(server.stream, block, sizeof block);
        harness_turn(harness, 1);
    }
    assert_int_equal(result, SJ_E_LIMIT);
    assert_true(sj_host_stream_pending(server.stream) > 524288u);
    sj_host_stream_close(server.stream);
    assert_int_equal(sj_host_stream_write(server.stream, "x", 1), SJ_E_CANCELLED);
    harness_until(harness, &server.closed);
    assert_int_equal(server.closes, 1);
    (void)close(fd);
    sj_host_scope_close(child);
}

static void loopback_addresses(void **state) {
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {{"127.0.0.1", true},    {"127.255.1.9", true}, {"::1", true},
                 {"128.0.0.1", false},   {"10.0.0.127", false}, {"0.0.0.0", false},
                 {"2001:db8::1", false}, {"::", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sj_address address;
        assert_int_equal(sj_address_parse(cases[i].text, 1, &address), SJ_OK);
        assert_int_equal(sj_address_is_loopback(&address), cases[i].loopback);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_addresses),
        cmocka_unit_test_setup_teardown(keys_are_there_before_services, setup, teardown),
        cmocka_unit_test_setup_teardown(udp_echo, setup, teardown),
        cmocka_unit_test_setup_teardown(udp_large_and_six, setup, teardown),
        cmocka_unit_test_setup_teardown(udp_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(udp_queue_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(udp_closed_port_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(udp_closed_port_is_told_over_six, setup, teardown),
        cmocka_unit_test_setup_teardown(udp_no_way_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(stream_echo, setup, teardown),
        cmocka_unit_test_setup_teardown(stream_tls, setup, teardown),
        cmocka_unit_test_setup_teardown(stream_tls_to_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(stream_tls_untrusted, setup, teardown),
        cmocka_unit_test_setup_teardown(stream_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(stream_limit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
