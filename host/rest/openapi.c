/* The OpenAPI document of the REST interface, made from the declarations. */
#include "host/rest/openapi.h"

#include <string.h>

#include "host/record/record.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"

static void text(sj_text *out, const char *name, const char *value) {
    sj_text_printf(out, "\"%s\":", name);
    sj_text_json(out, value);
}

static void put_object(sj_text *out, const sj_record_meta *meta);

static void put_type(sj_text *out, const sj_field *field, sj_type type) {
    switch (type) {
    case SJ_TYPE_BOOLEAN: sj_text_puts(out, "\"type\":\"boolean\""); break;
    case SJ_TYPE_INTEGER: sj_text_puts(out, "\"type\":\"integer\",\"format\":\"int64\""); break;
    case SJ_TYPE_REAL: sj_text_puts(out, "\"type\":\"number\""); break;
    case SJ_TYPE_MINUTES:
        sj_text_puts(out, "\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\",\"pattern\":\"^["
                          "0-9]+:[0-5][0-9]$\"}]");
        break;
    case SJ_TYPE_TIME:
        sj_text_puts(out, "\"type\":\"string\",\"format\":\"date-time\",\"nullable\":true");
        break;
    case SJ_TYPE_ENUM:
        sj_text_puts(out, "\"type\":\"string\",\"enum\":[");
        for (size_t i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
            sj_text_puts(out, i > 0 ? "," : "");
            sj_text_json(out, field->choices[i]);
        }
        sj_text_char(out, ']');
        break;
    case SJ_TYPE_RECORD: put_object(out, field->record); break;
    case SJ_TYPE_SECRET:
        sj_text_puts(out, "\"type\":\"string\",\"format\":\"password\",\"writeOnly\":true");
        break;
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_LIST: sj_text_puts(out, "\"type\":\"string\""); break;
    }
}

static void put_field(sj_text *out, const sj_field *field) {
    bool number = field->type == SJ_TYPE_INTEGER || field->type == SJ_TYPE_REAL;
    bool words = field->type == SJ_TYPE_TEXT || field->type == SJ_TYPE_SECRET;
    sj_text_json(out, field->name);
    sj_text_puts(out, ":{");
    text(out, "title", field->title);
    sj_text_char(out, ',');
    text(out, "description", field->doc);
    sj_text_char(out, ',');
    if (field->type == SJ_TYPE_LIST) {
        sj_text_puts(out, "\"type\":\"array\",\"items\":{");
        put_type(out, field, field->element);
        sj_text_char(out, '}');
    } else {
        put_type(out, field, field->type);
    }
    if (field->max != 0) {
        sj_text_printf(out, ",\"%s\":%lld",
                       number  ? "maximum"
                       : words ? "maxLength"
                               : "x-maximum",
                       (long long)field->max);
    }
    if (field->min != 0) {
        sj_text_printf(out, ",\"%s\":%lld",
                       number  ? "minimum"
                       : words ? "minLength"
                               : "x-minimum",
                       (long long)field->min);
    }
    if ((field->flags & SJ_FIELD_READ_ONLY) != 0) {
        sj_text_puts(out, ",\"readOnly\":true");
    }
    if ((field->flags & SJ_FIELD_OBSERVED) != 0 && field->type != SJ_TYPE_TIME) {
        sj_text_puts(out, ",\"nullable\":true");
    }
    if ((field->flags & SJ_FIELD_KEPT) != 0) {
        sj_text_puts(out, ",\"x-kept\":true");
    }
    sj_text_char(out, '}');
}

