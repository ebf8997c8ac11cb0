/* Fields: their types, limits and options, and a sentence for all that cannot be so. */
#include "read_fields.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

static const char *const formats[] = {
    "name",         "device_name",    "hostname",    "address",  "url",       "digits",
    "dial_pattern", "cluster_id",     "country",     "locale",   "user_id",   "path",
    "hex",          "xml_name",       "pin",         "role",     "host_list", "mask",
    "time_zone",    "date_template",  "time_of_day", "host_key", "web_url",   "advertised_pattern",
    "domain",       "domain_pattern", "new_password"};

struct record *record_new(const struct place *place, sj_record_kind kind, const char *name,
                          const char *c_name) {
    struct record *record = arena_alloc(&place->model->arena, sizeof *record);
    record->owner = place->declaration;
    record->kind = kind;
    record->name = name;
    record->c_name = c_name;
    record->title = place->declaration->title;
    record->doc = place->declaration->doc;
    record->since = place->declaration->since;
    record->meta = arena_format(&place->model->arena, "sj_%s_meta", c_name);
    record->meta_exported = true;
    return record;
}

void read_words(const struct place *place, struct field *field, const struct value *table,
                const char *base) {
    field->choices = option_words(place, table, "of", &field->choices_count);
    if (field->choices_count == 0) {
        PROBLEM(place, "an enum needs its words: of = { \"...\", ... }");
        return;
    }
    enum_name_constants(place->model, place->declaration, place->path, field, base);
}

static void read_enum(const struct place *place, struct field *field, const struct record *record,
                      const struct value *table) {
    const struct value *of = value_get(table, "of");
    if (of != NULL && of->kind == VALUE_TEXT) {
        field->shared = of->text;
        return;
    }
    const char *member = name_of_member(&place->model->arena, record->c_name, field->name);
    field->enum_name = member;
    if (strcmp(member, record->c_name) == 0) { /* the struct has that name */
        field->enum_name = arena_format(&place->model->arena, "%s_%s", record->c_name, field->name);
    }
    read_words(place, field, table, member);
}

static void read_item(const struct place *place, struct field *field, const struct record *record,
                      const struct value *table) {
    struct arena *arena = &place->model->arena;
    const struct value *fields = value_get(table, "fields");
    field->part = option_text(place, table, "part", NULL);
    if (field->part != NULL) {
        if (fields != NULL || value_get(table, "item") != NULL) {
            PROBLEM(
                place,
                "part = \"%s\" already says the fields; item and fields are not allowed beside it",
                field->part);
        }
        return;
    }
    const char *item = option_text(place, table, "item", NULL);
    if (item == NULL || fields == NULL) {
        PROBLEM(place, "a %s needs part = \"...\", or item = \"...\" and fields = { ... }",
                type_words[field->type]);
        return;
    }
    if (!name_is_plain(item)) {
        PROBLEM(place, "item = \"%s\"; expected lower_case_words", item);
        return;
    }
    struct record *own =
        record_new(place, SJ_KIND_PART, arena_format(arena, "%s.%s", record->name, item),
                   arena_format(arena, "%s_%s", record->c_name, item));
    own->title = name_as_title(arena, item);
    own->doc = field->doc;
    own->since = field->since;
    field->record = own;
    read_fields(place, own, fields);
}

static void read_list(const struct place *place, struct field *field, const struct record *record,
                      const struct value *table) {
    const char *of = option_text(place, table, "of", NULL);
    if (of == NULL) {
        field->element = SJ_TYPE_RECORD;
        read_item(place, field, record, table);
    } else if (strcmp(of, "text") == 0) {
        field->element = SJ_TYPE_TEXT;
    } else if (strcmp(of, "integer") == 0) {
        field->element = SJ_TYPE_INTEGER;
    } else if (strcmp(of, "reference") == 0) {
        field->element = SJ_TYPE_REFERENCE;
    } else {
        PROBLEM(place,
                "a list of \"%s\" (of is one of text, reference, integer; for records give item "
                "and fields, or part)",
                of);
    }
}

static void read_limits(const struct place *place, struct field *field, const struct value *table) {
    field->has_min = option_integer(place, table, "min", &field->min);
    field->has_max = option_integer(place, table, "max", &field->max);
    if ((field->has_min || field->has_max) &&
        (field->type == SJ_TYPE_BOOLEAN || field->type == SJ_TYPE_ENUM ||
         field->type == SJ_TYPE_RECORD)) {
        PROBLEM(place, "min and max are not allowed for the type %s", type_words[field->type]);
    }
    if (field->has_max && field->max == 0) {
        PROBLEM(place, "max = 0 would mean no limit; leave it out, or give another limit");
    }
    if (field->has_min && field->has_max && field->min > field->max) {
        PROBLEM(place, "min = %lld is above max = %lld", (long long)field->min,
                (long long)field->max);
    }
    if (field->type != SJ_TYPE_INTEGER && field->type != SJ_TYPE_REAL &&
        (field->min < 0 || field->max < 0)) {
        PROBLEM(place, "a limit below zero is not allowed for the type %s",
                type_words[field->type]);
    }
}

