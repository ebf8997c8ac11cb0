/* From the values of a file to declarations: which options there are, what each must be, and a
 * sentence for all that is not so. Names that point elsewhere (parts, references, keys) are
 * resolved by check.c, when all files are read. */
#include "names.h"
#include "read_fields.h"

#include <stdlib.h>
#include <string.h>

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
    options_only_known(place, table, known, COUNT(known));
    declaration->plural =
        option_text(place, table, "plural", name_plural(arena, declaration->name));
    declaration->menu = option_text(place, table, "menu", "");
    declaration->flags =
        (option_flag(place, table, "singleton") ? (uint32_t)SJ_RESOURCE_SINGLETON : 0u) |
        (option_flag(place, table, "runtime") ? (uint32_t)SJ_RESOURCE_RUNTIME : 0u) |
        (option_flag(place, table, "node") ? (uint32_t)SJ_RESOURCE_NODE : 0u);
    const struct value *key = value_get(table, "key");
    size_t count = 0;
    if (key != NULL && key->kind == VALUE_TEXT) {
        declaration->key[0] = key->text;
    } else if (key != NULL) {
        const char **keys = option_words(place, table, "key", &count);
        if (count != 2) {
            PROBLEM(place, "key is the name of a field, or a list of two");
        } else {
            declaration->key[0] = keys[0];
            declaration->key[1] = keys[1];
        }
    }
    declaration->factory_values = value_get(table, "factory");
    declaration->record =
        record_new(place, SJ_KIND_RESOURCE, declaration->name, declaration->c_name);
    declaration->record->meta = arena_format(arena, "sj_%s_record_meta", declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", true);
}

static void read_parameters(const struct place *place, struct declaration *declaration,
                            const struct value *table) {
    static const char *const known[] = {"parameters", "prefix", "title", "doc",
                                        "since",      "fields", "node",  "advanced"};
    options_only_known(place, table, known, COUNT(known));
    declaration->prefix = option_text(place, table, "prefix", "");
    if (!name_is_plain(declaration->prefix)) {
        PROBLEM(place,
                "prefix = \"%s\"; expected the beginning of the C names, in lower_case_words",
                declaration->prefix);
    }
    const uint32_t flags =
        (option_flag(place, table, "node") ? (uint32_t)SJ_PARAM_NODE : 0u) |
        (option_flag(place, table, "advanced") ? (uint32_t)SJ_PARAM_ADVANCED : 0u);
    declaration->record = record_new(place, SJ_KIND_PART, declaration->name, declaration->prefix);
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
    options_only_known(place, table, known, COUNT(known));
    declaration->record = record_new(place, SJ_KIND_EVENT, declaration->name, declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", false);
}

static void read_request(const struct place *place, struct declaration *declaration,
                         const struct value *table) {
    static const char *const known[] = {"request", "c",           "title",   "doc",
                                        "since",   "deadline_ms", "command", "positional",
                                        "fields",  "reply",       "tells"};
    struct arena *arena = &place->model->arena;
    options_only_known(place, table, known, COUNT(known));
    declaration->deadline_ms = 5000;
    if (option_integer(place, table, "deadline_ms", &declaration->deadline_ms) &&
        declaration->deadline_ms < 1) {
        PROBLEM(place, "deadline_ms = %lld; expected a number above 0",
                (long long)declaration->deadline_ms);
    }
    declaration->command = option_text(place, table, "command", "");
    declaration->flags = option_flag(place, table, "tells") ? (uint32_t)SJ_REQUEST_TELLS : 0u;
    declaration->positional =
        option_words(place, table, "positional", &declaration->positional_count);
    declaration->record =
        record_new(place, SJ_KIND_REQUEST, declaration->name, declaration->c_name);
    declaration->record->meta = arena_format(arena, "sj_%s_request_meta", declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", false);
    declaration->second =
        record_new(place, SJ_KIND_REPLY, arena_format(arena, "%s.reply", declaration->name),
                   arena_format(arena, "%s_reply", declaration->c_name));
    read_named_fields(place, declaration->second, table, "reply", false);
}

static void read_policy(const struct place *place, struct declaration *declaration,
                        const struct value *table) {
    static const char *const known[] = {"policy", "c", "title", "doc", "since", "input", "output"};
    struct arena *arena = &place->model->arena;
    options_only_known(place, table, known, COUNT(known));
    declaration->record =
        record_new(place, SJ_KIND_POLICY_INPUT, arena_format(arena, "%s.input", declaration->name),
                   arena_format(arena, "%s_input", declaration->c_name));
    read_named_fields(place, declaration->record, table, "input", false);
    declaration->second = record_new(place, SJ_KIND_POLICY_OUTPUT,
                                     arena_format(arena, "%s.output", declaration->name),
                                     arena_format(arena, "%s_output", declaration->c_name));
    read_named_fields(place, declaration->second, table, "output", true);
}

static void read_message(const struct place *place, struct declaration *declaration,
                         const struct value *table) {
    static const char *const known[] = {"message", "c", "title", "doc", "since", "fields"};
    options_only_known(place, table, known, COUNT(known));
    declaration->record =
        record_new(place, SJ_KIND_MESSAGE, declaration->name, declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", false);
}

static void read_part(const struct place *place, struct declaration *declaration,
                      const struct value *table) {
    static const char *const known[] = {"part", "c", "title", "doc", "since", "fields"};
    options_only_known(place, table, known, COUNT(known));
    declaration->record = record_new(place, SJ_KIND_PART, declaration->name, declaration->c_name);
    read_named_fields(place, declaration->record, table, "fields", true);
}

/* Its words are those of one field, which stands for the enum itself. */
static void read_shared_enum(const struct place *place, struct declaration *declaration,
                             const struct value *table) {
    static const char *const known[] = {"enum", "c", "title", "doc", "since", "of"};
    options_only_known(place, table, known, COUNT(known));
    declaration->record = record_new(place, SJ_KIND_PART, declaration->name, declaration->c_name);
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
                      options_joined(model, declaration_kind_words, DECLARATION_KINDS));
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
        option_text(&place, table, "c", name_with_underscores(&model->arena, name->text));
    if (kind != DECLARATION_PARAMETERS &&
        (!name_is_plain(declaration->c_name) || name_is_of_sdk(declaration->c_name))) {
        PROBLEM(&place,
                "sj_%s is not a valid name in C, or one of the SDK; give another with c = \"...\"",
                declaration->c_name);
    }
    const bool plain_only =
        kind == DECLARATION_RESOURCE || kind == DECLARATION_PART || kind == DECLARATION_ENUM;
    if (kind != DECLARATION_PARAMETERS &&
        !(plain_only ? name_is_plain(name->text) : name_is_dotted(name->text))) {
        PROBLEM(&place, "the name of this %s is lower_case_words%s", declaration_kind_words[kind],
                plain_only ? "" : ", joined by dots");
    }
    declaration->doc = option_text(&place, table, "doc", "");
    declaration->since = option_text(&place, table, "since", "1.0");
    declaration->title = option_text(
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