static void put_object(sj_text *out, const sj_record_meta *meta) {
    bool first = true;
    sj_text_puts(out, "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
    for (size_t i = 0; i < meta->fields_count; i++) {
        sj_text_puts(out, i > 0 ? "," : "");
        put_field(out, &meta->fields[i]);
    }
    sj_text_char(out, '}');
    for (size_t i = 0; i < meta->fields_count; i++) {
        if ((meta->fields[i].flags & SJ_FIELD_REQUIRED) != 0 &&
            meta->fields[i].fallback[0] == '\0') {
            sj_text_puts(out, first ? ",\"required\":[" : ",");
            sj_text_json(out, meta->fields[i].name);
            first = false;
        }
    }
    sj_text_puts(out, first ? "" : "]");
}

static void put_operation(sj_text *out, const char *method, const sj_resource_meta *meta,
                          const char *verb, const char *status, bool body, const char *answer) {
    sj_text_printf(out, "\"%s\":{\"operationId\":\"%s_%s\",\"tags\":[", method, verb,
                   meta->record->name);
    sj_text_json(out, meta->record->title);
    sj_text_char(out, ']');
    if (body) {
        sj_text_printf(out,
                       ",\"requestBody\":{\"required\":true,\"content\":{\"application/"
                       "json\":{\"schema\":{\"$ref\":\"#/components/"
                       "schemas/%s\"}}}}",
                       meta->record->name);
    }
    if (strcmp(verb, "remove") == 0) {
        sj_text_puts(out, ",\"parameters\":[{\"name\":\"force\",\"in\":\"query\",\"description\":"
                          "\"Removes what is in use (409) all the "
                          "same.\",\"schema\":{\"type\":\"boolean\"}}]");
    }
    sj_text_printf(out, ",\"responses\":{\"%s\":{\"description\":\"%s\"", status, answer);
    if (strcmp(status, "204") != 0) {
        sj_text_printf(out, ",\"content\":{\"application/json\":{\"schema\":");
        if (strcmp(verb, "list") == 0) {
            sj_text_printf(out,
                           "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\","
                           "\"items\":{\"$ref\":\"#/components/"
                           "schemas/%s\"}},\"next\":{\"type\":\"string\",\"nullable\":true}}}",
                           meta->record->name);
        } else {
            sj_text_printf(out, "{\"$ref\":\"#/components/schemas/%s\"}", meta->record->name);
        }
        sj_text_puts(out, "}}");
    }
    sj_text_puts(out, "},\"default\":{\"$ref\":\"#/components/responses/problem\"}}}");
}

static void put_resource(sj_text *out, const sj_resource_meta *meta, bool first) {
    bool writes = (meta->flags & SJ_RESOURCE_RUNTIME) == 0;
    bool singleton = (meta->flags & SJ_RESOURCE_SINGLETON) != 0;
    sj_text_printf(out, "%s\"/%s\":{", first ? "" : ",\n", meta->plural);
    put_operation(out, "get", meta, "list", "200", false, "The records, in order of their keys");
    if (writes && !singleton) {
        sj_text_char(out, ',');
        put_operation(out, "post", meta, "create", "201", true, "Created");
    }
    sj_text_printf(out,
                   "},\n\"/%s/"
                   "{key}\":{\"parameters\":[{\"name\":\"key\",\"in\":\"path\",\"required\":true,"
                   "\"schema\":{\"type\":"
                   "\"string\"}}],",
                   meta->plural);
    put_operation(out, "get", meta, "get", "200", false, "The record");
    if (writes) {
        sj_text_char(out, ',');
        put_operation(out, "put", meta, "replace", "200", true, "Replaced");
        sj_text_char(out, ',');
        put_operation(out, "patch", meta, "change", "200", true, "Changed");
    }
    if (writes && !singleton) {
        sj_text_char(out, ',');
        put_operation(out, "delete", meta, "remove", "204", false, "Removed");
    }
    sj_text_char(out, '}');
}

static void put_command(sj_text *out, const sj_request_meta *meta) {
    sj_text_puts(out, ",\n\"/do/");
    for (const char *c = meta->command; *c != '\0'; c++) {
        sj_text_add(out, *c == ' ' ? "/" : c, 1);
    }
    sj_text_puts(out, "\":{\"post\":{\"tags\":[\"Commands\"],");
    text(out, "summary", meta->request->doc);
    sj_text_puts(out, ",\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{");
    put_object(out, meta->request);
    sj_text_puts(out, "}}}},\"responses\":{\"200\":{\"description\":\"Done\",\"content\":{"
                      "\"application/json\":{\"schema\":{");
    put_object(out, meta->reply);
    sj_text_puts(out, "}}}},\"default\":{\"$ref\":\"#/components/responses/problem\"}}}}");
}

void rest_openapi(struct rest *rest, sj_http_request *request, const char *below) {
    const sj_resource_meta *meta;
    const sj_request_meta *command;
    sj_text out = {0};
    (void)below;
    sj_text_puts(&out, "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"Sojourn\",");
    text(&out, "version", sj_or_empty(rest->node->facts.version));
    sj_text_puts(&out,
                 "},\"servers\":[{\"url\":\"/api/v1\"}],\"security\":[{\"basic\":[]}],\"paths\":{");
    for (size_t i = 0; (meta = sj_catalog_resource_at(rest->catalog, i)) != NULL; i++) {
        put_resource(&out, meta, i == 0);
    }
    for (size_t i = 0; (command = sj_catalog_request_at(rest->catalog, i)) != NULL; i++) {
        if (command->command[0] != '\0') {
            put_command(&out, command);
        }
    }
    sj_text_puts(
        &out,
        "},\n\"components\":{\"securitySchemes\":{\"basic\":{\"type\":\"http\",\"scheme\":"
        "\"basic\"}},\"responses\":{"
        "\"problem\":{"
        "\"description\":\"What went "
        "wrong\",\"content\":{\"application/problem+json\":{\"schema\":{\"type\":\"object\","
        "\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":"
        "{\"type\":\"integer\"},"
        "\"detail\":{\"type\":\"string\"},\"field\":{\"type\":\"string\"}}}}}}},\"schemas\":{");
    for (size_t i = 0; (meta = sj_catalog_resource_at(rest->catalog, i)) != NULL; i++) {
        sj_text_printf(&out, "%s\"%s\":{", i > 0 ? ",\n" : "", meta->record->name);
        text(&out, "description", meta->record->doc);
        sj_text_char(&out, ',');
        put_object(&out, meta->record);
        sj_text_char(&out, '}');
    }
    sj_text_puts(&out, "}}}");
    rest_reply_json(request, 200, &out);
}
