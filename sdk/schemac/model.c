/* The model's own functions: adding, finding, and reporting what is wrong. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
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
                      sj_or_empty(where));
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
    array_need(&model->declarations, &model->declarations_room, model->declarations_count + 1,
               sizeof(void *));
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
    free(model->declarations);
    arena_free(&model->arena);
    memset(model, 0, sizeof *model);
}
