/* A text that grows: what the phone documents are written into. Pure; when memory ends it keeps what it has and remembers. */
#ifndef SJ_TFTP_TEXT_BUFFER_H
#define SJ_TFTP_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include <sojourn/error.h>

typedef struct text_buffer {
    char *data; /* NUL-terminated once something was added; free() it */
    size_t length;
    size_t room;
    bool failed; /* out of memory: the text is incomplete */
} text_buffer;

void text_buffer_add(text_buffer *buffer, const char *text, size_t length);
void text_buffer_format(text_buffer *buffer, const char *format, ...) SJ_PRINTF(2, 3);

/* Adds text as XML character data or attribute value: markup escaped, characters that XML forbids and broken UTF-8 replaced
 * by U+FFFD. */
void text_buffer_xml(text_buffer *buffer, const char *text);

/* <name>text</name>, text escaped; <name></name> when empty. */
void text_buffer_element(text_buffer *buffer, const char *name, const char *text);

#endif
