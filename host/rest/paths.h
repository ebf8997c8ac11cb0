/* What there is below /api/v1, and by which methods: the one list from which requests find their
 * handler, refusals their Allow, and the index and the OpenAPI document their paths. */
#ifndef HOST_REST_PATHS_H
#define HOST_REST_PATHS_H

#include <sojourn/base/text.h>
#include <sojourn/http.h>
#include <sojourn/schema.h>

struct rest;

enum rest_methods { /* a HEAD is answered wherever a GET is */
                    REST_GET = 1u << 0,
                    REST_POST = 1u << 1,
                    REST_PUT = 1u << 2,
                    REST_PATCH = 1u << 3,
                    REST_DELETE = 1u << 4,
};

/* A path that is there whatever is declared. */
struct rest_path {
    const char *word;  /* "" is the index */
    const char *below; /* what follows it, as a template ("{service}/{symbol}"), or "" */
    const char *title;
    unsigned methods;
    bool takes_query;
    void (*handle)(struct rest *rest, sj_http_request *request, const char *below);
};

/* NULL: there is none of this word that has something below, or nothing. */
const struct rest_path *rest_path_find(const char *word, bool below);
/* The nth, NULL behind the last. */
const struct rest_path *rest_path_at(size_t index);

/* The methods of a resource's list, and of one record. */
unsigned rest_list_methods(const sj_resource_meta *meta);
unsigned rest_record_methods(const sj_resource_meta *meta);

/* "GET, HEAD, POST" */
void rest_methods_text(unsigned methods, sj_text *out);
/* Is the request's method among them? False after the reply 405. `subject`: what stands before the
 * sentence, or "". */
bool rest_method_fits(sj_http_request *request, unsigned methods, const char *subject);

/* Calls for each path, as a template from /api/v1 on ("/phones/{key}"): the fixed ones, those of
 * resources, those of commands. */
void rest_each_path(const struct rest *rest,
                    void (*visit)(void *user, const char *path, const char *title,
                                  unsigned methods),
                    void *user);

#endif
