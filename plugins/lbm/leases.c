/* Who asks for bandwidth, and for how long what it has is kept without a word from it. */
#include "reservations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lbm_owner *find_owner(const struct lbm_network *network, const char *name) {
    SJ_MAP_EACH_OF(owner, &network->owners, sj_hash_keyed_text(name), struct lbm_owner, by_name) {
        if (strcmp(owner->name, name) == 0) {
            return owner;
        }
    }
    return NULL;
}

struct lbm_owner *lbm_renew(struct lbm_network *network, const struct lbm_asker *asker) {
    struct lbm_owner *owner = find_owner(network, asker->name);
    if (owner == NULL) {
        owner = calloc(1, sizeof *owner + strlen(asker->name) + 1);
        if (owner == NULL) {
            return NULL;
        }
        memcpy(owner->name, asker->name, strlen(asker->name) + 1);
        owner->instance = strdup(asker->instance);
        if (owner->instance == NULL ||
            !sj_heap_set(&network->leases, &owner->expiry, asker->now_ms + asker->lease_ms)) {
            free(owner->instance);
            free(owner);
            return NULL;
        }
        sj_map_add(&network->owners, &owner->by_name, sj_hash_keyed_text(owner->name));
    }
    if (strcmp(owner->instance, asker->instance) != 0) {
        char *instance = strdup(asker->instance);
        if (instance == NULL) {
            return NULL;
        }
        network->expired += owner->count;
        lbm_drop_all(network, owner);
        free(owner->instance);
        owner->instance = instance;
    }
    /* What was promised before is kept: a shorter lease is known to the asker from its answer on.
     */
    if (asker->now_ms + asker->lease_ms > owner->expiry.key) {
        (void)sj_heap_set(&network->leases, &owner->expiry, asker->now_ms + asker->lease_ms);
    }
    return owner;
}

static void free_owner(struct lbm_network *network, struct lbm_owner *owner) {
    lbm_drop_all(network, owner);
    sj_heap_remove(&network->leases, &owner->expiry);
    (void)sj_map_remove(&network->owners, &owner->by_name);
    free(owner->instance);
    free(owner);
}

bool lbm_expire(struct lbm_network *network, int64_t now_ms, char name[LBM_OWNER_NAME],
                size_t *calls) {
    sj_heap_link *first = sj_heap_first(&network->leases);
    if (first == NULL || first->key > now_ms) {
        return false;
    }
    struct lbm_owner *owner = SJ_OWNER(first, struct lbm_owner, expiry);
    (void)snprintf(name, LBM_OWNER_NAME, "%s", owner->name);
    *calls = owner->count;
    network->expired += owner->count;
    free_owner(network, owner);
    return true;
}

void lbm_owners_close(struct lbm_network *network) {
    for (sj_heap_link *first; (first = sj_heap_first(&network->leases)) != NULL;) {
        free_owner(network, SJ_OWNER(first, struct lbm_owner, expiry));
    }
    sj_heap_clear(&network->leases);
    sj_map_clear(&network->owners);
}
