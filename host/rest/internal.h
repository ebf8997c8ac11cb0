/* The REST interface as its own files see it. What they offer each other stands in a header for
 * each file. */
#ifndef HOST_REST_INTERNAL_H
#define HOST_REST_INTERNAL_H

#include <cjson/cJSON.h>

#include <sojourn/base/list.h>
#include <sojourn/base/text.h>
#include <sojourn/http.h>

#include "host/core/node.h"
#include "host/record/catalog.h"
#include "host/rest/rest.h"

#define REST_PREFIX "/api/v1/"

struct rest {
    struct node *node;
    const struct sj_catalog *catalog;
    struct rest_logins *logins;
    struct rest_applies *applies;
    sj_list_head streams;          /* of live events */
    sj_metric *kept_bytes;         /* of those events */
    size_t held_count, held_bytes; /* answers that wait for the disk (durable_reply.h) */
    sj_list_head once;             /* commands with an Idempotency-Key (idempotency.h) */
    size_t once_count, once_bytes;
};

#endif
