/* Which record a change was made for: its ETag, and whether If-Match names it. */
#include "host/rest/etag.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/base/hash.h>

#include "host/http/server.h"
#include "host/rest/reply.h"

/* A hash of the representation, quoted. */
void rest_etag(const sj_text *json, char out[REST_ETAG]) {
    const uint64_t hash = sj_hash_bytes(json->data, json->length);
    (void)snprintf(out, REST_ETAG, "\"%016llx\"", (unsigned long long)hash);
}

/* One of the tags of a list such as `"a", "b"`. */
static bool lists_tag(const char *list, const char *tag) {
    const size_t length = strlen(tag);
    while (*list != '\0') {
        list += strspn(list, " \t,");
        if (strncmp(list, tag, length) == 0 && strchr(" \t,", list[length]) != NULL) {
            return true;
        }
        list += strcspn(list, ",");
    }
    return false;
}

bool rest_if_match(sj_http_request *request, const sj_text *json) {
    const char *wanted = sj_host_http_header(request, "If-Match");
    char etag[REST_ETAG];
    if (wanted == NULL || (json != NULL && strcmp(wanted, "*") == 0)) {
        return true;
    }
    if (json != NULL) {
        rest_etag(json, etag);
        if (lists_tag(wanted, etag)) {
            return true;
        }
    }
    rest_reply_status(request, 412,
                      "what is stored is not what If-Match says: it was changed meanwhile");
    return false;
}
