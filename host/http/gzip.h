/* Compression of what is answered (RFC 9110, 8.4 and 12.5.3). Pure. */
#ifndef SJ_HOST_HTTP_GZIP_H
#define SJ_HOST_HTTP_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include <sojourn/http.h>

/* Do the headers Accept-Encoding, which may be several, like gzip as much as what is not
 * compressed? Without one, and with one that cannot be read, they do not. */
bool sj_gzip_accepted(const sj_http_header *headers, size_t count);

/* Compressed, from malloc; NULL: out of memory, or it would not be shorter. Any thread. */
void *sj_gzip(const void *data, size_t length, size_t *compressed);

#endif
