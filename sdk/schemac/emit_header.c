/* The header of one declaration file: structs with their comments, metadata declared, typed
 * wrappers. */
#include "emit.h"
#include "names.h"

#include <ctype.h>
#include <string.h>

/* A comment of its own lines; whatever the declaration says cannot end it early. */
static void add_comment(sj_text *text, struct model *model, const char *indent, const char *words) {
    char *safe = arena_copy(&model->arena, words, strlen(words));
    for (char *at = safe; *at != '\0'; at++) {
        if ((at[0] == '*' && at[1] == '/') || (at[0] == '/' && at[1] == '*')) {
            at[0] = ' ';
        }
    }
    text_add(text, "%s/* ", indent);
    text_add_wrapped(text, safe, strlen(indent) + 3, arena_format(&model->arena, "%s * ", indent));
    text_add(text, " */\n");
}

static const char *field_words(struct model *model, const struct field *field) {
    sj_text words = {0};
    text_add(&words, "%s", field->shown_doc);
    if (field->unit[0] != '\0') {
        text_add(&words, " Unit: %s.", field->unit);
    }
    if (field->target[0] != '\0') {
        text_add(&words, " Key of %s.", field->target);
    }
    if (field->fallback[0] != '\0') {
        text_add(&words, " Default: %s.", field->fallback);
    }
    const char *copy = arena_copy(&model->arena, words.data, words.length);
    sj_text_clear(&words);
    return copy;
}

static void add_enum(sj_text *text, struct model *model, const struct field *field) {
    add_comment(text, model, "", field->shown_doc);
    text_add(text, "typedef enum sj_%s {\n", field->enum_name);
    for (size_t i = 0; i < field->choices_count; i++) {
        text_add(text, "    %s = %zu,\n", field->constants[i], i);
    }
    text_add(text, "} sj_%s;\n", field->enum_name);
    text_add(text, "extern const char *const sj_%s_words[%zu]; /* as in JSON, NULL at the end */\n",
             field->enum_name, field->choices_count + 1);
    text_add(text,
             "static inline const char *sj_%s_text(sj_%s value) {\n"
             "    const size_t number = (size_t)value;\n"
             "    return number < %zuu ? sj_%s_words[number] : \"\";\n"
             "}\n",
             field->enum_name, field->enum_name, field->choices_count, field->enum_name);
    text_add_pattern(text,
                     "/* The value that is written so; false when `word` is none of them. */\n"
                     "static inline bool sj_@_find(const char *word, sj_@ *value) {\n"
                     "    for (size_t i = 0; sj_@_words[i] != NULL; i++) {\n"
                     "        if (strcmp(sj_@_words[i], word) == 0) {\n"
                     "            *value = (sj_@)i;\n"
                     "            return true;\n"
                     "        }\n"
                     "    }\n"
                     "    return false;\n"
                     "}\n\n",
                     field->enum_name);
}

static void add_member(sj_text *text, struct model *model, const struct field *field) {
    add_comment(text, model, "    ", field_words(model, field));
    const char *name = field->name;
    switch (field->type) {
    case SJ_TYPE_BOOLEAN: text_add(text, "    bool %s;\n", name); return;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES: text_add(text, "    int64_t %s;\n", name); return;
    case SJ_TYPE_REAL: text_add(text, "    double %s;\n", name); return;
    case SJ_TYPE_ENUM: text_add(text, "    sj_%s %s;\n", field->enum_name, name); return;
    case SJ_TYPE_RECORD: text_add(text, "    sj_%s %s;\n", field->record->c_name, name); return;
    case SJ_TYPE_LIST:
        if (field->element == SJ_TYPE_RECORD) {
            text_add(text, "    const sj_%s *%s;\n", field->record->c_name, name);
        } else if (field->element == SJ_TYPE_INTEGER) {
            text_add(text, "    const int64_t *%s;\n", name);
        } else {
            text_add(text, "    const char *const *%s;\n", name);
        }
        text_add(text, "    size_t %s_count;\n", name);
        return;
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: break;
    }
    text_add(text, "    const char *%s;\n", name);
}

static void add_struct(sj_text *text, struct model *model, struct record *record);

/* Structs of this file that `record` needs, before it; each once. */
static void add_needed(sj_text *text, struct model *model, struct record *record) {
    for (size_t i = 0; i < record->fields_count; i++) {
        struct record *inner = record->fields[i].record;
        if (inner != NULL && strcmp(inner->owner->base, record->owner->base) == 0) {
            add_struct(text, model, inner);
        }
    }
    for (size_t i = 0; i < record->fields_count; i++) {
        if (record->fields[i].enum_name != NULL && record->fields[i].shared == NULL) {
            add_enum(text, model, &record->fields[i]);
        }
    }
}

