/* UTF-8 (RFC 3629): no over-long forms, no surrogates, nothing above U+10FFFF. Lengths are bytes.
 * Pure. */
#ifndef SOJOURN_BASE_UTF8_H
#define SOJOURN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The length of the character at `at`, of which no more than `left` bytes are looked at (SIZE_MAX
 * for a NUL-terminated text); 0 when it is none. `*point` (which may be NULL) gets its code, or the
 * first byte when it is none. NUL is a character. */
size_t sj_utf8_decode(const char *at, size_t left, uint32_t *point);

/* Whether all of it is UTF-8. NULs may be within. */
bool sj_utf8_valid(const char *text, size_t length);
/* Whether all of it is UTF-8 without a NUL. */
bool sj_utf8_valid_text(const char *text, size_t length);

/* How many characters a NUL-terminated text has; what is not UTF-8 counts as one for each byte that
 * begins something. */
size_t sj_utf8_count(const char *text);

/* The length of a text cut to at most `most` bytes, not within a character. */
size_t sj_utf8_cut(const char *text, size_t length, size_t most);

/* Whether a character moves the cursor of a terminal or ends a line, instead of being seen. */
bool sj_utf8_is_control(uint32_t point);

/* Copies a text of somebody else's, to be shown on one line: a space for each control character, a
 * question mark for each byte that is no UTF-8, cut to `room` bytes with the NUL (at least 1), and
 * not within a character. */
void sj_utf8_one_line(char *target, size_t room, const char *text);

#ifdef __cplusplus
}
#endif
#endif
