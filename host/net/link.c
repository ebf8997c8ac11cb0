/* A link: one connection on the loop, plain or under TLS. Touches sockets through libuv. */
#include "host/net/link.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "host/net/address.h"
#include "host/net/net.h"

#define STALL_MS 30000 /* a peer that takes nothing for so long is gone */
#define LINGER_MS 1000
#define KEEP_BYTES 16384

uint64_t sj_link_now(const struct link *link) {
    return uv_now(link->uv.handle.loop);
}

void sj_link_mark(struct link *link) {
    if (!sj_list_linked(&link->in_dirty) && link->state != LINK_CLOSED) {
        sj_list_add_first(&link->net->dirty, &link->in_dirty);
    }
}

void sj_link_fail(struct link *link, int status, const char *reason) {
    if (link->failed == SJ_OK) {
        link->failed = status;
        (void)snprintf(link->reason, sizeof link->reason, "%s", reason);
        sj_link_mark(link);
    }
}

void sj_link_end(struct link *link, int status, const char *reason) {
    if (link->state == LINK_FINISHING) {
        sj_link_abort(link);
    }
    if (link->reported || link->state == LINK_CLOSED) {
        return;
    }
    link->reported = true;
    link->failed = status;
    (void)uv_read_stop(&link->uv.stream);
    link->events->ended(link, status, reason);
}

static int code_of(int status) {
    return status == UV_ETIMEDOUT ? SJ_E_TIMEOUT : SJ_E_UNAVAILABLE;
}

int sj_link_init(struct link *link, struct net *net, bool local, const struct link_events *events) {
    int result = local ? uv_pipe_init(net->prepare.loop, &link->uv.pipe, 0)
                       : uv_tcp_init(net->prepare.loop, &link->uv.tcp);
    if (result != 0) {
        return SJ_E_IO;
    }
    link->net = net;
    link->events = events;
    if (sj_list_empty(&net->links)) {
        sj_net_sweep(net, true);
    }
    sj_list_add_first(&net->links, &link->in_net);
    sj_net_hold(net);
    return SJ_OK;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    struct link *link = (struct link *)(void *)handle;
    (void)suggested;
    *buffer = uv_buf_init(link->net->input, sizeof link->net->input);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
    struct link *link = (struct link *)(void *)stream;
    if (count == 0 || link->state == LINK_CLOSED) {
        return;
    }
    if (link->discarding) {
        if (count < 0) {
            sj_link_abort(link);
        }
        return;
    }
    if (count < 0) {
        if (count == UV_EOF) {
            sj_link_end(link, SJ_OK, "closed by the peer");
        } else {
            sj_link_end(link, code_of((int)count), uv_strerror((int)count));
        }
        return;
    }
    if (link->state == LINK_FINISHING) {
        return;
    }
    if (link->ssl != NULL) {
        sj_link_tls_read(link, buffer->base, (size_t)count);
    } else {
        link->events->data(link, buffer->base, (size_t)count);
        explicit_bzero(buffer->base, (size_t)count); /* it may have been a PIN */
    }
}

void sj_link_pull(struct link *link) {
    int result = uv_read_start(&link->uv.stream, on_alloc, on_read);
    if (result != 0 && result != UV_EALREADY) {
        sj_link_fail(link, SJ_E_IO, uv_strerror(result));
    }
}

static void settle(struct link *link) {
    if (link->uv.handle.type == UV_TCP) {
        (void)uv_tcp_nodelay(&link->uv.tcp, 1);
        (void)uv_tcp_keepalive(&link->uv.tcp, 1, 60);
    }
    link->state = link->ssl != NULL ? LINK_HANDSHAKE : LINK_OPEN;
    sj_link_pull(link);
    if (link->out.used > 0) {
        sj_link_mark(link);
    }
}

