/* Completes the model once all files are read: finds parts, resources and keys by name, refuses
 * what cannot be built (cycles, two things of one name), and turns defaults and factory records
 * into JSON. */
#include "model.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>

static void problem_at(struct model *model, const struct declaration *declaration,
                       const char *where, const char *sentence, const char *name) {
    model_problem(model, declaration->file, declaration->name, where, sentence, name);
}

static const char *below(struct model *model, const char *path, const char *name) {
    return path == NULL ? name : arena_format(&model->arena, "%s.%s", path, name);
}

/* "Only kept: this call manager plays no music." behind the doc. */
static const char *shown_doc(struct arena *arena, const struct field *field) {
    const char *shown = field->doc;
    if (field->kept != NULL) {
        shown = arena_format(arena, "%s Only kept%s%s.", shown, field->kept[0] != '\0' ? ": " : "",
                             field->kept);
    }
    for (size_t i = 0; field->kept_choices != NULL && i < field->choices_count; i++) {
        const char *why = field->kept_choices[i];
        if (why != NULL) {
            shown = arena_format(arena, "%s %s is only kept%s%s.", shown, field->choices[i],
                                 why[0] != '\0' ? ": " : "", why);
        }
    }
    return shown;
}

/* What a digest secret is hashed with: the text field of the user, and that of the realm when it
 * has one of its own. */
static void check_ha1(struct model *model, const struct record *record, const char *names,
                      const char *where) {
    while (*names != '\0') {
        const char *name = arena_format(&model->arena, "%.*s", (int)strcspn(names, ":"), names);
        const struct field *field = record_find(record, name);
        if (field == NULL || field->element != SJ_TYPE_TEXT) {
            problem_at(model, record->owner, where,
                       "hash names \"%s\": expected a text field beside it", name);
        }
        names += strlen(name);
        names += *names == ':' ? 1 : 0;
    }
}

/* Enums and parts by name, for a record and the records inside it; and each field's own name
 * against the others'. */
static void resolve_record(struct model *model, struct record *record, const char *path) {
    struct declaration *declaration = record->owner;
    for (size_t i = 0; i < record->fields_count; i++) {
        struct field *field = &record->fields[i];
        const char *where = below(model, path, field->name);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(record->fields[j].name, field->name) == 0) {
                problem_at(model, declaration, where, "is declared twice", NULL);
            }
        }
        if (field->type == SJ_TYPE_LIST &&
            record_find(record, arena_format(&model->arena, "%s_count", field->name)) != NULL) {
            problem_at(model, declaration, where,
                       "%s_count is the name of the list's length in C and also of a field",
                       field->name);
        }
        enum_resolve(model, declaration, where, field);
        enum_find_kept(model, declaration, where, field);
        field->shown_doc = shown_doc(&model->arena, field);
        if (field->part != NULL) {
            const struct declaration *part = model_find(model, DECLARATION_PART, field->part);
            if (part == NULL) {
                problem_at(model, declaration, where,
                           "there is no part \"%s\" among the declarations given", field->part);
            } else {
                field->record = part->record;
            }
        } else if (field->record != NULL) {
            resolve_record(model, field->record, where);
        }
        if (field->target[0] != '\0' && !model->external && !declaration->known &&
            model_find(model, DECLARATION_RESOURCE, field->target) == NULL) {
            problem_at(
                model, declaration, where,
                "there is no resource \"%s\" among the declarations given (--external allows it)",
                field->target);
        }
        if (strncmp(field->hash, "ha1:", 4) == 0) {
            check_ha1(model, record, field->hash + 4, where);
        }
    }
}

/* A struct that holds itself, even through a list, has no fingerprint. Returns false, once told,
 * when there is one. */
static bool check_cycles(struct model *model, struct record *record) {
    if (record->state == 1) {
        problem_at(model, record->owner, NULL, "the struct %s holds itself", record->name);
        return false;
    }
    if (record->state == 2) {
        return true;
    }
    record->state = 1;
    bool good = true;
    for (size_t i = 0; good && i < record->fields_count; i++) {
        if (record->fields[i].record != NULL) {
            good = check_cycles(model, record->fields[i].record);
        }
    }
    record->state = 2;
    return good;
}

