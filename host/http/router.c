/* Which handler a method and path lead to. Pure. */
#include "router.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/error.h>

static size_t bucket_of(const char *path, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)path[i]) * 16777619u;
    }
    return hash % SJ_ROUTER_BUCKETS;
}

static bool same(const struct router_entry *entry, const char *path, size_t length) {
    return entry->length == length && memcmp(entry->path, path, length) == 0;
}

int sj_router_add(struct router *router, const char *method, const char *path, void *value) {
    size_t length = strlen(path);
    bool prefix = length >= 2 && strcmp(path + length - 2, "/*") == 0;
    struct router_entry **list;
    struct router_entry *entry;
    if (path[0] != '/' || method[0] == '\0' || strlen(method) >= sizeof entry->method ||
        strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != strlen(method)) {
        return SJ_E_INVALID;
    }
    length -= prefix;
    list = prefix ? &router->prefixes : &router->exact[bucket_of(path, length)];
    for (entry = *list; entry != NULL; entry = entry->next) {
        if (same(entry, path, length) && strcmp(entry->method, method) == 0) {
            return SJ_E_EXISTS;
        }
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
    while (prefix && *list != NULL && (*list)->length > length) {
        list = &(*list)->next;
    }
    entry->next = *list;
    *list = entry;
    return SJ_OK;
}

static void remove_from(struct router_entry **list, const void *value) {
    while (*list != NULL) {
        struct router_entry *entry = *list;
        if (entry->value == value) {
            *list = entry->next;
            free(entry->path);
            free(entry);
        } else {
            list = &entry->next;
        }
    }
}

void sj_router_remove(struct router *router, const void *value) {
    for (size_t i = 0; i < SJ_ROUTER_BUCKETS; i++) {
        remove_from(&router->exact[i], value);
    }
    remove_from(&router->prefixes, value);
}

static void add_method(char allow[SJ_ALLOW_TEXT], const char *method) {
    size_t used = strlen(allow);
    if (strstr(allow, method) == NULL) {
        (void)snprintf(allow + used, SJ_ALLOW_TEXT - used, "%s%s%s", used > 0 ? ", " : "", method,
                       strcmp(method, "GET") == 0 ? ", HEAD" : "");
    }
}

/* Looks through one list; what fits the path but not the method goes into `allow`. */
static void *look(struct router_entry *entry, bool prefix, const char *method, const char *path, size_t length,
                  char allow[SJ_ALLOW_TEXT]) {
    void *fallback = NULL;
    bool head = strcmp(method, "HEAD") == 0;
    for (; entry != NULL; entry = entry->next) {
        if (prefix ? length >= entry->length && memcmp(path, entry->path, entry->length) == 0 : same(entry, path, length)) {
            if (strcmp(entry->method, method) == 0) {
                return entry->value;
            }
            if (head && fallback == NULL && strcmp(entry->method, "GET") == 0) {
                fallback = entry->value;
            }
            add_method(allow, entry->method);
        }
    }
    return fallback;
}

void *sj_router_find(const struct router *router, const char *method, const char *path, char allow[SJ_ALLOW_TEXT]) {
    size_t length = strlen(path);
    void *value;
    allow[0] = '\0';
    value = look(router->exact[bucket_of(path, length)], false, method, path, length, allow);
    return value != NULL ? value : look(router->prefixes, true, method, path, length, allow);
}
