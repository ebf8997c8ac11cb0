/* The body of a request, by length or in chunks, as HTTP/1.1 has it and no laxer. Pure. */
#ifndef SJ_HOST_HTTP_BODY_H
#define SJ_HOST_HTTP_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "host/net/bytes.h"

struct http_body {
    uint64_t remaining; /* of the body, or of the chunk */
    size_t limit, line; /* bytes of the present size line or trailer */
    int state;
};

/* content_length is ignored when chunked. */
void sj_http_body_begin(struct http_body *body, bool chunked, uint64_t content_length,
                        size_t limit);

/* Takes what belongs to the body from the data and adds it to `out`. Returns 0 when more is needed,
 * 1 when the body is complete, or the status to refuse it with (400, 413, 431, 503) and *why.
 * *taken is how many bytes were used. */
int sj_http_body_feed(struct http_body *body, const char *data, size_t length, size_t *taken,
                      struct bytes *out, const char **why);

#endif
