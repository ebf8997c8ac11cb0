/* HTTPS requests with a client certificate: load_tls ADDRESS PORT PATH CERTIFICATE KEY MODE
 * CONNECTIONS SECONDS. MODE is kept (requests one after the other on kept connections), resumed (a
 * connection a request, its session resumed) or full (a connection and a whole handshake a
 * request). Prints requests per second, p50 and p99 in ms, how many handshakes were resumed and how
 * many requests failed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "measure.h"

enum { MODE_KEPT, MODE_RESUMED, MODE_FULL };

struct connection {
    int descriptor;
    SSL *ssl;
    SSL_SESSION *session; /* of the last connection */
    uint64_t begun_us;
    size_t sent;
    char answer[4096];
    size_t length;
    bool sending;
};

static struct sockaddr_in server;
static SSL_CTX *context;
static char request[512];
static size_t request_length;
static int epoll_descriptor, mode;
static unsigned long finished, failed, resumed;
static struct latencies times;

static void begin(struct connection *one);

static void close_connection(struct connection *one) {
    if (one->ssl != NULL) {
        if (mode == MODE_RESUMED) {
            SSL_SESSION_free(one->session);
            one->session = SSL_get1_session(one->ssl);
        }
        (void)SSL_shutdown(one->ssl);
        SSL_free(one->ssl);
        one->ssl = NULL;
        (void)close(one->descriptor);
    }
}

static void fail(struct connection *one) {
    failed++;
    SSL_SESSION_free(one->session);
    one->session = NULL;
    SSL_free(one->ssl);
    one->ssl = NULL;
    (void)close(one->descriptor);
    begin(one);
}

/* The next request: on the same connection when it is kept. */
static void begin(struct connection *one) {
    one->begun_us = measure_now_us();
    one->sent = one->length = 0;
    one->sending = true;
    if (one->ssl != NULL) {
        return;
    }
    const int yes = 1;
    one->descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (one->descriptor < 0 ||
        connect(one->descriptor, (struct sockaddr *)&server, sizeof server) != 0) {
        perror("connect");
        exit(2);
    }
    (void)setsockopt(one->descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    (void)fcntl(one->descriptor, F_SETFL, O_NONBLOCK);
    one->ssl = SSL_new(context);
    if (one->ssl == NULL || SSL_set_fd(one->ssl, one->descriptor) != 1) {
        exit(2);
    }
    SSL_set_connect_state(one->ssl);
    if (mode == MODE_RESUMED && one->session != NULL) {
        (void)SSL_set_session(one->ssl, one->session);
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = one};
    (void)epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, one->descriptor, &event);
}

/* The answer is complete when its head and as many bytes as that says have come. */
static bool is_complete(const struct connection *one) {
    const char *end = strstr(one->answer, "\r\n\r\n");
    const char *length = end == NULL ? NULL : strcasestr(one->answer, "content-length:");
    return end != NULL &&
           (length == NULL || length > end ||
            one->length >= (size_t)(end + 4 - one->answer) + strtoul(length + 15, NULL, 10));
}

static void end(struct connection *one) {
    const bool good = strncmp(one->answer, "HTTP/1.1 200", 12) == 0;
    finished += good;
    failed += !good;
    latencies_add(&times, measure_now_us() - one->begun_us);
    if (mode != MODE_KEPT) {
        resumed += SSL_session_reused(one->ssl) == 1;
        close_connection(one);
    }
    begin(one);
}

/* Goes on as far as the socket lets it. */
static void go_on(struct connection *one) {
    for (;;) {
        ERR_clear_error();
        const int count = one->sending ? SSL_write(one->ssl, request + one->sent,
                                                   (int)(request_length - one->sent))
                                       : SSL_read(one->ssl, one->answer + one->length,
                                                  (int)(sizeof one->answer - 1 - one->length));
        if (count <= 0) {
            const int why = SSL_get_error(one->ssl, count);
            if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
                fail(one);
            }
            return;
        }
        if (one->sending) {
            one->sent += (size_t)count;
            one->sending = one->sent < request_length;
        } else {
            one->length += (size_t)count;
            one->answer[one->length] = '\0';
            if (is_complete(one)) {
                end(one);
                if (mode != MODE_KEPT) {
                    return; /* the new connection's events come */
                }
            } else if (one->length == sizeof one->answer - 1) {
                fail(one);
                return;
            }
        }
    }
}

static bool prepare(char **argv) {
    server =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    context = SSL_CTX_new(TLS_client_method());
    mode = strcmp(argv[6], "kept") == 0      ? MODE_KEPT
           : strcmp(argv[6], "resumed") == 0 ? MODE_RESUMED
                                             : MODE_FULL;
    if (context == NULL || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1 ||
        SSL_CTX_use_certificate_chain_file(context, argv[4]) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, argv[5], SSL_FILETYPE_PEM) != 1) {
        fprintf(stderr, "load_tls: the address, the certificate or the key cannot be used\n");
        return false;
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_session_cache_mode(context,
                                         SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    request_length =
        (size_t)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", argv[3],
                         argv[1], mode == MODE_KEPT ? "" : "Connection: close\r\n");
    return request_length < sizeof request;
}

int main(int argc, char **argv) {
    if (argc != 9) {
        fprintf(stderr, "usage: load_tls ADDRESS PORT PATH CERTIFICATE KEY kept|resumed|full "
                        "CONNECTIONS SECONDS\n");
        return 2;
    }
    const size_t count = (size_t)atoi(argv[7]);
    const uint64_t length_us = (uint64_t)(atof(argv[8]) * 1e6);
    struct connection *all = calloc(count, sizeof *all);
    epoll_descriptor = epoll_create1(0);
    if (all == NULL || epoll_descriptor < 0 || !prepare(argv)) {
        free(all);
        return 2;
    }
    const uint64_t begun = measure_now_us();
    for (size_t i = 0; i < count; i++) {
        begin(&all[i]);
    }
    while (measure_now_us() - begun < length_us) {
        struct epoll_event events[256];
        const int ready = epoll_wait(epoll_descriptor, events, 256, 50);
        for (int i = 0; i < ready; i++) {
            go_on(events[i].data.ptr);
        }
    }
    const double seconds = (double)(measure_now_us() - begun) / 1e6;
    const double p50 = latencies_percentile(&times, 50), p99 = latencies_percentile(&times, 99);
    printf("requests_per_s=%.0f p50_ms=%.2f p99_ms=%.2f resumed=%lu failed=%lu\n",
           (double)finished / seconds, p50, p99, resumed, failed);
    free(all);
    return finished == 0;
}
