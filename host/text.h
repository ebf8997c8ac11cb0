/* A text that grows. Pure; out of memory is remembered and told at the end. */
#ifndef SJ_HOST_TEXT_H
#define SJ_HOST_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <sojourn/error.h>

struct text {
    char *data; /* NUL-terminated, or NULL when empty */
    size_t length, room;
    bool failed;
};

void sj_text_add(struct text *text, const char *format, ...) SJ_PRINTF(2, 3);
void sj_text_add_bytes(struct text *text, const char *bytes, size_t length);
/* As a JSON string with its quotes. */
void sj_text_add_json(struct text *text, const char *value);
/* Gives the text away: free() it. NULL when memory ran short; "" when nothing was added. */
char *sj_text_take(struct text *text);
void sj_text_drop(struct text *text);

#endif