static void check_keys(struct model *model, struct declaration *declaration) {
    const bool singleton = (declaration->flags & SJ_RESOURCE_SINGLETON) != 0;
    if (singleton == (declaration->key[0] != NULL)) {
        problem_at(model, declaration, NULL,
                   singleton ? "a singleton has no key"
                             : "a resource needs key = \"<field>\", or singleton = true",
                   NULL);
    }
    for (size_t i = 0; i < 2 && declaration->key[i] != NULL; i++) {
        struct field *field = (struct field *)record_find(declaration->record, declaration->key[i]);
        if (field == NULL) {
            problem_at(model, declaration, NULL, "unknown field \"%s\" as the key",
                       declaration->key[i]);
        } else if (field->type != SJ_TYPE_TEXT && field->type != SJ_TYPE_REFERENCE &&
                   field->type != SJ_TYPE_INTEGER && field->type != SJ_TYPE_ENUM) {
            problem_at(model, declaration, field->name,
                       "is a key of type %s (one of text, reference, integer, enum)",
                       type_words[field->type]);
        } else {
            field->flags |= (uint32_t)SJ_FIELD_KEY | (i == 0 ? (uint32_t)SJ_FIELD_REQUIRED : 0u);
        }
    }
    if (declaration->key[0] != NULL && declaration->key[1] != NULL &&
        strcmp(declaration->key[0], declaration->key[1]) == 0) {
        problem_at(model, declaration, NULL, "the key names the field %s twice",
                   declaration->key[0]);
    }
}

/* As long as the time of the observation is null all that was observed is: without it nothing would
 * ever be. */
static void check_observed(struct model *model, const struct declaration *declaration,
                           const struct record *record, const char *path) {
    const struct field *first = NULL;
    bool has_time = false;
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        if ((field->flags & SJ_FIELD_OBSERVED) != 0) {
            first = first != NULL ? first : field;
            has_time = has_time || field->type == SJ_TYPE_TIME;
        }
        if (field->record != NULL && field->part == NULL) {
            check_observed(model, declaration, field->record, below(model, path, field->name));
        }
    }
    if (first != NULL && declaration->kind != DECLARATION_RESOURCE) {
        problem_at(model, declaration, below(model, path, first->name),
                   "observed is only allowed for resources", NULL);
    } else if (first != NULL && !has_time) {
        problem_at(model, declaration, below(model, path, first->name),
                   "is observed, and no field of type time beside it is, which would say when",
                   NULL);
    }
}

static void check_factory(struct model *model, struct declaration *declaration) {
    const struct value *list = declaration->factory_values;
    if (list == NULL) {
        return;
    }
    if (list->kind != VALUE_TABLE || list->members_count > 0) {
        problem_at(model, declaration, "factory", "is %s; expected a list of records",
                   value_kind_name(list));
        return;
    }
    if ((declaration->flags & SJ_RESOURCE_SINGLETON) != 0 && list->items_count > 1) {
        problem_at(model, declaration, "factory", "holds several records of a singleton", NULL);
    }
    declaration->factory =
        arena_alloc(&model->arena, (list->items_count + 1) * sizeof *declaration->factory);
    for (size_t i = 0; i < list->items_count; i++) {
        sj_text json = {0};
        if (record_value_to_json(model, declaration,
                                 arena_format(&model->arena, "factory[%zu]", i + 1),
                                 declaration->record, &list->items[i], &json)) {
            declaration->factory[declaration->factory_count++] =
                arena_copy(&model->arena, json.data, json.length);
        }
        sj_text_clear(&json);
    }
}

static void check_defaults(struct model *model, const struct declaration *declaration,
                           struct record *record, const char *path) {
    for (size_t i = 0; i < record->fields_count; i++) {
        struct field *field = &record->fields[i];
        const char *where = below(model, path, field->name);
        field->fallback = field->fallback_json = "";
        if (field->default_value != NULL &&
            (field->type == SJ_TYPE_SECRET || field->type == SJ_TYPE_RECORD)) {
            problem_at(model, declaration, where, "a %s has no default", type_words[field->type]);
        } else if (field->default_value != NULL) {
            sj_text json = {0};
            if (value_to_json(model, declaration, where, field, field->default_value, &json)) {
                field->fallback_json = arena_copy(&model->arena, json.data, json.length);
                field->fallback =
                    json.data[0] == '"' ? field->default_value->text : field->fallback_json;
            }
            sj_text_clear(&json);
        }
        if (field->record != NULL && field->part == NULL) {
            check_defaults(model, declaration, field->record, where);
        }
    }
}

