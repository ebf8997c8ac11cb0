/* A text that grows: for messages, documents, answers that are composed piece by piece. Pure.
 *
 *     sj_text text = {0};
 *     sj_text_puts(&text, "devices: ");
 *     sj_text_printf(&text, "%zu\n", count);
 *     if (!text.failed) {
 *         send(text.data, text.length);
 *     }
 *     sj_text_clear(&text);
 *
 * Ownership. A zeroed sj_text is an empty text and holds no memory. What is added is copied;
 * nothing of the caller's is kept. `data` comes from malloc and belongs to the text until
 * sj_text_clear or sj_text_take.
 *
 * Failure is sticky. When memory ends, or the text would grow beyond its limit, `failed` is set,
 * what was added before stays as it is, and every later call does nothing: look once, at the end,
 * and do not use a text that failed. */
#ifndef SOJOURN_BASE_TEXT_H
#define SOJOURN_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sj_text {
    char *data; /* NUL-terminated once anything was added, NULL before */
    size_t length;
    size_t room;
    size_t limit; /* bytes the text may have; 0: as many as there is memory for */
    bool failed;
} sj_text;

/* Releases the memory; the text is empty again and has not failed, its limit stays. */
void sj_text_clear(sj_text *text);
/* The data (for free()), NUL-terminated; the text is empty then. NULL, and nothing is left to free,
 * when it failed. */
char *sj_text_take(sj_text *text);

/* Bytes, which may hold NULs. */
void sj_text_add(sj_text *text, const void *bytes, size_t length);
void sj_text_puts(sj_text *text, const char *added);
void sj_text_char(sj_text *text, char c);
void sj_text_integer(sj_text *text, int64_t value);
void sj_text_printf(sj_text *text, const char *format, ...) SJ_PRINTF(2, 3);
void sj_text_vprintf(sj_text *text, const char *format, va_list arguments) SJ_PRINTF(2, 0);

/* Room for `more` bytes and a NUL behind data + length, for a caller that writes there itself and
 * then adds to `length`. False: the text has failed. */
bool sj_text_reserve(sj_text *text, size_t more);

/* A value as a JSON string, quotes included: UTF-8 as it is, control characters escaped. */
void sj_text_json(sj_text *text, const char *value);
/* A value percent-encoded as part of a URL (RFC 3986: all but letters, digits, - _ . ~). */
void sj_text_percent(sj_text *text, const char *value);

/* Texts that may be absent, which NULL and "" both mean (as in the fields of records). */
static inline bool sj_given(const char *text) {
    return text != NULL && text[0] != '\0';
}

static inline const char *sj_or_empty(const char *text) {
    return text != NULL ? text : "";
}

#ifdef __cplusplus
}
#endif
#endif
