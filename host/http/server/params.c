/* The parameters of a request, from its query and its form: whether they may be read, and their
 * values, read when a handler first asks. */
#include "host/http/server/params.h"

#include <stdlib.h>
#include <string.h>

/* What the parameters cost is known before they are read. NULL, or why they are refused. */
const char *sj_params_refused(const struct request *request, const struct route *route) {
    const char *query = request->head.query, *form = request->body.data;
    const size_t query_length = strlen(query);
    const bool is_form =
        !(route->flags & SJ_ROUTE_RAW_BODY) && sj_form_is_type(request->head.content_type);
    const size_t form_length = is_form ? request->body.used : 0;
    if (sj_form_has_too_many(query, query_length) ||
        (form_length > 0 && sj_form_has_too_many(form, form_length))) {
        return "The request has more than 500 parameters.";
    }
    if (sj_form_has_nul(query, query_length) ||
        (form_length > 0 && sj_form_has_nul(form, form_length))) {
        return "A parameter holds a NUL.";
    }
    return NULL;
}

static bool read_params(struct request *request) {
    const char *query = request->head.query, *form = request->seen.body;
    size_t query_length = strlen(query), form_length = 0, count, room;
    if (sj_form_is_type(request->head.content_type) &&
        (request->route == NULL || !(request->route->flags & SJ_ROUTE_RAW_BODY))) {
        form_length = request->body.used;
    }
    count = sj_form_count(query, query_length) + sj_form_count(form, form_length);
    room = sj_form_room(query_length, sj_form_count(query, query_length));
    request->params = calloc(count + 1, sizeof *request->params);
    request->params_room = room + sj_form_room(form_length, count) + 1;
    request->params_space = calloc(1, request->params_room);
    if (request->params == NULL || request->params_space == NULL) {
        free(request->params);
        free(request->params_space);
        request->params = NULL;
        request->params_space = NULL;
        return false;
    }
    request->params_count =
        sj_form_parse(query, query_length, request->params, request->params_space);
    request->params_count += sj_form_parse(
        form, form_length, request->params + request->params_count, request->params_space + room);
    return true;
}

const char *sj_host_http_param(sj_http_request *seen, const char *name) {
    struct request *request = (struct request *)(void *)seen;
    if (request->params == NULL && !read_params(request)) {
        return NULL;
    }
    for (size_t i = 0; i < request->params_count; i++) {
        if (strcmp(request->params[i].name, name) == 0) {
            return request->params[i].value;
        }
    }
    return NULL;
}
