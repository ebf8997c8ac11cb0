/* Calls to other servers: HTTP, mutual TLS between clusters, file and SFTP URLs, and how they end.
 */
#include "harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <sojourn/http.h>

#include "host/http/client.h"
#include "host/http/server.h"
#include "host/tls/certificate.h"
#include "host/tls/context.h"

#define HQ_ADDRESS "127.81.3.1"
#define BR_ADDRESS "127.81.3.2"
#define SSH_ADDRESS "127.81.3.3"

struct pair {
    struct harness *hq, *br;
    size_t calls;
};

struct outcome {
    bool over;
    int times, status, http_status;
    char body[4096], sentence[800];
    size_t body_length;
};

static void show(void *user, sj_http_request *request) {
    struct pair *pair = user;
    char text[600];
    const char *trace = sj_host_http_header(request, "traceparent");
    sj_http_reply reply = {.status = 200, .content_type = "text/plain", .body = text};
    pair->calls++;
    reply.body_length =
        (size_t)snprintf(text, sizeof text, "%s %s body=%.100s cluster=%s trace=%s type=%s",
                         request->method, request->path, request->body, request->peer_cluster,
                         trace != NULL ? trace : "-", request->content_type);
    sj_host_http_reply(request, &reply);
}

static void silent(void *user, sj_http_request *request) {
    (void)user, (void)request;
}

static void import(struct harness *into, struct harness *from, const char *cluster,
                   int64_t not_after) {
    sj_error error;
    const struct identity *identity = sj_tls_identity(&from->node, SJ_IDENTITY_TOMCAT, &error);
    unsigned char fingerprint[32];
    char text[SJ_FINGERPRINT_TEXT];
    sj_certificate_fingerprint(identity->certificate, fingerprint);
    sj_fingerprint_format(fingerprint, text);
    assert_true(sj_trust_add(sj_tls_trust(&into->node), text, cluster, "tomcat", not_after,
                             identity->certificate_pem));
}

static int setup(void **state) {
    struct pair *pair = calloc(1, sizeof *pair);
    sj_scope *scope;
    sj_error error;
    pair->hq = harness_new("HQ", "hq-1", HQ_ADDRESS, HARNESS_TLS | HARNESS_HTTP);
    pair->br = harness_beside(pair->hq, "BR", "br-1", BR_ADDRESS, HARNESS_TLS | HARNESS_HTTP);
    scope = pair->hq->scope;
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "GET", "/show", 0, show, pair, &error));
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "POST", "/show", 0, show, pair, &error));
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "PUT", "/show", 0, show, pair, &error));
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "POST", "/peer", SJ_ROUTE_PEER_CLUSTER, show,
                                       pair, &error));
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "GET", "/silent", 0, silent, pair, &error));
    *state = pair;
    return 0;
}

static int teardown(void **state) {
    struct pair *pair = *state;
    harness_free(pair->br);
    harness_free(pair->hq);
    free(pair);
    return 0;
}

static void done(void *user, const sj_http_result *result) {
    struct outcome *outcome = user;
    outcome->times++;
    outcome->over = true;
    outcome->status = result->status;
    outcome->http_status = result->http_status;
    outcome->body_length = result->body_length;
    (void)snprintf(outcome->body, sizeof outcome->body, "%s", result->body);
    (void)snprintf(outcome->sentence, sizeof outcome->sentence, "%s",
                   result->error != NULL ? result->error->text : "");
    assert_true((result->error == NULL) == (result->status == SJ_OK));
}

static struct outcome *fetch(struct pair *pair, const sj_http_call *call) {
    static struct outcome outcome;
    sj_error error;
    memset(&outcome, 0, sizeof outcome);
    if (sj_host_http_fetch(pair->br->scope, SJ_HERE, call, done, &outcome, &error) == NULL) {
        fail_msg("%s", error.text);
    }
    assert_false(outcome.over); /* always later */
    harness_until(pair->br, &outcome.over);
    harness_turn(pair->br, 5);
    assert_int_equal(outcome.times, 1);
    return &outcome;
}

