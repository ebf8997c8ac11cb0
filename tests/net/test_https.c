/* TLS as the HTTPS server speaks it: who is recognised, what is resumed, what is refused. The
 * client is OpenSSL over a raw socket. */
#include "harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <sojourn/http.h>

#include "host/http/server.h"
#include "host/net/handshakes.h"
#include "host/tls/certificate.h"
#include "host/tls/context.h"
#include "host/tls/expiry.h"

#define ADDRESS "127.81.5.1"

struct fixture {
    struct harness *harness;
    EVP_PKEY *key;
    X509 *certificate;
};

static void who(void *user, sj_http_request *request) {
    char text[200];
    sj_http_reply reply = {.status = 200, .content_type = "text/plain", .body = text};
    (void)user;
    reply.body_length = (size_t)snprintf(text, sizeof text, "cluster=[%s] tls=%d",
                                         request->peer_cluster, request->tls);
    sj_host_http_reply(request, &reply);
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct certificate_names names = {"br-1", "BR", "127.81.5.2"};
    sj_error error;
    fixture->harness = harness_new("HQ", "hq-1", ADDRESS, HARNESS_TLS | HARNESS_HTTP);
    fixture->key = sj_key_make(false, &error);
    fixture->certificate = sj_certificate_make(fixture->key, &names, &error);
    assert_non_null(fixture->certificate);
    assert_non_null(
        sj_host_http_route(fixture->harness->scope, SJ_HERE, "GET", "/who", 0, who, NULL, &error));
    assert_non_null(sj_host_http_route(fixture->harness->scope, SJ_HERE, "GET", "/peer",
                                       SJ_ROUTE_PEER_CLUSTER, who, NULL, &error));
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    EVP_PKEY_free(fixture->key);
    X509_free(fixture->certificate);
    harness_free(fixture->harness);
    free(fixture);
    return 0;
}

static void import(struct fixture *fixture, int64_t not_after) {
    unsigned char fingerprint[32];
    char text[SJ_FINGERPRINT_TEXT];
    sj_certificate_fingerprint(fixture->certificate, fingerprint);
    sj_fingerprint_format(fingerprint, text);
    assert_true(sj_trust_add(sj_tls_trust(&fixture->harness->node), text, "BR", "tomcat", not_after,
                             "PEM"));
}

/* Until when a certificate holds, in /metrics; 0 when it is not there. */
static long long expiry_of(struct fixture *fixture, const X509 *certificate, const char *labels) {
    unsigned char fingerprint[32];
    char hex[SJ_FINGERPRINT_TEXT], line[200];
    long long seconds = 0;
    sj_certificate_fingerprint(certificate, fingerprint);
    sj_fingerprint_format(fingerprint, hex);
    (void)snprintf(line, sizeof line,
                   "\nsojourn_certificate_expiry_timestamp_seconds{%s,fingerprint=\"%.16s\"} ",
                   labels, hex);
    sj_text metrics = {0};
    sj_tls_add_expiry(&metrics, &fixture->harness->node);
    char *text = sj_text_take(&metrics);
    const char *at = strstr(text, line);
    if (at != NULL) {
        seconds = strtoll(at + strlen(line), NULL, 10);
    }
    free(text);
    return seconds;
}

static void ends_of_certificates_are_metrics(void **state) {
    struct fixture *fixture = *state;
    struct node *node = &fixture->harness->node;
    sj_error error;
    const struct identity *own = sj_tls_identity(node, SJ_IDENTITY_TOMCAT, &error);
    const long long five_years = 5LL * 365 * 86400, now = sj_tls_wall_ms(node) / 1000;
    const long long ends =
        expiry_of(fixture, own->certificate, "use=\"own\",name=\"hq-1\",kind=\"tomcat\"");
    assert_true(ends > now + five_years - 2LL * 86400 && ends < now + five_years + 3LL * 86400);
    assert_int_equal(expiry_of(fixture, fixture->certificate,
                               "use=\"remote_cluster\",name=\"BR\",kind=\"tomcat\""),
                     0);
    import(fixture, 1800000000999);
    assert_int_equal(expiry_of(fixture, fixture->certificate,
                               "use=\"remote_cluster\",name=\"BR\",kind=\"tomcat\""),
                     1800000000);
    sj_trust_clear(sj_tls_trust(node));
    assert_int_equal(expiry_of(fixture, fixture->certificate,
                               "use=\"remote_cluster\",name=\"BR\",kind=\"tomcat\""),
                     0);
}

