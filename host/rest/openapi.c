/* The OpenAPI document of the REST interface, made from the declarations. Its operations are here,
 * the schemas of records in openapi_schema.c, what all operations share in openapi_shared.c. */
#include "host/rest/openapi.h"

#include <stdio.h>
#include <string.h>

#include "host/http/text.h"
#include "host/record/record.h"
#include "host/rest/internal.h"
#include "host/rest/openapi_schema.h"
#include "host/rest/openapi_shared.h"
#include "host/rest/reply.h"

struct answer {
    int status;
    const char *schema;  /* NULL: no body */
    const char *headers; /* names, with blanks between them, or "" */
};

struct operation {
    const char *method, *id, *tag, *summary;
    const char *parameters; /* names of shared ones, with blanks between them, or "" */
    const char *body;       /* its schema, or NULL */
    struct answer answers[4];
    const char *refusals; /* statuses, with blanks between them */
};

/* Calls for each word of a list. */
static void each_word(sj_text *out, const char *words,
                      void (*put)(sj_text *out, const char *word, size_t length)) {
    for (words += strspn(words, " "); *words != '\0'; words += strspn(words, " ")) {
        const size_t length = strcspn(words, " ");
        put(out, words, length);
        words += length;
    }
}

static void put_comma(sj_text *out) {
    if (out->length > 0 && strchr("[{", out->data[out->length - 1]) == NULL) {
        sj_text_char(out, ',');
    }
}

static void put_schema_reference(sj_text *out, const char *name) {
    sj_text_printf(out, "{\"$ref\":\"#/components/schemas/%s\"}", name);
}

static void put_parameter(sj_text *out, const char *name, size_t length) {
    put_comma(out);
    sj_text_printf(out, "{\"$ref\":\"#/components/parameters/%.*s\"}", (int)length, name);
}

static void put_header(sj_text *out, const char *name, size_t length) {
    put_comma(out);
    sj_text_printf(out, "\"%.*s\":{\"$ref\":\"#/components/headers/%.*s\"}", (int)length, name,
                   (int)length, name);
}

static void put_refusal(sj_text *out, const char *status, size_t length) {
    put_comma(out);
    sj_text_printf(out, "\"%.*s\":{\"$ref\":\"#/components/responses/%.*s\"}", (int)length, status,
                   (int)length, status);
}

static const char *answer_text(int status) {
    switch (status) {
    case 201: return "Created";
    case 202: return "Goes on as a job";
    case 204: return "Done, and there is nothing to say";
    case 304: return "The client has it: it is what If-None-Match says";
    default: return "Done";
    }
}

static void put_answer(sj_text *out, const struct answer *answer) {
    put_comma(out);
    sj_text_printf(out, "\"%d\":{\"description\":\"%s\"", answer->status,
                   answer_text(answer->status));
    if (answer->headers[0] != '\0') {
        openapi_put(out, ",'headers':{");
        each_word(out, answer->headers, put_header);
        sj_text_char(out, '}');
    }
    if (answer->schema != NULL) {
        openapi_put(out, strcmp(answer->schema, "live_event") == 0
                             ? ",'content':{'text/event-stream':{'schema':"
                             : ",'content':{'application/json':{'schema':");
        put_schema_reference(out, answer->schema);
        openapi_put(out, "}}");
    }
    sj_text_char(out, '}');
}

/* A merge patch may come as such or as JSON. */
static void put_body(sj_text *out, const struct operation *operation) {
    openapi_put(out, ",'requestBody':{'required':true,'content':{");
    if (strcmp(operation->method, "patch") == 0) {
        openapi_put(out, "'application/merge-patch+json':{'schema':");
        put_schema_reference(out, operation->body);
        openapi_put(out, "},");
    }
    openapi_put(out, "'application/json':{'schema':");
    put_schema_reference(out, operation->body);
    openapi_put(out, "}}}");
}

/* As far as the parameters, which the caller may add to. */
static void begin_operation(sj_text *out, const struct operation *operation) {
    put_comma(out);
    sj_text_printf(out, "\"%s\":{", operation->method);
    openapi_text(out, "operationId", operation->id);
    openapi_put(out, ",'tags':[");
    sj_text_json(out, operation->tag);
    openapi_put(out, "],");
    openapi_text(out, "summary", operation->summary);
    openapi_put(out, ",'parameters':[");
    each_word(out, operation->parameters, put_parameter);
}

