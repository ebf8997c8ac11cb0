/* /api/v1/parameters[/<service>/<symbol>] */
#ifndef HOST_REST_PARAMETERS_H
#define HOST_REST_PARAMETERS_H

#include <sojourn/http.h>

struct rest;

/* `path`: what follows "parameters/", or "". */
void rest_parameters(struct rest *rest, sj_http_request *request, const char *path);

#endif
