/* libcurl's multi interface on the loop: its sockets as uv_poll, its one timer as uv_timer. Touches
 * sockets for libcurl. */
#include "host/http/client/curl_loop.h"

#include <stdlib.h>

#include "host/core/node.h"
#include "host/http/client/transfer.h"

struct watch {
    uv_poll_t poll;
    struct http_client *client;
    curl_socket_t socket;
};

static void collect(struct http_client *client) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            char *data = NULL;
            CURLcode code = message->data.result;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &data);
            sj_transfer_finished((struct fetch *)(void *)data, code);
        }
    }
}

static void act(struct http_client *client, curl_socket_t socket, int flags) {
    int running;
    sj_http_client_hold(client);
    (void)curl_multi_socket_action(client->multi, socket, flags, &running);
    collect(client);
    sj_http_client_release(client);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct watch *watch = poll->data;
    int flags = 0;
    if (status < 0) {
        flags = CURL_CSELECT_ERR;
    } else {
        flags |= (events & UV_READABLE) ? CURL_CSELECT_IN : 0;
        flags |= (events & UV_WRITABLE) ? CURL_CSELECT_OUT : 0;
    }
    act(watch->client, watch->socket, flags);
}

static void on_timer(uv_timer_t *timer) {
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void on_watch_closed(uv_handle_t *handle) {
    struct watch *watch = handle->data;
    struct http_client *client = watch->client;
    free(watch);
    sj_http_client_release(client);
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *socket_user) {
    struct http_client *client = user;
    struct watch *watch = socket_user;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            (void)uv_poll_stop(&watch->poll);
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
            (void)curl_multi_assign(client->multi, socket, NULL);
        }
        return 0;
    }
    if (watch == NULL) {
        watch = calloc(1, sizeof *watch);
        if (watch == NULL || uv_poll_init_socket(client->node->loop, &watch->poll, socket) != 0) {
            free(watch);
            return -1;
        }
        watch->client = client;
        watch->socket = socket;
        watch->poll.data = watch;
        sj_http_client_hold(client);
        (void)curl_multi_assign(client->multi, socket, watch);
    }
    (void)uv_poll_start(&watch->poll,
                        (what & CURL_POLL_IN ? UV_READABLE : 0) |
                            (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
                        on_poll);
    return 0;
}

static int on_timeout(CURLM *multi, long milliseconds, void *user) {
    struct http_client *client = user;
    (void)multi;
    if (milliseconds < 0) {
        (void)uv_timer_stop(&client->timer);
    } else if (!client->closing) {
        (void)uv_timer_start(&client->timer, on_timer, (uint64_t)milliseconds, 0);
    }
    return 0;
}

static void on_timer_closed(uv_handle_t *handle) {
    sj_http_client_release(handle->data);
}

int sj_curl_loop_open(struct http_client *client, sj_error *error) {
    client->multi = curl_multi_init();
    client->share = curl_share_init();
    if (client->multi == NULL || client->share == NULL) {
        (void)curl_multi_cleanup(client->multi);
        (void)curl_share_cleanup(client->share);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the HTTP client");
    }
    /* TLS sessions are resumed across calls. */
    (void)curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)SJ_FETCH_PER_HOST);
    (void)curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)SJ_FETCH_TOTAL);
    (void)curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)SJ_FETCH_TOTAL);
    (void)uv_timer_init(client->node->loop, &client->timer);
    client->timer.data = client;
    sj_http_client_hold(client);
    return SJ_OK;
}

void sj_curl_loop_close(struct http_client *client) {
    for (size_t i = 0; i < client->spare_count; i++) {
        curl_easy_cleanup(client->spare[i]);
    }
    client->spare_count = 0;
    (void)curl_multi_cleanup(client->multi); /* closes kept connections, which ends their watches */
    (void)curl_share_cleanup(client->share);
    client->multi = NULL;
    (void)uv_timer_stop(&client->timer);
    uv_close((uv_handle_t *)&client->timer, on_timer_closed);
}
