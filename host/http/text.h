/* Text as it comes in URLs and headers, and the words of statuses. Pure. */
#ifndef SJ_HOST_HTTP_TEXT_H
#define SJ_HOST_HTTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <sojourn/http.h>

/* Decodes the path of a request target, once, in place, and ends it with a NUL (there must be room
 * for one more byte). NULL when it is good, else what is wrong with it. */
const char *sj_path_decode(char *path, size_t length);

/* May these stand in a header: a token; a text without control characters? */
bool sj_header_name_good(const char *name);
bool sj_header_name_holds(char c); /* may this character stand in a name? */
bool sj_header_value_good(const char *value);

/* The words of a status, as the field has them. */
const char *sj_http_status_text(int status);

/* The value of the first header of this name, in any case; NULL when there is none. */
const char *sj_headers_find(const sj_http_header *headers, size_t count, const char *name);

#endif
