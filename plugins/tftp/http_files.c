/* Answers GET on the file port with the same files and from the same cache as TFTP. */
#include "http_files.h"

#include <string.h>

#include <sojourn/node_address.h>

struct http_files {
    sj_scope *scope;
    struct file_source *source;
    sj_metric *requests;
};

struct http_question {
    struct http_files *files;
    sj_http_request *request;
    sj_scope *scope; /* closes with the answer */
};

static void on_file(void *user, int status, const char *reason, struct file *found) {
    struct http_question *question = user;
    /* As the field's servers answer: nothing more than these headers. */
    static const sj_http_header headers[] = {{"Cache-Control", "no-store"}};
    if (found == NULL) {
        int code = status == SJ_E_NOT_FOUND ? 404
                   : status == SJ_E_DENIED  ? 403
                   : status == SJ_E_LIMIT   ? 503
                                            : 500;
        sj_http_reply_text(question->files->scope, question->request, code, "text/plain", reason);
    } else {
        sj_http_reply reply = {.status = 200,
                               .content_type = "*/*",
                               .body = found->data,
                               .body_length = found->length,
                               .headers = headers,
                               .headers_count = 1};
        sj_http_reply_send(question->files->scope, question->request, &reply);
    }
    if (question->scope != NULL) {
        sj_scope_close(question->scope);
    }
}

/* Phone files are answered within the call; only files of the directory outlive it and need a
 * scope. */
static void on_request(void *user, sj_http_request *request) {
    struct http_files *files = user;
    sj_metric_add(files->scope, files->requests, 1);
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        sj_http_reply_text(files->scope, request, 405, "text/plain", "Only GET is served");
        return;
    }
    sj_scope *scope = sj_scope_open(files->scope, "file", NULL, NULL);
    struct http_question *question = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *question);
    if (question == NULL) {
        sj_http_reply_text(files->scope, request, 503, "text/plain", "busy");
        return;
    }
    *question = (struct http_question){.files = files, .request = request, .scope = scope};
    file_source_ask(files->source, scope, request->path, strlen(request->path), &request->peer,
                    true, on_file, question);
}

int http_files_open(sj_scope *scope, struct file_source *source, sj_error *error) {
    const sj_node *node = scope->host->node;
    struct http_files *files = sj_scope_alloc(scope, sizeof *files);
    if (files == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY,
                            "out of memory: the HTTP file server cannot start");
    }
    files->scope = scope;
    files->source = source;
    files->requests = sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_http_requests_total",
                                    "File requests over HTTP");
    for (size_t i = 0; i < sj_node_address_count(node); i++) {
        if (sj_http_listen(scope, sj_node_address(node, i), node->tftp_http_port, on_request, files,
                           error) == NULL) {
            return error->code;
        }
    }
    return SJ_OK;
}
