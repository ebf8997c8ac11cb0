/* Types for editors that know LuaLS annotations: what a policy gets and gives, and the records of
 * apply files. */
#include "emit.h"

#include <string.h>

static const char *words_of(struct model *model, const struct field *field) {
    const char *words = "";
    for (size_t i = 0; i < field->choices_count; i++) {
        words =
            arena_format(&model->arena, "%s%s\"%s\"", words, i == 0 ? "" : "|", field->choices[i]);
    }
    return words;
}

static const char *lua_type(struct model *model, const struct field *field) {
    switch (field->type == SJ_TYPE_LIST ? field->element : field->type) {
    case SJ_TYPE_BOOLEAN: return "boolean";
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_MINUTES: return "integer";
    case SJ_TYPE_REAL:
    case SJ_TYPE_TIME: return "number";
    case SJ_TYPE_RECORD:
        return field->record == NULL ? "table"
                                     : arena_format(&model->arena, "sj.%s", field->record->name);
    case SJ_TYPE_ENUM:
        return field->shared != NULL ? arena_format(&model->arena, "sj.%s", field->shared)
                                     : words_of(model, field);
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET:
    case SJ_TYPE_LIST: break;
    }
    return "string";
}

/* On one line: an annotation ends with it. */
static void add_line(sj_text *text, const char *before, const char *words) {
    text_add(text, "%s", before);
    for (; *words != '\0'; words++) {
        text_add_bytes(text, *words == '\n' ? " " : words, 1);
    }
    text_add(text, "\n");
}

/* `by_default`: of a policy's input, the output that it holds as `default`; else NULL. */
static void add_class(sj_text *text, struct model *model, struct record *record, bool optional,
                      const struct record *by_default) {
    for (size_t i = 0; i < record->fields_count; i++) {
        if (record->fields[i].record != NULL && record->fields[i].part == NULL) {
            add_class(text, model, record->fields[i].record, optional, NULL);
        }
    }
    add_line(text, "---", record->doc);
    text_add(text, "---@class sj.%s\n", record->name);
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        const bool may_be_missing = optional && (field->flags & SJ_FIELD_REQUIRED) == 0;
        text_add(text, "---@field %s%s %s%s ", field->name, may_be_missing ? "?" : "",
                 lua_type(model, field), field->type == SJ_TYPE_LIST ? "[]" : "");
        add_line(text, "", field->shown_doc);
    }
    if (by_default != NULL) {
        text_add(text, "---@field default sj.%s What the built-in default decided.\n",
                 by_default->name);
    }
    text_add(text, "\n");
}

static const char policy_file[] =
    "\n---A test case of a policy file.\n"
    "---@class sj.policy.test\n"
    "---@field name string What it shows.\n"
    "---@field hook string Which hook is asked.\n"
    "---@field input table What it is asked.\n"
    "---@field default? table What the built-in default would have decided.\n"
    "---@field expect? table The answer; fields left out are not compared.\n"
    "---@field declines? boolean Whether the decision is left to the default.\n"
    "\n---What a policy file returns.\n"
    "---@class sj.policy\n"
    "---@field about? string What the policy is for.\n"
    "---@field hooks sj.policy.hooks\n"
    "---@field tests? sj.policy.test[]\n";

void emit_annotations(sj_text *text, struct model *model) {
    text_add(text, "---@meta\n-- Made by sojourn-schemac from the declarations: types for editors. "
                   "Nothing here runs.\n\n");
    for (size_t i = 0; i < model->own_count; i++) {
        const struct declaration *declaration = model->declarations[i];
        const bool written =
            declaration->kind == DECLARATION_RESOURCE || declaration->kind == DECLARATION_PART;
        if (declaration->kind == DECLARATION_PARAMETERS) {
            continue;
        }
        if (declaration->kind == DECLARATION_ENUM) {
            add_line(text, "---", declaration->doc);
            text_add(text, "---@alias sj.%s %s\n\n", declaration->name,
                     words_of(model, &declaration->record->fields[0]));
            continue;
        }
        add_class(text, model, declaration->record, written,
                  declaration->kind == DECLARATION_POLICY ? declaration->second : NULL);
        if (declaration->second != NULL) {
            /* A policy may leave out what it does not decide. */
            add_class(text, model, declaration->second, declaration->kind == DECLARATION_POLICY,
                      NULL);
        }
    }
    text_add(text, "---One function for each hook that the file decides; nil leaves the decision "
                   "to the built-in default.\n"
                   "---@class sj.policy.hooks\n");
    for (size_t i = 0; i < model->own_count; i++) {
        const struct declaration *declaration = model->declarations[i];
        if (declaration->kind == DECLARATION_POLICY && declaration->second != NULL) {
            text_add(text, "---@field [\"%s\"]? fun(input: sj.%s): sj.%s? ", declaration->name,
                     declaration->record->name, declaration->second->name);
            add_line(text, "", declaration->doc);
        }
    }
    text_add(text, "%s", policy_file);
    text_add(text,
             "\n---What an apply file returns: records by the plural of their resource, single "
             "ones by its name.\n"
             "---@class sj.apply\n"
             "---@field parameters? table<string, table<string, string|number|boolean>> By service "
             "and printed name.\n"
             "---@field remove? table<string, string[]> Keys by the plural of their resource.\n");
    for (size_t i = 0; i < model->own_count; i++) {
        const struct declaration *declaration = model->declarations[i];
        if (declaration->kind == DECLARATION_RESOURCE &&
            (declaration->flags & SJ_RESOURCE_RUNTIME) == 0) {
            const bool single = (declaration->flags & SJ_RESOURCE_SINGLETON) != 0;
            text_add(text, "---@field %s? sj.%s%s\n",
                     single ? declaration->name : declaration->plural, declaration->name,
                     single ? "" : "[]");
        }
    }
}
