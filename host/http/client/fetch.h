/* One call of the client, and the client that holds them: what its files share. */
#ifndef SJ_HOST_HTTP_CLIENT_FETCH_H
#define SJ_HOST_HTTP_CLIENT_FETCH_H

#include <curl/curl.h>
#include <uv.h>

#include <sojourn/base/list.h>
#include <sojourn/http.h>

#include "host/core/later.h"
#include "host/core/scope.h"
#include "host/core/timers.h"
#include "host/http/body.h"
#include "host/http/client.h"
#include "host/net/bytes.h"
#include "host/net/resolver.h"

#define SJ_FETCH_BODY_MAX (64u << 20)
#define SJ_FETCH_PER_HOST 16
#define SJ_FETCH_TOTAL 256

enum fetch_kind { FETCH_HTTP, FETCH_HTTPS, FETCH_SFTP, FETCH_FILE };
enum fetch_action {
    FETCH_PLAIN,
    FETCH_PUT,
    FETCH_LIST
}; /* of sftp and file; http knows PLAIN only */

struct fetch {
    sj_handle handle;           /* first */
    sj_list_link link;          /* of the client */
    struct http_client *client; /* NULL: the node has closed it */
    struct later end;
    sj_http_result_fn done;
    void *user;
    enum fetch_kind kind;
    enum fetch_action action;
    char *url, *method, *peer_cluster, *login, *password, *host_key;
    char host[160];    /* for sentences: scheme and authority */
    char trace_id[33]; /* of a call to another cluster, from its header traceparent; "" without */
    char *body;
    size_t body_length, body_sent;
    int64_t timeout_ms;
    uint64_t begun_ms;
    struct dns_waiter naming;
    struct timer_item naming_ends;
    struct curl_slist *headers, *after, *resolved;
    CURL *easy;
    char curl_text[CURL_ERROR_SIZE];
    struct bytes answer;
    size_t answer_max, received; /* of it, what frames its chunks included */
    struct http_body chunks;
    bool begun, chunked; /* the answer's body has begun */
    int refused; /* why no more of it is taken: SJ_E_LIMIT, SJ_E_PROTOCOL, SJ_E_NO_MEMORY; SJ_OK:
                     it is */
    const char *misframed; /* with SJ_E_PROTOCOL: what is wrong with its chunks */
    int status, http_status;
    sj_error error;
    struct file_work *work; /* file URLs: under way on the pool */
};

struct http_client {
    struct node *node;
    CURLM *multi;
    CURLSH *share;
    uv_timer_t timer;
    size_t references; /* open, sockets, the timer, calls */
    bool closing;
    sj_list_head fetches; /* those not ended */
    CURL *spare[16];      /* handles to be used again */
    size_t spare_count;
};

void sj_http_client_hold(struct http_client *client);
void sj_http_client_release(struct http_client *client);

/* The call is over; its callback runs from the loop. */
void sj_fetch_end(struct fetch *fetch, int status);
int sj_fetch_timed_out(struct fetch *fetch);
/* What is left of its time, at least 1. */
int64_t sj_fetch_left_ms(const struct fetch *fetch);

#endif