int sj_link_accept(struct link *link, uv_stream_t *listener, SSL_CTX *context, sj_error *error) {
    int result = uv_accept(listener, &link->uv.stream);
    uv_os_fd_t descriptor;
    if (result != 0) {
        return sj_error_set(error, SJ_E_IO, "cannot accept a connection: %s", uv_strerror(result));
    }
    if (context != NULL) {
        result = sj_link_tls_start(link, context, true, error);
        if (result != SJ_OK) {
            return result;
        }
    }
    if (link->uv.handle.type == UV_TCP && uv_fileno(&link->uv.handle, &descriptor) == 0) {
        link->reserve = sj_net_reserve_of(descriptor);
    }
    settle(link);
    return SJ_OK;
}

static void on_connected(uv_connect_t *request, int status) {
    struct link *link = request->data;
    if (link->state != LINK_CONNECTING) {
        return;
    }
    if (status < 0) {
        sj_link_end(link, code_of(status), uv_strerror(status));
        return;
    }
    settle(link);
    if (link->ssl != NULL) {
        sj_link_tls_pump(link); /* the client speaks first */
    } else if (link->events->opened != NULL) {
        link->events->opened(link);
    }
}

int sj_link_connect(struct link *link, const sj_address *from, const sj_address *to,
                    SSL_CTX *context, sj_error *error) {
    char text[SJ_ENDPOINT_TEXT];
    int result;
    if (context != NULL) {
        result = sj_link_tls_start(link, context, false, error);
        if (result != SJ_OK) {
            return result;
        }
    }
    link->request.connect.data = link;
    result = from == NULL ? 0 : uv_tcp_bind(&link->uv.tcp, &from->any, 0);
    if (result == 0) {
        result = uv_tcp_connect(&link->request.connect, &link->uv.tcp, &to->any, on_connected);
    }
    if (result != 0) {
        return sj_error_set(error, SJ_E_UNAVAILABLE, "cannot connect to %s: %s",
                            sj_endpoint_format(to, text, sizeof text), uv_strerror(result));
    }
    link->state = LINK_CONNECTING;
    return SJ_OK;
}

size_t sj_link_pending(const struct link *link) {
    size_t waiting = link->out.used + uv_stream_get_write_queue_size(&link->uv.stream);
    if (link->ssl != NULL) {
        waiting += (size_t)BIO_ctrl_pending(link->to_wire);
    }
    return waiting;
}

static void on_written(uv_write_t *request, int status) {
    struct link *link = request->data;
    link->in_flight = false;
    sj_bytes_clear(&link->flying, KEEP_BYTES);
    if (link->state == LINK_CLOSED) {
        return;
    }
    if (status < 0) {
        sj_link_fail(link, code_of(status), uv_strerror(status));
        return;
    }
    sj_link_flush(link);
    if (link->state == LINK_OPEN && !link->in_flight && link->failed == SJ_OK &&
        link->events->drained != NULL) {
        link->events->drained(link);
    }
}

/* Sends what two runs hold, now as far as it goes; the rest is copied and goes when the peer reads.
 */
static void send_runs(struct link *link, const char *first, size_t first_length, const char *second,
                      size_t second_length) {
    uv_buf_t runs[2];
    unsigned count = 0;
    size_t sent = 0;
    bool kept = true;
    int result;
    if (first_length > 0) {
        runs[count++] = uv_buf_init((char *)(uintptr_t)first, (unsigned)first_length);
    }
    if (second_length > 0) {
        runs[count++] = uv_buf_init((char *)(uintptr_t)second, (unsigned)second_length);
    }
    if (count == 0) {
        return;
    }
    result = uv_try_write(&link->uv.stream, runs, count);
    if (result >= 0) {
        sent = (size_t)result;
    } else if (result != UV_EAGAIN) {
        sj_link_fail(link, code_of(result), uv_strerror(result));
        return;
    }
    if (sent == first_length + second_length) {
        return;
    }
    link->flying.used = 0;
    if (sent < first_length) {
        kept = sj_bytes_add(&link->flying, first + sent, first_length - sent);
        sent = first_length;
    }
    sent -= first_length;
    if (!kept ||
        (second_length > 0 && !sj_bytes_add(&link->flying, second + sent, second_length - sent))) {
        sj_link_fail(link, SJ_E_NO_MEMORY, "out of memory for what waits to be sent");
        return;
    }
    runs[0] = uv_buf_init(link->flying.data, (unsigned)link->flying.used);
    link->write.data = link;
    result = uv_write(&link->write, &link->uv.stream, runs, 1, on_written);
    if (result != 0) {
        sj_link_fail(link, code_of(result), uv_strerror(result));
        return;
    }
    link->in_flight = true;
    link->queue_seen = link->flying.used;
    link->moved_at = sj_link_now(link);
}

