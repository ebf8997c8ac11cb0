/* Characters that cannot be seen, or that turn the order of what is shown round: they make two
 * different names look alike, and a log or a terminal show what is not there. Pure. */
#ifndef HOST_RECORD_INVISIBLE_H
#define HOST_RECORD_INVISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of bytes of the character at `at` (UTF-8) when it is a control character, a mark or an
 * override of the direction, a separator of lines or paragraphs, or a mark without width; else 0.
 * *point gets its code. The joiners U+200C and U+200D, which words of several languages need, count
 * as visible. */
size_t sj_invisible(const char *at, uint32_t *point);
/* The first one of a text, or NULL. */
const char *sj_invisible_find(const char *text, uint32_t *point);
/* Whether a text holds a joiner, which no key may. */
bool sj_invisible_joiner(const char *text);

#endif