static const char *url_of(struct pair *pair, bool tls, const char *path) {
    static char url[200];
    (void)snprintf(url, sizeof url, "%s://" HQ_ADDRESS ":%d%s", tls ? "https" : "http",
                   tls ? pair->hq->node.facts.https_port : pair->hq->node.facts.http_port, path);
    return url;
}

static void plain(void **state) {
    struct pair *pair = *state;
    sj_http_header headers[] = {{"traceparent", "00-aa-bb-01"},
                                {"Content-Type", "application/json"}};
    sj_http_call call = {.size = sizeof call,
                         .method = "POST",
                         .headers = headers,
                         .headers_count = 2,
                         .body = "{}",
                         .body_length = 2};
    struct outcome *outcome;
    call.url = url_of(pair, false, "/show");
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_OK);
    assert_int_equal(outcome->http_status, 200);
    assert_string_equal(outcome->body,
                        "POST /show body={} cluster= trace=00-aa-bb-01 type=application/json");
    for (int i = 0; i < 20; i++) {
        call = (sj_http_call){.size = sizeof call, .url = url_of(pair, false, "/show")};
        outcome = fetch(pair, &call);
        assert_string_equal(outcome->body, "GET /show body= cluster= trace=- type=");
    }
    assert_int_equal(sj_http_connections(&pair->hq->node), 1); /* kept and used again */
    call.method = "PUT";
    call.body = "x";
    call.body_length = 1;
    assert_string_equal(fetch(pair, &call)->body, "PUT /show body=x cluster= trace=- type=");
    call.url = url_of(pair, false, "/nothing");
    assert_int_equal(fetch(pair, &call)->http_status, 404);
}

static void mutual(void **state) {
    struct pair *pair = *state;
    sj_http_call call = {.size = sizeof call,
                         .method = "POST",
                         .body = "hello",
                         .body_length = 5,
                         .peer_cluster = "HQ"};
    struct outcome *outcome;
    call.url = url_of(pair, true, "/peer");
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_E_UNTRUSTED); /* nothing imported */
    assert_non_null(
        strstr(outcome->sentence, "no tomcat certificate of cluster \"HQ\" has been imported"));
    import(pair->br, pair->hq, "HQ", 1000);
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_E_UNTRUSTED);
    assert_non_null(strstr(outcome->sentence, "expired"));
    sj_trust_clear(sj_tls_trust(&pair->br->node));
    import(pair->br, pair->br, "HQ", INT64_MAX); /* a wrong one */
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_E_UNTRUSTED);
    assert_non_null(strstr(outcome->sentence, HQ_ADDRESS));
    assert_int_equal(pair->calls, 0);
    sj_trust_clear(sj_tls_trust(&pair->br->node));
    import(pair->br, pair->hq, "HQ", INT64_MAX);
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_OK); /* we trust them, they do not know us */
    assert_int_equal(outcome->http_status, 403);
    import(pair->hq, pair->br, "BR", INT64_MAX);
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->http_status, 200); /* on the kept connection: judged per request */
    assert_non_null(strstr(outcome->body, "body=hello cluster=BR"));
    sj_trust_clear(sj_tls_trust(&pair->hq->node));
    import(pair->hq, pair->br, "BR", 1000);
    assert_int_equal(fetch(pair, &call)->http_status, 403); /* expired on their side */
    sj_trust_clear(sj_tls_trust(&pair->br->node));
    assert_int_equal(fetch(pair, &call)->status,
                     SJ_E_UNTRUSTED); /* withdrawn on ours: no kept connection is used */
    call.peer_cluster = NULL;
    call.method = "GET";
    call.url = url_of(pair, true, "/show");
    assert_int_equal(fetch(pair, &call)->status,
                     SJ_E_UNTRUSTED); /* the system does not know the self-signed one */
}

