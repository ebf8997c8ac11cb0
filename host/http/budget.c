/* What clients hold, by source (budget.h). */
#include "budget.h"

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

/* Whose sources meet in one bucket only makes a list longer by their number of connections, which is bounded. */
static struct http_source **bucket_of(struct http_budget *budget, const unsigned char key[16]) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < 16; i++) {
        hash = (hash ^ key[i]) * 16777619u;
    }
    return &budget->buckets[hash % SJ_BUDGET_BUCKETS];
}

struct http_source *sj_budget_enter(struct http_budget *budget, const sj_address *peer) {
    unsigned char key[16];
    struct http_source **bucket, *source;
    key_of(peer, key);
    bucket = bucket_of(budget, key);
    for (source = *bucket; source != NULL && memcmp(source->key, key, sizeof key) != 0;) {
        source = source->next;
    }
    if (source == NULL) {
        source = calloc(1, sizeof *source);
        if (source == NULL) {
            return NULL;
        }
        memcpy(source->key, key, sizeof key);
        source->next = *bucket;
        *bucket = source;
    }
    source->connections++;
    return source;
}

void sj_budget_leave(struct http_budget *budget, struct http_source *source) {
    struct http_source **link = bucket_of(budget, source->key);
    if (--source->connections > 0) {
        return;
    }
    while (*link != source) {
        link = &(*link)->next;
    }
    *link = source->next;
    free(source);
}

void sj_budget_hold(struct http_budget *budget, struct http_source *source, size_t before, size_t now) {
    source->bytes += now - before; /* wraps round and back when it becomes less */
    budget->bytes += now - before;
}
