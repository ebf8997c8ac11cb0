/* JSON: the canonical form of all declarations, and the reduced one that a release is compared with
 * (names and shapes only). */
#include "emit.h"

#include <inttypes.h>

/* One object being written: `indent` stands before each member when members have lines of their
 * own, else it is NULL. */
struct object {
    sj_text *text;
    const char *indent;
    bool filled;
};

static void begin_member(struct object *object, const char *name) {
    text_add(object->text, "%s", object->filled ? "," : "");
    if (object->indent != NULL) {
        text_add(object->text, "\n%s", object->indent);
    } else if (object->filled) {
        text_add(object->text, " ");
    }
    text_add(object->text, "\"%s\": ", name);
    object->filled = true;
}

static void add_text(struct object *object, const char *name, const char *value) {
    if (value != NULL && value[0] != '\0') {
        begin_member(object, name);
        text_add_json_string(object->text, value);
    }
}

static void add_raw(struct object *object, const char *name, const char *json) {
    if (json[0] != '\0') {
        begin_member(object, name);
        text_add(object->text, "%s", json);
    }
}

static void add_number(struct object *object, bool present, const char *name, int64_t value) {
    if (present) {
        begin_member(object, name);
        text_add(object->text, "%" PRId64, value);
    }
}

static void add_true(struct object *object, const char *name, bool value) {
    if (value) {
        add_raw(object, name, "true");
    }
}

static void add_words(struct object *object, const char *name, const char *const *words,
                      size_t count) {
    if (count > 0) {
        begin_member(object, name);
        text_add(object->text, "[");
        for (size_t i = 0; i < count; i++) {
            text_add(object->text, "%s", i == 0 ? "" : ", ");
            text_add_json_string(object->text, words[i]);
        }
        text_add(object->text, "]");
    }
}

/* true or the reason; of an enum's words: an object of them. */
static void add_reason(struct object *object, const char *name, const char *why) {
    if (why[0] != '\0') {
        add_text(object, name, why);
    } else {
        add_true(object, name, true);
    }
}

static void add_kept(struct object *object, const struct field *field) {
    if (field->kept != NULL) {
        add_reason(object, "kept", field->kept);
    } else if (field->kept_choices != NULL) {
        struct object words = {object->text, NULL, false};
        begin_member(object, "kept");
        text_add(object->text, "{");
        for (size_t i = 0; i < field->choices_count; i++) {
            if (field->kept_choices[i] != NULL) {
                add_reason(&words, field->choices[i], field->kept_choices[i]);
            }
        }
        text_add(object->text, "}");
    }
}

static void add_names_in_c(struct object *object, const struct field *field) {
    if (field->enum_name != NULL) {
        begin_member(object, "enum_c");
        text_add(object->text, "\"sj_%s\"", field->enum_name);
        add_words(object, "constants", field->constants, field->choices_count);
    }
}

static void add_fields(struct object *object, const char *name, const struct record *record,
                       const char *indent, bool whole);

static void add_field(sj_text *text, const struct field *field, const char *indent, bool whole) {
    struct object object = {text, NULL, false};
    text_add(text, "{");
    add_text(&object, "name", field->name);
    add_text(&object, "type", type_words[field->type]);
    if (field->type == SJ_TYPE_LIST) {
        add_text(&object, "of", type_words[field->element]);
    }
    add_text(&object, "to", field->target);
    add_words(&object, "words", field->choices, field->choices_count);
    if (whole) {
        add_text(&object, "title", field->title);
        add_text(&object, "doc", field->doc);
        add_text(&object, "since", field->since);
        add_text(&object, "unit", field->unit);
        add_number(&object, field->has_min, "min", field->min);
        add_number(&object, field->has_max, "max", field->max);
        add_text(&object, "format", field->format);
        add_text(&object, "hash", field->hash);
        add_raw(&object, "default", field->fallback_json);
        add_true(&object, "required", (field->flags & SJ_FIELD_REQUIRED) != 0);
        add_true(&object, "read_only", (field->flags & SJ_FIELD_READ_ONLY) != 0);
        add_true(&object, "sensitive", (field->flags & SJ_FIELD_SENSITIVE) != 0);
        add_true(&object, "unique", (field->flags & SJ_FIELD_UNIQUE) != 0);
        add_true(&object, "fixed", (field->flags & SJ_FIELD_FIXED) != 0);
        add_kept(&object, field);
        add_true(&object, "observed", (field->flags & SJ_FIELD_OBSERVED) != 0);
        add_true(&object, "holds_nothing", (field->flags & SJ_FIELD_HOLDS_NOTHING) != 0);
        add_true(&object, "index", (field->flags & SJ_FIELD_INDEX) != 0);
        add_true(&object, "node", (field->param_flags & SJ_PARAM_NODE) != 0);
        add_true(&object, "advanced", (field->param_flags & SJ_PARAM_ADVANCED) != 0);
        add_text(&object, "part", field->part);
        add_text(&object, "enum", field->shared);
        add_names_in_c(&object, field);
    }
    if (field->record != NULL) {
        add_text(&object, "struct", whole ? field->record->name : "");
        add_fields(&object, "fields", field->record, indent, whole);
    }
    text_add(text, "}");
}

