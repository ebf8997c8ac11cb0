/* Calls to other servers: checking them, and their ends. Each call belongs to a scope; its callback
 * runs once, from the loop.
 */
#include "host/http/client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/text.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/http/client/curl_loop.h"
#include "host/http/client/fetch.h"
#include "host/http/client/file_url.h"
#include "host/http/client/host_address.h"
#include "host/http/client/transfer.h"
#include "host/http/text.h"
#include "host/http/trace_context.h"
#include "host/telemetry/trace.h"

#define DEFAULT_TIMEOUT_MS 10000

static const char kind[] = "fetch";

void sj_http_client_hold(struct http_client *client) {
    client->references++;
}

void sj_http_client_release(struct http_client *client) {
    if (--client->references == 0) {
        free(client);
    }
}

int sj_http_client_open(struct node *node, sj_error *error) {
    struct http_client *client = calloc(1, sizeof *client);
    int result;
    if (client == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(client);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the HTTP client");
    }
    client->node = node;
    client->references = 1;
    result = sj_curl_loop_open(client, error);
    if (result != SJ_OK) {
        free(client);
        return result;
    }
    node->http_client = client;
    return SJ_OK;
}

static void clear(struct fetch *fetch) {
    if (fetch->password != NULL) {
        explicit_bzero(fetch->password, strlen(fetch->password));
    }
    if (fetch->body != NULL) {
        explicit_bzero(fetch->body, fetch->body_length); /* it may hold PINs */
    }
    free(fetch->url);
    free(fetch->method);
    free(fetch->peer_cluster);
    free(fetch->login);
    free(fetch->password);
    free(fetch->host_key);
    free(fetch->body);
    curl_slist_free_all(fetch->headers);
    curl_slist_free_all(fetch->after);
    curl_slist_free_all(fetch->resolved);
    sj_bytes_free(&fetch->answer);
}

/* Takes it off the client; what is under way is given up. */
static void stop(struct fetch *fetch) {
    struct http_client *client = fetch->client;
    if (client == NULL) {
        return;
    }
    sj_host_address_cancel(fetch);
    sj_transfer_drop(fetch);
    sj_file_url_cancel(fetch);
    sj_later_cancel(&fetch->end);
    sj_list_remove(&fetch->link);
    fetch->client = NULL;
    sj_http_client_release(client);
}

void sj_http_client_close(struct node *node) {
    struct http_client *client = node->http_client;
    if (client == NULL) {
        return;
    }
    node->http_client = NULL;
    client->closing = true;
    for (sj_list_link *link; (link = sj_list_first(&client->fetches)) != NULL;) {
        stop(SJ_OWNER(link, struct fetch, link));
    }
    sj_curl_loop_close(client);
    sj_http_client_release(client);
}

static void close_fetch(sj_handle *handle) {
    struct fetch *fetch = (struct fetch *)(void *)handle;
    stop(fetch);
    clear(fetch);
    sj_handle_release(handle);
}

static void run_end(struct later *item) {
    struct fetch *fetch = (struct fetch *)(void *)((char *)item - offsetof(struct fetch, end));
    sj_scope *scope = fetch->handle.scope;
    sj_http_result result = {.size = sizeof result,
                             .status = fetch->status,
                             .http_status = fetch->http_status,
                             .body = ""};
    struct bracket bracket;
    stop(fetch);
    sj_handle_done(&fetch->handle);
    if (fetch->answer.used > 0 && fetch->status == SJ_OK) {
        if (sj_bytes_add(&fetch->answer, "", 1)) {
            result.body = fetch->answer.data;
            result.body_length = fetch->answer.used - 1;
        } else {
            result.status = sj_error_set(&fetch->error, SJ_E_NO_MEMORY,
                                         "out of memory for the answer of %s", fetch->host);
        }
    }
    result.error = result.status != SJ_OK ? &fetch->error : NULL;
    bracket = sj_enter(scope, kind);
    fetch->done(fetch->user, &result);
    sj_leave(&bracket);
    clear(fetch);
    free(fetch);
}

void sj_fetch_end(struct fetch *fetch, int status) {
    fetch->status = status;
    if (status != SJ_OK && fetch->error.text[0] == '\0') {
        (void)sj_error_set(&fetch->error, status, "%s: %s", fetch->host, sj_error_text(status));
    }
    sj_later_add(&fetch->client->node->later, &fetch->end, run_end);
}