static void add_struct(sj_text *text, struct model *model, struct record *record) {
    if (record->state == 3) {
        return;
    }
    record->state = 3;
    add_needed(text, model, record);
    add_comment(text, model, "", record->doc);
    text_add(text, "typedef struct sj_%s {\n", record->c_name);
    for (size_t i = 0; i < record->fields_count; i++) {
        add_member(text, model, &record->fields[i]);
    }
    if (record->fields_count == 0) {
        text_add(text, "    unsigned char sj_nothing; /* it has no fields, and a struct in C must "
                       "have one */\n");
    }
    text_add(text, "} sj_%s;\nextern const sj_record_meta %s;\n\n", record->c_name, record->meta);
}

/* Each header once, and none for the file itself. */
static void add_include(sj_text *text, const char *other, const char *base) {
    sj_text line = {0};
    text_add(&line, "#include \"%s.h\"\n", other);
    if (strcmp(other, base) != 0 && strstr(text->data, line.data) == NULL) {
        text_add(text, "%s", line.data);
    }
    sj_text_clear(&line);
}

/* The headers of parts and shared enums. */
static void add_used_includes(sj_text *text, const struct record *record, const char *base) {
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        if (field->shared != NULL) {
            add_include(text, field->shared_base, base);
        } else if (field->part != NULL) {
            add_include(text, field->record->owner->base, base);
        } else if (field->record != NULL) {
            add_used_includes(text, field->record, base);
        }
    }
}

static void add_includes(sj_text *text, const struct model *model, const char *base) {
    static const char *const subjects[DECLARATION_KINDS] = {"store",  "param", "bus",    "bus",
                                                            "policy", "store", "schema", "schema"};
    text_add(text, "#include <sojourn/schema.h>\n");
    for (size_t i = 0; i < model->own_count; i++) {
        const struct declaration *declaration = model->declarations[i];
        if (strcmp(declaration->base, base) == 0) {
            sj_text line = {0};
            text_add(&line, "#include <sojourn/%s.h>\n", subjects[declaration->kind]);
            if (strstr(text->data, line.data) == NULL) {
                text_add(text, "%s", line.data);
            }
            sj_text_clear(&line);
        }
    }
    for (size_t i = 0; i < model->own_count; i++) {
        const struct declaration *declaration = model->declarations[i];
        if (strcmp(declaration->base, base) == 0) {
            add_used_includes(text, declaration->record, base);
            if (declaration->second != NULL) {
                add_used_includes(text, declaration->second, base);
            }
        }
    }
}

static void add_types(sj_text *text, struct model *model, const struct declaration *declaration) {
    if (declaration->kind == DECLARATION_ENUM) {
        add_enum(text, model, &declaration->record->fields[0]);
        return;
    }
    if (declaration->kind != DECLARATION_PARAMETERS) {
        add_struct(text, model, declaration->record);
        if (declaration->second != NULL) {
            add_struct(text, model, declaration->second);
        }
        return;
    }
    const struct record *record = declaration->record;
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        if (field->enum_name != NULL && field->shared == NULL) {
            add_enum(text, model, field);
        }
        add_comment(text, model, "",
                    arena_format(&model->arena, "%s: %s", field->title, field_words(model, field)));
        text_add(text, "extern const sj_param_meta sj_param_%s_%s_meta;\n\n", record->c_name,
                 field->name);
    }
}

void emit_header(sj_text *text, struct model *model, const char *base) {
    const char *guard =
        arena_format(&model->arena, "SJ_GENERATED_%s_H", name_as_constant(&model->arena, base));
    text_add(text,
             "/* Generated by sojourn-schemac from %s.lua; changes belong there. */\n#ifndef "
             "%s\n#define %s\n\n",
             base, guard, guard);
    add_includes(text, model, base);
    text_add(text, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    for (size_t i = 0; i < model->own_count; i++) {
        if (strcmp(model->declarations[i]->base, base) == 0) {
            add_types(text, model, model->declarations[i]);
        }
    }
    for (size_t i = 0; i < model->own_count; i++) {
        if (strcmp(model->declarations[i]->base, base) == 0) {
            emit_wrappers(text, model, model->declarations[i]);
        }
    }
    text_add(text, "#ifdef __cplusplus\n}\n#endif\n#endif\n");
}
