/* All declarations as JSON, for the shell and the administrator's pages. */
#include "host/rest/schema.h"

#include <string.h>

#include "host/record/record.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"

static const char *type_word(sj_type type) {
    static const char *const words[] = {"text", "boolean",   "integer", "real",   "time", "minutes",
                                        "enum", "reference", "secret",  "record", "list"};
    return words[type];
}

static void put_text(sj_text *out, const char *name, const char *text) {
    if (text != NULL && text[0] != '\0') {
        sj_text_printf(out, ",\"%s\":", name);
        sj_text_json(out, text);
    }
}

static void put_true(sj_text *out, const char *name, bool value) {
    if (value) {
        sj_text_printf(out, ",\"%s\":true", name);
    }
}

static void put_fields(sj_text *out, const sj_record_meta *meta);

static void put_field(sj_text *out, const sj_field *field) {
    sj_text_puts(out, "{\"name\":");
    sj_text_json(out, field->name);
    sj_text_printf(out, ",\"type\":\"%s\"", type_word(field->type));
    if (field->type == SJ_TYPE_LIST) {
        sj_text_printf(out, ",\"element\":\"%s\"", type_word(field->element));
    }
    put_text(out, "title", field->title);
    put_text(out, "doc", field->doc);
    put_text(out, "unit", field->unit);
    put_text(out, "format", field->format);
    put_text(out, "target", field->target);
    put_text(out, "default", field->fallback);
    put_text(out, "since", field->since);
    if (field->min != 0 || field->max != 0) {
        sj_text_printf(out, ",\"min\":%lld", (long long)field->min);
    }
    if (field->max != 0) {
        sj_text_printf(out, ",\"max\":%lld", (long long)field->max);
    }
    put_true(out, "required", (field->flags & SJ_FIELD_REQUIRED) != 0);
    put_true(out, "read_only", (field->flags & SJ_FIELD_READ_ONLY) != 0);
    put_true(out, "sensitive", (field->flags & SJ_FIELD_SENSITIVE) != 0);
    put_true(out, "key", (field->flags & SJ_FIELD_KEY) != 0);
    put_true(out, "unique", (field->flags & SJ_FIELD_UNIQUE) != 0);
    put_true(out, "fixed", (field->flags & SJ_FIELD_FIXED) != 0);
    put_true(out, "observed", (field->flags & SJ_FIELD_OBSERVED) != 0);
    put_true(out, "kept", (field->flags & SJ_FIELD_KEPT) != 0);
    if (field->type == SJ_TYPE_ENUM && field->choices != NULL) {
        sj_text_puts(out, ",\"choices\":[");
        for (size_t i = 0; field->choices[i] != NULL; i++) {
            sj_text_puts(out, i > 0 ? "," : "");
            sj_text_json(out, field->choices[i]);
        }
        sj_text_char(out, ']');
    }
    if (field->record != NULL) {
        put_fields(out, field->record);
    }
    sj_text_char(out, '}');
}

static void put_fields(sj_text *out, const sj_record_meta *meta) {
    sj_text_puts(out, ",\"fields\":[");
    for (size_t i = 0; i < meta->fields_count; i++) {
        sj_text_puts(out, i > 0 ? "," : "");
        put_field(out, &meta->fields[i]);
    }
    sj_text_char(out, ']');
}

static void put_head(sj_text *out, bool first, const char *name) {
    sj_text_puts(out, first ? "{\"name\":" : ",\n{\"name\":");
    sj_text_json(out, name);
}

static void put_resource(sj_text *out, const sj_resource_meta *meta, bool first) {
    put_head(out, first, meta->record->name);
    put_text(out, "plural", meta->plural);
    put_text(out, "title", meta->record->title);
    put_text(out, "doc", meta->record->doc);
    put_text(out, "menu", meta->menu);
    put_text(out, "since", meta->record->since);
    put_true(out, "singleton", (meta->flags & SJ_RESOURCE_SINGLETON) != 0);
    put_true(out, "runtime", (meta->flags & SJ_RESOURCE_RUNTIME) != 0);
    put_true(out, "per_node", (meta->flags & SJ_RESOURCE_NODE) != 0);
    sj_text_puts(out, ",\"key\":[");
    for (size_t i = 0; i < 2 && meta->key_field[i] != NULL; i++) {
        sj_text_puts(out, i > 0 ? "," : "");
        sj_text_json(out, meta->key_field[i]);
    }
    sj_text_char(out, ']');
    put_fields(out, meta->record);
    sj_text_char(out, '}');
}

static void put_param(sj_text *out, const sj_param_meta *meta, bool first) {
    sj_text_puts(out, first ? "{\"service\":" : ",\n{\"service\":");
    sj_text_json(out, meta->service);
    put_text(out, "symbol", meta->symbol);
    put_true(out, "advanced", (meta->flags & SJ_PARAM_ADVANCED) != 0);
    put_true(out, "per_node", (meta->flags & SJ_PARAM_NODE) != 0);
    sj_text_puts(out, ",\"field\":");
    put_field(out, &meta->field);
    put_text(out, "title", meta->field.title);
    put_text(out, "name", meta->field.name);
    sj_text_char(out, '}');
}

static void put_command(sj_text *out, const sj_request_meta *meta, bool first) {
    put_head(out, first, meta->name);
    put_text(out, "command", meta->command);
    put_text(out, "positional", meta->positional);
    put_text(out, "doc", meta->request->doc);
    sj_text_printf(out, ",\"deadline_ms\":%lld", (long long)meta->deadline_ms);
    put_true(out, "tells", (meta->flags & SJ_REQUEST_TELLS) != 0);
    put_fields(out, meta->request);
    sj_text_puts(out, ",\"reply\":{\"name\":");
    sj_text_json(out, meta->reply->name);
    put_fields(out, meta->reply);
    sj_text_puts(out, "}}");
}

void rest_schema(struct rest *rest, sj_http_request *request, const char *below) {
    const struct sj_catalog *catalog = rest->catalog;
    const sj_resource_meta *resource;
    const sj_param_meta *param;
    const sj_request_meta *command;
    const sj_record_meta *event;
    sj_text out = {0};
    (void)below;
    bool first = true;
    sj_text_puts(&out, "{\"version\":");
    sj_text_json(&out, sj_or_empty(rest->node->facts.version));
    sj_text_puts(&out, ",\"resources\":[");
    for (size_t i = 0; (resource = sj_catalog_resource_at(catalog, i)) != NULL; i++) {
        put_resource(&out, resource, i == 0);
    }
    sj_text_puts(&out, "],\"parameters\":[");
    for (size_t i = 0; (param = sj_catalog_param_at(catalog, i)) != NULL; i++) {
        put_param(&out, param, i == 0);
    }
    sj_text_puts(&out, "],\"commands\":[");
    for (size_t i = 0; (command = sj_catalog_request_at(catalog, i)) != NULL; i++) {
        if (command->command[0] != '\0') {
            put_command(&out, command, first);
            first = false;
        }
    }
    sj_text_puts(&out, "],\"events\":[");
    for (size_t i = 0; (event = sj_catalog_event_at(catalog, i)) != NULL; i++) {
        put_head(&out, i == 0, event->name);
        put_text(&out, "doc", event->doc);
        put_fields(&out, event);
        sj_text_char(&out, '}');
    }
    sj_text_puts(&out, "]}");
    rest_reply_json(request, 200, &out);
}
