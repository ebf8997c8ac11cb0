/* /api/v1/events: live events. */
#ifndef HOST_REST_EVENTS_H
#define HOST_REST_EVENTS_H

#include <sojourn/http.h>

struct rest;

/* `below`: nothing stands there. */
void rest_events(struct rest *rest, sj_http_request *request, const char *below);
void rest_events_close(struct rest *rest);

#endif
