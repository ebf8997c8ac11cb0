/* The query of a request: each parameter must be one that means something. */
#include "host/rest/query.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/base/nearest.h>

#include "host/record/record.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"

static bool is_among(const char *name, const char *const *also) {
    for (; *also != NULL; also++) {
        if (strcmp(name, *also) == 0) {
            return true;
        }
    }
    return false;
}

static void refuse(sj_http_request *request, const sj_record_meta *meta, const char *name,
                   const char *const *also) {
    struct sj_nearest nearest;
    char hint[SJ_NEAREST_HINT];
    sj_error error;
    sj_nearest_begin(&nearest, name);
    for (; *also != NULL; also++) {
        sj_nearest_offer(&nearest, *also);
    }
    for (size_t i = 0; meta != NULL && i < meta->fields_count; i++) {
        sj_nearest_offer(&nearest, meta->fields[i].name);
    }
    (void)sj_error_field(&error, SJ_E_INVALID, name, "the query has an unknown parameter \"%s\"%s",
                         name, sj_nearest_hint(&nearest, hint));
    rest_reply_error(request, &error);
}

bool rest_query_known(sj_http_request *request, const sj_record_meta *meta,
                      const char *const *also) {
    const char *at = request->query;
    while (*at != '\0') {
        size_t length = strcspn(at, "&");
        size_t name_length = strcspn(at, "=&");
        char name[96];
        (void)snprintf(name, sizeof name, "%.*s",
                       (int)(name_length < sizeof name ? name_length : sizeof name - 1), at);
        if (name_length > 0 && !is_among(name, also) &&
            (meta == NULL || sj_record_field(meta, name) == NULL)) {
            refuse(request, meta, name, also);
            return false;
        }
        at += length;
        at += *at == '&' ? 1 : 0;
    }
    return true;
}
