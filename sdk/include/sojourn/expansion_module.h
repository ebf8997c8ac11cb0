/* Expansion modules of phones, by the words that administrators have for them ("BEKEM 36-Button
 * Line Expansion Module"). Any thread; nothing fails. */
#ifndef SOJOURN_EXPANSION_MODULE_H
#define SOJOURN_EXPANSION_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sj_expansion_module {
    const char *type; /* as phones read it: "BEKEM" */
    const char *name; /* as administrators have it */
    int keys;
};

/* All of them. */
const struct sj_expansion_module *sj_expansion_modules(size_t *count);

/* By its name, or by its type; NULL: there is none. */
const struct sj_expansion_module *sj_expansion_module_find(const char *words);

/* How many modules of a type a phone of that model takes at most. A model that is not known here
 * takes what a record can have, three of any. */
size_t sj_expansion_module_most(const char *model, const char *type);

/* A model that takes a type, after the one given (NULL: the first); NULL: that was all. */
const char *sj_expansion_module_model(const char *type, const char *after);

#ifdef __cplusplus
}
#endif

#endif
