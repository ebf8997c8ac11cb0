/* PUT /api/v1/own_password */
#ifndef HOST_REST_OWN_PASSWORD_H
#define HOST_REST_OWN_PASSWORD_H

#include <sojourn/http.h>

void rest_own_password(void *user, sj_http_request *request);

#endif
