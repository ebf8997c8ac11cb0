/* The small words of sentences that count or name things. */
#ifndef SOJOURN_WORDS_H
#define SOJOURN_WORDS_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The end of a noun behind its number: "1 file", "2 files". */
static inline const char *sj_plural(int64_t count) {
    return count == 1 ? "" : "s";
}

/* The verb behind that noun. */
static inline const char *sj_were(int64_t count) {
    return count == 1 ? "was" : "were";
}

/* The article of a declared name: "a phone", "an end_user"; "a user", as it is spoken. */
static inline const char *sj_article(const char *name) {
    return name[0] != '\0' && strchr("aeioAEIO", name[0]) != NULL ? "an" : "a";
}

#ifdef __cplusplus
}
#endif

#endif
