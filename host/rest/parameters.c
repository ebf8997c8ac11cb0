/* Parameters over HTTP. */
#include "host/rest/parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/nearest.h>

#include "host/core/scope.h"
#include "host/params/params.h"
#include "host/record/json.h"
#include "host/rest/asker.h"
#include "host/rest/etag.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"
#include "host/store/store.h"

static void list(struct rest *rest, sj_http_request *request) {
    const sj_param_meta *meta;
    sj_text json = {0};
    sj_text_puts(&json, "{\"items\":[");
    for (size_t i = 0; (meta = sj_catalog_param_at(rest->catalog, i)) != NULL; i++) {
        sj_text_puts(&json, i > 0 ? ",\n" : "");
        sj_params_write(rest->node, meta, &json);
    }
    sj_text_puts(&json, "]}");
    rest_reply_json(request, 200, &json);
}

static void unknown(struct rest *rest, sj_http_request *request, const char *service,
                    const char *name) {
    const sj_param_meta *meta;
    struct sj_nearest nearest;
    char hint[SJ_NEAREST_HINT];
    sj_error error;
    sj_nearest_begin(&nearest, name);
    for (size_t i = 0; (meta = sj_catalog_param_at(rest->catalog, i)) != NULL; i++) {
        if (strcmp(meta->service, service) == 0) {
            sj_nearest_offer(&nearest, meta->symbol);
            sj_nearest_offer(&nearest, meta->field.title);
        }
    }
    (void)sj_error_set(&error, SJ_E_NOT_FOUND,
                       "there is no parameter \"%s\" of the service \"%s\"%s", name, service,
                       sj_nearest_hint(&nearest, hint));
    rest_reply_error(request, &error);
}

struct write {
    struct rest *rest;
    sj_http_request *request;
    sj_scope *scope;
    const sj_param_meta *meta;
};

static void write_freed(void *user) {
    free(user);
}

static void durable(void *user, int status, const sj_error *error) {
    struct write *write = user;
    sj_text json = {0};
    if (status != SJ_OK) {
        rest_reply_error(write->request, error);
    } else {
        char what[400];
        (void)snprintf(what, sizeof what, "parameter %s of %s is set", write->meta->field.title,
                       write->meta->service);
        rest_log_change(write->rest, write->request, what);
        sj_params_write(write->rest->node, write->meta, &json);
        rest_reply_record(write->request, 200, &json, NULL, NULL);
    }
    sj_host_scope_close(write->scope);
}

/* Who types a value on a command line sends text: "25" and "true" are taken for what they look like
 * where no text is wanted. A length of time is wanted as text, "2:30": "25" may be meant as hours
 * or minutes, and is refused. */
static cJSON *looked_at(const sj_param_meta *meta, const cJSON *value) {
    bool scalar = meta->field.type == SJ_TYPE_INTEGER || meta->field.type == SJ_TYPE_REAL ||
                  meta->field.type == SJ_TYPE_BOOLEAN;
    cJSON *parsed = scalar && cJSON_IsString(value)
                        ? cJSON_ParseWithOpts(value->valuestring, NULL, true)
                        : NULL;
    if (parsed != NULL && !cJSON_IsNumber(parsed) && !cJSON_IsBool(parsed)) {
        cJSON_Delete(parsed);
        parsed = NULL;
    }
    return parsed;
}

/* The body is {"value": ...}; null goes back to the default. */
static void store_value(struct write *write, const cJSON *value) {
    struct node *node = write->rest->node;
    struct store *store = node->store;
    struct sj_path path = {NULL, write->meta->field.title, 0};
    struct sj_problems problems;
    sj_error error;
    bool changed;
    int status = sj_store_transaction_begin(store, "the REST interface", &error);
    sj_problems_init(&problems, 1);
    if (status == SJ_OK) {
        status = sj_params_set(node, write->meta, value, &path, &problems, &changed);
        (void)sj_problems_result(&problems, &error);
    }
    if (status == SJ_OK) {
        status = sj_store_commit_durable(store, write->scope, SJ_HERE, durable, write, &error);
    }
    if (status != SJ_OK) {
        sj_store_transaction_rollback(store);
        rest_reply_error(write->request, &error);
        sj_host_scope_close(write->scope);
    }
}

/* The parameter must still be what the client saw. False after a reply. */
static bool still_matches(struct rest *rest, sj_http_request *request, const sj_param_meta *meta) {
    sj_text json = {0};
    bool matches;
    sj_params_write(rest->node, meta, &json);
    matches = rest_conditions_hold(request, &json);
    sj_text_clear(&json);
    return matches;
}

static void put(struct rest *rest, sj_http_request *request, const sj_param_meta *meta) {
    sj_error error;
    cJSON *body = sj_json_parse(request->body, request->body_length, &error);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(body, "value");
    struct write *write;
    if (body == NULL) {
        rest_reply_error(request, &error);
        return;
    }
    if (!cJSON_IsObject(body) || value == NULL || value->next != NULL || body->child != value) {
        (void)sj_error_field(&error, SJ_E_INVALID, "value",
                             "expected an object with the one member \"value\"");
        rest_reply_error(request, &error);
        cJSON_Delete(body);
        return;
    }
    if (!still_matches(rest, request, meta)) {
        cJSON_Delete(body);
        return;
    }
    write = calloc(1, sizeof *write);
    if (write == NULL ||
        (write->scope = sj_host_scope_open(rest->node->scope, SJ_HERE, "REST write", write_freed,
                                           write)) == NULL) {
        free(write);
        rest_reply_status(request, 503, "out of memory, or the node stops");
    } else {
        write->rest = rest;
        write->request = request;
        write->meta = meta;
        cJSON *parsed = looked_at(meta, value);
        store_value(write, parsed != NULL ? parsed : value);
        cJSON_Delete(parsed);
    }
    cJSON_Delete(body);
}

void rest_parameters(struct rest *rest, sj_http_request *request, const char *path) {
    const char *slash = strrchr(path, '/');
    bool reads = strcmp(request->method, "GET") == 0;
    char service[200];
    const sj_param_meta *meta;
    sj_text json = {0};
    if (path[0] == '\0') {
        list(rest, request);
        return;
    }
    (void)snprintf(service, sizeof service, "%.*s", slash != NULL ? (int)(slash - path) : 0, path);
    meta = slash != NULL ? sj_catalog_param(rest->catalog, service, slash + 1) : NULL;
    if (meta == NULL) {
        unknown(rest, request, slash != NULL ? service : path, slash != NULL ? slash + 1 : "");
    } else if (reads) {
        sj_params_write(rest->node, meta, &json);
        rest_reply_record(request, 200, &json, NULL, NULL);
    } else {
        put(rest, request, meta);
    }
}
