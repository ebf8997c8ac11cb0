/* The paths of the REST interface, and the index that lists them. */
#include "host/rest/paths.h"

#include <string.h>

#include "host/rest/apply_handler.h"
#include "host/rest/commands.h"
#include "host/rest/events.h"
#include "host/rest/internal.h"
#include "host/rest/openapi.h"
#include "host/rest/own_password.h"
#include "host/rest/parameters.h"
#include "host/rest/reply.h"
#include "host/rest/schema.h"
#include "host/rest/traces.h"

static void index_of_paths(struct rest *rest, sj_http_request *request, const char *below);

static const struct rest_path paths[] = {
    {"", "", "What there is", REST_GET, false, index_of_paths},
    {"parameters", "", "All parameters", REST_GET, false, rest_parameters},
    {"parameters", "{service}/{symbol}", "One parameter", REST_GET | REST_PUT | REST_PATCH, false,
     rest_parameters},
    {"do", "{words}", "A command", REST_POST, false, rest_do},
    {"apply", "", "Applies many records and parameters at once", REST_POST, false, rest_apply},
    {"apply", "{job}", "How an apply ended", REST_GET, false, rest_apply},
    {"schema", "", "All declarations", REST_GET, false, rest_schema},
    {"openapi.json", "", "This interface as an OpenAPI document", REST_GET, false, rest_openapi},
    {"events", "", "Live events", REST_GET, true, rest_events},
    {"traces", "{trace_id}", "The steps of one login or call", REST_GET, false, rest_trace},
    {"own_password", "", "The password of who asks", REST_PUT, false, rest_own_password},
};

enum { PATHS = sizeof paths / sizeof paths[0] };

const struct rest_path *rest_path_at(size_t index) {
    return index < PATHS ? &paths[index] : NULL;
}

const struct rest_path *rest_path_find(const char *word, bool below) {
    for (size_t i = 0; i < PATHS; i++) {
        if (strcmp(paths[i].word, word) == 0 && (paths[i].below[0] != '\0') == below) {
            return &paths[i];
        }
    }
    return NULL;
}

unsigned rest_list_methods(const sj_resource_meta *meta) {
    return (meta->flags & (SJ_RESOURCE_RUNTIME | SJ_RESOURCE_SINGLETON)) != 0
               ? REST_GET
               : REST_GET | REST_POST;
}

unsigned rest_record_methods(const sj_resource_meta *meta) {
    return (meta->flags & SJ_RESOURCE_RUNTIME) != 0 ? REST_GET
           : (meta->flags & SJ_RESOURCE_SINGLETON) != 0
               ? REST_GET | REST_PUT | REST_PATCH
               : REST_GET | REST_PUT | REST_PATCH | REST_DELETE;
}

/* ---- methods ---- */

static const char *const method_names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

enum { METHODS = sizeof method_names / sizeof method_names[0] };

void rest_methods_text(unsigned methods, sj_text *out) {
    const char *before = "";
    for (size_t i = 0; i < METHODS; i++) {
        if ((methods & 1u << i) != 0) {
            sj_text_printf(out, "%s%s%s", before, method_names[i], i == 0 ? ", HEAD" : "");
            before = ", ";
        }
    }
}

/* "expected GET, PUT or PATCH here, got POST" */
static void methods_sentence(unsigned methods, const char *got, sj_text *out) {
    const char *before = "expected ";
    for (size_t i = 0; i < METHODS; i++) {
        if ((methods & 1u << i) != 0) {
            methods &= ~(1u << i);
            sj_text_printf(out, "%s%s", before, method_names[i]);
            before = (methods & (methods - 1)) == 0 ? " or " : ", ";
        }
    }
    sj_text_printf(out, " here, got %.20s", got);
}

bool rest_method_fits(sj_http_request *request, unsigned methods, const char *subject) {
    sj_text allow = {0}, sentence = {0};
    for (size_t i = 0; i < METHODS; i++) {
        if ((methods & 1u << i) != 0 && strcmp(request->method, method_names[i]) == 0) {
            return true;
        }
    }
    rest_methods_text(methods, &allow);
    sj_text_puts(&sentence, subject);
    methods_sentence(methods, request->method, &sentence);
    rest_reply_refusal(request, 405, sj_or_empty(sentence.data), "Allow", sj_or_empty(allow.data));
    sj_text_clear(&allow);
    sj_text_clear(&sentence);
    return false;
}

/* ---- all of them ---- */

static void visit_one(void (*visit)(void *, const char *, const char *, unsigned), void *user,
                      const char *title, unsigned methods, const char *word, const char *below) {
    sj_text path = {0};
    sj_text_printf(&path, "/%s%s%s", word, below[0] != '\0' ? "/" : "", below);
    for (char *c = path.data; c != NULL && *c != '\0'; c++) {
        if (*c == ' ') { /* between the words of a command */
            *c = '/';
        }
    }
    if (!path.failed && path.data != NULL) {
        visit(user, path.data, title, methods);
    }
    sj_text_clear(&path);
}

void rest_each_path(const struct rest *rest,
                    void (*visit)(void *user, const char *path, const char *title,
                                  unsigned methods),
                    void *user) {
    const sj_resource_meta *meta;
    const sj_request_meta *command;
    for (size_t i = 0; i < PATHS; i++) {
        if (strcmp(paths[i].word, "do") != 0) { /* each command stands for itself */
            visit_one(visit, user, paths[i].title, paths[i].methods, paths[i].word, paths[i].below);
        }
    }
    for (size_t i = 0; (meta = sj_catalog_resource_at(rest->catalog, i)) != NULL; i++) {
        visit_one(visit, user, meta->record->title, rest_list_methods(meta), meta->plural, "");
        visit_one(visit, user, meta->record->title, rest_record_methods(meta), meta->plural,
                  "{key}");
    }
    for (size_t i = 0; (command = sj_catalog_request_at(rest->catalog, i)) != NULL; i++) {
        if (command->command[0] != '\0') {
            visit_one(visit, user, command->request->doc, REST_POST, "do", command->command);
        }
    }
}

static void list_path(void *user, const char *path, const char *title, unsigned methods) {
    sj_text *json = user;
    const char *before = "";
    sj_text_puts(json, json->data[json->length - 1] == '[' ? "{\"path\":" : ",\n{\"path\":");
    sj_text_printf(json, "\"/api/v1%s\",\"title\":", strcmp(path, "/") == 0 ? "" : path);
    sj_text_json(json, title);
    sj_text_puts(json, ",\"methods\":[");
    for (size_t i = 0; i < METHODS; i++) {
        if ((methods & 1u << i) != 0) {
            sj_text_printf(json, "%s\"%s\"%s", before, method_names[i], i == 0 ? ",\"HEAD\"" : "");
            before = ",";
        }
    }
    sj_text_puts(json, "]}");
}

/* Paths with braces are templates (RFC 6570). */
static void index_of_paths(struct rest *rest, sj_http_request *request, const char *below) {
    sj_text json = {0};
    (void)below;
    sj_text_puts(&json, "{\"title\":\"Sojourn\",\"version\":");
    sj_text_json(&json, sj_or_empty(rest->node->facts.version));
    sj_text_puts(&json, ",\"openapi\":\"/api/v1/openapi.json\",\"paths\":[");
    if (!json.failed) {
        rest_each_path(rest, list_path, &json);
    }
    sj_text_puts(&json, "]}");
    rest_reply_json(request, 200, &json);
}