/* A list of fields, each on its line. */
static void add_fields(struct object *object, const char *name, const struct record *record,
                       const char *indent, bool whole) {
    sj_text deeper = {0};
    begin_member(object, name);
    text_add(&deeper, "%s  ", indent);
    text_add(object->text, "[");
    for (size_t i = 0; i < record->fields_count; i++) {
        text_add(object->text, "%s\n%s", i == 0 ? "" : ",", deeper.data);
        add_field(object->text, &record->fields[i], deeper.data, whole);
    }
    if (record->fields_count > 0) {
        text_add(object->text, "\n%s", indent);
    }
    text_add(object->text, "]");
    sj_text_clear(&deeper);
}

static void add_fingerprints(struct object *object, const char *name, const struct record *record) {
    begin_member(object, name);
    for (size_t i = 0; i <= record->fields_count; i++) {
        text_add(object->text, "%s\"%016" PRIx64 "\"", i == 0 ? "[" : ", ",
                 record->fingerprints[i]);
    }
    text_add(object->text, "]");
}

static void add_record(struct object *object, const char *name, const struct record *record,
                       bool whole) {
    add_fields(object, name, record, object->indent, whole);
    if (whole && record->owner->kind != DECLARATION_PARAMETERS) {
        const char *both = name[0] == 'f'   ? "fingerprints"
                           : name[0] == 'r' ? "reply_fingerprints"
                                            : NULL;
        add_fingerprints(object,
                         both != NULL     ? both
                         : name[0] == 'i' ? "input_fingerprints"
                                          : "output_fingerprints",
                         record);
    }
}

static void add_resource(struct object *object, const struct declaration *declaration, bool whole) {
    add_text(object, "plural", declaration->plural);
    add_words(object, "key", declaration->key,
              declaration->key[0] == NULL   ? 0
              : declaration->key[1] == NULL ? 1
                                            : 2);
    add_true(object, "singleton", (declaration->flags & SJ_RESOURCE_SINGLETON) != 0);
    if (whole) {
        add_true(object, "runtime", (declaration->flags & SJ_RESOURCE_RUNTIME) != 0);
        add_true(object, "node", (declaration->flags & SJ_RESOURCE_NODE) != 0);
        add_text(object, "menu", declaration->menu);
        if (declaration->factory_count > 0) {
            begin_member(object, "factory");
            for (size_t i = 0; i < declaration->factory_count; i++) {
                text_add(object->text, "%s\n%s  %s", i == 0 ? "[" : ",", object->indent,
                         declaration->factory[i]);
            }
            text_add(object->text, "\n%s]", object->indent);
        }
    }
}

static void add_declaration(sj_text *text, const struct declaration *declaration, bool whole) {
    struct object object = {text, "      ", false};
    text_add(text, "    {");
    add_text(&object, "kind", declaration_kind_words[declaration->kind]);
    add_text(&object, "name", declaration->name);
    if (whole) {
        add_text(&object, "file", declaration->base);
        add_text(&object, "c",
                 declaration->kind == DECLARATION_PARAMETERS ? "" : declaration->c_name);
        add_text(&object, "title", declaration->title);
        add_text(&object, "doc", declaration->doc);
        add_text(&object, "since", declaration->since);
    }
    switch (declaration->kind) {
    case DECLARATION_RESOURCE: add_resource(&object, declaration, whole); break;
    case DECLARATION_PARAMETERS: add_text(&object, "prefix", declaration->prefix); break;
    case DECLARATION_REQUEST:
        add_number(&object, whole, "deadline_ms", declaration->deadline_ms);
        add_true(&object, "tells", whole && (declaration->flags & SJ_REQUEST_TELLS) != 0);
        add_text(&object, "command", declaration->command);
        add_words(&object, "positional", declaration->positional, declaration->positional_count);
        break;
    default: break;
    }
    if (declaration->kind == DECLARATION_ENUM) {
        const struct field *field = &declaration->record->fields[0];
        add_words(&object, "words", field->choices, field->choices_count);
        add_names_in_c(&object, field);
        text_add(text, "\n    }");
        return;
    }
    const bool policy = declaration->kind == DECLARATION_POLICY;
    add_record(&object, policy ? "input" : "fields", declaration->record, whole);
    if (declaration->second != NULL) {
        add_record(&object, policy ? "output" : "reply", declaration->second, whole);
    }
    text_add(text, "\n    }");
}

/* Parts and enums reach a release's file through those that use them. */
static void emit(sj_text *text, const struct model *model, bool whole) {
    bool first = true;
    text_add(text, "{\n  \"declarations\": [");
    for (size_t i = 0; i < model->own_count; i++) {
        if (whole || model->declarations[i]->kind < DECLARATION_PART) {
            text_add(text, "%s\n", first ? "" : ",");
            add_declaration(text, model->declarations[i], whole);
            first = false;
        }
    }
    text_add(text, "\n  ]\n}\n");
}

void emit_json(sj_text *text, const struct model *model) {
    emit(text, model, true);
}

void emit_release(sj_text *text, const struct model *model) {
    emit(text, model, false);
}
