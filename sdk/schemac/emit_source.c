/* The source of one declaration file: its metadata as constant data, written so that it compiles as
 * C11 and as C++17 (no designated initialisers). */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

static void add_words(sj_text *text, const struct record *record) {
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        if (field->enum_name != NULL && field->shared == NULL) {
            text_add(text, "const char *const sj_%s_words[%zu] = {", field->enum_name,
                     field->choices_count + 1);
            for (size_t j = 0; j < field->choices_count; j++) {
                text_add_c_literal(text, field->choices[j]);
                text_add(text, ", ");
            }
            text_add(text, "NULL};\n");
        }
    }
}

static void add_literal(sj_text *text, const char *value) {
    text_add_c_literal(text, value);
    text_add(text, ", ");
}

static void add_flags(sj_text *text, uint32_t flags) {
    static const char *const names[] = {
        "SJ_FIELD_REQUIRED", "SJ_FIELD_READ_ONLY",    "SJ_FIELD_SENSITIVE", "SJ_FIELD_KEY",
        "SJ_FIELD_UNIQUE",   "SJ_FIELD_INDEX",        "SJ_FIELD_FIXED",     "SJ_FIELD_KEPT",
        "SJ_FIELD_OBSERVED", "SJ_FIELD_HOLDS_NOTHING"};
    bool first = true;
    text_add(text, "(uint32_t)(");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((flags & (1u << i)) != 0) {
            text_add(text, "%s%s", first ? "" : " | ", names[i]);
            first = false;
        }
    }
    text_add(text, "%s), ", first ? "0" : "");
}

static void add_limit(sj_text *text, int64_t limit) {
    if (limit == INT64_MIN) {
        text_add(text, "INT64_MIN, ");
    } else {
        text_add(text, "INT64_C(%" PRId64 "), ", limit);
    }
}

static void add_type(sj_text *text, sj_type type) {
    static const char *const names[] = {"TEXT", "BOOLEAN",   "INTEGER", "REAL",   "TIME", "MINUTES",
                                        "ENUM", "REFERENCE", "SECRET",  "RECORD", "LIST"};
    text_add(text, "SJ_TYPE_%s, ", names[type]);
}

/* One sj_field; `record` NULL leaves the offsets 0. */
static void add_field(sj_text *text, const struct record *record, const struct field *field) {
    text_add(text, "{");
    add_literal(text, field->name);
    add_literal(text, field->title);
    add_literal(text, field->shown_doc);
    add_literal(text, field->since);
    add_literal(text, field->unit);
    add_type(text, field->type);
    add_type(text, field->element);
    add_flags(text, field->flags);
    if (record == NULL) {
        text_add(text, "0, 0, ");
    } else {
        text_add(text, "offsetof(sj_%s, %s), ", record->c_name, field->name);
        if (field->type == SJ_TYPE_LIST) {
            text_add(text, "offsetof(sj_%s, %s_count), ", record->c_name, field->name);
        } else {
            text_add(text, "0, ");
        }
    }
    add_limit(text, field->min);
    add_limit(text, field->max);
    add_literal(text, field->format);
    add_literal(text, field->hash);
    add_literal(text, field->target);
    add_literal(text, field->fallback);
    if (field->enum_name != NULL) {
        text_add(text, "sj_%s_words, ", field->enum_name);
    } else {
        text_add(text, "NULL, ");
    }
    if (field->record != NULL) {
        text_add(text, "&%s}", field->record->meta);
    } else {
        text_add(text, "NULL}");
    }
}

static void add_record(sj_text *text, const struct record *record) {
    static const char *const kinds[] = {"RESOURCE",     "EVENT",         "REQUEST", "REPLY",
                                        "POLICY_INPUT", "POLICY_OUTPUT", "MESSAGE", "PART"};
    for (size_t i = 0; i < record->fields_count; i++) {
        if (record->fields[i].record != NULL && record->fields[i].part == NULL) {
            add_record(text, record->fields[i].record);
        }
    }
    add_words(text, record);
    if (record->fields_count > 0) {
        text_add(text, "static const sj_field sj_%s_fields[] = {\n", record->c_name);
        for (size_t i = 0; i < record->fields_count; i++) {
            text_add(text, "    ");
            add_field(text, record, &record->fields[i]);
            text_add(text, ",\n");
        }
        text_add(text, "};\n");
    }
    text_add(text, "static const uint64_t sj_%s_fingerprints[] = {\n", record->c_name);
    for (size_t i = 0; i <= record->fields_count; i++) {
        text_add(text, "    UINT64_C(0x%016" PRIx64 "),\n", record->fingerprints[i]);
    }
    text_add(text, "};\nconst sj_record_meta %s = {\n    sizeof(sj_record_meta), SJ_KIND_%s, ",
             record->meta, kinds[record->kind]);
    add_literal(text, record->name);
    add_literal(text, record->title);
    add_literal(text, record->doc);
    add_literal(text, record->since);
    text_add(text, "sizeof(sj_%s), ", record->c_name);
    if (record->fields_count > 0) {
        text_add(text, "sj_%s_fields, ", record->c_name);
    } else {
        text_add(text, "NULL, ");
    }
    text_add(text, "%zu, sj_%s_fingerprints,\n};\n\n", record->fields_count, record->c_name);
}

