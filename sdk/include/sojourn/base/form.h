/* application/x-www-form-urlencoded, as query strings and form bodies are. Pure. */
#ifndef SOJOURN_BASE_FORM_H
#define SOJOURN_BASE_FORM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Decodes one name or value to `out`, which has room for `length` bytes (it may be where the text
 * is), and returns how many it has: a plus is a blank; an escape without two hex digits stands for
 * itself. The bytes may be anything, NUL included, in any charset; no NUL is added. */
size_t sj_form_decode(const char *text, size_t length, char *out);

#ifdef __cplusplus
}
#endif
#endif
