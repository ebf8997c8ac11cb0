/* Enums: their words and what these are called in C; those that are declared once and referred to
 * by many fields; and which words of a field are only kept. Pure, but for the sentences about what
 * is wrong. */
#include "model.h"
#include "names.h"

#include <string.h>

void enum_name_constants(struct model *model, const struct declaration *declaration,
                         const char *path, struct field *field, const char *base) {
    struct arena *arena = &model->arena;
    const char *prefix = name_as_constant(arena, base);
    field->constants = arena_alloc(arena, field->choices_count * sizeof *field->constants);
    for (size_t i = 0; i < field->choices_count; i++) {
        const char *word = name_as_constant(arena, field->choices[i]);
        if (word[0] == '\0') {
            model_problem(model, declaration->file, declaration->name, path,
                          "the word \"%s\" has no letter or digit to name it by in C",
                          field->choices[i]);
        }
        field->constants[i] = arena_format(arena, "SJ_%s_%s", prefix, word);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(field->constants[i], field->constants[j]) == 0) {
                model_problem(model, declaration->file, declaration->name, path,
                              "the words \"%s\" and \"%s\" are the same name in C",
                              field->choices[j], field->choices[i]);
            }
        }
    }
}

void enum_resolve(struct model *model, const struct declaration *declaration, const char *path,
                  struct field *field) {
    if (field->shared == NULL) {
        return;
    }
    const struct declaration *owner = model_find(model, DECLARATION_ENUM, field->shared);
    if (owner == NULL) {
        model_problem(model, declaration->file, declaration->name, path,
                      "there is no enum \"%s\" among the declarations given", field->shared);
        return;
    }
    const struct field *from = &owner->record->fields[0];
    field->shared_base = owner->base;
    field->enum_name = from->enum_name;
    field->choices = from->choices;
    field->choices_count = from->choices_count;
    field->constants = from->constants;
}

const char *kept_reason(const struct value *value) {
    return value->kind == VALUE_TEXT                        ? value->text
           : value->kind == VALUE_BOOLEAN && value->boolean ? ""
                                                            : NULL;
}

void enum_find_kept(struct model *model, const struct declaration *declaration, const char *path,
                    struct field *field) {
    const struct value *kept = field->kept_words;
    if (kept == NULL) {
        return;
    }
    field->kept_choices =
        arena_alloc(&model->arena, (field->choices_count + 1) * sizeof *field->kept_choices);
    for (size_t i = 0; i < kept->members_count; i++) {
        size_t word = 0;
        while (word < field->choices_count &&
               strcmp(field->choices[word], kept->members[i].name) != 0) {
            word++;
        }
        if (word == field->choices_count || kept_reason(&kept->members[i].value) == NULL) {
            model_problem(model, declaration->file, declaration->name, path,
                          "kept names \"%s\"; expected words of the enum, each with true or a text "
                          "that says why",
                          kept->members[i].name);
            return;
        }
        field->kept_choices[word] = kept_reason(&kept->members[i].value);
    }
}
