/* What clients of the HTTP servers may hold before anything is known of them: connections, and the
 * bytes of requests that are not complete, by source (an address; of IPv6 its network of 64 bits)
 * and all together. Pure. */
#ifndef SJ_HOST_HTTP_SERVER_BUDGET_H
#define SJ_HOST_HTTP_SERVER_BUDGET_H

#include <sojourn/base/map.h>
#include <sojourn/types.h>

enum {
    SJ_BUDGET_SOURCE_CONNECTIONS = 5000,
    SJ_BUDGET_SOURCE_BYTES = 16 << 20,
    SJ_BUDGET_BYTES = 64 << 20
};

struct http_source {
    sj_map_link by_key;
    size_t connections, bytes;
    unsigned char key[16];
};

struct http_budget {
    sj_map sources;
    size_t bytes;
};

/* One connection more of the source; NULL when out of memory. */
struct http_source *sj_budget_enter(struct http_budget *budget, const sj_address *peer);
void sj_budget_release(struct http_budget *budget, struct http_source *source);
/* What one of its connections holds has changed. */
void sj_budget_hold(struct http_budget *budget, struct http_source *source, size_t before,
                    size_t now);

#endif