static SSL_CTX *context_of(struct fixture *fixture, bool show, int version) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert_non_null(context);
    SSL_CTX_set_security_level(context, 0);
    (void)SSL_CTX_set_min_proto_version(context,
                                        version == TLS1_1_VERSION ? TLS1_VERSION : version);
    (void)SSL_CTX_set_max_proto_version(context, version);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
    if (show) {
        assert_int_equal(SSL_CTX_use_certificate(context, fixture->certificate), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(context, fixture->key), 1);
    }
    return context;
}

static int connected(struct fixture *fixture) {
    sj_address to;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)sj_address_parse(ADDRESS, fixture->harness->node.facts.https_port, &to);
    assert_int_equal(connect(fd, &to.any, sizeof to.v4), 0);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* Repeats what wants more; false when it failed. */
static bool go_on(struct fixture *fixture, SSL *ssl, int result) {
    int why = SSL_get_error(ssl, result);
    (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
    (void)usleep(200);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static SSL *handshake(struct fixture *fixture, SSL_CTX *context, SSL_SESSION *session) {
    SSL *ssl = SSL_new(context);
    int result;
    (void)SSL_set_fd(ssl, connected(fixture));
    if (session != NULL) {
        (void)SSL_set_session(ssl, session);
    }
    for (int i = 0; i < 5000; i++) {
        result = SSL_connect(ssl);
        if (result == 1) {
            return ssl;
        }
        if (!go_on(fixture, ssl, result)) {
            break;
        }
    }
    (void)close(SSL_get_fd(ssl));
    SSL_free(ssl);
    return NULL;
}

static char heard[4096];

static const char *ask(struct fixture *fixture, SSL *ssl, const char *path) {
    char request[200];
    int result, used = 0;
    (void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    assert_true(SSL_write(ssl, request, (int)strlen(request)) > 0);
    heard[0] = '\0';
    for (int i = 0; i < 5000; i++) {
        result = SSL_read(ssl, heard + used, (int)sizeof heard - 1 - used);
        if (result > 0) {
            used += result;
            heard[used] = '\0';
            if (strstr(heard, "tls=1") != NULL || strstr(heard, "}\n") != NULL) {
                return heard;
            }
        } else if (!go_on(fixture, ssl, result)) {
            break;
        }
    }
    fail_msg("heard: %s", heard);
    return heard;
}

static void hang_up(SSL *ssl) {
    (void)SSL_shutdown(ssl);
    (void)close(SSL_get_fd(ssl));
    SSL_free(ssl);
}

static void who_is_who(void **state) {
    struct fixture *fixture = *state;
    SSL_CTX *with = context_of(fixture, true, TLS1_3_VERSION),
            *without = context_of(fixture, false, TLS1_3_VERSION);
    SSL *ssl = handshake(fixture, without, NULL);
    assert_non_null(ssl);
    assert_non_null(strstr(ask(fixture, ssl, "/who"), "cluster=[] tls=1"));
    assert_non_null(strstr(ask(fixture, ssl, "/peer"), "HTTP/1.1 403"));
    assert_int_equal(X509_check_ip_asc(SSL_get0_peer_certificate(ssl), ADDRESS, 0), 1);
    hang_up(ssl);
    ssl = handshake(fixture, with, NULL); /* a certificate that nobody imported */
    assert_non_null(ssl);
    assert_non_null(strstr(ask(fixture, ssl, "/who"), "cluster=[] tls=1"));
    assert_non_null(strstr(ask(fixture, ssl, "/peer"), "HTTP/1.1 403"));
    import(fixture, INT64_MAX);
    assert_non_null(strstr(ask(fixture, ssl, "/peer"), "cluster=[BR]")); /* imported meanwhile */
    sj_trust_clear(sj_tls_trust(&fixture->harness->node));
    assert_non_null(strstr(ask(fixture, ssl, "/peer"), "HTTP/1.1 403")); /* and withdrawn */
    import(fixture, 1000);
    assert_non_null(strstr(ask(fixture, ssl, "/peer"), "HTTP/1.1 403")); /* expired */
    hang_up(ssl);
    SSL_CTX_free(with);
    SSL_CTX_free(without);
}

static void resumption(void **state) {
    struct fixture *fixture = *state;
    import(fixture, INT64_MAX);
    for (int i = 0; i < 2; i++) {
        SSL_CTX *context = context_of(fixture, true, i == 0 ? TLS1_2_VERSION : TLS1_3_VERSION);
        SSL *ssl = handshake(fixture, context, NULL);
        SSL_SESSION *session;
        assert_non_null(ssl);
        assert_false(SSL_session_reused(ssl));
        (void)ask(fixture, ssl, "/peer");
        session = SSL_get1_session(ssl);
        hang_up(ssl);
        ssl = handshake(fixture, context, session);
        assert_non_null(ssl);
        assert_true(SSL_session_reused(ssl));
        assert_non_null(strstr(ask(fixture, ssl, "/peer"), "cluster=[BR]"));
        hang_up(ssl);
        SSL_SESSION_free(session);
        SSL_CTX_free(context);
    }
}

static void refused(void **state) {
    struct fixture *fixture = *state;
    SSL_CTX *old = context_of(fixture, false, TLS1_1_VERSION);
    char byte;
    int fd;
    assert_null(handshake(fixture, old, NULL));
    SSL_CTX_free(old);
    fd = connected(fixture);
    assert_true(write(fd, "GET / HTTP/1.1\r\n\r\n", 18) == 18); /* plain HTTP on the TLS port */
    for (int i = 0; i < 2000; i++) {
        (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
        if (read(fd, &byte, 1) == 0) {
            break;
        }
        (void)usleep(500);
    }
    harness_turn(fixture->harness, 20);
    assert_int_equal(sj_http_connections(&fixture->harness->node), 0);
    (void)close(fd);
}

static void reload(void **state) {
    struct fixture *fixture = *state;
    SSL_CTX *context = context_of(fixture, false, TLS1_3_VERSION);
    SSL *ssl = handshake(fixture, context, NULL), *later;
    char command[300];
    sj_error error;
    (void)snprintf(command, sizeof command, "echo damaged > %s/identity/tomcat.pem",
                   fixture->harness->state);
    assert_int_equal(system(command), 0); /* NOLINT: a directory of this test */
    assert_int_equal(sj_tls_reload(&fixture->harness->node, &error), SJ_E_CORRUPT);
    assert_non_null(strstr(error.text, "tomcat.pem"));
    assert_non_null(strstr(ask(fixture, ssl, "/who"), "tls=1"));
    later = handshake(fixture, context, NULL); /* still the old one */
    assert_int_equal(X509_cmp(SSL_get0_peer_certificate(ssl), SSL_get0_peer_certificate(later)), 0);
    hang_up(later);
    (void)snprintf(command, sizeof command, "rm %s/identity/tomcat.*", fixture->harness->state);
    assert_int_equal(system(command), 0); /* NOLINT: a directory of this test */
    assert_int_equal(sj_tls_reload(&fixture->harness->node, &error), SJ_OK);
    assert_non_null(strstr(ask(fixture, ssl, "/who"), "tls=1")); /* lives on */
    later = handshake(fixture, context, NULL);
    assert_int_not_equal(X509_cmp(SSL_get0_peer_certificate(ssl), SSL_get0_peer_certificate(later)),
                         0);
    hang_up(later);
    hang_up(ssl);
    SSL_CTX_free(context);
}

/* A hello costs the node a signature and whoever sends it nothing: however many come at once, each
 * iteration of the loop takes a few, and all get their answer. */
static void hellos_have_their_turns(void **state) {
    enum { MANY = 100 };
    struct fixture *fixture = *state;
    SSL_CTX *context = context_of(fixture, false, TLS1_3_VERSION);
    SSL *clients[MANY];
    int most = 0, answered = 0;
    for (int i = 0; i < MANY; i++) {
        clients[i] = SSL_new(context);
        (void)SSL_set_fd(clients[i], connected(fixture));
        (void)SSL_connect(clients[i]);
        ERR_clear_error();
    }
    for (int turns = 0; turns < 1000 && answered < MANY; turns++) {
        int now = 0;
        (void)uv_run(fixture->harness->node.loop, UV_RUN_NOWAIT);
        for (int i = 0; i < MANY; i++) {
            char byte;
            now += recv(SSL_get_fd(clients[i]), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
        }
        most = now - answered > most ? now - answered : most;
        answered = now;
    }
    assert_int_equal(answered, MANY);
    assert_in_range(
        most, 1,
        2 * SJ_HANDSHAKES_A_TURN); /* what a turn ends with, and what the next one begins with */
    for (int i = 0; i < MANY; i++) {
        (void)close(SSL_get_fd(clients[i])); /* some of them still wait for their second turn */
        SSL_free(clients[i]);
    }
    SSL *last = handshake(fixture, context, NULL);
    assert_non_null(last);
    (void)close(SSL_get_fd(last));
    SSL_free(last);
    SSL_CTX_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ends_of_certificates_are_metrics, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_who, setup, teardown),
        cmocka_unit_test_setup_teardown(resumption, setup, teardown),
        cmocka_unit_test_setup_teardown(refused, setup, teardown),
        cmocka_unit_test_setup_teardown(reload, setup, teardown),
        cmocka_unit_test_setup_teardown(hellos_have_their_turns, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
