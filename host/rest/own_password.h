/* PUT /api/v1/own_password */
#ifndef HOST_REST_OWN_PASSWORD_H
#define HOST_REST_OWN_PASSWORD_H

#include <sojourn/http.h>

struct rest;

/* `below`: nothing stands there. */
void rest_own_password(struct rest *rest, sj_http_request *request, const char *below);

#endif
