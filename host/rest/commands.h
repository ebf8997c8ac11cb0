/* /api/v1/do/<words of a command> */
#ifndef HOST_REST_COMMANDS_H
#define HOST_REST_COMMANDS_H

#include <sojourn/http.h>

struct rest;

/* `path`: the words, with slashes. */
void rest_do(struct rest *rest, sj_http_request *request, const char *path);

#endif
