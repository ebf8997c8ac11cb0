/* A text that grows. After an allocation failed it stays failed and sj_buffer_take returns NULL. */
#ifndef HOST_RECORD_BUFFER_H
#define HOST_RECORD_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/error.h>

typedef struct sj_buffer {
    char *data; /* NUL-terminated, NULL while nothing was added */
    size_t length, capacity;
    bool failed;
} sj_buffer;

void sj_buffer_add(sj_buffer *buffer, const char *data, size_t length);
void sj_buffer_puts(sj_buffer *buffer, const char *text);
void sj_buffer_char(sj_buffer *buffer, char c);
void sj_buffer_integer(sj_buffer *buffer, int64_t value);
void sj_buffer_printf(sj_buffer *buffer, const char *format, ...) SJ_PRINTF(2, 3);
/* The text as a JSON string, quotes included. */
void sj_buffer_json_text(sj_buffer *buffer, const char *text);
/* The text (for free()), leaving the buffer empty; NULL when out of memory. */
char *sj_buffer_take(sj_buffer *buffer);
void sj_buffer_free(sj_buffer *buffer);

#endif