int sj_fetch_timed_out(struct fetch *fetch) {
    return sj_error_set(&fetch->error, SJ_E_TIMEOUT, "%s did not answer within %lld ms",
                        fetch->host, (long long)fetch->timeout_ms);
}

int64_t sj_fetch_left_ms(const struct fetch *fetch) {
    const int64_t gone = (int64_t)(sj_node_monotonic_ms(fetch->client->node) - fetch->begun_ms);
    return gone < fetch->timeout_ms ? fetch->timeout_ms - gone : 1;
}

/* ---- beginning ---- */

static bool copy(char **to, const char *from) {
    *to = from != NULL ? strdup(from) : NULL;
    return from == NULL || *to != NULL;
}

/* Scheme and authority without user and password, for sentences. */
static void name_host(struct fetch *fetch) {
    const char *authority = strstr(fetch->url, "://") + 3;
    size_t length = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', length);
    const char *from = at != NULL ? at + 1 : authority;
    (void)snprintf(fetch->host, sizeof fetch->host, "%.*s%.*s", (int)(authority - fetch->url),
                   fetch->url, (int)(authority + length - from), from);
    if (fetch->kind == FETCH_FILE) {
        (void)snprintf(fetch->host, sizeof fetch->host, "%s", fetch->url);
    }
}

static int read_url(struct fetch *fetch, const char *url, sj_error *error) {
    static const char *const schemes[] = {"http://", "https://", "sftp://", "file://"};
    for (const char *at = url; *at != '\0'; at++) {
        if ((unsigned char)*at <= 0x20 || (unsigned char)*at == 0x7f) {
            return sj_error_field(error, SJ_E_INVALID, "url",
                                  "url \"%.200s\": it holds a blank or a control character", url);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0 &&
            url[strlen(schemes[i])] != '\0') {
            fetch->kind = (enum fetch_kind)i;
            return SJ_OK;
        }
    }
    return sj_error_field(error, SJ_E_INVALID, "url",
                          "url \"%.200s\": http://, https://, sftp:// or file:// is expected", url);
}

static int read_method(struct fetch *fetch, const char *method, sj_error *error) {
    bool files = fetch->kind == FETCH_SFTP || fetch->kind == FETCH_FILE;
    if (files && strcmp(method, "PUT") == 0) {
        fetch->action = FETCH_PUT;
    } else if (files && strcmp(method, "LIST") == 0) {
        fetch->action = FETCH_LIST;
        if (fetch->kind == FETCH_SFTP && fetch->url[strlen(fetch->url) - 1] != '/') {
            size_t length = strlen(fetch->url);
            char *longer = realloc(fetch->url, length + 2);
            if (longer == NULL) {
                return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a call");
            }
            memcpy(longer + length, "/", 2);
            fetch->url = longer;
        }
    } else if (files
                   ? strcmp(method, "GET") != 0
                   : strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(method) ||
                         strlen(method) > 20 || strcmp(method, "LIST") == 0 || method[0] == '\0') {
        return sj_error_field(error, SJ_E_INVALID, "method", "method \"%.20s\": %s", method,
                              files ? "GET, PUT or LIST is expected"
                                    : "a method of HTTP is expected");
    }
    if (fetch->peer_cluster != NULL && fetch->kind != FETCH_HTTPS) {
        return sj_error_field(error, SJ_E_INVALID, "url",
                              "%s: a call to a remote cluster needs https://", fetch->host);
    }
    return SJ_OK;
}

