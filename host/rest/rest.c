/* The paths of the REST interface and of operations. */
#include <sojourn/base/nearest.h>
#include <sojourn/metric.h>

#include "host/rest/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/core/scope.h"
#include "host/http/server.h"
#include "host/plugin/loader.h"
#include "host/rest/apply_job.h"
#include "host/rest/events.h"
#include "host/rest/idempotency.h"
#include "host/rest/internal.h"
#include "host/rest/known_hosts.h"
#include "host/rest/login.h"
#include "host/rest/paths.h"
#include "host/rest/query.h"
#include "host/rest/reply.h"
#include "host/rest/resources.h"
#include "host/store/store.h"
#include "host/telemetry/metrics.h"

static void unknown_path(struct rest *rest, sj_http_request *request, const char *word) {
    const struct rest_path *path;
    const sj_resource_meta *meta;
    struct sj_nearest nearest;
    char hint[SJ_NEAREST_HINT];
    sj_error error;
    sj_nearest_begin(&nearest, word);
    for (size_t i = 0; (path = rest_path_at(i)) != NULL; i++) {
        sj_nearest_offer(&nearest, path->word);
    }
    for (size_t i = 0; (meta = sj_catalog_resource_at(rest->catalog, i)) != NULL; i++) {
        sj_nearest_offer(&nearest, meta->plural);
    }
    (void)sj_error_set(&error, SJ_E_NOT_FOUND, "there is nothing at " REST_PREFIX "%s%s", word,
                       sj_nearest_hint(&nearest, hint));
    rest_reply_error(request, &error);
}

/* The media type alone, whatever parameters follow it. */
static bool is_type(const char *content_type, const char *type) {
    const size_t length = strlen(type);
    const char *rest = strncasecmp(content_type, type, length) == 0 ? content_type + length : "x";
    rest += strspn(rest, " \t");
    return *rest == '\0' || *rest == ';';
}

/* Bodies are JSON, and are said to be: a page of another site cannot send that without asking
 * first. A PATCH says what kind of change it is (RFC 7396). */
static bool body_is_json(sj_http_request *request) {
    static const char json[] = "application/json",
                      merge_patch[] = "application/merge-patch+json, application/json";
    const bool patch = strcmp(request->method, "PATCH") == 0;
    const char *coding = sj_host_http_header(request, "Content-Encoding");
    if (request->body_length == 0) {
        return true;
    }
    if (coding != NULL && strcasecmp(coding, "identity") != 0) {
        rest_reply_refusal(request, 415, "expected a body without Content-Encoding",
                           "Accept-Encoding", "identity");
        return false;
    }
    if (is_type(request->content_type, json) ||
        (patch && is_type(request->content_type, "application/merge-patch+json"))) {
        return true;
    }
    rest_reply_refusal(request, 415,
                       patch ? "expected a body with Content-Type: application/merge-patch+json"
                             : "expected a body with Content-Type: application/json",
                       patch ? "Accept-Patch" : "Accept", patch ? merge_patch : json);
    return false;
}

/* What says one thing is said once: of two, each reader takes another one. */
static bool headers_stand_once(sj_http_request *request) {
    static const char *const single[] = {"Authorization",   "Content-Encoding", "Content-Type",
                                         "Idempotency-Key", "Last-Event-ID",    "Origin"};
    char detail[80];
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        size_t count = 0;
        for (size_t at = 0; at < request->headers_count; at++) {
            count += strcasecmp(request->headers[at].name, single[i]) == 0;
        }
        if (count > 1) {
            (void)snprintf(detail, sizeof detail, "expected one header %s, got %zu", single[i],
                           count);
            rest_reply_status(request, 400, detail);
            return false;
        }
    }
    return true;
}

/* A browser that has an administrator's credentials sends them for whatever page asks: only pages
 * of this node may. */
static bool is_of_this_site(sj_http_request *request) {
    const char *origin = sj_host_http_header(request, "Origin");
    const char *host = sj_host_http_header(request, "Host");
    const char *site = origin != NULL ? strstr(origin, "://") : NULL;
    if (origin == NULL || (site != NULL && host != NULL && strcmp(site + 3, host) == 0)) {
        return true;
    }
    rest_reply_status(request, 403, "the request comes from a page of another site");
    return false;
}

