/* The model's own functions: adding, finding, and telling what is wrong (see model.h). */
#include "model.h"

#include <stdio.h>
#include <string.h>

const char *const declaration_kind_words[DECLARATION_KINDS] = {
    "resource", "parameters", "event", "request", "policy", "message", "part", "enum"};
const char *const type_words[SJ_TYPE_LIST + 1] = {"text",   "boolean", "integer", "real",
                                                  "time",   "minutes", "enum",    "reference",
                                                  "secret", "record",  "list"};

void model_problem(struct model *model, const char *file, const char *declaration,
                   const char *where, const char *format, ...) {
    va_list arguments;
    (void)fprintf(stderr, "%s: ", file);
    if (declaration != NULL) {
        (void)fprintf(stderr, "%s%s%s: ", declaration, where == NULL ? "" : ".",
                      where == NULL ? "" : where);
    }
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    model->problems++;
}

struct declaration *model_find(const struct model *model, enum declaration_kind kind,
                               const char *name) {
    for (size_t i = 0; i < model->declarations_count; i++) {
        if (model->declarations[i]->kind == kind &&
            strcmp(model->declarations[i]->name, name) == 0) {
            return model->declarations[i];
        }
    }
    return NULL;
}

struct declaration *model_add(struct model *model) {
    if (model->declarations_count == model->declarations_room) {
        const size_t room = model->declarations_room == 0 ? 64 : 2 * model->declarations_room;
        struct declaration **grown =
            arena_alloc(&model->arena, room * sizeof(struct declaration *));
        if (model->declarations_count > 0) {
            memcpy(grown, model->declarations,
                   model->declarations_count * sizeof(struct declaration *));
        }
        model->declarations = grown;
        model->declarations_room = room;
    }
    struct declaration *declaration = arena_alloc(&model->arena, sizeof *declaration);
    model->declarations[model->declarations_count++] = declaration;
    return declaration;
}

const struct field *record_find(const struct record *record, const char *name) {
    for (size_t i = 0; i < record->fields_count; i++) {
        if (strcmp(record->fields[i].name, name) == 0) {
            return &record->fields[i];
        }
    }
    return NULL;
}

void model_free(struct model *model) {
    arena_free(&model->arena);
    memset(model, 0, sizeof *model);
}