static void end_operation(sj_text *out, const struct operation *operation) {
    sj_text_char(out, ']');
    if (operation->body != NULL) {
        put_body(out, operation);
    }
    openapi_put(out, ",'responses':{");
    for (size_t i = 0; i < 4 && operation->answers[i].status != 0; i++) {
        put_answer(out, &operation->answers[i]);
    }
    each_word(out, operation->refusals, put_refusal);
    openapi_put(out, ",'default':{'$ref':'#/components/responses/default'}}}");
}

/* ---- the paths that are there whatever is declared ---- */

#define ALL_REFUSALS "400 401 403 421 429 503"
#define BODY_REFUSALS ALL_REFUSALS " 413 415"
#define WRITE_REFUSALS BODY_REFUSALS " 409 504 507"
#define READ                                                                                       \
    { 200, NULL, "ETag Vary" }
#define UNCHANGED                                                                                  \
    { 304, NULL, "ETag Vary" }

static const struct fixed_operation {
    const char *path;
    struct operation operation;
} fixed[] = {
    {"/",
     {"get",
      "index",
      "interface",
      "What there is",
      "If-None-Match",
      NULL,
      {{200, "index", "ETag Vary"}, UNCHANGED},
      ALL_REFUSALS}},
    {"/parameters",
     {"get",
      "list_parameters",
      "parameters",
      "All parameters",
      "If-None-Match",
      NULL,
      {{200, "parameter.list", "ETag Vary"}, UNCHANGED},
      ALL_REFUSALS}},
    {"/parameters/{service}/{symbol}",
     {"get",
      "get_parameter",
      "parameters",
      "One parameter",
      "service symbol If-None-Match",
      NULL,
      {{200, "parameter", "ETag"}, {304, NULL, "ETag"}},
      ALL_REFUSALS " 404"}},
    {"/parameters/{service}/{symbol}",
     {"put",
      "set_parameter",
      "parameters",
      "Sets a parameter",
      "service symbol If-Match If-None-Match",
      "parameter.given",
      {{200, "parameter", "ETag"}},
      WRITE_REFUSALS " 404 412"}},
    {"/parameters/{service}/{symbol}",
     {"patch",
      "change_parameter",
      "parameters",
      "Sets a parameter, too",
      "service symbol If-Match If-None-Match",
      "parameter.given",
      {{200, "parameter", "ETag"}},
      WRITE_REFUSALS " 404 412"}},
    {"/apply",
     {"post",
      "apply",
      "apply",
      "Applies many records and parameters at once",
      "Idempotency-Key Prefer",
      "apply.given",
      {{200, "apply.outcome", ""}, {202, "apply.accepted", "Location"}},
      WRITE_REFUSALS " 422"}},
    {"/apply/{job}",
     {"get",
      "get_apply",
      "apply",
      "How an apply ended",
      "job If-None-Match",
      NULL,
      {{200, "apply.outcome", ""}, {202, "apply.accepted", "Location"}},
      WRITE_REFUSALS " 404"}},
    {"/schema",
     {"get",
      "get_declarations",
      "interface",
      "All declarations",
      "If-None-Match",
      NULL,
      {{200, "declarations", "ETag Vary"}, UNCHANGED},
      ALL_REFUSALS}},
    {"/openapi.json",
     {"get",
      "get_openapi",
      "interface",
      "This document",
      "If-None-Match",
      NULL,
      {{200, "document", "ETag Vary"}, UNCHANGED},
      ALL_REFUSALS}},
    {"/events",
     {"get",
      "follow_events",
      "events",
      "Live events, as Server-Sent Events or over a WebSocket",
      "type after_event Last-Event-ID",
      NULL,
      {{200, "live_event", ""}},
      ALL_REFUSALS}},
    {"/traces/{trace_id}",
     {"get",
      "get_trace",
      "traces",
      "The steps of one login or call on this node",
      "trace_id If-None-Match",
      NULL,
      {{200, "trace", "ETag Vary"}, UNCHANGED},
      ALL_REFUSALS " 404"}},
    {"/own_password",
     {"put",
      "set_own_password",
      "interface",
      "Changes the password of who asks",
      "",
      "own_password.given",
      {{204, NULL, ""}},
      WRITE_REFUSALS}},
};