/* Over the unix socket no password is asked for. */
static bool password_is_good(struct rest *rest, sj_http_request *request) {
    char why[240];
    if (!sj_http_is_local(request) && rest_login_outdated(rest, request->user, why)) {
        rest_reply_status(request, 403, why);
        return false;
    }
    return true;
}

/* Who sends an Idempotency-Key relies on it. */
static bool key_is_of_use(sj_http_request *request) {
    sj_error error;
    if (sj_host_http_header(request, "Idempotency-Key") == NULL ||
        strcmp(request->method, "GET") == 0) {
        return true;
    }
    (void)sj_error_field(&error, SJ_E_INVALID, "Idempotency-Key",
                         "Idempotency-Key: expected it with a command or an apply; PUT, PATCH and "
                         "DELETE may be sent again without, and a record that exists is not "
                         "added a second time");
    rest_reply_error(request, &error);
    return false;
}

/* What does not read its query refuses one: a client that writes ?dry_run=true relies on it. */
static void hand_to_path(struct rest *rest, sj_http_request *request, const char *word,
                         const char *below) {
    static const char *const none[] = {NULL};
    const struct rest_path *path = rest_path_find(word, below[0] != '\0');
    if (path == NULL) {
        unknown_path(rest, request, word);
    } else if (rest_method_fits(request, path->methods, "") &&
               (strcmp(request->method, "POST") == 0 || key_is_of_use(request)) &&
               (path->takes_query || rest_query_known(request, NULL, none))) {
        path->handle(rest, request, below);
    }
}

static void dispatch(void *user, sj_http_request *request) {
    struct rest *rest = user;
    const char *path = request->path + strlen(REST_PREFIX) - 1; /* "/api/v1" alone is there too */
    path += *path == '/';
    size_t length = strcspn(path, "/");
    const char *below = path[length] == '/' ? path + length + 1 : "";
    const sj_resource_meta *meta;
    char word[128];
    (void)snprintf(word, sizeof word, "%.*s",
                   (int)(length < sizeof word ? length : sizeof word - 1), path);
    meta = sj_catalog_plural(rest->catalog, word);
    if (meta == NULL) { /* the one record of a singleton also stands under its own name */
        meta = sj_catalog_resource(rest->catalog, word);
        if (meta != NULL && (meta->flags & SJ_RESOURCE_SINGLETON) == 0) {
            meta = NULL;
        } else if (meta != NULL && below[0] == '\0') {
            below = "default";
        }
    }
    if (strcmp(request->method, "HEAD") == 0) {
        request->method = "GET"; /* of its answer the server sends the head */
    }
    if (!headers_stand_once(request) || !is_of_this_site(request) || !body_is_json(request) ||
        !password_is_good(rest, request)) {
        return;
    }
    if (meta != NULL && key_is_of_use(request)) {
        rest_resource(rest, request, meta, below);
    } else if (meta == NULL) {
        hand_to_path(rest, request, word, below);
    }
}

/* Without the right of an administrator. */
static void own_password(void *user, sj_http_request *request) {
    if (headers_stand_once(request) && is_of_this_site(request) && body_is_json(request)) {
        hand_to_path(user, request, "own_password", "");
    }
}

/* ---- operations ---- */

static void reply_text(sj_http_request *request, int status, const char *type, const char *text) {
    sj_http_reply reply;
    memset(&reply, 0, sizeof reply);
    reply.status = status;
    reply.content_type = type;
    reply.body = text;
    reply.body_length = strlen(text);
    sj_host_http_reply(request, &reply);
}

static void metrics(void *user, sj_http_request *request) {
    struct rest *rest = user;
    char *text = sj_metrics_text(rest->node);
    reply_text(request, text != NULL ? 200 : 503, "text/plain; version=0.0.4; charset=utf-8",
               text != NULL ? text : "out of memory\n");
    free(text);
}

static void healthy(void *user, sj_http_request *request) {
    (void)user;
    reply_text(request, 200, "text/plain; charset=utf-8", "alive\n");
}