static void failures(void **state) {
    struct pair *pair = *state;
    sj_error error;
    struct outcome *outcome;
    struct outcome cancelled = {0};
    sj_http_call call = {.size = sizeof call, .url = "http://" HQ_ADDRESS ":1/"};
    sj_handle *handle;
    sj_scope *child;
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_E_UNAVAILABLE);
    assert_non_null(strstr(outcome->sentence, "http://" HQ_ADDRESS ":1"));
    call.url = url_of(pair, false, "/silent");
    call.timeout_ms = 50;
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_E_TIMEOUT);
    assert_non_null(strstr(outcome->sentence, "did not answer within 50 ms"));
    call.timeout_ms = 0;
    handle = sj_host_http_fetch(pair->br->scope, SJ_HERE, &call, done, &cancelled, &error);
    harness_turn(pair->br, 20);
    sj_host_handle_close(handle);
    child = sj_host_scope_open(pair->br->scope, SJ_HERE, "login", NULL, NULL);
    assert_non_null(sj_host_http_fetch(child, SJ_HERE, &call, done, &cancelled, &error));
    harness_turn(pair->br, 20);
    sj_host_scope_close(child);
    harness_turn(pair->br, 50);
    assert_int_equal(cancelled.times, 0);
    call.url = "gopher://x/";
    assert_null(sj_host_http_fetch(pair->br->scope, SJ_HERE, &call, done, &cancelled, &error));
    assert_int_equal(error.code, SJ_E_INVALID);
    assert_string_equal(error.field, "url");
    call.url = "http://x/a b";
    assert_null(sj_host_http_fetch(pair->br->scope, SJ_HERE, &call, done, &cancelled, &error));
    call.url = "http://x/";
    call.peer_cluster = "HQ";
    assert_null(sj_host_http_fetch(pair->br->scope, SJ_HERE, &call, done, &cancelled, &error));
    assert_non_null(strstr(error.text, "needs https://"));
    call.peer_cluster = NULL;
    call.method = "LIST";
    assert_null(sj_host_http_fetch(pair->br->scope, SJ_HERE, &call, done, &cancelled, &error));
    assert_string_equal(error.field, "method");
}

static void long_answer(void *user, sj_http_request *request) {
    static char text[200000];
    const sj_http_reply reply = {
        .status = 200, .content_type = "text/plain", .body = text, .body_length = sizeof text};
    (void)user;
    memset(text, 'x', sizeof text);
    sj_host_http_reply(request, &reply);
}

/* A longer answer than the caller has use for is not kept. */
static void limited(void **state) {
    struct pair *pair = *state;
    sj_error error;
    sj_http_call call = {
        .size = sizeof call, .url = url_of(pair, false, "/long"), .answer_max = 200000};
    assert_non_null(
        sj_host_http_route(pair->hq->scope, SJ_HERE, "GET", "/long", 0, long_answer, pair, &error));
    struct outcome *outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_OK);
    assert_int_equal(outcome->body_length, 200000);
    call.answer_max = 100 << 10;
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_E_LIMIT);
    assert_non_null(strstr(outcome->sentence, "the answer is longer than 100 KiB"));
    call.size = offsetof(sj_http_call, answer_max); /* of a plugin that knows no limit */
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_OK);
}

/* ---- a partner that answers in chunks ---- */

/* Answers one call with the text, and with `on` again and again, while the other side listens. */
static pid_t start_raw(int *port, const char *text, const char *on) {
    sj_address address;
    socklen_t room = sizeof address.v4;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    (void)sj_address_parse(SSH_ADDRESS, 0, &address);
    assert_int_equal(bind(listener, &address.any, sizeof address.v4), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, &address.any, &room), 0);
    *port = ntohs(address.v4.sin_port);
    const pid_t pid = fork();
    if (pid == 0) {
        char request[4096];
        const int fd = accept(listener, NULL, NULL);
        (void)signal(SIGPIPE, SIG_IGN);
        (void)!read(fd, request, sizeof request);
        (void)!write(fd, text, strlen(text));
        while (on != NULL && write(fd, on, strlen(on)) > 0) {
        }
        (void)!read(fd, request, sizeof request); /* until the other side closes */
        _exit(0);
    }
    (void)close(listener);
    return pid;
}