static void put_fixed(sj_text *out) {
    const char *path = "";
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        const bool same = strcmp(path, fixed[i].path) == 0;
        if (!same) {
            sj_text_puts(out, i > 0 ? "},\n" : "");
            sj_text_printf(out, "\"%s\":{", fixed[i].path);
        }
        begin_operation(out, &fixed[i].operation);
        end_operation(out, &fixed[i].operation);
        path = fixed[i].path;
    }
    sj_text_char(out, '}');
}

/* ---- resources ---- */

enum { WORDS = 160 };

static void put_filters(sj_text *out, const sj_record_meta *meta) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (openapi_can_filter(field)) {
            put_comma(out);
            openapi_put(out, "{'in':'query',");
            openapi_text(out, "name", field->name);
            openapi_put(out, ",'description':'Only those with this value; two conditions at most',"
                             "'schema':{");
            openapi_filter(out, field);
            openapi_put(out, "}}");
        }
    }
}

/* Names what `rest`, which is the same for all resources, leaves open. */
static void put_resource_operation(sj_text *out, const sj_resource_meta *meta, const char *method,
                                   const char *verb, const char *what,
                                   const struct operation *rest) {
    const bool list = strcmp(verb, "list") == 0;
    char id[WORDS], summary[WORDS], schema[WORDS], body[WORDS];
    struct operation operation = *rest;
    (void)snprintf(id, sizeof id, "%s_%s", verb, list ? meta->plural : meta->record->name);
    (void)snprintf(summary, sizeof summary, "%s: %s", meta->record->title, what);
    (void)snprintf(schema, sizeof schema, "%s%s", meta->record->name, list ? ".list" : "");
    (void)snprintf(body, sizeof body, "%s.%s", meta->record->name, sj_or_empty(rest->body));
    operation.method = method;
    operation.id = id;
    operation.tag = meta->record->name;
    operation.summary = summary;
    operation.body = rest->body != NULL ? body : NULL;
    for (size_t i = 0; i < 4; i++) {
        operation.answers[i].schema = operation.answers[i].schema != NULL ? schema : NULL;
    }
    begin_operation(out, &operation);
    if (list) {
        put_filters(out, meta->record);
    }
    end_operation(out, &operation);
}

static void put_key(sj_text *out, const sj_resource_meta *meta) {
    const bool singleton = (meta->flags & SJ_RESOURCE_SINGLETON) != 0;
    sj_text description = {0};
    openapi_put(out, "'parameters':[{'name':'key','in':'path','required':true,'schema':{'type':"
                     "'string'");
    if (singleton) {
        openapi_put(out, ",'enum':['default']");
    }
    openapi_put(out, "},");
    sj_text_printf(&description, singleton ? "There is one of its kind" : "Its %s",
                   sj_or_empty(meta->key_field[0]));
    if (!singleton && meta->key_field[1] != NULL) {
        sj_text_printf(&description, " and, behind an @ where it is not empty, its %s",
                       meta->key_field[1]);
    }
    openapi_text(out, "description", sj_or_empty(description.data));
    openapi_put(out, "}]");
    sj_text_clear(&description);
}

static void put_resource(sj_text *out, const sj_resource_meta *meta) {
    static const struct operation list = {.parameters = "limit after If-None-Match",
                                          .answers = {{200, "", "ETag Vary"}, UNCHANGED},
                                          .refusals = ALL_REFUSALS},
                                  create = {.parameters = "",
                                            .body = "given",
                                            .answers = {{201, "", "ETag Location Sojourn-Note"}},
                                            .refusals = WRITE_REFUSALS},
                                  get = {.parameters = "If-None-Match",
                                         .answers = {{200, "", "ETag"}, {304, NULL, "ETag"}},
                                         .refusals = ALL_REFUSALS " 404"},
                                  replace = {.parameters = "If-Match If-None-Match",
                                             .body = "given",
                                             .answers = {{200, "", "ETag Sojourn-Note"},
                                                         {201, "", "ETag Location Sojourn-Note"}},
                                             .refusals = WRITE_REFUSALS " 404 412"},
                                  change = {.parameters = "If-Match If-None-Match",
                                            .body = "change",
                                            .answers = {{200, "", "ETag Sojourn-Note"}},
                                            .refusals = WRITE_REFUSALS " 404 412"},
                                  drop = {.parameters = "force If-Match If-None-Match",
                                          .answers = {{204, NULL, ""}},
                                          .refusals = ALL_REFUSALS " 404 409 412 504 507"};
    const bool writes = (meta->flags & SJ_RESOURCE_RUNTIME) == 0;
    const bool many = writes && (meta->flags & SJ_RESOURCE_SINGLETON) == 0;
    sj_text_printf(out, ",\n\"/%s\":{", meta->plural);
    put_resource_operation(out, meta, "get", "list", "all, page by page", &list);
    if (many) {
        put_resource_operation(out, meta, "post", "create", "adds one", &create);
    }
    sj_text_printf(out, "},\n\"/%s/{key}\":{", meta->plural);
    put_key(out, meta);
    put_resource_operation(out, meta, "get", "get", "one", &get);
    if (writes) {
        put_resource_operation(out, meta, "put", "replace", "replaces one, or adds it", &replace);
        put_resource_operation(out, meta, "patch", "change", "changes members of one", &change);
    }
    if (many) {
        put_resource_operation(out, meta, "delete", "remove", "removes one", &drop);
    }
    sj_text_char(out, '}');
}

