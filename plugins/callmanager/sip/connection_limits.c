/* Shares of connections by source. No input or output. */
#include "sip/connection_limits.h"

#include <sojourn/base/hash.h>

#include <stdlib.h>
#include <string.h>

struct connection_source {
    sj_map_link link;
    unsigned char address[17]; /* family and address; of IPv6 the first 64 bits */
    size_t connections, unproved, bytes;
};

static void name(const sj_address *address, unsigned char text[17]) {
    memset(text, 0, 17);
    text[0] = (unsigned char)address->any.sa_family;
    if (address->any.sa_family == AF_INET6) {
        memcpy(text + 1, &address->v6.sin6_addr, 8);
    } else {
        memcpy(text + 1, &address->v4.sin_addr, 4);
    }
}

struct connection_source *connection_limits_add(struct connection_limits *limits,
                                                const sj_address *address) {
    unsigned char text[17];
    struct connection_source *source = NULL;
    name(address, text);
    const uint64_t hash = sj_hash_keyed(text, sizeof text);
    SJ_MAP_EACH_OF(entry, &limits->sources, hash, struct connection_source, link) {
        if (memcmp(entry->address, text, sizeof text) == 0) {
            source = entry;
            break;
        }
    }
    if (limits->unproved >= CONNECTIONS_UNPROVED ||
        (source != NULL && source->unproved >= CONNECTIONS_UNPROVED_OF_SOURCE)) {
        return NULL;
    }
    if (source == NULL) {
        source = calloc(1, sizeof *source);
        if (source == NULL) {
            return NULL;
        }
        memcpy(source->address, text, sizeof text);
        sj_map_add(&limits->sources, &source->link, hash);
    }
    source->connections++;
    source->unproved++;
    limits->unproved++;
    return source;
}

void connection_limits_prove(struct connection_limits *limits, struct connection_source *source) {
    source->unproved--;
    limits->unproved--;
}

bool connection_limits_keep(struct connection_limits *limits, struct connection_source *source,
                            size_t bytes) {
    if (limits->bytes + bytes > CONNECTION_BYTES ||
        source->bytes + bytes > CONNECTION_BYTES_OF_SOURCE) {
        return false;
    }
    source->bytes += bytes;
    limits->bytes += bytes;
    return true;
}

void connection_limits_let_go(struct connection_limits *limits, struct connection_source *source,
                              size_t bytes) {
    source->bytes -= bytes;
    limits->bytes -= bytes;
}

void connection_limits_remove(struct connection_limits *limits, struct connection_source *source,
                              bool proved) {
    if (!proved) {
        connection_limits_prove(limits, source);
    }
    if (--source->connections == 0) {
        (void)sj_map_remove(&limits->sources, &source->link);
        free(source);
    }
}

void connection_limits_free(struct connection_limits *limits) {
    for (sj_map_link *link; (link = sj_map_take_any(&limits->sources)) != NULL;) {
        free(SJ_OWNER(link, struct connection_source, link));
    }
    sj_map_clear(&limits->sources);
}