static struct outcome *fetch_raw(struct pair *pair, const char *text, const char *on) {
    char url[100];
    const sj_http_call call = {
        .size = sizeof call, .url = url, .answer_max = 100 << 10, .timeout_ms = 3000};
    int port;
    const pid_t pid = start_raw(&port, text, on);
    (void)snprintf(url, sizeof url, "http://" SSH_ADDRESS ":%d/", port);
    struct outcome *outcome = fetch(pair, &call);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    return outcome;
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/* What frames the chunks is counted as what they hold, so that nobody's framing decides how long
 * the loop is busy. */
static void chunks(void **state) {
    static char extension[8000];
    struct pair *pair = *state;
    struct outcome *outcome =
        fetch_raw(pair, CHUNKED "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n", NULL);
    assert_string_equal(outcome->sentence, "");
    assert_string_equal(outcome->body, "hello world");
    assert_int_equal(outcome->body_length, 11);
    assert_string_equal(fetch_raw(pair, CHUNKED "0\r\n\r\n", NULL)->body, "");
    (void)memset(extension, 'e', sizeof extension - 1);
    extension[0] = '1';
    extension[1] = ';';
    memcpy(extension + sizeof extension - 6, "\r\nx\r\n", sizeof "\r\nx\r\n");
    assert_int_equal(fetch_raw(pair, CHUNKED, extension)->status,
                     SJ_E_PROTOCOL); /* longer than any */
    outcome = fetch_raw(pair, CHUNKED, "1;abcdefghijklmnopqrstuvwxyz\r\nx\r\n");
    assert_int_equal(outcome->status, SJ_E_LIMIT);
    assert_non_null(strstr(outcome->sentence, "the answer is longer than 100 KiB"));
    outcome = fetch_raw(pair, CHUNKED "20000\r\n",
                        NULL); /* longer than it may be, before a byte of it has come */
    assert_int_equal(outcome->status, SJ_E_LIMIT);
    assert_non_null(strstr(outcome->sentence, "the answer is longer than 100 KiB"));
    assert_int_equal(fetch_raw(pair, CHUNKED "0\r\n", "X-Trailer: 1\r\n")->status, SJ_E_PROTOCOL);
    assert_int_not_equal(fetch_raw(pair, CHUNKED "5\r\nhelloX\r\n0\r\n\r\n", NULL)->status, SJ_OK);
    assert_int_not_equal(fetch_raw(pair, CHUNKED "zz\r\n", NULL)->status, SJ_OK);
    assert_int_not_equal(
        fetch_raw(
            pair,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            NULL)
            ->status,
        SJ_OK);
}

/* ---- a partner that sends session tickets without end ---- */

enum { TICKETS = 1500 };

static SSL_CTX *context_as(struct harness *harness) {
    sj_error error;
    const struct identity *identity = sj_tls_identity(&harness->node, SJ_IDENTITY_TOMCAT, &error);
    BIO *key = BIO_new_mem_buf(identity->key_pem, -1);
    EVP_PKEY *private = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(context, identity->certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, private), 1);
    (void)SSL_CTX_set_num_tickets(context, TICKETS);
    EVP_PKEY_free(private);
    BIO_free(key);
    return context;
}

