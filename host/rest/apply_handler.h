/* /api/v1/apply[/<job or key>] */
#ifndef HOST_REST_APPLY_HANDLER_H
#define HOST_REST_APPLY_HANDLER_H

#include <sojourn/http.h>

struct rest;

/* `job_id`: of a GET, or "". */
void rest_apply(struct rest *rest, sj_http_request *request, const char *job_id);

#endif
