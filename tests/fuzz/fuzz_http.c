/* The way of a request through the server's parsers: head, body, parameters, route. The first byte
 * says in which cuts the bytes arrive. What holds for every request that passes is asserted. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/utf8.h>

#include "host/http/body.h"
#include "host/http/form.h"
#include "host/http/server/request_head.h"
#include "host/http/server/router.h"
#include "host/http/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition) {
    if (!condition) {
        abort();
    }
}

static void check_params(const char *text, size_t length) {
    size_t count = sj_form_count(text, length);
    struct form_param *params = calloc(count + 1, sizeof *params);
    char *space = malloc(sj_form_room(length, count) + 1);
    if (params != NULL && space != NULL) {
        size_t found = sj_form_parse(text, length, params, space);
        must(found <= count);
        for (size_t i = 0; i < found; i++) {
            must(sj_utf8_valid(params[i].name, strlen(params[i].name)) &&
                 sj_utf8_valid(params[i].value, strlen(params[i].value)));
        }
    }
    free(params);
    free(space);
}

static void check_head(const struct http_head *head) {
    must(head->path[0] == '/' || strcmp(head->path, "*") == 0);
    must(strstr(head->path, "..") == NULL);
    must(sj_utf8_valid(head->path, strlen(head->path)));
    must(!(head->chunked && head->content_length >= 0));
    must(head->headers_count <= SJ_HTTP_HEADERS_MAX);
    for (size_t i = 0; i < head->headers_count; i++) {
        must(strpbrk(head->headers[i].name, "\r\n :") == NULL);
        must(strpbrk(head->headers[i].value, "\r\n") == NULL);
        (void)sj_http_list_has(head->headers[i].value, "close");
    }
    (void)sj_http_head_value(head, "host");
}

static void route(const struct http_head *head) {
    static struct router router;
    static int here;
    char allow[SJ_ALLOW_TEXT];
    if (sj_list_empty(&router.prefixes)) {
        (void)sj_router_add(&router, "GET", "/emapp/EMAppServlet", &here);
        (void)sj_router_add(&router, "POST", "/api/*", &here);
        (void)sj_router_add(&router, "GET", "/api/v1/*", &here);
    }
    (void)sj_router_find(&router, head->method, head->path, allow);
}

/* Returns the bytes used, or 0 when no more can be read. */
static size_t one_request(const char *data, size_t length, size_t cut) {
    static struct http_head head;
    struct bytes body_bytes = {0};
    struct http_body body;
    const char *why = "";
    size_t scanned = 0, end = 0;
    char *block;
    for (size_t have = cut < length ? cut : length; end == 0;
         have = have + cut < length ? have + cut : length) {
        end = sj_http_head_end(data, have, scanned);
        if (end == 0 && (sj_http_head_excess(data, have) != 0 || have == length)) {
            return 0;
        }
        scanned = have;
    }
    block = malloc(end); /* exactly as long, so that a byte too far is found */
    if (block == NULL) {
        return 0;
    }
    memcpy(block, data, end);
    if (sj_http_head_parse(block, end, &head, &why) != 0) {
        must(why != NULL && why[0] != '\0');
        free(block);
        return 0;
    }
    check_head(&head);
    route(&head);
    check_params(head.query, strlen(head.query));
    if (head.chunked || head.content_length > 0) {
        int result = 0;
        sj_http_body_begin(&body, head.chunked,
                           head.content_length > 0 ? (uint64_t)head.content_length : 0, 100000);
        while (result == 0 && end < length) {
            size_t count = cut < length - end ? cut : length - end, taken = 0;
            result = sj_http_body_feed(&body, data + end, count, &taken, &body_bytes, &why);
            must(taken <= count && (taken > 0 || result != 0));
            end += taken;
        }
        must(body_bytes.used <= 100000);
        if (result == 1 && sj_form_is_type(head.content_type)) {
            check_params(body_bytes.data != NULL ? body_bytes.data : "", body_bytes.used);
        }
        end = result == 1 ? end : 0;
        sj_bytes_free(&body_bytes);
    }
    free(block);
    return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data + 1;
    size_t used = 1, cut;
    if (size < 2) {
        return 0;
    }
    cut = data[0] == 0 ? size : data[0];
    size--;
    while (size > 0 && used > 0) {
        used = one_request(text, size, cut);
        text += used;
        size -= used;
    }
    return 0;
}
