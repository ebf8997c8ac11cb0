/* Options of a declaration's table: each is there or not, and of one kind. What is wrong is a
 * problem of the model with its place. */
#ifndef SCHEMAC_READ_OPTIONS_H
#define SCHEMAC_READ_OPTIONS_H

#include "model.h"
#include "value.h"

/* Where we are, for sentences. */
struct place {
    struct model *model;
    struct declaration *declaration;
    const char *path; /* of the field: "lines.directory_number", or NULL */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PROBLEM(place, ...)                                                                        \
    model_problem((place)->model, (place)->declaration->file, (place)->declaration->name,          \
                  (place)->path, __VA_ARGS__)

/* Whether the word is among `words`. */
bool option_is_known(const char *word, const char *const *words, size_t count);
const char *options_joined(struct model *model, const char *const *words, size_t count);
/* Refuses members of `table` that are not among `known`: a misspelt option must not pass silently.
 */
void options_only_known(const struct place *place, const struct value *table,
                        const char *const *known, size_t count);

/* Each as it is given, or `otherwise`, false, NULL when it is missing or of another kind. */
const char *option_text(const struct place *place, const struct value *table, const char *name,
                        const char *otherwise);
bool option_flag(const struct place *place, const struct value *table, const char *name);
bool option_integer(const struct place *place, const struct value *table, const char *name,
                    int64_t *integer);
const char **option_words(const struct place *place, const struct value *table, const char *name,
                          size_t *count);

#endif
