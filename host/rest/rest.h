/* The REST interface: generic over everything declared, with no code per resource.
 *
 *   /api/v1                             what there is
 *   /api/v1/<plural>[/<key>]            GET POST PUT PATCH DELETE
 *   /api/v1/parameters[/<service>/<symbol>]
 *   /api/v1/do/<words of a command>     POST
 *   /api/v1/apply                       POST: many records and parameters at once
 *   /api/v1/schema, /api/v1/openapi.json
 *   /api/v1/events, /api/v1/traces/<id>
 *   /metrics, /healthz, /readyz
 *
 * Writes are answered when they will survive a power failure. Errors are problem details (RFC
 * 9457). */
#ifndef HOST_REST_REST_H
#define HOST_REST_REST_H

#include <sojourn/error.h>

struct node;

int sj_rest_open(struct node *node, sj_error *error);
void sj_rest_close(struct node *node);

#endif
