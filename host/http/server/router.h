/* Which handler a method and path lead to. Pure. */
#ifndef SJ_HOST_HTTP_SERVER_ROUTER_H
#define SJ_HOST_HTTP_SERVER_ROUTER_H

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

#define SJ_ALLOW_TEXT 128

struct router_entry {
    sj_map_link by_path; /* of the exact ones */
    sj_list_link link;   /* of the prefixes */
    char *path;          /* without the asterisk */
    size_t length;
    char method[24];
    void *value;
};

struct router {
    sj_map exact;
    sj_list_head prefixes; /* longest first */
};

/* `path` is exact, or a prefix when it ends with a slash and an asterisk. SJ_E_INVALID,
 * SJ_E_EXISTS, SJ_E_NO_MEMORY. */
int sj_router_add(struct router *router, const char *method, const char *path, void *value);
void sj_router_remove(struct router *router, const void *value);

/* The value, or NULL; then `allow` lists the methods that the path knows ("" when it is unknown).
 * An exact path goes before a prefix, a long prefix before a short one; HEAD falls back to GET. */
void *sj_router_find(const struct router *router, const char *method, const char *path,
                     char allow[SJ_ALLOW_TEXT]);

#endif