static int read_headers(struct fetch *fetch, const sj_http_call *call, sj_error *error) {
    /* libcurl would ask for 100-continue and guess a content type; callers say what they want. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    bool typed = false;
    fetch->headers = list;
    for (size_t i = 0; list != NULL && i < call->headers_count; i++) {
        const char *name = call->headers[i].name, *value = call->headers[i].value;
        char line[8192];
        int length;
        if (name == NULL || value == NULL || !sj_header_name_good(name) ||
            !sj_header_value_good(value)) {
            return sj_error_field(error, SJ_E_INVALID, "headers",
                                  "header \"%.60s\" is not an HTTP header", sj_or_empty(name));
        }
        typed = typed || strcasecmp(name, "content-type") == 0;
        if (fetch->peer_cluster != NULL && strcasecmp(name, "traceparent") == 0) {
            (void)sj_trace_context_id(value, fetch->trace_id);
        }
        length = snprintf(line, sizeof line, value[0] != '\0' ? "%s: %s" : "%s;", name, value);
        if (length < 0 || (size_t)length >= sizeof line) {
            return sj_error_field(error, SJ_E_INVALID, "headers",
                                  "header \"%.60s\" is longer than 8 KiB", name);
        }
        list = curl_slist_append(list, line);
    }
    if (list != NULL && !typed) {
        list = curl_slist_append(list, "Content-Type:");
    }
    if (list != NULL && fetch->trace_id[0] != '\0') {
        char line[sizeof "tracestate: " + SJ_TRACE_STATE_ROOM], state[SJ_TRACE_STATE_ROOM];
        const int64_t order = sj_trace_sent(fetch->client->node, fetch->trace_id);
        (void)snprintf(line, sizeof line, "tracestate: %s", sj_trace_context_state(order, state));
        list = curl_slist_append(list, line);
    }
    return list != NULL ? SJ_OK : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a call");
}

static int read_call(struct fetch *fetch, const sj_http_call *call, sj_error *error) {
    int result;
    if (call->url == NULL) {
        return sj_error_field(error, SJ_E_INVALID, "url", "url: it is missing");
    }
    result = read_url(fetch, call->url, error);
    if (result != SJ_OK) {
        return result;
    }
    if (!copy(&fetch->url, call->url) ||
        !copy(&fetch->method, call->method != NULL ? call->method : "GET") ||
        !copy(&fetch->peer_cluster, call->peer_cluster) || !copy(&fetch->login, call->user) ||
        !copy(&fetch->password, call->password) || !copy(&fetch->host_key, call->host_key_sha256) ||
        (fetch->body = malloc(call->body_length + 1)) == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a call");
    }
    if (call->body_length > 0) {
        memcpy(fetch->body, call->body, call->body_length);
    }
    fetch->body[call->body_length] = '\0';
    fetch->body_length = call->body_length;
    fetch->timeout_ms = call->timeout_ms > 0 ? call->timeout_ms : DEFAULT_TIMEOUT_MS;
    fetch->answer_max = SJ_FETCH_BODY_MAX;
    if (call->size >= offsetof(sj_http_call, answer_max) + sizeof call->answer_max &&
        call->answer_max > 0 && call->answer_max < SJ_FETCH_BODY_MAX) {
        fetch->answer_max = call->answer_max;
    }
    name_host(fetch);
    result = read_method(fetch, fetch->method, error);
    return result == SJ_OK ? read_headers(fetch, call, error) : result;
}

sj_handle *sj_host_http_fetch(sj_scope *scope, const char *here, const sj_http_call *call,
                              sj_http_result_fn done, void *user, sj_error *error) {
    struct node *node = sj_scope_node(scope);
    struct fetch *fetch;
    int result;
    if (node->http_client == NULL || sj_scope_closing(scope)) {
        (void)sj_error_set(error, SJ_E_STOPPING,
                           "no calls can be made while this is being stopped");
        return NULL;
    }
    fetch = sj_node_alloc(node, sizeof *fetch);
    if (fetch == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a call");
        return NULL;
    }
    fetch->done = done;
    fetch->user = user;
    fetch->client = node->http_client;
    if (read_call(fetch, call, error) != SJ_OK) {
        clear(fetch);
        free(fetch);
        return NULL;
    }
    sj_list_add_first(&fetch->client->fetches, &fetch->link);
    sj_http_client_hold(fetch->client);
    (void)sj_handle_init(&fetch->handle, scope, kind, here, fetch->host, close_fetch);
    fetch->begun_ms = sj_node_monotonic_ms(node);
    result = fetch->kind == FETCH_FILE ? sj_file_url_begin(fetch, &fetch->error)
                                       : sj_host_address_begin(fetch, &fetch->error);
    if (result != SJ_OK) {
        sj_fetch_end(fetch, result); /* told like any other end */
    }
    return &fetch->handle;
}
