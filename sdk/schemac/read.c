/* From the values of a file to declarations: which options there are, what each must be, and a
 * sentence for all that is not so. Names that point elsewhere (parts, references, keys) are
 * resolved by check.c, when all files are read. */
#include "model.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>

/* Where we are, for sentences. */
struct place {
    struct model *model;
    struct declaration *declaration;
    const char *path; /* of the field: "lines.directory_number", or NULL */
};

static const char *const formats[] = {
    "name",         "device_name",   "hostname", "address", "url",       "digits",
    "dial_pattern", "cluster_id",    "country",  "locale",  "user_id",   "path",
    "hex",          "xml_name",      "pin",      "role",    "host_list", "mask",
    "time_zone",    "date_template", "host_key", "web_url"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PROBLEM(place, ...)                                                                        \
    model_problem((place)->model, (place)->declaration->file, (place)->declaration->name,          \
                  (place)->path, __VA_ARGS__)

static bool listed(const char *word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static const char *joined(struct model *model, const char *const *words, size_t count) {
    const char *all = "";
    for (size_t i = 0; i < count; i++) {
        all = arena_format(&model->arena, "%s%s%s", all, i == 0 ? "" : ", ", words[i]);
    }
    return all;
}

/* Refuses members of `table` that are not among `known`: a misspelt option must not pass silently.
 */
static void only_known(const struct place *place, const struct value *table,
                       const char *const *known, size_t count) {
    for (size_t i = 0; i < table->members_count; i++) {
        if (!listed(table->members[i].name, known, count)) {
            PROBLEM(place, "unknown option \"%s\" (one of %s)", table->members[i].name,
                    joined(place->model, known, count));
        }
    }
}

static const char *text_option(const struct place *place, const struct value *table,
                               const char *name, const char *otherwise) {
    const struct value *value = value_get(table, name);
    if (value == NULL) {
        return otherwise;
    }
    if (value->kind != VALUE_TEXT) {
        PROBLEM(place, "%s is %s; expected text", name, value_kind_name(value));
        return otherwise;
    }
    return value->text;
}

static bool flag_option(const struct place *place, const struct value *table, const char *name) {
    const struct value *value = value_get(table, name);
    if (value != NULL && value->kind != VALUE_BOOLEAN) {
        PROBLEM(place, "%s is %s; expected true or false", name, value_kind_name(value));
        return false;
    }
    return value != NULL && value->boolean;
}

static bool integer_option(const struct place *place, const struct value *table, const char *name,
                           int64_t *integer) {
    const struct value *value = value_get(table, name);
    if (value == NULL) {
        return false;
    }
    if (value->kind != VALUE_INTEGER) {
        PROBLEM(place, "%s is %s; expected an integer", name, value_kind_name(value));
        return false;
    }
    *integer = value->integer;
    return true;
}

/* A list of texts; NULL and 0 when there is none. */
static const char **words_option(const struct place *place, const struct value *table,
                                 const char *name, size_t *count) {
    const struct value *value = value_get(table, name);
    *count = 0;
    if (value == NULL) {
        return NULL;
    }
    if (value->kind != VALUE_TABLE || value->members_count > 0) {
        PROBLEM(place, "%s is %s; expected a list of texts", name, value_kind_name(value));
        return NULL;
    }
    const char **words =
        arena_alloc(&place->model->arena, (value->items_count + 1) * sizeof *words);
    for (size_t i = 0; i < value->items_count; i++) {
        if (value->items[i].kind != VALUE_TEXT) {
            PROBLEM(place, "%s holds %s; expected texts", name, value_kind_name(&value->items[i]));
            return NULL;
        }
        words[i] = value->items[i].text;
    }
    *count = value->items_count;
    return words;
}

static struct record *new_record(const struct place *place, sj_record_kind kind, const char *name,
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

static void read_fields(const struct place *place, struct record *record, const struct value *list);

/* The words of an enum whose constants begin with `base`. */
static void read_words(const struct place *place, struct field *field, const struct value *table,
                       const char *base) {
    field->choices = words_option(place, table, "of", &field->choices_count);
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
    field->part = text_option(place, table, "part", NULL);
    if (field->part != NULL) {
        if (fields != NULL || value_get(table, "item") != NULL) {
            PROBLEM(place,
                    "part = \"%s\" already says the fields; item and fields do not go with it",
                    field->part);
        }
        return;
    }
    const char *item = text_option(place, table, "item", NULL);
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
        new_record(place, SJ_KIND_PART, arena_format(arena, "%s.%s", record->name, item),
                   arena_format(arena, "%s_%s", record->c_name, item));
    own->title = name_as_title(arena, item);
    own->doc = field->doc;
    own->since = field->since;
    field->record = own;
    read_fields(place, own, fields);
}

static void read_list(const struct place *place, struct field *field, const struct record *record,
                      const struct value *table) {
    const char *of = text_option(place, table, "of", NULL);
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
    field->has_min = integer_option(place, table, "min", &field->min);
    field->has_max = integer_option(place, table, "max", &field->max);
    if ((field->has_min || field->has_max) &&
        (field->type == SJ_TYPE_BOOLEAN || field->type == SJ_TYPE_ENUM ||
         field->type == SJ_TYPE_RECORD)) {
        PROBLEM(place, "min and max do not go with the type %s", type_words[field->type]);
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
        PROBLEM(place, "a limit below zero does not go with the type %s", type_words[field->type]);
    }
}

static uint32_t read_flags(const struct place *place, const struct value *table) {
    return (flag_option(place, table, "required") ? (uint32_t)SJ_FIELD_REQUIRED : 0u) |
           (flag_option(place, table, "read_only") ? (uint32_t)SJ_FIELD_READ_ONLY : 0u) |
           (flag_option(place, table, "sensitive") ? (uint32_t)SJ_FIELD_SENSITIVE : 0u) |
           (flag_option(place, table, "unique") ? (uint32_t)SJ_FIELD_UNIQUE : 0u) |
           (flag_option(place, table, "index") ? (uint32_t)SJ_FIELD_INDEX : 0u) |
           (flag_option(place, table, "fixed") ? (uint32_t)SJ_FIELD_FIXED : 0u) |
           (flag_option(place, table, "holds_nothing") ? (uint32_t)SJ_FIELD_HOLDS_NOTHING : 0u) |
           (flag_option(place, table, "observed") ? (uint32_t)SJ_FIELD_OBSERVED : 0u);
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
        PROBLEM(place, "kept is a table; that goes with the words of an enum: kept = { word = "
                       "\"why nothing acts on it\" }");
    } else {
        field->kept_words = kept;
    }
}

static void read_by_type(const struct place *place, struct field *field,
                         const struct record *record, const struct value *table) {
    field->element = field->type;
    field->target = text_option(place, table, "to", "");
    field->hash = text_option(place, table, "hash", "");
    if (field->type == SJ_TYPE_ENUM) {
        read_enum(place, field, record, table);
    } else if (field->type == SJ_TYPE_RECORD) {
        read_item(place, field, record, table);
    } else if (field->type == SJ_TYPE_LIST) {
        read_list(place, field, record, table);
    } else if (value_get(table, "of") != NULL) {
        PROBLEM(place, "of does not go with the type %s", type_words[field->type]);
    }
    const bool holds_records = field->type == SJ_TYPE_RECORD || field->element == SJ_TYPE_RECORD;
    if (!holds_records && (value_get(table, "item") != NULL || value_get(table, "fields") != NULL ||
                           value_get(table, "part") != NULL)) {
        PROBLEM(place, "item, fields and part go with records and lists of records only");
    }
    if ((field->element == SJ_TYPE_REFERENCE) != (field->target[0] != '\0')) {
        PROBLEM(place, field->target[0] == '\0' ? "a reference needs to = \"<resource>\""
                                                : "to goes with references only");
    }
    if (field->type == SJ_TYPE_SECRET) {
        field->flags |= SJ_FIELD_SENSITIVE;
        if (strcmp(field->hash, "argon2id") != 0 && strncmp(field->hash, "ha1:", 4) != 0) {
            PROBLEM(place,
                    "hash = \"%s\" of a secret (one of argon2id, ha1:<field with the user name>)",
                    field->hash);
        }
    } else if (field->hash[0] != '\0') {
        PROBLEM(place, "hash goes with secrets only");
    }
    field->format = text_option(place, table, "format", "");
    if (field->format[0] != '\0' && !listed(field->format, formats, COUNT(formats))) {
        PROBLEM(place, "unknown format \"%s\" (one of %s)", field->format,
                joined(place->model, formats, COUNT(formats)));
    } else if (field->format[0] != '\0' && field->element != SJ_TYPE_TEXT &&
               field->element != SJ_TYPE_SECRET) {
        PROBLEM(place, "format goes with text and secrets only");
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
        PROBLEM(
            outer,
            "field %zu is no list that begins with its name and type: { \"name\", \"type\", ... }",
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
    only_known(place, table, known, COUNT(known));
    if (!name_is_plain(field->name)) {
        PROBLEM(place, "the name is not in lower_case_words");
    } else if (name_is_reserved(field->name)) {
        PROBLEM(place, "the name is a word of C, C++ or Lua; take another");
    }
    field->doc = text_option(place, table, "doc", "");
    field->since = text_option(place, table, "since", record->since);
    field->unit = text_option(place, table, "unit", "");
    field->title = text_option(place, table, "title", title_of(arena, field));
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
                joined(place->model, type_words, COUNT(type_words)));
        return;
    }
    field->type = (sj_type)number;
    if (field->unit[0] != '\0' && field->type != SJ_TYPE_INTEGER && field->type != SJ_TYPE_REAL &&
        field->type != SJ_TYPE_MINUTES) {
        PROBLEM(place, "unit goes with numbers only");
    }
    if (field->type == SJ_TYPE_MINUTES && field->unit[0] == '\0') {
        field->unit = "minutes";
    }
    if (flag_option(place, table, "node")) {
        field->param_flags |= SJ_PARAM_NODE;
    }
    if (flag_option(place, table, "advanced")) {
        field->param_flags |= SJ_PARAM_ADVANCED;
    }
    if (field->param_flags != 0 && place->declaration->kind != DECLARATION_PARAMETERS) {
        PROBLEM(place, "node and advanced go with parameters only");
    }
    read_limits(place, field, table);
    read_by_type(place, field, record, table);
    read_kept(place, field, table);
    field->flags |= field->kept != NULL ? (uint32_t)SJ_FIELD_KEPT : 0u;
    if ((field->flags & SJ_FIELD_HOLDS_NOTHING) != 0 &&
        (place->declaration->kind != DECLARATION_RESOURCE || field->type != SJ_TYPE_BOOLEAN ||
         record->kind != SJ_KIND_RESOURCE)) {
        PROBLEM(place, "holds_nothing goes with booleans of resources only");
    }
    if ((field->flags & SJ_FIELD_INDEX) != 0 &&
        (place->declaration->kind != DECLARATION_RESOURCE || field->type == SJ_TYPE_LIST ||
         field->type == SJ_TYPE_RECORD || field->type == SJ_TYPE_SECRET)) {
        PROBLEM(place, "index goes with single values of resources only");
    }
}

static void read_fields(const struct place *place, struct record *record,
                        const struct value *list) {
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

static void read_named_fields(const struct place *place, struct record *record,
                              const struct value *table, const char *name, bool needed) {
    const struct value *list = value_get(table, name);
    if (list != NULL) {
        read_fields(place, record, list);
    }
    if (needed && (list == NULL || (list->kind == VALUE_TABLE && list->items_count == 0))) {
        PROBLEM(place, "has no %s", name);
    }
}

static void read_resource(const struct place *place, struct declaration *declaration,
                          const struct value *table) {
    static const char *const known[] = {"resource", "c",      "key",    "singleton", "runtime",
                                        "node",     "plural", "title",  "menu",      "doc",
                                        "since",    "fields", "factory"};
    struct arena *arena = &place->model->arena;
    only_known(place, table, known, COUNT(known));
    declaration->plural =
        text_option(place, table, "plural", name_plural(arena, declaration->name));
    declaration->menu = text_option(place, table, "menu", "");
    declaration->flags =
        (flag_option(place, table, "singleton") ? (uint32_t)SJ_RESOURCE_SINGLETON : 0u) |
        (flag_option(place, table, "runtime") ? (uint32_t)SJ_RESOURCE_RUNTIME : 0u) |
        (flag_option(place, table, "node") ? (uint32_t)SJ_RESOURCE_NODE : 0u);
    const struct value *key = value_get(table, "key");
    size_t count = 0;
    if (key != NULL && key->kind == VALUE_TEXT) {
        declaration->key[0] = key->text;
    } else if (key != NULL) {
        const char **keys = words_option(place, table, "key", &count);
        if (count != 2) {
            PROBLEM(place, "key is the name of a field, or a list of two");
        } else {
            declaration->key[0] = keys[0];
            declaration->key[1] = keys[1];
        }
    }
    declaration->factory_values = value_get(table, "factory");
    declaration->record =
        new_record(place, SJ_KIND_RESOURCE, declaration->name, declaration->c_name);
    declaration->record->meta = arena_format(arena, "sj_%s_record_meta", declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", true);
}

static void read_parameters(const struct place *place, struct declaration *declaration,
                            const struct value *table) {
    static const char *const known[] = {"parameters", "prefix", "title", "doc",
                                        "since",      "fields", "node",  "advanced"};
    only_known(place, table, known, COUNT(known));
    declaration->prefix = text_option(place, table, "prefix", "");
    if (!name_is_plain(declaration->prefix)) {
        PROBLEM(place,
                "prefix = \"%s\"; expected the beginning of the C names, in lower_case_words",
                declaration->prefix);
    }
    const uint32_t flags =
        (flag_option(place, table, "node") ? (uint32_t)SJ_PARAM_NODE : 0u) |
        (flag_option(place, table, "advanced") ? (uint32_t)SJ_PARAM_ADVANCED : 0u);
    declaration->record = new_record(place, SJ_KIND_PART, declaration->name, declaration->prefix);
    read_named_fields(place, declaration->record, table, "fields", true);
    for (size_t i = 0; i < declaration->record->fields_count; i++) {
        struct field *field = &declaration->record->fields[i];
        field->param_flags |= flags;
        if (field->type == SJ_TYPE_REAL || field->type == SJ_TYPE_TIME ||
            field->type >= SJ_TYPE_SECRET) {
            const struct place at = {place->model, declaration, field->name};
            PROBLEM(
                &at,
                "a parameter of type %s (one of text, boolean, integer, minutes, enum, reference)",
                type_words[field->type]);
        }
    }
}

static void read_event(const struct place *place, struct declaration *declaration,
                       const struct value *table) {
    static const char *const known[] = {"event", "c", "title", "doc", "since", "fields"};
    only_known(place, table, known, COUNT(known));
    declaration->record = new_record(place, SJ_KIND_EVENT, declaration->name, declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", false);
}

static void read_request(const struct place *place, struct declaration *declaration,
                         const struct value *table) {
    static const char *const known[] = {"request", "c",           "title",   "doc",
                                        "since",   "deadline_ms", "command", "positional",
                                        "fields",  "reply",       "tells"};
    struct arena *arena = &place->model->arena;
    only_known(place, table, known, COUNT(known));
    declaration->deadline_ms = 5000;
    if (integer_option(place, table, "deadline_ms", &declaration->deadline_ms) &&
        declaration->deadline_ms < 1) {
        PROBLEM(place, "deadline_ms = %lld; expected a number above 0",
                (long long)declaration->deadline_ms);
    }
    declaration->command = text_option(place, table, "command", "");
    declaration->flags = flag_option(place, table, "tells") ? (uint32_t)SJ_REQUEST_TELLS : 0u;
    declaration->positional =
        words_option(place, table, "positional", &declaration->positional_count);
    declaration->record =
        new_record(place, SJ_KIND_REQUEST, declaration->name, declaration->c_name);
    declaration->record->meta = arena_format(arena, "sj_%s_request_meta", declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", false);
    declaration->second =
        new_record(place, SJ_KIND_REPLY, arena_format(arena, "%s.reply", declaration->name),
                   arena_format(arena, "%s_reply", declaration->c_name));
    read_named_fields(place, declaration->second, table, "reply", false);
}

static void read_policy(const struct place *place, struct declaration *declaration,
                        const struct value *table) {
    static const char *const known[] = {"policy", "c", "title", "doc", "since", "input", "output"};
    struct arena *arena = &place->model->arena;
    only_known(place, table, known, COUNT(known));
    declaration->record =
        new_record(place, SJ_KIND_POLICY_INPUT, arena_format(arena, "%s.input", declaration->name),
                   arena_format(arena, "%s_input", declaration->c_name));
    read_named_fields(place, declaration->record, table, "input", false);
    declaration->second = new_record(place, SJ_KIND_POLICY_OUTPUT,
                                     arena_format(arena, "%s.output", declaration->name),
                                     arena_format(arena, "%s_output", declaration->c_name));
    read_named_fields(place, declaration->second, table, "output", true);
}

static void read_message(const struct place *place, struct declaration *declaration,
                         const struct value *table) {
    static const char *const known[] = {"message", "c", "title", "doc", "since", "fields"};
    only_known(place, table, known, COUNT(known));
    declaration->record =
        new_record(place, SJ_KIND_MESSAGE, declaration->name, declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", false);
}

static void read_part(const struct place *place, struct declaration *declaration,
                      const struct value *table) {
    static const char *const known[] = {"part", "c", "title", "doc", "since", "fields"};
    only_known(place, table, known, COUNT(known));
    declaration->record = new_record(place, SJ_KIND_PART, declaration->name, declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", true);
}

/* Its words are those of one field, which stands for the enum itself. */
static void read_shared_enum(const struct place *place, struct declaration *declaration,
                             const struct value *table) {
    static const char *const known[] = {"enum", "c", "title", "doc", "since", "of"};
    only_known(place, table, known, COUNT(known));
    declaration->record = new_record(place, SJ_KIND_PART, declaration->name, declaration->c_name);
    struct field *field = declaration->record->fields =
        arena_alloc(&place->model->arena, sizeof *field);
    declaration->record->fields_count = 1;
    field->name = declaration->name;
    field->title = declaration->title;
    field->doc = declaration->doc;
    field->since = declaration->since;
    field->unit = field->format = field->hash = field->target = "";
    field->type = field->element = SJ_TYPE_ENUM;
    field->enum_name = declaration->c_name;
    read_words(place, field, table, declaration->c_name);
}

static void read_declaration(struct model *model, const char *file, const char *base,
                             const struct value *table, bool is_known) {
    static void (*const readers[DECLARATION_KINDS])(const struct place *, struct declaration *,
                                                    const struct value *) = {
        read_resource, read_parameters, read_event, read_request,
        read_policy,   read_message,    read_part,  read_shared_enum};
    const struct value *name = NULL;
    size_t kind = 0;
    while (kind < DECLARATION_KINDS &&
           (table->kind != VALUE_TABLE ||
            (name = value_get(table, declaration_kind_words[kind])) == NULL)) {
        kind++;
    }
    if (name == NULL || name->kind != VALUE_TEXT) {
        model_problem(model, file, NULL, NULL,
                      "a declaration begins with its kind and name: one of %s = \"name\"",
                      joined(model, declaration_kind_words, DECLARATION_KINDS));
        return;
    }
    struct declaration *declaration = model_add(model);
    declaration->kind = (enum declaration_kind)kind;
    declaration->file = file;
    declaration->base = base;
    declaration->known = is_known;
    declaration->name = name->text;
    const struct place place = {model, declaration, NULL};
    declaration->c_name =
        text_option(&place, table, "c", name_with_underscores(&model->arena, name->text));
    if (kind != DECLARATION_PARAMETERS &&
        (!name_is_plain(declaration->c_name) || name_is_of_sdk(declaration->c_name))) {
        PROBLEM(&place, "sj_%s is no name for C, or the SDK's own; give another with c = \"...\"",
                declaration->c_name);
    }
    const bool plain_only =
        kind == DECLARATION_RESOURCE || kind == DECLARATION_PART || kind == DECLARATION_ENUM;
    if (kind != DECLARATION_PARAMETERS &&
        !(plain_only ? name_is_plain(name->text) : name_is_dotted(name->text))) {
        PROBLEM(&place, "the name of this %s is lower_case_words%s", declaration_kind_words[kind],
                plain_only ? "" : ", joined by dots");
    }
    declaration->doc = text_option(&place, table, "doc", "");
    declaration->since = text_option(&place, table, "since", "1.0");
    declaration->title = text_option(
        &place, table, "title",
        kind == DECLARATION_PARAMETERS ? name->text : name_as_title(&model->arena, name->text));
    if (declaration->doc[0] == '\0') {
        PROBLEM(&place, "has no doc; say in a sentence what it is");
    }
    readers[kind](&place, declaration, table);
}

/* "/house/schemas/resources/phone.lua" below the root "/house/schemas" is "resources/phone";
 * without a root, "phone". */
static const char *base_of(struct model *model, const char *file) {
    const char *slash = strrchr(file, '/');
    const char *below = slash == NULL ? file : slash + 1;
    char *real = realpath(file, NULL);
    if (model->root != NULL && real != NULL) {
        const size_t length = strlen(model->root);
        if (strncmp(real, model->root, length) == 0 && real[length] == '/') {
            below = arena_copy(&model->arena, real + length + 1, strlen(real + length + 1));
        } else {
            model_problem(model, file, NULL, NULL, "is not below the root %s", model->root);
        }
    }
    free(real);
    const size_t length = strlen(below);
    if (length < 5 || strcmp(below + length - 4, ".lua") != 0) {
        model_problem(model, file, NULL, NULL, "a declaration file is named <something>.lua");
        return below;
    }
    return arena_copy(&model->arena, below, length - 4);
}

void model_read_file(struct model *model, const char *file, bool known) {
    struct value *value = arena_alloc(&model->arena, sizeof *value);
    const char *problem;
    if (!value_read_lua(&model->arena, file, value, &problem)) {
        const size_t length = strlen(file);
        const bool named = strncmp(problem, file, length) == 0 && problem[length] == ':';
        model_problem(model, file, NULL, NULL, "%s",
                      named ? problem + length + 1 + strspn(problem + length + 1, " ") : problem);
        return;
    }
    const char *base = base_of(model, file);
    if (value->members_count > 0 || value->items_count == 0) {
        read_declaration(model, file, base, value, known);
        return;
    }
    for (size_t i = 0; i < value->items_count; i++) {
        read_declaration(model, file, base, &value->items[i], known);
    }
}