static void put_resource_schemas(sj_text *out, const sj_resource_meta *meta) {
    static const struct {
        const char *suffix;
        enum openapi_face face;
    } faces[] = {{"", OPENAPI_SHOWN}, {".given", OPENAPI_GIVEN}, {".change", OPENAPI_CHANGED}};
    const size_t shown = (meta->flags & SJ_RESOURCE_RUNTIME) != 0 ? 1 : 3;
    for (size_t i = 0; i < shown; i++) {
        sj_text_printf(out, ",\n\"%s%s\":{", meta->record->name, faces[i].suffix);
        openapi_text(out, "title", meta->record->title);
        sj_text_char(out, ',');
        openapi_text(out, "description", meta->record->doc);
        sj_text_char(out, ',');
        openapi_record(out, meta->record, faces[i].face);
        sj_text_char(out, '}');
    }
    sj_text_printf(out, ",\n\"%s.list\":", meta->record->name);
    openapi_put(out, "{'type':'object','required':['items','next'],'properties':{'items':{'type':"
                     "'array','items':");
    put_schema_reference(out, meta->record->name);
    openapi_put(out, "},'next':{'type':'string','nullable':true,'description':'Given as after, it "
                     "leads to what follows; null: nothing does'}}}");
}

/* ---- commands ---- */

static void put_command(sj_text *out, const sj_request_meta *meta) {
    char id[WORDS], given[WORDS], reply[WORDS];
    const struct operation operation = {
        .method = "post",
        .id = id,
        .tag = "commands",
        .summary = meta->request->doc,
        .parameters = "Idempotency-Key",
        .body = given,
        .answers = {{200, reply, ""}},
        .refusals = WRITE_REFUSALS " 404 422 502",
    };
    (void)snprintf(id, sizeof id, "do_%s", meta->command);
    (void)snprintf(given, sizeof given, "command.%s.given", meta->name);
    (void)snprintf(reply, sizeof reply, "command.%s.reply", meta->name);
    sj_text_puts(out, ",\n\"/do/");
    for (const char *c = meta->command; *c != '\0'; c++) {
        if (*c == ' ') {
            sj_text_puts(out, "/");
        } else {
            sj_text_char(out, *c);
        }
    }
    for (char *c = id; *c != '\0'; c++) {
        if (*c == ' ' || *c == '-') {
            *c = '_';
        }
    }
    sj_text_puts(out, "\":{");
    begin_operation(out, &operation);
    end_operation(out, &operation);
    sj_text_char(out, '}');
}

static void put_command_schemas(sj_text *out, const sj_request_meta *meta) {
    sj_text_printf(out, ",\n\"command.%s.given\":{", meta->name);
    openapi_record(out, meta->request, OPENAPI_GIVEN);
    sj_text_printf(out, "},\n\"command.%s.reply\":{", meta->name);
    openapi_record(out, meta->reply, OPENAPI_SHOWN);
    sj_text_char(out, '}');
}

/* ---- events ---- */

static void put_event_schema(sj_text *out, const sj_record_meta *meta) {
    sj_text_printf(out, ",\n\"event.%s\":{", meta->name);
    openapi_text(out, "description", meta->doc);
    openapi_put(out, ",'type':'object','required':['type','time','number','event'],'properties':{"
                     "'type':{'type':'string','enum':[");
    sj_text_json(out, meta->name);
    openapi_put(out, "]},'time':{'type':'string','format':'date-time'},'number':{'type':'integer',"
                     "'format':'int64'},'event':{");
    openapi_record(out, meta, OPENAPI_SHOWN);
    openapi_put(out, "}}}");
}

