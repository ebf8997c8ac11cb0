/* Dial patterns: what an administrator writes ("9.1[2-9]XX!", "\+49!", "2XXX") compiled into a
 * small program. Pure. */
#ifndef CALLMANAGER_DIGIT_PATTERN_H
#define CALLMANAGER_DIGIT_PATTERN_H

#include <sojourn/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIGIT_PATTERN_ELEMENTS = 60, /* a pattern's text has at most 50 characters */
    DIGITS_MAX = 64,             /* of a number, with its NUL */
};

/* One place of a number: which symbols fit (a bit each, see digit_symbol), and whether it may be
 * left out or repeated. */
struct digit_element {
    uint32_t symbols : 20;
    uint32_t optional : 1;
    uint32_t repeated : 1;
};

struct digit_pattern {
    uint8_t count;    /* elements */
    uint8_t literals; /* so many elements at the start are one fixed symbol each */
    bool has_dot;
    uint8_t dot; /* the separator stands before this element */
    struct digit_element elements[DIGIT_PATTERN_ELEMENTS];
};

/* Whether the text is a number: nothing but 0-9, *, # and +. */
bool digits_are_number(const char *text);

/* SJ_OK, or SJ_E_INVALID with a sentence that says where. */
int digit_pattern_compile(const char *text, struct digit_pattern *pattern, sj_error *error);

/* Bytes of `pattern` that are in use: so many need to be kept. */
size_t digit_pattern_size(const struct digit_pattern *pattern);

/* Whether the digits match. *pre_dot (may be NULL): how many of them stand before the separator, 0
 * without one. */
bool digit_pattern_match(const struct digit_pattern *pattern, const char *digits, size_t *pre_dot);

/* Whether the digits could match after at least one more. */
bool digit_pattern_could_match_longer(const struct digit_pattern *pattern, const char *digits);

/* How many different numbers of that length match: fewer is closer. */
double digit_pattern_cardinality(const struct digit_pattern *pattern, size_t length);

/* The numbers of a pattern without repeated and optional places, in their order: `number` becomes
 * the one behind it, or with "" the first. False at the end. */
bool digit_pattern_next(const struct digit_pattern *pattern, char number[DIGITS_MAX]);

/* Writes the fixed symbols at the start; returns how many. */
size_t digit_pattern_literals(const struct digit_pattern *pattern, char text[DIGITS_MAX]);

#endif
