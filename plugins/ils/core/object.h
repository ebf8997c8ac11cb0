/* What clusters tell each other of their dial plan: directory URIs, alternate numbers, advertised
 * patterns, each with the number that reaches it over the PSTN. Pure. */
#ifndef ILS_OBJECT_H
#define ILS_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/error.h>

enum ils_kind {
    ILS_DIRECTORY_URI = 1,
    ILS_ENTERPRISE_NUMBER,
    ILS_E164_NUMBER,
    ILS_ENTERPRISE_PATTERN,
    ILS_E164_PATTERN,
    ILS_KINDS_END,
};

enum {
    ILS_KEY_MAX = 254,
    ILS_NUMBER_MAX = 50, /* of a number or pattern, and of a PSTN failover number */
    ILS_ROUTE_MAX = 64,  /* of a route string */
    ILS_URI_USER_MAX = 47,
    ILS_STRIP_MAX = 50,
};

/* One object as its owner states it. Texts are borrowed. */
struct ils_fact {
    enum ils_kind kind;
    bool failover;      /* it can be reached over the PSTN, too */
    uint8_t strip;      /* a pattern: digits taken from the front of what was dialled ... */
    const char *key;    /* canonical: see ils_canonical */
    const char *number; /* ... and put before the rest; else the whole failover number */
    const char *route;  /* route string of an imported catalog; "": its owner's */
};

bool ils_kind_is_pattern(enum ils_kind kind);
const char *ils_kind_text(enum ils_kind kind);

/* Checks a key and writes it in the form in which all clusters compare it: the host part of a URI
 * in small letters, a URI without its scheme, wildcards as X. SJ_OK, or SJ_E_INVALID with a
 * sentence. */
int ils_canonical(enum ils_kind kind, const char *text, char key[ILS_KEY_MAX + 1], sj_error *error);

/* Letters, digits, dots and hyphens, at most ILS_ROUTE_MAX. */
bool ils_route_is_valid(const char *route);

/* How many characters of a pattern stand before its first wildcard. */
size_t ils_pattern_prefix(const char *pattern);
/* Whether a number fits, and how many numbers' wildcards that took: fewer is closer; a pattern that
 * ends with ! takes any digits and is always further than one that does not. */
bool ils_pattern_matches(const char *pattern, const char *number, unsigned *wildcards);

#endif
