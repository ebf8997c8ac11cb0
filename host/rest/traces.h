/* /api/v1/traces/<id> */
#ifndef HOST_REST_TRACES_H
#define HOST_REST_TRACES_H

#include <sojourn/http.h>

struct rest;

void rest_trace(struct rest *rest, sj_http_request *request, const char *id);

#endif
