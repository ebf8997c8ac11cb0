/* /api/v1/openapi.json */
#ifndef HOST_REST_OPENAPI_H
#define HOST_REST_OPENAPI_H

#include <sojourn/http.h>

struct rest;

/* `below`: nothing stands there. */
void rest_openapi(struct rest *rest, sj_http_request *request, const char *below);

#endif