/* Ready is a node that does not stop, whose store takes writes, and whose activated services have
 * come to rest; one that failed is named, but does not keep the others from serving. */
static void ready(void *user, sj_http_request *request) {
    struct rest *rest = user;
    const struct loader *loader = rest->node->loader;
    const char *refusal = sj_store_refusal(rest->node->store);
    sj_text text = {0};
    bool on_the_way = loader == NULL || rest->node->stopping;
    if (refusal != NULL) {
        sj_text_printf(&text, "store: %s\n", refusal);
    }
    for (const struct plugin *plugin = loader != NULL ? loader->plugins : NULL; plugin != NULL;
         plugin = plugin->next) {
        if (plugin->wanted && plugin->state != PLUGIN_STARTED) {
            on_the_way = on_the_way || plugin->state < PLUGIN_STARTED;
            sj_text_printf(&text, "%s: %s %s\n", plugin->owner.name,
                           sj_plugin_state_text(plugin->state), plugin->reason);
        }
    }
    sj_text_puts(&text, refusal == NULL && !on_the_way ? "ready\n" : "not ready\n");
    reply_text(request, refusal == NULL && !on_the_way ? 200 : 503, "text/plain; charset=utf-8",
               sj_or_empty(text.data));
    sj_text_clear(&text);
}

static int add_route(struct rest *rest, const char *method, const char *path, unsigned flags,
                     sj_http_fn handler, sj_error *error) {
    return sj_host_http_route(rest->node->scope, SJ_HERE, method, path, flags, handler, rest,
                              error) != NULL
               ? SJ_OK
               : error->code;
}

static int add_routes(struct rest *rest, sj_error *error) {
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    int status = SJ_OK;
    for (size_t i = 0; status == SJ_OK && i < sizeof methods / sizeof methods[0]; i++) {
        status = add_route(rest, methods[i], REST_PREFIX "*", SJ_ROUTE_ADMIN | SJ_ROUTE_BUSY_OK,
                           dispatch, error);
    }
    if (status == SJ_OK) {
        status =
            add_route(rest, "GET", "/api/v1", SJ_ROUTE_ADMIN | SJ_ROUTE_BUSY_OK, dispatch, error);
    }
    if (status == SJ_OK) {
        status = add_route(rest, "PUT", REST_PREFIX "own_password", 0, own_password, error);
    }
    if (status == SJ_OK) {
        status = add_route(rest, "GET", "/metrics", SJ_ROUTE_BUSY_OK, metrics, error);
    }
    if (status == SJ_OK) {
        status = add_route(rest, "GET", "/healthz", SJ_ROUTE_BUSY_OK, healthy, error);
    }
    return status == SJ_OK ? add_route(rest, "GET", "/readyz", SJ_ROUTE_BUSY_OK, ready, error)
                           : status;
}

int sj_rest_open(struct node *node, sj_error *error) {
    struct rest *rest = calloc(1, sizeof *rest);
    sj_error cause = {0};
    int status;
    if (rest == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the REST interface");
    }
    rest->node = node;
    rest->catalog = sj_store_catalog(node->store);
    rest->kept_bytes = sj_metric_new(
        node->scope, SJ_GAUGE, "sojourn_live_events_kept_bytes",
        "Bytes of events kept for readers of live events, who may be slow or come again");
    node->rest = rest;
    status = rest_logins_open(rest, &cause);
    rest_known_hosts_open(rest);
    if (status == SJ_OK) {
        status = rest_applies_open(rest, &cause);
    }
    if (status == SJ_OK) {
        status = add_routes(rest, &cause);
    }
    if (status != SJ_OK) {
        sj_rest_close(node);
        if (error != NULL) {
            *error = cause;
        }
    }
    return status;
}

/* The routes went with the node's own scope. */
void sj_rest_close(struct node *node) {
    if (node->rest != NULL) {
        rest_events_close(node->rest);
        rest_logins_close(node->rest);
        rest_applies_close(node->rest);
        rest_once_close(node->rest);
        free(node->rest);
        node->rest = NULL;
    }
}