/* On the wire a parameter is named by its service and its title. */
static void check_parameters(struct model *model, const struct declaration *declaration) {
    const struct record *record = declaration->record;
    for (size_t i = 0; i < model->declarations_count; i++) {
        const struct declaration *other = model->declarations[i];
        if (other->kind != DECLARATION_PARAMETERS || strcmp(other->name, declaration->name) != 0) {
            continue;
        }
        for (size_t j = 0; j < record->fields_count; j++) {
            const size_t before = other == declaration ? j : other->record->fields_count;
            for (size_t k = 0; k < before; k++) {
                if (strcmp(other->record->fields[k].title, record->fields[j].title) == 0) {
                    problem_at(model, declaration, record->fields[j].name,
                               "its title is that of %s as well", other->record->fields[k].name);
                }
            }
        }
        if (other == declaration) {
            return; /* those that come later look back here */
        }
    }
}

static bool command_is_plain(const char *command) {
    const size_t length = strlen(command);
    return strspn(command, "abcdefghijklmnopqrstuvwxyz0123456789- ") == length &&
           command[0] != ' ' && command[length - 1] != ' ' && strstr(command, "  ") == NULL;
}

static void check_request(struct model *model, const struct declaration *declaration) {
    if (declaration->command[0] != '\0' && !command_is_plain(declaration->command)) {
        problem_at(model, declaration, "command",
                   "\"%s\" is not in lower-case words with one blank between them",
                   declaration->command);
    }
    if (declaration->positional_count > 0 && declaration->command[0] == '\0') {
        problem_at(model, declaration, "positional", "is only allowed with command", NULL);
    }
    for (size_t i = 0; i < declaration->positional_count; i++) {
        const struct field *field = record_find(declaration->record, declaration->positional[i]);
        if (field == NULL) {
            problem_at(model, declaration, "positional", "unknown field \"%s\" of the request",
                       declaration->positional[i]);
        } else if (field->type == SJ_TYPE_RECORD || field->element == SJ_TYPE_RECORD) {
            problem_at(model, declaration, "positional",
                       "\"%s\" holds records, which do not fit one word", field->name);
        } else if (field->type == SJ_TYPE_LIST && i + 1 < declaration->positional_count) {
            problem_at(model, declaration, "positional", "\"%s\" is a list and must come last",
                       field->name);
        }
    }
    for (size_t i = 0; i < model->declarations_count && model->declarations[i] != declaration;
         i++) {
        const struct declaration *other = model->declarations[i];
        if (declaration->command[0] != '\0' && other->kind == DECLARATION_REQUEST &&
            strcmp(other->command, declaration->command) == 0) {
            problem_at(model, declaration, "command", "is the command of %s as well", other->name);
        }
    }
}

/* Every name that reaches C, with the declaration that brings it, sorted to find what is there
 * twice. */
struct c_name {
    const char *name;
    const struct declaration *owner;
};

struct c_names {
    struct c_name *names;
    size_t count, room;
};

static void add_name(struct c_names *names, const struct declaration *owner, const char *name) {
    array_need(&names->names, &names->room, names->count + 1, sizeof *names->names);
    names->names[names->count++] = (struct c_name){name, owner};
}

static void add_enum_names(struct model *model, struct c_names *names, const struct record *record,
                           const struct field *field) {
    add_name(names, record->owner, arena_format(&model->arena, "sj_%s", field->enum_name));
    add_name(names, record->owner, arena_format(&model->arena, "sj_%s_words", field->enum_name));
    add_name(names, record->owner, arena_format(&model->arena, "sj_%s_text", field->enum_name));
    add_name(names, record->owner, arena_format(&model->arena, "sj_%s_find", field->enum_name));
    for (size_t i = 0; i < field->choices_count; i++) {
        add_name(names, record->owner, field->constants[i]);
    }
}

static void add_record_names(struct model *model, struct c_names *names,
                             const struct record *record, bool is_struct) {
    if (is_struct) {
        add_name(names, record->owner, arena_format(&model->arena, "sj_%s", record->c_name));
        add_name(names, record->owner, record->meta);
    }
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        if (field->enum_name != NULL && field->shared == NULL) {
            add_enum_names(model, names, record, field);
        }
        if (record->owner->kind == DECLARATION_PARAMETERS) {
            add_name(names, record->owner,
                     arena_format(&model->arena, "sj_param_%s_%s", record->c_name, field->name));
        }
        if (field->record != NULL && field->part == NULL) {
            add_record_names(model, names, field->record, true);
        }
    }
}

