/* A long reply that leaves compressed, when the client takes that: a thread does it, the loop goes
 * on meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "host/core/node.h"
#include "host/http/gzip.h"
#include "host/http/server/request.h"
#include "host/work/jobs.h"

enum { WORTH_IT = 4096, HEADERS = 8 };

struct compressing {
    sj_http_request *request;
    sj_http_reply reply;
    sj_http_header headers[HEADERS + 1];
    char *strings; /* of the headers */
    void *body, *compressed;
    size_t compressed_length;
};

static void freed(struct compressing *compressing) {
    free(compressing->strings);
    free(compressing->body);
    free(compressing->compressed);
    free(compressing);
}

/* What the caller has is gone when the thread is done. False: out of memory, or too many headers.
 */
static bool keep(struct compressing *compressing, const sj_http_reply *reply) {
    size_t room = 1;
    char *at;
    for (size_t i = 0; i < reply->headers_count; i++) {
        room += strlen(reply->headers[i].name) + strlen(reply->headers[i].value) + 2;
    }
    compressing->reply = *reply;
    compressing->reply.headers = compressing->headers;
    compressing->strings = at = malloc(room);
    compressing->body = malloc(reply->body_length);
    if (at == NULL || compressing->body == NULL || reply->headers_count > HEADERS) {
        return false;
    }
    memcpy(compressing->body, reply->body, reply->body_length);
    compressing->reply.body = compressing->body;
    for (size_t i = 0; i < reply->headers_count; i++) {
        compressing->headers[i].name = at;
        at = stpcpy(at, reply->headers[i].name) + 1;
        compressing->headers[i].value = at;
        at = stpcpy(at, reply->headers[i].value) + 1;
    }
    return true;
}

static void compress_body(void *user) {
    struct compressing *compressing = user;
    compressing->compressed =
        sj_gzip(compressing->body, compressing->reply.body_length, &compressing->compressed_length);
}

static void compressed(void *user, int status, const sj_error *error) {
    struct compressing *compressing = user;
    sj_http_reply *reply = &compressing->reply;
    (void)error;
    if (status == SJ_OK && compressing->compressed != NULL) {
        compressing->headers[reply->headers_count++] = (sj_http_header){"Content-Encoding", "gzip"};
        reply->body = compressing->compressed;
        reply->body_length = compressing->compressed_length;
    }
    sj_host_http_reply(compressing->request, reply);
    freed(compressing);
}

void sj_http_reply_long(sj_http_request *seen, const sj_http_reply *reply) {
    const struct node *node = ((const struct request *)(const void *)seen)->http->node;
    struct compressing *compressing;
    if (reply->body_length < WORTH_IT || sj_http_is_local(seen) || node->scope == NULL ||
        !sj_gzip_accepted(seen->headers, seen->headers_count)) {
        sj_host_http_reply(seen, reply);
        return;
    }
    compressing = calloc(1, sizeof *compressing);
    if (compressing != NULL) {
        compressing->request = seen;
    }
    if (compressing == NULL || !keep(compressing, reply) ||
        sj_host_job_run(node->scope, SJ_HERE, compress_body, compressed, compressing) == NULL) {
        if (compressing != NULL) {
            freed(compressing);
        }
        sj_host_http_reply(seen, reply); /* as it is: nothing is lost by that */
    }
}