static void on_shut(uv_shutdown_t *request, int status) {
    struct link *link = request->data;
    if (link->state == LINK_CLOSED) {
        return;
    }
    if (status < 0 || !link->linger) {
        sj_link_abort(link);
        return;
    }
    link->discarding = true;
    link->finish_by = sj_link_now(link) + LINGER_MS;
    sj_link_pull(link);
}

static void finish_step(struct link *link) {
    if (link->shutting || link->in_flight) {
        return;
    }
    link->shutting = true;
    if (link->ssl != NULL && SSL_is_init_finished(link->ssl)) {
        char *data = NULL;
        long length;
        (void)SSL_shutdown(link->ssl);
        ERR_clear_error();
        length = BIO_get_mem_data(link->to_wire, &data);
        send_runs(link, data, length > 0 ? (size_t)length : 0, NULL, 0);
        (void)BIO_reset(link->to_wire);
    }
    link->request.shutdown.data = link;
    if (link->failed != SJ_OK ||
        uv_shutdown(&link->request.shutdown, &link->uv.stream, on_shut) != 0) {
        sj_link_abort(link);
    }
}

void sj_link_flush(struct link *link) {
    if (link->state < LINK_HANDSHAKE || link->state == LINK_CLOSED || link->in_flight ||
        link->failed != SJ_OK) {
        return;
    }
    if (link->ssl != NULL) {
        char *data = NULL;
        long length;
        sj_link_tls_seal(link);
        length = BIO_get_mem_data(link->to_wire, &data);
        if (length > 0) {
            send_runs(link, data, (size_t)length, NULL, 0);
            (void)BIO_reset(link->to_wire);
        }
    } else if (link->out.used > 0) {
        send_runs(link, link->out.data, link->out.used, NULL, 0);
        sj_bytes_clear(&link->out, KEEP_BYTES);
    }
    if (link->state == LINK_FINISHING && link->failed == SJ_OK) {
        finish_step(link);
    }
}

int sj_link_write(struct link *link, const void *data, size_t length) {
    if (link->state == LINK_CLOSED || link->state == LINK_FINISHING || link->failed != SJ_OK) {
        return SJ_E_CANCELLED;
    }
    if (!sj_bytes_add(&link->out, data, length)) {
        return SJ_E_NO_MEMORY;
    }
    sj_link_mark(link);
    return SJ_OK;
}

int sj_link_write_large(struct link *link, const void *data, size_t length) {
    if (link->ssl != NULL || link->in_flight || link->state != LINK_OPEN || link->failed != SJ_OK) {
        return sj_link_write(link, data, length);
    }
    send_runs(link, link->out.data, link->out.used, data, length);
    sj_bytes_clear(&link->out, KEEP_BYTES);
    return SJ_OK;
}

void sj_link_pause(struct link *link) {
    if (!link->paused && link->state != LINK_CLOSED && link->state != LINK_FINISHING) {
        link->paused = true;
        (void)uv_read_stop(&link->uv.stream);
    }
}

void sj_link_resume(struct link *link) {
    if (link->paused && link->state != LINK_CLOSED && link->state != LINK_FINISHING) {
        link->paused = false;
        if (!link->reported) {
            sj_link_pull(link);
            link->pump = link->ssl != NULL;
            sj_link_mark(link);
        }
    }
}