static void add_declaration_names(struct model *model, struct c_names *names,
                                  const struct declaration *declaration) {
    static const char *const made[DECLARATION_KINDS][9] = {
        [DECLARATION_RESOURCE] = {"sj_%s_meta", "sj_%s_get", "sj_%s_list", "sj_%s_at",
                                  "sj_%s_count", "sj_%s_put", "sj_%s_delete"},
        [DECLARATION_EVENT] = {"sj_%s_topic", "sj_publish_%s", "sj_on_%s", "sj_on_%s_fn",
                               "sj_on_%s_at"},
        [DECLARATION_REQUEST] = {"sj_%s_meta", "sj_ask_%s", "sj_ask_%s_at", "sj_answer_%s",
                                 "sj_answer_%s_at", "sj_reply_%s", "sj_%s_fn", "sj_%s_reply_fn"},
        [DECLARATION_POLICY] = {"sj_%s_meta", "sj_decide_%s"},
        [DECLARATION_MESSAGE] = {"sj_%s_to_json", "sj_%s_from_json"},
    };
    for (const char *const *pattern = made[declaration->kind]; *pattern != NULL; pattern++) {
        const char *mark = strstr(*pattern, "%s");
        add_name(names, declaration,
                 arena_format(&model->arena, "%.*s%s%s", (int)(mark - *pattern), *pattern,
                              declaration->c_name, mark + 2));
    }
    add_record_names(model, names, declaration->record,
                     declaration->kind != DECLARATION_PARAMETERS &&
                         declaration->kind != DECLARATION_ENUM);
    if (declaration->second != NULL) {
        add_record_names(model, names, declaration->second, true);
    }
}

static int by_c_name(const void *left, const void *right) {
    return strcmp(((const struct c_name *)left)->name, ((const struct c_name *)right)->name);
}

static void check_names(struct model *model) {
    struct c_names names = {0};
    for (size_t i = 0; i < model->declarations_count; i++) {
        struct declaration *declaration = model->declarations[i];
        const struct declaration *first = model_find(model, declaration->kind, declaration->name);
        if (first != declaration && declaration->kind != DECLARATION_PARAMETERS) {
            model_problem(model, declaration->file, declaration->name, NULL,
                          "this %s is declared in %s already",
                          declaration_kind_words[declaration->kind], first->file);
            continue;
        }
        for (size_t j = 0; declaration->kind == DECLARATION_RESOURCE && j < i; j++) {
            const struct declaration *other = model->declarations[j];
            if (other->kind == DECLARATION_RESOURCE &&
                strcmp(other->plural, declaration->plural) == 0) {
                problem_at(model, declaration, NULL,
                           "its plural is that of %s as well; give it another", other->name);
            }
        }
        add_declaration_names(model, &names, declaration);
    }
    if (names.count > 1) {
        qsort(names.names, names.count, sizeof *names.names, by_c_name);
    }
    for (size_t i = 0; i < names.count; i++) {
        if (name_is_of_sdk(names.names[i].name + strlen("sj_"))) {
            problem_at(model, names.names[i].owner, NULL, "the name %s in C is the SDK's own",
                       names.names[i].name);
        }
        if (i > 0 && strcmp(names.names[i - 1].name, names.names[i].name) == 0) {
            model_problem(model, names.names[i].owner->file, names.names[i].owner->name, NULL,
                          "the name %s in C is also made for %s (%s)", names.names[i].name,
                          names.names[i - 1].owner->name, names.names[i - 1].owner->file);
        }
    }
    free(names.names);
}

void model_complete(struct model *model) {
    for (size_t i = 0; i < model->declarations_count; i++) {
        resolve_record(model, model->declarations[i]->record, NULL);
        if (model->declarations[i]->second != NULL) {
            resolve_record(model, model->declarations[i]->second, NULL);
        }
    }
    bool finite = true;
    for (size_t i = 0; i < model->declarations_count; i++) {
        struct declaration *declaration = model->declarations[i];
        finite = check_cycles(model, declaration->record) && finite;
        finite =
            (declaration->second == NULL || check_cycles(model, declaration->second)) && finite;
    }
    check_names(model);
    if (!finite) {
        return;
    }
    for (size_t i = 0; i < model->declarations_count; i++) {
        struct declaration *declaration = model->declarations[i];
        if (declaration->kind == DECLARATION_RESOURCE) {
            check_keys(model, declaration);
            check_factory(model, declaration);
        } else if (declaration->kind == DECLARATION_REQUEST) {
            check_request(model, declaration);
        } else if (declaration->kind == DECLARATION_PARAMETERS) {
            check_parameters(model, declaration);
        }
        check_observed(model, declaration, declaration->record, NULL);
        check_defaults(model, declaration, declaration->record, NULL);
        record_fingerprints(model, declaration->record);
        if (declaration->second != NULL) {
            check_observed(model, declaration, declaration->second, NULL);
            check_defaults(model, declaration, declaration->second, NULL);
            record_fingerprints(model, declaration->second);
        }
    }
}