static uint32_t read_flags(const struct place *place, const struct value *table) {
    return (option_flag(place, table, "required") ? (uint32_t)SJ_FIELD_REQUIRED : 0u) |
           (option_flag(place, table, "read_only") ? (uint32_t)SJ_FIELD_READ_ONLY : 0u) |
           (option_flag(place, table, "sensitive") ? (uint32_t)SJ_FIELD_SENSITIVE : 0u) |
           (option_flag(place, table, "unique") ? (uint32_t)SJ_FIELD_UNIQUE : 0u) |
           (option_flag(place, table, "index") ? (uint32_t)SJ_FIELD_INDEX : 0u) |
           (option_flag(place, table, "fixed") ? (uint32_t)SJ_FIELD_FIXED : 0u) |
           (option_flag(place, table, "holds_nothing") ? (uint32_t)SJ_FIELD_HOLDS_NOTHING : 0u) |
           (option_flag(place, table, "observed") ? (uint32_t)SJ_FIELD_OBSERVED : 0u);
}

/* `kept`: of the whole field, or of some words of an enum. */
static void read_kept(const struct place *place, struct field *field, const struct value *table) {
    const struct value *kept = value_get(table, "kept");
    if (kept == NULL) {
        return;
    }
    if (kept->kind != VALUE_TABLE) {
        field->kept = kept_reason(kept);
        if (field->kept == NULL) {
            PROBLEM(place, "kept is %s; expected true, or a text that says why nothing acts on it",
                    value_kind_name(kept));
        }
    } else if (field->type != SJ_TYPE_ENUM || kept->items_count > 0) {
        PROBLEM(place,
                "kept is a table, which is only allowed for the words of an enum: kept = { word = "
                "\"why nothing acts on it\" }");
    } else {
        field->kept_words = kept;
    }
}

static void read_by_type(const struct place *place, struct field *field,
                         const struct record *record, const struct value *table) {
    field->element = field->type;
    field->target = option_text(place, table, "to", "");
    field->hash = option_text(place, table, "hash", "");
    if (field->type == SJ_TYPE_ENUM) {
        read_enum(place, field, record, table);
    } else if (field->type == SJ_TYPE_RECORD) {
        read_item(place, field, record, table);
    } else if (field->type == SJ_TYPE_LIST) {
        read_list(place, field, record, table);
    } else if (value_get(table, "of") != NULL) {
        PROBLEM(place, "of is not allowed for the type %s", type_words[field->type]);
    }
    const bool holds_records = field->type == SJ_TYPE_RECORD || field->element == SJ_TYPE_RECORD;
    if (!holds_records && (value_get(table, "item") != NULL || value_get(table, "fields") != NULL ||
                           value_get(table, "part") != NULL)) {
        PROBLEM(place, "item, fields and part are only allowed for records and lists of records");
    }
    if ((field->element == SJ_TYPE_REFERENCE) != (field->target[0] != '\0')) {
        PROBLEM(place, field->target[0] == '\0' ? "a reference needs to = \"<resource>\""
                                                : "to is only allowed for references");
    }
    if (field->type == SJ_TYPE_SECRET) {
        field->flags |= SJ_FIELD_SENSITIVE;
        if (strcmp(field->hash, "argon2id") != 0 && strncmp(field->hash, "ha1:", 4) != 0) {
            PROBLEM(place,
                    "hash = \"%s\" of a secret (one of argon2id, ha1:<field with the user "
                    "name>[:<field with the realm>])",
                    field->hash);
        }
    } else if (field->hash[0] != '\0') {
        PROBLEM(place, "hash is only allowed for secrets");
    }
    field->format = option_text(place, table, "format", "");
    if (field->format[0] != '\0' && !option_is_known(field->format, formats, COUNT(formats))) {
        PROBLEM(place, "unknown format \"%s\" (one of %s)", field->format,
                options_joined(place->model, formats, COUNT(formats)));
    } else if (field->format[0] != '\0' && field->element != SJ_TYPE_TEXT &&
               field->element != SJ_TYPE_SECRET) {
        PROBLEM(place, "format is only allowed for text and secrets");
    }
}

/* "duration_ms" with the unit ms is "Duration". */
static const char *title_of(struct arena *arena, const struct field *field) {
    const size_t length = strlen(field->name), unit = strlen(field->unit);
    const bool named = unit > 0 && length > unit + 1 && field->name[length - unit - 1] == '_' &&
                       strcmp(field->name + length - unit, field->unit) == 0;
    return name_as_title(arena,
                         named ? arena_copy(arena, field->name, length - unit - 1) : field->name);
}

