/* Which handler a method and path lead to. Pure. */
#include "host/http/server/router.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/error.h>

static bool same(const struct router_entry *entry, const char *path, size_t length) {
    return entry->length == length && memcmp(entry->path, path, length) == 0;
}

static bool exists(const struct router *router, bool prefix, const char *method, const char *path,
                   size_t length) {
    if (prefix) {
        SJ_LIST_EACH(entry, &router->prefixes, const struct router_entry, link) {
            if (same(entry, path, length) && strcmp(entry->method, method) == 0) {
                return true;
            }
        }
        return false;
    }
    SJ_MAP_EACH_OF(entry, &router->exact, sj_hash_keyed(path, length), const struct router_entry,
                   by_path) {
        if (same(entry, path, length) && strcmp(entry->method, method) == 0) {
            return true;
        }
    }
    return false;
}

/* Before the first that is not longer. */
static void add_prefix(struct router *router, struct router_entry *added) {
    SJ_LIST_EACH(entry, &router->prefixes, struct router_entry, link) {
        if (entry->length <= added->length) {
            sj_list_add_before(&entry->link, &added->link);
            return;
        }
    }
    sj_list_add_last(&router->prefixes, &added->link);
}

int sj_router_add(struct router *router, const char *method, const char *path, void *value) {
    size_t length = strlen(path);
    bool prefix = length >= 2 && strcmp(path + length - 2, "/*") == 0;
    struct router_entry *entry;
    if (path[0] != '/' || method[0] == '\0' || strlen(method) >= sizeof entry->method ||
        strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != strlen(method)) {
        return SJ_E_INVALID;
    }
    length -= prefix;
    if (exists(router, prefix, method, path, length)) {
        return SJ_E_EXISTS;
    }
    entry = calloc(1, sizeof *entry);
    if (entry != NULL) {
        entry->path = strndup(path, length);
    }
    if (entry == NULL || entry->path == NULL) {
        free(entry);
        return SJ_E_NO_MEMORY;
    }
    entry->length = length;
    entry->value = value;
    (void)snprintf(entry->method, sizeof entry->method, "%s", method);
    if (prefix) {
        add_prefix(router, entry);
    } else {
        sj_map_add(&router->exact, &entry->by_path, sj_hash_keyed(path, length));
    }
    return SJ_OK;
}

static void free_entry(struct router_entry *entry) {
    free(entry->path);
    free(entry);
}

void sj_router_remove(struct router *router, const void *value) {
    sj_map_place place = {0};
    for (struct router_entry *entry; (entry = SJ_OWNER(sj_map_walk(&router->exact, &place),
                                                       struct router_entry, by_path)) != NULL;) {
        if (entry->value == value) {
            (void)sj_map_remove(&router->exact, &entry->by_path);
            free_entry(entry);
        }
    }
    SJ_LIST_EACH(entry, &router->prefixes, struct router_entry, link) {
        if (entry->value == value) {
            sj_list_remove(&entry->link);
            free_entry(entry);
        }
    }
    if (router->exact.count == 0) {
        sj_map_clear(&router->exact);
    }
}

static void add_method(char allow[SJ_ALLOW_TEXT], const char *method) {
    size_t used = strlen(allow);
    if (strstr(allow, method) == NULL) {
        (void)snprintf(allow + used, SJ_ALLOW_TEXT - used, "%s%s%s", used > 0 ? ", " : "", method,
                       strcmp(method, "GET") == 0 ? ", HEAD" : "");
    }
}

/* Looks at an entry that fits the path: the value when it has the method; else the method goes into
 * `allow`, and that of a GET into `fallback`, which answers a HEAD. */
static void *value_of(const struct router_entry *entry, const char *method,
                      char allow[SJ_ALLOW_TEXT], void **fallback) {
    if (strcmp(entry->method, method) == 0) {
        return entry->value;
    }
    if (strcmp(method, "HEAD") == 0 && *fallback == NULL && strcmp(entry->method, "GET") == 0) {
        *fallback = entry->value;
    }
    add_method(allow, entry->method);
    return NULL;
}

void *sj_router_find(const struct router *router, const char *method, const char *path,
                     char allow[SJ_ALLOW_TEXT]) {
    const size_t length = strlen(path);
    void *value, *fallback = NULL;
    allow[0] = '\0';
    SJ_MAP_EACH_OF(entry, &router->exact, sj_hash_keyed(path, length), const struct router_entry,
                   by_path) {
        if (same(entry, path, length) &&
            (value = value_of(entry, method, allow, &fallback)) != NULL) {
            return value;
        }
    }
    if (fallback != NULL) {
        return fallback;
    }
    SJ_LIST_EACH(entry, &router->prefixes, const struct router_entry, link) {
        if (length >= entry->length && memcmp(path, entry->path, entry->length) == 0 &&
            (value = value_of(entry, method, allow, &fallback)) != NULL) {
            return value;
        }
    }
    return fallback;
}
