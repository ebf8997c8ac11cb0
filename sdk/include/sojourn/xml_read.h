/* Reading XML from people who are not trusted, with libxml2: without network, and no further than
 * the first thing that is wrong. The parser goes on behind errors otherwise, and makes a sentence
 * of each: 40 KB with an error every four bytes keep it busy for a tenth of a second. Pure: no
 * scope, no host; it is code of the SDK's library (libsojourn_sdk.a). A plugin that uses it links
 * libxml2 itself; others need none. */
#ifndef SOJOURN_XML_READ_H
#define SOJOURN_XML_READ_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct _xmlDoc;

/* The document (an xmlDoc, the caller's: xmlFreeDoc), or NULL when it is not well-formed, uses a
 * prefix that it does not declare, gives reason for more than 50 warnings, or has more than 1,000
 * equals signs, as of attributes, between one '<' and the next. */
struct _xmlDoc *sj_xml_read(const char *text, size_t length);

#ifdef __cplusplus
}
#endif

#endif