/* All its tickets leave in one write, then the answer. */
static void answer_with_tickets(int listener, SSL_CTX *context) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    static char wire[1 << 20];
    const int fd = accept(listener, NULL, NULL), room = 4 << 20;
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    char request[4096];
    ssize_t count = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    SSL_set_bio(ssl, in, out);
    SSL_set_accept_state(ssl);
    while (count > 0) {
        (void)SSL_do_handshake(ssl);
        for (int length; (length = BIO_read(out, wire, sizeof wire)) > 0;) {
            (void)!write(fd, wire, (size_t)length);
        }
        if (SSL_is_init_finished(ssl) && SSL_read(ssl, request, sizeof request) > 0) {
            break;
        }
        count = read(fd, wire, sizeof wire);
        (void)BIO_write(in, wire, count > 0 ? (int)count : 0);
    }
    (void)SSL_write(ssl, answer, sizeof answer - 1);
    (void)!write(fd, wire, (size_t)BIO_read(out, wire, sizeof wire));
    (void)!read(fd, request, sizeof request);
}

static void count_turn(uv_check_t *check) {
    (*(size_t *)check->data)++;
}

/* The loop turns between them, so that all else has its turn. */
static void tickets(void **state) {
    struct pair *pair = *state;
    SSL_CTX *context = context_as(pair->hq);
    static size_t turns;
    static uv_check_t check;
    sj_address address;
    socklen_t room = sizeof address.v4;
    char url[100];
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    (void)sj_address_parse(HQ_ADDRESS, 0, &address);
    assert_int_equal(bind(listener, &address.any, sizeof address.v4), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, &address.any, &room), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(60); /* when it is not asked */
        answer_with_tickets(listener, context);
        _exit(0);
    }
    (void)close(listener);
    import(pair->br, pair->hq, "HQ", INT64_MAX);
    (void)uv_check_init(pair->br->node.loop, &check);
    check.data = &turns;
    /* A test that fails leaves it open, and must end all the same. */
    uv_unref((uv_handle_t *)&check);
    (void)uv_check_start(&check, count_turn);
    (void)snprintf(url, sizeof url, "https://" HQ_ADDRESS ":%d/", ntohs(address.v4.sin_port));
    const sj_http_call call = {.size = sizeof call, .url = url, .peer_cluster = "HQ"};
    const struct outcome *outcome = fetch(pair, &call);
    assert_string_equal(outcome->sentence, "");
    assert_string_equal(outcome->body, "ok");
    assert_true(turns > TICKETS / 2);
    uv_close((uv_handle_t *)&check, NULL);
    harness_turn(pair->br, 1);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    SSL_CTX_free(context);
}

static void files(void **state) {
    struct pair *pair = *state;
    char url[200], directory[200];
    struct outcome *outcome;
    sj_http_call call = {
        .size = sizeof call, .method = "PUT", .url = url, .body = "one", .body_length = 3};
    (void)snprintf(url, sizeof url, "file://%s/bulk/deep/b.txt", pair->br->state);
    assert_int_equal(fetch(pair, &call)->status, SJ_OK);
    (void)snprintf(url, sizeof url, "file://%s/bulk/deep/a%%20a.txt", pair->br->state);
    assert_int_equal(fetch(pair, &call)->status, SJ_OK);
    call.method = "GET";
    outcome = fetch(pair, &call);
    assert_string_equal(outcome->body, "one");
    (void)snprintf(directory, sizeof directory, "file://%s/bulk/deep/", pair->br->state);
    call.url = directory;
    call.method = "LIST";
    assert_string_equal(fetch(pair, &call)->body, "a a.txt\nb.txt\n");
    call.url = "file:///nowhere/at/all";
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_E_NOT_FOUND);
    assert_non_null(strstr(outcome->sentence, "/nowhere/at/all"));
    call.method = "GET";
    call.url = "file:///tmp/../etc/passwd";
    assert_int_equal(fetch(pair, &call)->status, SJ_E_INVALID);
    /* A cancelled one leaves nothing behind. */
    struct outcome cancelled = {0};
    sj_error error;
    call.url = directory;
    call.method = "LIST";
    sj_host_handle_close(
        sj_host_http_fetch(pair->br->scope, SJ_HERE, &call, done, &cancelled, &error));
    harness_turn(pair->br, 20);
    assert_int_equal(cancelled.times, 0);
}

