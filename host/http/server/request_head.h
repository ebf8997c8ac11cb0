/* The head of a request: request line and headers, as HTTP/1.1 (RFC 9112) has it and no laxer: what
 * servers and proxies are known to read differently (bare line ends, folded lines, blanks before a
 * colon, repeated lengths) is refused. Pure. */
#ifndef SJ_HOST_HTTP_SERVER_REQUEST_HEAD_H
#define SJ_HOST_HTTP_SERVER_REQUEST_HEAD_H

#include <sojourn/http.h>

#define SJ_HTTP_HEAD_MAX 32768
#define SJ_HTTP_TARGET_MAX 8192
#define SJ_HTTP_HEADERS_MAX 100
#define SJ_HTTP_BODY_MAX (4u << 20)
#define SJ_HTTP_LOCAL_BODY_MAX (64u << 20) /* over the unix socket */

struct http_head {
    const char *method;
    const char *path;         /* decoded */
    const char *query;        /* raw */
    const char *content_type; /* NULL when absent */
    sj_http_header headers[SJ_HTTP_HEADERS_MAX];
    size_t headers_count;
    int64_t content_length; /* -1 when absent */
    bool old;               /* HTTP/1.0 */
    bool keep_alive, chunked, expect_continue, upgrade;
};

/* Where the head ends (after its empty line), or 0 when that is not there yet. `scanned` bytes are
 * known not to hold it. */
size_t sj_http_head_end(const char *data, size_t length, size_t scanned);

/* Too long already, though not complete? The status (414, 431), or 0. */
int sj_http_head_excess(const char *data, size_t length);

/* Reads a complete head in place: the strings of `head` lie in `data`. 0, or the status to refuse
 * it with and *why, a sentence.
 */
int sj_http_head_parse(char *data, size_t length, struct http_head *head, const char **why);

/* A header's value, or NULL. */
const char *sj_http_head_value(const struct http_head *head, const char *name);

/* Does a header value, a list, hold this word? */
bool sj_http_list_has(const char *list, const char *word);

#endif
