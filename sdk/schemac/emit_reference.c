/* Reference pages in Markdown: one for each declaration file, and one that lists them. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

/* Text inside a table: a bar would end the cell, a line break the row, and a lower-than sign could
 * begin a tag. */
static void add_cell(sj_text *text, const char *words) {
    for (; *words != '\0'; words++) {
        if (*words == '|' || *words == '<' || *words == '*' || *words == '\\') {
            text_add(text, "\\%c", *words);
        } else {
            text_add_bytes(text, *words == '\n' ? " " : words, 1);
        }
    }
}

static void add_type(sj_text *text, const struct field *field) {
    const bool list = field->type == SJ_TYPE_LIST;
    text_add(text, "%s%s", list ? "list of " : "", type_words[list ? field->element : field->type]);
    if (field->part != NULL) {
        text_add(text, " [%s](../%s.md)", field->part, field->record->owner->base);
    } else if (field->record != NULL) {
        text_add(text, " `%s`, below", field->record->name);
    }
    if (field->target[0] != '\0') {
        text_add(text, " to %s", field->target);
    }
    if (field->shared != NULL) {
        text_add(text, " [%s](../%s.md)", field->shared, field->shared_base);
    }
    for (size_t i = 0; i < field->choices_count; i++) {
        text_add(text, "%s`%s`", i == 0 ? ": " : ", ", field->choices[i]);
    }
    if (field->format[0] != '\0') {
        text_add(text, " (%s)", field->format);
    }
}

static void add_limits(sj_text *text, const struct field *field) {
    const sj_type of = field->type;
    const char *what = of == SJ_TYPE_LIST ? "items"
                       : of == SJ_TYPE_TEXT || of == SJ_TYPE_SECRET || of == SJ_TYPE_REFERENCE
                           ? "bytes"
                           : field->unit;
    if (field->has_min && field->has_max) {
        text_add(text, "%" PRId64 " to %" PRId64 " %s", field->min, field->max, what);
    } else if (field->has_min) {
        text_add(text, "at least %" PRId64 " %s", field->min, what);
    } else if (field->has_max) {
        text_add(text, "at most %" PRId64 " %s", field->max, what);
    } else {
        text_add(text, "%s", field->unit);
    }
}

static void add_marks(sj_text *text, const struct field *field) {
    static const struct {
        uint32_t flag;
        const char *words;
    } marks[] = {{SJ_FIELD_KEY, "Key."},
                 {SJ_FIELD_REQUIRED, "Required."},
                 {SJ_FIELD_READ_ONLY, "Written by services."},
                 {SJ_FIELD_UNIQUE, "Unique."},
                 {SJ_FIELD_HOLDS_NOTHING,
                  "While true, nothing that the record refers to is kept from being removed."}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if ((field->flags & marks[i].flag) != 0) {
            text_add(text, " %s", marks[i].words);
        }
    }
    if (field->type == SJ_TYPE_SECRET) {
        text_add(text, " Never logged or shown.");
    } else if ((field->flags & SJ_FIELD_SENSITIVE) != 0) {
        text_add(text, " Never logged; shown on the node's own socket alone.");
    }
    if ((field->param_flags & SJ_PARAM_NODE) != 0) {
        text_add(text, " One value for each node.");
    }
    if ((field->param_flags & SJ_PARAM_ADVANCED) != 0) {
        text_add(text, " Advanced.");
    }
}

static void add_fields(sj_text *text, const struct record *record) {
    if (record->fields_count == 0) {
        text_add(text, "No fields.\n\n");
        return;
    }
    text_add(text, "| field | as printed | type | limits | default | meaning |\n| --- | --- | --- "
                   "| --- | --- | --- |\n");
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        text_add(text, "| `%s` | ", field->name);
        add_cell(text, field->title);
        text_add(text, " | ");
        add_type(text, field);
        text_add(text, " | ");
        add_limits(text, field);
        text_add(text, " | ");
        add_cell(text, field->fallback);
        text_add(text, " | ");
        add_cell(text, field->shown_doc);
        add_marks(text, field);
        text_add(text, " |\n");
    }
    text_add(text, "\n");
    for (size_t i = 0; i < record->fields_count; i++) {
        if (record->fields[i].record != NULL && record->fields[i].part == NULL) {
            text_add(text, "### %s `%s`\n\n", record->fields[i].title,
                     record->fields[i].record->name);
            add_fields(text, record->fields[i].record);
        }
    }
}

