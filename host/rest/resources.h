/* /api/v1/<plural>[/<key>]: records, for every declared resource. */
#ifndef HOST_REST_RESOURCES_H
#define HOST_REST_RESOURCES_H

#include <sojourn/http.h>
#include <sojourn/schema.h>

struct rest;

void rest_resource(struct rest *rest, sj_http_request *request, const sj_resource_meta *meta,
                   const char *key);

#endif
