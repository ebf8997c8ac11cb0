/* The parameters of a request: in its query, and in its body when that is a form. */
#ifndef SJ_HOST_HTTP_SERVER_PARAMS_H
#define SJ_HOST_HTTP_SERVER_PARAMS_H

#include "host/http/server/request.h"

/* NULL, or the sentence with which a request is refused whose parameters would cost too much or
 * could be misread. */
const char *sj_params_refused(const struct request *request, const struct route *route);

#endif