static void add_resource(sj_text *text, const struct declaration *declaration) {
    const bool single = (declaration->flags & SJ_RESOURCE_SINGLETON) != 0;
    if (declaration->menu[0] != '\0') {
        text_add(text, "Where administrators look for it: %s.\n\n", declaration->menu);
    }
    if (single) {
        text_add(text, "There is exactly one record, with the key `default`. ");
    } else {
        text_add(text, "The key is `%s`", declaration->key[0]);
        text_add(text, declaration->key[1] == NULL ? ". " : "@%s", declaration->key[1]);
        text_add(text, declaration->key[1] == NULL
                           ? ""
                           : ", or the first part alone when the second is empty. ");
    }
    text_add(text, "%s%s\n\n",
             (declaration->flags & SJ_RESOURCE_RUNTIME) != 0
                 ? "Services write it; administrators read it. "
                 : "",
             (declaration->flags & SJ_RESOURCE_NODE) != 0 ? "Each node has its own."
                                                          : "All nodes of the cluster share it.");
    text_add(text, "REST: `/api/v1/%s`. Shell: `sojourn %s list`.", declaration->plural,
             declaration->name);
    if ((declaration->flags & SJ_RESOURCE_RUNTIME) == 0) {
        text_add(text, " Apply files: `%s = { ... }`.",
                 single ? declaration->name : declaration->plural);
    }
    text_add(text, "\n\n");
    if (declaration->factory_count > 0) {
        text_add(text, "There from the start:\n\n```json\n");
        for (size_t i = 0; i < declaration->factory_count; i++) {
            text_add(text, "%s\n", declaration->factory[i]);
        }
        text_add(text, "```\n\n");
    }
}

static void add_request(sj_text *text, const struct declaration *declaration) {
    text_add(text, "Deadline unless the asker gives one: %" PRId64 " ms.",
             declaration->deadline_ms);
    if (declaration->command[0] != '\0') {
        text_add(text, " Shell: `sojourn %s", declaration->command);
        for (size_t i = 0; i < declaration->positional_count; i++) {
            text_add(text, " <%s>", declaration->positional[i]);
        }
        text_add(text, "`. REST: `POST /api/v1/do/");
        for (const char *at = declaration->command; *at != '\0'; at++) {
            text_add_bytes(text, *at == ' ' ? "/" : at, 1);
        }
        text_add(text, "`.");
    }
    text_add(text, "\n\n");
}

static void add_enum_words(sj_text *text, const struct field *field) {
    text_add(text, "In C: `sj_%s`.\n\n| word | in C |\n| --- | --- |\n", field->enum_name);
    for (size_t i = 0; i < field->choices_count; i++) {
        text_add(text, "| `%s` | `%s` |\n", field->choices[i], field->constants[i]);
    }
    text_add(text, "\n");
}

static void add_declaration(sj_text *text, struct model *model,
                            const struct declaration *declaration) {
    const bool parameters = declaration->kind == DECLARATION_PARAMETERS;
    text_add(text, "# %s\n\n", declaration->title);
    text_add(text, "%s `%s`, since %s. ", declaration_kind_words[declaration->kind],
             declaration->name, declaration->since);
    text_add(text, "%s\n\n", declaration->doc);
    if (declaration->kind == DECLARATION_RESOURCE) {
        add_resource(text, declaration);
    } else if (declaration->kind == DECLARATION_REQUEST) {
        add_request(text, declaration);
    }
    if (declaration->kind == DECLARATION_ENUM) {
        add_enum_words(text, &declaration->record->fields[0]);
        return;
    }
    const char *first = declaration->kind == DECLARATION_POLICY ? "Input"
                        : parameters                            ? "Parameters"
                                                                : "Fields";
    text_add(text, "## %s\n\n", first);
    add_fields(text, declaration->record);
    if (declaration->kind == DECLARATION_POLICY) {
        text_add(
            text,
            "And `default`: what the built-in default decided, with the fields of the output.\n\n");
    }
    if (declaration->second != NULL) {
        text_add(text, "## %s\n\n", declaration->kind == DECLARATION_POLICY ? "Output" : "Reply");
        add_fields(text, declaration->second);
    }
    emit_example(text, model, declaration);
}

void emit_page(sj_text *text, struct model *model, const char *base) {
    text_add(text, "<!-- Made by sojourn-schemac from %s.lua; changes belong there. -->\n\n", base);
    for (size_t i = 0; i < model->own_count; i++) {
        if (strcmp(model->declarations[i]->base, base) == 0) {
            add_declaration(text, model, model->declarations[i]);
        }
    }
}

void emit_contents(sj_text *text, const struct model *model) {
    static const char *const titles[DECLARATION_KINDS] = {"Resources", "Parameters",   "Events",
                                                          "Requests",  "Policy hooks", "Messages",
                                                          "Parts",     "Enums"};
    text_add(
        text,
        "<!-- Made by sojourn-schemac; changes belong in the declarations. -->\n\n# Reference\n\n");
    for (size_t kind = 0; kind < DECLARATION_KINDS; kind++) {
        bool titled = false;
        for (size_t i = 0; i < model->own_count; i++) {
            const struct declaration *declaration = model->declarations[i];
            if ((size_t)declaration->kind != kind) {
                continue;
            }
            if (!titled) {
                text_add(text, "## %s\n\n| name | page | meaning |\n| --- | --- | --- |\n",
                         titles[kind]);
                titled = true;
            }
            text_add(text, "| `%s` | [%s](%s.md) | ", declaration->name, declaration->title,
                     declaration->base);
            add_cell(text, declaration->doc);
            text_add(text, " |\n");
        }
        text_add(text, "%s", titled ? "\n" : "");
    }
}
