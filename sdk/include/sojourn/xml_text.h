/* Writing XML: a text that grows, and the escaping that keeps it well-formed whatever the values
 * hold. For documents that a plugin composes element by element: a phone's file, a page, a location
 * in a message body. Pure: no scope, no host; it is code of the SDK's library (libsojourn_sdk.a),
 * which cmake and pkg-config link for you.
 *
 *     sj_xml_text text = {0};
 *     sj_xml_text_raw(&text, "<greeting");
 *     sj_xml_text_attribute(&text, "to", name);
 *     sj_xml_text_raw(&text, ">\n");
 *     sj_xml_text_element(&text, "text", "Good day");
 *     sj_xml_text_raw(&text, "</greeting>\n");
 *     if (!text.failed) {
 *         send(text.data, text.length);
 *     }
 *     sj_xml_text_free(&text);
 *
 * Ownership. A zeroed sj_xml_text is an empty text and holds no memory. What is added is copied;
 * nothing of the caller's is kept. `data` comes from malloc and belongs to the text until
 * sj_xml_text_free, or until the caller takes it (remembers `data`, zeroes the struct, free()s it
 * later).
 *
 * Failure is sticky. When memory ends, or the text would grow beyond its limit, `failed` is set,
 * what was added before stays as it is, and every later call does nothing: look once, at the end,
 * and do not send a text that failed.
 *
 * Escaping. Values are NUL-terminated UTF-8.
 *     & < > " '                      &amp; &lt; &gt; &quot; &apos;
 *     carriage return                &#13; (a parser would read it as a line feed)
 *     tab, line feed                 in element text as they are; in attributes &#9; &#10; (a
 * parser would read them as spaces) what XML 1.0 cannot hold       U+FFFD: the other control
 * characters below U+0020, U+FFFE and U+FFFF what is not UTF-8              U+FFFD for each byte:
 * also over-long forms, surrogates, and beyond U+10FFFF all else                       as it is
 * Names of elements and attributes are the program's own and are written as they are. */
#ifndef SOJOURN_XML_TEXT_H
#define SOJOURN_XML_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SJ_XML_TEXT_LIMIT = 16 * 1024 * 1024 };

/* A growing text; its limit is SJ_XML_TEXT_LIMIT unless another one is set. */
typedef sj_text sj_xml_text;

/* Releases the memory; the text is empty again, its limit stays. */
void sj_xml_text_free(sj_xml_text *text);

/* As it is: markup, and what was escaped already. */
void sj_xml_text_raw(sj_xml_text *text, const char *markup);
void sj_xml_text_bytes(sj_xml_text *text, const char *bytes, size_t length);
/* As printf writes it, nothing escaped: for numbers and names of the program's own. */
void sj_xml_text_format(sj_xml_text *text, const char *format, ...) SJ_PRINTF(2, 3);

/* A value as element text. */
void sj_xml_text_escaped(sj_xml_text *text, const char *value);
/* <name>value</name>, the value escaped; <name></name> when it is empty. */
void sj_xml_text_element(sj_xml_text *text, const char *name, const char *value);
/* A space and name="value", the value escaped, after the name of an element that is still open. */
void sj_xml_text_attribute(sj_xml_text *text, const char *name, const char *value);
/* A value percent-encoded as part of a URL (RFC 3986: all but letters, digits, - _ . ~); what comes
 * out needs no escaping. */
void sj_xml_text_percent(sj_xml_text *text, const char *value);

#ifdef __cplusplus
}
#endif
#endif