void sj_link_finish(struct link *link, uint64_t limit_ms, bool linger) {
    if (link->state == LINK_CLOSED || link->state == LINK_FINISHING) {
        return;
    }
    if (link->state < LINK_OPEN || link->failed != SJ_OK) {
        sj_link_abort(link);
        return;
    }
    (void)uv_read_stop(&link->uv.stream);
    link->state = LINK_FINISHING;
    link->linger = linger && !link->reported;
    link->finish_by = sj_link_now(link) + limit_ms;
    sj_link_mark(link);
}

static void on_closed(uv_handle_t *handle) {
    struct link *link = (struct link *)(void *)handle;
    struct net *net = link->net;
    SSL_free(link->ssl);
    link->ssl = NULL;
    sj_bytes_free(&link->out);
    sj_bytes_free(&link->flying);
    link->events->closed(link);
    sj_net_release(net);
}

void sj_link_abort(struct link *link) {
    if (link->state == LINK_CLOSED) {
        return;
    }
    sj_list_remove(&link->in_dirty);
    sj_handshakes_remove(&link->net->handshakes, link);
    link->state = LINK_CLOSED;
    sj_list_remove(&link->in_net);
    if (sj_list_empty(&link->net->links)) {
        sj_net_sweep(link->net, false);
    }
    uv_close(&link->uv.handle, on_closed);
}

void sj_link_addresses(const struct link *link, sj_address *peer, sj_address *local) {
    sj_address *wanted[2] = {peer, local};
    for (int i = 0; i < 2; i++) {
        struct sockaddr_storage storage;
        int length = (int)sizeof storage;
        memset(&storage, 0, sizeof storage);
        if (wanted[i] == NULL) {
            continue;
        }
        if (link->uv.handle.type == UV_TCP) {
            (void)(i == 0
                       ? uv_tcp_getpeername(&link->uv.tcp, (struct sockaddr *)&storage, &length)
                       : uv_tcp_getsockname(&link->uv.tcp, (struct sockaddr *)&storage, &length));
        }
        sj_address_from(wanted[i], (struct sockaddr *)&storage);
        sj_address_unmap(wanted[i]);
    }
}

void sj_link_flush_all(struct net *net) {
    for (struct link *link;
         (link = SJ_OWNER(sj_list_first(&net->dirty), struct link, in_dirty)) != NULL;) {
        sj_list_remove(&link->in_dirty);
        if (link->pump && link->failed == SJ_OK) {
            link->pump = false;
            sj_link_tls_pump(link);
        }
        sj_link_flush(link);
        if (link->failed != SJ_OK) {
            sj_link_end(link, link->failed, link->reason);
        } else if (link->state == LINK_OPEN && link->events->drained != NULL &&
                   sj_link_pending(link) == 0) {
            link->events->drained(
                link); /* the peer reads so fast that nothing had to wait for it */
        }
    }
}

/* True when the link is overdue with what it has to send. */
static bool stalled(struct link *link, uint64_t now) {
    size_t queued = uv_stream_get_write_queue_size(&link->uv.stream);
    if (link->state == LINK_FINISHING && now >= link->finish_by) {
        return true;
    }
    if (!link->in_flight || queued != link->queue_seen) {
        link->queue_seen = queued;
        link->moved_at = now;
    }
    return now - link->moved_at > STALL_MS;
}

void sj_link_sweep_all(struct net *net) {
    uint64_t now = uv_now(net->prepare.loop);
    SJ_LIST_EACH(link, &net->links, struct link, in_net) {
        if (link->state == LINK_CLOSED) {
            continue;
        }
        if (stalled(link, now)) {
            sj_link_end(link, SJ_E_TIMEOUT, "the peer reads nothing");
        } else if (link->deadline != 0 && now >= link->deadline) {
            link->deadline = 0;
            if (link->events->expired != NULL) {
                link->events->expired(link);
            }
        }
    }
}
