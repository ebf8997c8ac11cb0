/* Connections and the beginnings of messages that are kept for them, by source: whoever has not
 * shown yet that it belongs here has a small share, and all of those together have one. No input or
 * output. */
#ifndef CALLMANAGER_CONNECTION_LIMITS_H
#define CALLMANAGER_CONNECTION_LIMITS_H

#include <sojourn/base/map.h>
#include <sojourn/types.h>

enum {
    CONNECTIONS_UNPROVED = 8192,          /* that have not shown that they belong here */
    CONNECTIONS_UNPROVED_OF_SOURCE = 256, /* of one address */
    CONNECTION_BYTES = 64 * 1024 * 1024,  /* of unfinished messages, all together */
    CONNECTION_BYTES_OF_SOURCE = 2 * 1024 * 1024,
};

struct connection_limits {
    sj_map sources;
    size_t unproved, bytes;
};

/* What one source holds; freed with its last connection. */
struct connection_source;

/* A new connection; NULL when that address, or all together, have too many that are unproved, or
 * there is no memory. */
struct connection_source *connection_limits_add(struct connection_limits *limits,
                                                const sj_address *address);
/* It belongs here: it counts no more among the unproved. */
void connection_limits_prove(struct connection_limits *limits, struct connection_source *source);
/* Whether it may keep so many bytes more. */
bool connection_limits_keep(struct connection_limits *limits, struct connection_source *source,
                            size_t bytes);
void connection_limits_let_go(struct connection_limits *limits, struct connection_source *source,
                              size_t bytes);
/* The connection was closed; its bytes have been released. */
void connection_limits_remove(struct connection_limits *limits, struct connection_source *source,
                              bool proved);
void connection_limits_free(struct connection_limits *limits);

#endif
