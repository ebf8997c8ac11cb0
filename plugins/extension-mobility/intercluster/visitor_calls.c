/* Calls under their owners, and by phone. */
#include "intercluster/visitor_calls.h"

#include <stdlib.h>

struct owner {
    sj_map_link by_name;
    sj_list_head calls;
    char name[EM_OWNER_ROOM], instance[EM_INSTANCE_ROOM];
};

struct call {
    sj_list_link link; /* of its owner */
    sj_map_link by_device;
    struct owner *owner;
    char device_name[EM_DEVICE_ROOM], other_device[EM_DEVICE_ROOM], call_id[EM_CALL_ID_ROOM];
};

static struct owner *find_owner(const struct em_visitor_calls *calls, const char *name) {
    SJ_MAP_EACH_OF(one, &calls->owners, sj_hash_keyed_text(name), struct owner, by_name) {
        if (strcmp(one->name, name) == 0) {
            return one;
        }
    }
    return NULL;
}

static struct call *find_call(struct owner *owner, const char *call_id) {
    SJ_LIST_EACH(one, &owner->calls, struct call, link) {
        if (strcmp(one->call_id, call_id) == 0) {
            return one;
        }
    }
    return NULL;
}

static void free_call(struct em_visitor_calls *calls, struct call *one) {
    sj_list_remove(&one->link);
    (void)sj_map_remove(&calls->by_device, &one->by_device);
    free(one);
}

static void free_calls(struct em_visitor_calls *calls, struct owner *owner) {
    SJ_LIST_EACH(one, &owner->calls, struct call, link) {
        free_call(calls, one);
    }
}

static void free_owner(struct em_visitor_calls *calls, struct owner *owner) {
    free_calls(calls, owner);
    (void)sj_map_remove(&calls->owners, &owner->by_name);
    free(owner);
}

/* Made when it is not known. NULL: out of memory. */
static struct owner *owner_of(struct em_visitor_calls *calls,
                              const struct em_visitor_call_key *key) {
    struct owner *owner = find_owner(calls, key->owner);
    if (owner == NULL) {
        owner = calloc(1, sizeof *owner);
        if (owner == NULL) {
            return NULL;
        }
        em_copy(owner->name, key->owner);
        sj_map_add(&calls->owners, &owner->by_name, sj_hash_keyed_text(owner->name));
    }
    if (strcmp(owner->instance, key->instance) != 0) {
        free_calls(calls, owner);
        em_copy(owner->instance, key->instance);
    }
    return owner;
}

static size_t count_of(const struct em_visitor_calls *calls, const char *device_name) {
    size_t count = 0;
    SJ_MAP_EACH_OF(one, &calls->by_device, sj_hash_keyed_text(device_name), struct call,
                   by_device) {
        count += strcmp(one->device_name, device_name) == 0;
    }
    return count;
}

enum em_visitor_call_added em_visitor_calls_add(struct em_visitor_calls *calls,
                                                const struct em_visitor_call_key *key,
                                                const char *device_name, const char *other_device) {
    struct owner *owner = owner_of(calls, key);
    if (owner == NULL) {
        return EM_VISITOR_CALL_NO_MEMORY;
    }
    if (find_call(owner, key->call_id) != NULL) {
        return EM_VISITOR_CALL_KNOWN;
    }
    const bool full = count_of(calls, device_name) >= EM_VISITOR_CALLS_MOST;
    struct call *one = full ? NULL : calloc(1, sizeof *one);
    if (one == NULL) {
        if (sj_list_first(&owner->calls) == NULL) {
            free_owner(calls, owner);
        }
        return full ? EM_VISITOR_CALL_TOO_MANY : EM_VISITOR_CALL_NO_MEMORY;
    }
    one->owner = owner;
    em_copy(one->device_name, device_name);
    em_copy(one->other_device, other_device);
    em_copy(one->call_id, key->call_id);
    sj_list_add_last(&owner->calls, &one->link);
    sj_map_add(&calls->by_device, &one->by_device, sj_hash_keyed_text(one->device_name));
    return EM_VISITOR_CALL_ADDED;
}

void em_visitor_calls_remove(struct em_visitor_calls *calls, const char *owner,
                             const char *call_id) {
    struct owner *found = find_owner(calls, owner);
    struct call *one = found != NULL ? find_call(found, call_id) : NULL;
    if (one != NULL) {
        free_call(calls, one);
    }
    if (found != NULL && sj_list_first(&found->calls) == NULL) {
        free_owner(calls, found);
    }
}

void em_visitor_calls_forget(struct em_visitor_calls *calls, const char *owner) {
    struct owner *found = find_owner(calls, owner);
    if (found != NULL) {
        free_owner(calls, found);
    }
}

bool em_visitor_calls_of(const struct em_visitor_calls *calls, const char *device_name,
                         struct em_visitor_call_key *key) {
    sj_map_place at = {0};
    for (sj_map_link *link; (link = sj_map_walk(&calls->by_device, &at)) != NULL;) {
        const struct call *one = SJ_OWNER(link, struct call, by_device);
        if (strcmp(one->device_name, device_name) == 0 ||
            strcmp(one->other_device, device_name) == 0) {
            *key =
                (struct em_visitor_call_key){one->owner->name, one->owner->instance, one->call_id};
            return true;
        }
    }
    return false;
}

void em_visitor_calls_clear(struct em_visitor_calls *calls) {
    for (sj_map_link *link; (link = sj_map_take_any(&calls->owners)) != NULL;) {
        struct owner *owner = SJ_OWNER(link, struct owner, by_name);
        free_calls(calls, owner);
        free(owner);
    }
    sj_map_clear(&calls->owners);
    sj_map_clear(&calls->by_device);
}
