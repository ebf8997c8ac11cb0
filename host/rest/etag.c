/* What a request was made for: ETags, and whether its If-Match and If-None-Match hold. */
#include "host/rest/etag.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/hash.h>

#include "host/rest/reply.h"

/* A hash of the representation, quoted. */
void rest_etag(const sj_text *json, char out[REST_ETAG]) {
    const uint64_t hash = sj_hash_bytes(json->data, json->length);
    (void)snprintf(out, REST_ETAG, "\"%016llx\"", (unsigned long long)hash);
}

void rest_weak_etag(const sj_text *json, char out[REST_ETAG]) {
    char strong[REST_ETAG];
    rest_etag(json, strong);
    (void)snprintf(out, REST_ETAG, "W/%.20s", strong);
}

static const char *without_weakness(const char *tag) {
    return strncmp(tag, "W/", 2) == 0 ? tag + 2 : tag;
}

/* One of the tags of a list such as `"a", W/"b"`. The weak comparison sees no difference between a
 * tag and its weak form; in the strong one nothing is equal to a weak tag. */
static bool lists_tag(const char *list, const char *tag, bool weak) {
    tag = weak ? without_weakness(tag) : tag;
    const size_t length = strlen(tag);
    while (*list != '\0') {
        list += strspn(list, " \t,");
        list = weak ? without_weakness(list) : list;
        if (strncmp(list, tag, length) == 0 && strchr(" \t,", list[length]) != NULL) {
            return true;
        }
        list += strcspn(list, ",");
    }
    return false;
}

enum condition { NOT_GIVEN, NAMED, NOT_NAMED };

/* Whether the headers of this name, which may be several (RFC 9110 5.3), name what is there; `tag`
 * NULL: nothing is. */
static enum condition read_condition(const sj_http_request *request, const char *name,
                                     const char *tag, bool weak) {
    enum condition condition = NOT_GIVEN;
    for (size_t i = 0; i < request->headers_count; i++) {
        const sj_http_header *header = &request->headers[i];
        if (strcasecmp(header->name, name) != 0) {
            continue;
        }
        if (tag != NULL &&
            (strcmp(header->value, "*") == 0 || lists_tag(header->value, tag, weak))) {
            return NAMED;
        }
        condition = NOT_NAMED;
    }
    return condition;
}

bool rest_conditions_hold(sj_http_request *request, const sj_text *json) {
    char room[REST_ETAG];
    const char *etag = json != NULL ? room : NULL;
    if (json != NULL) {
        rest_etag(json, room);
    }
    if (read_condition(request, "If-Match", etag, false) == NOT_NAMED) {
        rest_reply_status(request, 412,
                          "what is stored is not what If-Match says: it was changed meanwhile");
        return false;
    }
    if (read_condition(request, "If-None-Match", etag, true) == NAMED) {
        rest_reply_status(request, 412,
                          "what If-None-Match excludes is stored: it is there already");
        return false;
    }
    return true;
}

bool rest_client_has(const sj_http_request *request, const char *etag) {
    return read_condition(request, "If-None-Match", etag, true) == NAMED;
}
