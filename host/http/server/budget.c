/* What clients hold, by source. */
#include "host/http/server/budget.h"

#include <stdlib.h>
#include <string.h>

static void key_of(const sj_address *peer, unsigned char key[16]) {
    memset(key, 0, 16);
    if (peer->any.sa_family == AF_INET6) {
        memcpy(key, &peer->v6.sin6_addr, 8);
        key[15] = 6;
    } else if (peer->any.sa_family == AF_INET) {
        memcpy(key, &peer->v4.sin_addr, 4);
        key[15] = 4;
    }
}

static struct http_source *find(const struct http_budget *budget, const unsigned char key[16],
                                uint64_t hash) {
    SJ_MAP_EACH_OF(source, &budget->sources, hash, struct http_source, by_key) {
        if (memcmp(source->key, key, sizeof source->key) == 0) {
            return source;
        }
    }
    return NULL;
}

struct http_source *sj_budget_enter(struct http_budget *budget, const sj_address *peer) {
    unsigned char key[16];
    key_of(peer, key);
    const uint64_t hash = sj_hash_keyed(key, sizeof key);
    struct http_source *source = find(budget, key, hash);
    if (source == NULL) {
        source = calloc(1, sizeof *source);
        if (source == NULL) {
            return NULL;
        }
        memcpy(source->key, key, sizeof key);
        sj_map_add(&budget->sources, &source->by_key, hash);
    }
    source->connections++;
    return source;
}

void sj_budget_release(struct http_budget *budget, struct http_source *source) {
    if (--source->connections > 0) {
        return;
    }
    (void)sj_map_remove(&budget->sources, &source->by_key);
    free(source);
    if (budget->sources.count == 0) {
        sj_map_clear(&budget->sources);
    }
}

void sj_budget_hold(struct http_budget *budget, struct http_source *source, size_t before,
                    size_t now) {
    source->bytes += now - before; /* wraps round and back when it becomes less */
    budget->bytes += now - before;
}