/* ---- against OpenSSH ---- */

struct sshd {
    pid_t pid;
    char fingerprint[100], directory[100];
    int port;
};

static bool answers(int port) {
    sj_address to;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool answered;
    (void)sj_address_parse(SSH_ADDRESS, port, &to);
    answered = connect(fd, &to.any, sizeof to.v4) == 0;
    (void)close(fd);
    return answered;
}

/* False when there cannot be one here. */
static bool start_sshd(struct sshd *sshd, const char *state) {
    char path[200], port[12];
    FILE *file;
    (void)snprintf(sshd->directory, sizeof sshd->directory, "%s/ssh", state);
    sshd->port = 20000 + (int)(getpid() % 10000);
    (void)snprintf(port, sizeof port, "%d", sshd->port);
    sshd->pid = fork();
    if (sshd->pid == 0) {
        (void)execl(TESTS_NET "/sshd.sh", "sshd.sh", sshd->directory, SSH_ADDRESS, port,
                    (char *)NULL);
        _exit(77);
    }
    for (int i = 0; i < 500 && !answers(sshd->port); i++) {
        if (waitpid(sshd->pid, NULL, WNOHANG) == sshd->pid) {
            return false;
        }
        (void)usleep(10000);
    }
    (void)snprintf(path, sizeof path, "%s/print", sshd->directory);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%99s", sshd->fingerprint), 1);
    (void)fclose(file);
    return true;
}

static void sftp(void **state) {
    struct pair *pair = *state;
    struct sshd sshd = {0};
    char list[200], file[300];
    struct outcome *outcome;
    sj_http_call call = {.size = sizeof call,
                         .method = "LIST",
                         .url = list,
                         .user = "traveller",
                         .password = "wrong"};
    if (!start_sshd(&sshd, pair->br->state)) {
        skip();
    }
    (void)snprintf(list, sizeof list, "sftp://" SSH_ADDRESS ":%d%s/exchange", sshd.port,
                   sshd.directory);
    call.host_key_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_E_UNTRUSTED);
    call.host_key_sha256 = sshd.fingerprint;
    outcome = fetch(pair, &call);
    assert_int_equal(outcome->status, SJ_E_DENIED);
    assert_non_null(strstr(outcome->sentence, SSH_ADDRESS));
    call.password = "open sesame";
    assert_string_equal(fetch(pair, &call)->body, "");
    call.method = "PUT";
    call.url = file;
    call.body = "first";
    call.body_length = 5;
    (void)snprintf(file, sizeof file, "%s/deep/a%%20%%22b%%22.p12", list);
    outcome = fetch(pair, &call);
    assert_string_equal(outcome->sentence, "");
    call.body = "again";
    assert_int_equal(fetch(pair, &call)->status, SJ_OK); /* replaces */
    call.method = "GET";
    assert_string_equal(fetch(pair, &call)->body, "again");
    (void)snprintf(file, sizeof file, "%s/none", list);
    assert_int_equal(fetch(pair, &call)->status, SJ_E_NOT_FOUND);
    call.method = "LIST";
    (void)snprintf(file, sizeof file, "%s/deep", list);
    assert_string_equal(fetch(pair, &call)->body, "a \"b\".p12\n");
    (void)kill(sshd.pid, SIGTERM);
    (void)waitpid(sshd.pid, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain, setup, teardown),
        cmocka_unit_test_setup_teardown(mutual, setup, teardown),
        cmocka_unit_test_setup_teardown(limited, setup, teardown),
        cmocka_unit_test_setup_teardown(chunks, setup, teardown),
        cmocka_unit_test_setup_teardown(tickets, setup, teardown),
        cmocka_unit_test_setup_teardown(failures, setup, teardown),
        cmocka_unit_test_setup_teardown(files, setup, teardown),
        cmocka_unit_test_setup_teardown(sftp, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
