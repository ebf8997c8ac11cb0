/* /api/v1/schema: all declarations, for the shell and the administrator's pages. */
#ifndef HOST_REST_SCHEMA_H
#define HOST_REST_SCHEMA_H

#include <sojourn/http.h>

struct rest;

/* `below`: nothing stands there. */
void rest_schema(struct rest *rest, sj_http_request *request, const char *below);

#endif