static void put_events(sj_text *out, const struct sj_catalog *catalog) {
    const sj_record_meta *event;
    openapi_put(out, ",\n'live_event':{'description':'The data of one event of the stream; its id "
                     "is the number','oneOf':[");
    openapi_put(out, "{'$ref':'#/components/schemas/lost'}");
    for (size_t i = 0; (event = sj_catalog_event_at(catalog, i)) != NULL; i++) {
        sj_text_printf(out, ",{\"$ref\":\"#/components/schemas/event.%s\"}", event->name);
    }
    openapi_put(out, "]}");
    for (size_t i = 0; (event = sj_catalog_event_at(catalog, i)) != NULL; i++) {
        put_event_schema(out, event);
    }
}

/* ---- the document ---- */

static void put_paths(sj_text *out, const struct sj_catalog *catalog) {
    const sj_resource_meta *meta;
    const sj_request_meta *command;
    openapi_put(out, ",'paths':{");
    put_fixed(out);
    for (size_t i = 0; (meta = sj_catalog_resource_at(catalog, i)) != NULL; i++) {
        put_resource(out, meta);
    }
    for (size_t i = 0; (command = sj_catalog_request_at(catalog, i)) != NULL; i++) {
        if (command->command[0] != '\0') {
            put_command(out, command);
        }
    }
    sj_text_char(out, '}');
}

static void put_schemas(sj_text *out, const struct sj_catalog *catalog) {
    const sj_resource_meta *meta;
    const sj_request_meta *command;
    openapi_put(out, ",\n'schemas':{");
    openapi_shared_schemas(out, catalog);
    for (size_t i = 0; (meta = sj_catalog_resource_at(catalog, i)) != NULL; i++) {
        put_resource_schemas(out, meta);
    }
    for (size_t i = 0; (command = sj_catalog_request_at(catalog, i)) != NULL; i++) {
        if (command->command[0] != '\0') {
            put_command_schemas(out, command);
        }
    }
    put_events(out, catalog);
    sj_text_char(out, '}');
}

static void put_tags(sj_text *out, const struct sj_catalog *catalog) {
    const sj_resource_meta *meta;
    openapi_put(out, ",'tags':[{'name':'interface','description':'The interface itself'},"
                     "{'name':'parameters','description':'Parameters of services and of the "
                     "enterprise'},"
                     "{'name':'apply','description':'Many records and parameters at once'},"
                     "{'name':'events','description':'Live events'},"
                     "{'name':'traces','description':'What happened in a login or call'},"
                     "{'name':'commands','description':'The commands of the shell'}");
    for (size_t i = 0; (meta = sj_catalog_resource_at(catalog, i)) != NULL; i++) {
        openapi_put(out, ",{");
        openapi_text(out, "name", meta->record->name);
        sj_text_char(out, ',');
        openapi_text(out, "description", meta->record->doc);
        sj_text_char(out, '}');
    }
    sj_text_char(out, ']');
}

void rest_openapi(struct rest *rest, sj_http_request *request, const char *below) {
    sj_text out = {0};
    (void)below;
    openapi_put(&out, "{'openapi':'3.0.3','info':{'title':'Sojourn','license':{'name':'Apache "
                      "License 2.0','url':'https://www.apache.org/licenses/LICENSE-2.0'},"
                      "'description':'Everything that is declared is here: resources, parameters, "
                      "commands, events. Answers may have more members in later versions.',");
    openapi_text(&out, "version", sj_or_empty(rest->node->facts.version));
    openapi_put(&out, "},'servers':[{'url':'/api/v1'}],'security':[{'basic':[]}]");
    put_tags(&out, rest->catalog);
    put_paths(&out, rest->catalog);
    openapi_put(&out, ",\n'components':{'securitySchemes':{'basic':{'type':'http','scheme':"
                      "'basic','description':'An administrator, or who may read. Over the unix "
                      "socket of the node nobody is asked.'}}");
    openapi_shared_parameters(&out);
    openapi_shared_headers(&out);
    openapi_shared_responses(&out);
    put_schemas(&out, rest->catalog);
    sj_text_puts(&out, "}}");
    rest_reply_json(request, 200, &out);
}
