/* Who makes a request. */
#ifndef HOST_REST_ASKER_H
#define HOST_REST_ASKER_H

#include <sojourn/http.h>

struct rest;

/* The user who has authenticated, or whose process is at the other end of the unix socket. */
enum { REST_ASKER = 129 };
const char *rest_asker(sj_http_request *request, char name[REST_ASKER]);
/* A line in the log: what was changed, by whom, from where. */
void rest_log_change(const struct rest *rest, sj_http_request *request, const char *what);

#endif
