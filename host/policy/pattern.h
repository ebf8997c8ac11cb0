/* Lua's patterns, matched with a counter: a pattern is compiled into items, and each attempt to
 * match an item is a step, of which the caller allows so many. Pure: no Lua, no allocation. */
#ifndef HOST_POLICY_PATTERN_H
#define HOST_POLICY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SJ_PATTERN_LENGTH = 256, /* bytes of a pattern */
    SJ_PATTERN_ITEMS = 64,   /* characters, classes and captures in one */
    SJ_PATTERN_CAPTURES = 16,
};

enum sj_pattern_kind {
    SJ_PATTERN_SET,       /* one character of a set, with its quantifier */
    SJ_PATTERN_OPEN,      /* ( */
    SJ_PATTERN_CLOSE,     /* ) */
    SJ_PATTERN_POSITION,  /* () */
    SJ_PATTERN_BALANCED,  /* %bxy */
    SJ_PATTERN_FRONTIER,  /* %f[set] */
    SJ_PATTERN_REFERENCE, /* %1 */
    SJ_PATTERN_END,       /* $ at the end */
};

struct sj_pattern_item {
    uint8_t kind;
    char quantifier; /* 0, or one of ? * + - */
    uint8_t capture; /* which one opens, closes, or is referred to */
    unsigned char pair[2];
    uint8_t set[32];
};

struct sj_pattern {
    bool anchored; /* ^ at the beginning */
    size_t count;
    size_t captures;
    struct sj_pattern_item items[SJ_PATTERN_ITEMS];
};

struct sj_match {
    const char *subject;
    size_t length;
    uint64_t steps;      /* left; the caller sets it, and reads what remains */
    const char *refusal; /* set when matching was given up: why */
    size_t start[SJ_PATTERN_CAPTURES],
        end[SJ_PATTERN_CAPTURES]; /* end SIZE_MAX: a position capture */
};

/* NULL when the pattern is well formed, else what is wrong with it. */
const char *sj_pattern_compile(struct sj_pattern *pattern, const char *text, size_t length);

/* Matches at exactly `from`. True with *end set; false when it does not match or `refusal` is set.
 */
bool sj_pattern_match(const struct sj_pattern *pattern, struct sj_match *match, size_t from,
                      size_t *end);

#endif
