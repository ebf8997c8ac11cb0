/* A growing text with XML escaping: what the phone pages and the application interface are written with. Pure. */
#ifndef EM_XML_TEXT_H
#define EM_XML_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct xml_text {
    char *data; /* NUL-terminated once anything was added; free with xml_text_free */
    size_t length, room;
    bool failed; /* memory ran out; data is then incomplete */
};

void xml_text_free(struct xml_text *text);
/* As it is. */
void xml_text_raw(struct xml_text *text, const char *raw);
/* Escaped for element content and attribute values; what is not UTF-8 becomes U+FFFD, what XML 1.0 cannot hold is left out. */
void xml_text_escaped(struct xml_text *text, const char *value);
/* Percent-encoded as the value of a query parameter. */
void xml_text_percent(struct xml_text *text, const char *value);
/* <name>escaped value</name> */
void xml_text_element(struct xml_text *text, const char *name, const char *value);

#endif