static void read_field(const struct place *outer, struct field *field, const struct record *record,
                       const struct value *table, size_t index) {
    static const char *const known[] = {
        "doc",   "title", "required", "default",      "read_only", "sensitive", "unique",
        "index", "since", "min",      "max",          "unit",      "format",    "of",
        "to",    "hash",  "item",     "fields",       "part",      "node",      "advanced",
        "fixed", "kept",  "observed", "holds_nothing"};
    struct arena *arena = &outer->model->arena;
    if (table->kind != VALUE_TABLE || table->items_count == 0 ||
        table->items[0].kind != VALUE_TEXT) {
        PROBLEM(outer,
                "field %zu: expected a list that begins with its name and type: { \"name\", "
                "\"type\", ... }",
                index + 1);
        field->name = field->title = field->doc = field->since = field->unit = field->format =
            field->hash = field->target = "";
        return;
    }
    field->name = table->items[0].text;
    const char *path =
        outer->path == NULL ? field->name : arena_format(arena, "%s.%s", outer->path, field->name);
    const struct place here = {outer->model, outer->declaration, path};
    const struct place *place = &here;
    options_only_known(place, table, known, COUNT(known));
    if (!name_is_plain(field->name)) {
        PROBLEM(place, "the name is not in lower_case_words");
    } else if (name_is_reserved(field->name)) {
        PROBLEM(place, "the name is a word of C, C++ or Lua; take another");
    }
    field->doc = option_text(place, table, "doc", "");
    field->since = option_text(place, table, "since", record->since);
    field->unit = option_text(place, table, "unit", "");
    field->title = option_text(place, table, "title", title_of(arena, field));
    field->format = field->hash = field->target = "";
    field->flags = read_flags(place, table);
    field->default_value = value_get(table, "default");
    if (field->doc[0] == '\0') {
        PROBLEM(place, "has no doc; say in a sentence what it is");
    }
    if (table->items_count != 2 || table->items[1].kind != VALUE_TEXT) {
        PROBLEM(
            place,
            "needs a name, a type and then only named options: { \"%s\", \"text\", doc = \"...\" }",
            field->name);
        return;
    }
    const char *type = table->items[1].text;
    size_t number = 0;
    while (number < COUNT(type_words) && strcmp(type_words[number], type) != 0) {
        number++;
    }
    if (number == COUNT(type_words)) {
        PROBLEM(place, "unknown type \"%s\" (one of %s)", type,
                options_joined(place->model, type_words, COUNT(type_words)));
        return;
    }
    field->type = (sj_type)number;
    if (field->unit[0] != '\0' && field->type != SJ_TYPE_INTEGER && field->type != SJ_TYPE_REAL &&
        field->type != SJ_TYPE_MINUTES) {
        PROBLEM(place, "unit is only allowed for numbers");
    }
    if (field->type == SJ_TYPE_MINUTES && field->unit[0] == '\0') {
        field->unit = "minutes";
    }
    if (option_flag(place, table, "node")) {
        field->param_flags |= SJ_PARAM_NODE;
    }
    if (option_flag(place, table, "advanced")) {
        field->param_flags |= SJ_PARAM_ADVANCED;
    }
    if (field->param_flags != 0 && place->declaration->kind != DECLARATION_PARAMETERS) {
        PROBLEM(place, "node and advanced are only allowed for parameters");
    }
    read_limits(place, field, table);
    read_by_type(place, field, record, table);
    read_kept(place, field, table);
    field->flags |= field->kept != NULL ? (uint32_t)SJ_FIELD_KEPT : 0u;
    if ((field->flags & SJ_FIELD_HOLDS_NOTHING) != 0 &&
        (place->declaration->kind != DECLARATION_RESOURCE || field->type != SJ_TYPE_BOOLEAN ||
         record->kind != SJ_KIND_RESOURCE)) {
        PROBLEM(place, "holds_nothing is only allowed for booleans of resources");
    }
    if ((field->flags & SJ_FIELD_INDEX) != 0 &&
        (place->declaration->kind != DECLARATION_RESOURCE || field->type == SJ_TYPE_LIST ||
         field->type == SJ_TYPE_RECORD || field->type == SJ_TYPE_SECRET)) {
        PROBLEM(place, "index is only allowed for single values of resources");
    }
}

void read_fields(const struct place *place, struct record *record, const struct value *list) {
    if (list->kind != VALUE_TABLE || list->members_count > 0) {
        PROBLEM(place, "fields is %s; expected a list of fields", value_kind_name(list));
        return;
    }
    record->fields =
        arena_alloc(&place->model->arena, (list->items_count + 1) * sizeof *record->fields);
    for (size_t i = 0; i < list->items_count; i++) {
        read_field(place, &record->fields[i], record, &list->items[i], i);
    }
    record->fields_count = list->items_count;
}