static void add_resource(sj_text *text, const struct declaration *declaration) {
    if (declaration->factory_count > 0) {
        text_add(text, "static const char *const sj_%s_factory[] = {\n", declaration->c_name);
        for (size_t i = 0; i < declaration->factory_count; i++) {
            text_add(text, "    ");
            text_add_c_literal(text, declaration->factory[i]);
            text_add(text, ",\n");
        }
        text_add(text, "    NULL,\n};\n");
    } else {
        text_add(text, "static const char *const sj_%s_factory[] = {NULL};\n", declaration->c_name);
    }
    text_add(text, "const sj_resource_meta sj_%s_meta = {\n    sizeof(sj_resource_meta), &%s, ",
             declaration->c_name, declaration->record->meta);
    add_literal(text, declaration->plural);
    text_add(text, "{");
    for (size_t i = 0; i < 2; i++) {
        if (declaration->key[i] == NULL) {
            text_add(text, "NULL");
        } else {
            text_add_c_literal(text, declaration->key[i]);
        }
        text_add(text, i == 0 ? ", " : "}, ");
    }
    text_add(text, "(uint32_t)%uu, ", (unsigned)declaration->flags);
    add_literal(text, declaration->menu);
    text_add(text, "sj_%s_factory,\n};\n\n", declaration->c_name);
}

static void add_request(sj_text *text, const struct declaration *declaration) {
    text_add(text, "const sj_request_meta sj_%s_meta = {\n    sizeof(sj_request_meta), ",
             declaration->c_name);
    add_literal(text, declaration->name);
    text_add(text, "&%s, &%s, INT64_C(%" PRId64 "), ", declaration->record->meta,
             declaration->second->meta, declaration->deadline_ms);
    add_literal(text, declaration->command);
    sj_text words = {0};
    text_add(&words, "%s", "");
    for (size_t i = 0; i < declaration->positional_count; i++) {
        text_add(&words, "%s%s", i == 0 ? "" : " ", declaration->positional[i]);
    }
    text_add_c_literal(text, words.data);
    sj_text_clear(&words);
    text_add(text, ", (uint32_t)%uu,\n};\n\n", (unsigned)declaration->flags);
}

static void add_policy(sj_text *text, const struct declaration *declaration) {
    text_add(text, "const sj_policy_meta sj_%s_meta = {\n    sizeof(sj_policy_meta), ",
             declaration->c_name);
    add_literal(text, declaration->name);
    add_literal(text, declaration->doc);
    text_add(text, "&%s, &%s,\n};\n\n", declaration->record->meta, declaration->second->meta);
}

static void add_parameters(sj_text *text, const struct declaration *declaration) {
    const struct record *record = declaration->record;
    add_words(text, record);
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        text_add(text, "const sj_param_meta sj_param_%s_%s_meta = {\n    sizeof(sj_param_meta), ",
                 record->c_name, field->name);
        add_literal(text, declaration->name);
        text_add(text, "\"%s_%s\", (uint32_t)%uu,\n    ", record->c_name, field->name,
                 (unsigned)field->param_flags);
        add_field(text, NULL, field);
        text_add(text, ",\n};\n\n");
    }
}

void emit_source(sj_text *text, const struct model *model, const char *base) {
    text_add(text,
             "/* Generated by sojourn-schemac from %s.lua; changes belong there. */\n#include "
             "\"%s.h\"\n\n",
             base, base);
    for (size_t i = 0; i < model->own_count; i++) {
        const struct declaration *declaration = model->declarations[i];
        if (strcmp(declaration->base, base) != 0) {
            continue;
        }
        if (declaration->kind == DECLARATION_PARAMETERS) {
            add_parameters(text, declaration);
            continue;
        }
        if (declaration->kind == DECLARATION_ENUM) {
            add_words(text, declaration->record);
            continue;
        }
        add_record(text, declaration->record);
        if (declaration->second != NULL) {
            add_record(text, declaration->second);
        }
        if (declaration->kind == DECLARATION_RESOURCE) {
            add_resource(text, declaration);
        } else if (declaration->kind == DECLARATION_REQUEST && declaration->second != NULL) {
            add_request(text, declaration);
        } else if (declaration->kind == DECLARATION_POLICY && declaration->second != NULL) {
            add_policy(text, declaration);
        }
    }
}
