/* All declarations that a node knows. */
#include "host/record/catalog.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

/* The arrays of a set end with NULL and may be missing. */
#define AT(member)                                                                                 \
    for (size_t s = 0; s < catalog->count; s++) {                                                  \
        for (size_t i = 0;                                                                         \
             catalog->schemas[s]->member != NULL && catalog->schemas[s]->member[i] != NULL; i++) { \
            if (index-- == 0) {                                                                    \
                return catalog->schemas[s]->member[i];                                             \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    return NULL

const sj_resource_meta *sj_catalog_resource_at(const struct sj_catalog *catalog, size_t index) {
    AT(resources);
}

const sj_param_meta *sj_catalog_param_at(const struct sj_catalog *catalog, size_t index) {
    AT(params);
}

const sj_request_meta *sj_catalog_request_at(const struct sj_catalog *catalog, size_t index) {
    AT(requests);
}

const sj_record_meta *sj_catalog_event_at(const struct sj_catalog *catalog, size_t index) {
    AT(events);
}

#define FIND(type, member, condition)                                                              \
    for (size_t s = 0; s < catalog->count; s++) {                                                  \
        const type *const *items = catalog->schemas[s]->member;                                    \
        for (const type *item; items != NULL && (item = *items) != NULL; items++) {                \
            if (condition) {                                                                       \
                return item;                                                                       \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    return NULL

const sj_resource_meta *sj_catalog_resource(const struct sj_catalog *catalog, const char *name) {
    FIND(sj_resource_meta, resources, strcmp(item->record->name, name) == 0);
}

const sj_resource_meta *sj_catalog_plural(const struct sj_catalog *catalog, const char *plural) {
    FIND(sj_resource_meta, resources, strcmp(item->plural, plural) == 0);
}

const sj_record_meta *sj_catalog_event(const struct sj_catalog *catalog, const char *name) {
    FIND(sj_record_meta, events, strcmp(item->name, name) == 0);
}

const sj_request_meta *sj_catalog_command(const struct sj_catalog *catalog, const char *command) {
    FIND(sj_request_meta, requests, command[0] != '\0' && strcmp(item->command, command) == 0);
}

const sj_param_meta *sj_catalog_param(const struct sj_catalog *catalog, const char *service,
                                      const char *name) {
    FIND(sj_param_meta, params,
         strcmp(item->service, service) == 0 &&
             (strcmp(item->symbol, name) == 0 || strcmp(item->field.title, name) == 0 ||
              strcmp(item->field.name, name) == 0));
}

const sj_param_meta *sj_catalog_service(const struct sj_catalog *catalog, const char *service) {
    FIND(sj_param_meta, params, strcmp(item->service, service) == 0);
}

static bool same_shape(const sj_record_meta *a, const sj_record_meta *b) {
    return a->fields_count == b->fields_count &&
           a->fingerprints[a->fields_count] == b->fingerprints[b->fields_count];
}

int sj_catalog_add(struct sj_catalog *catalog, const sj_schema *schema, sj_error *error) {
    for (size_t i = 0; schema->resources != NULL && schema->resources[i] != NULL; i++) {
        const sj_resource_meta *mine = schema->resources[i];
        const sj_resource_meta *known = sj_catalog_resource(catalog, mine->record->name);
        if (known != NULL && !same_shape(known->record, mine->record)) {
            return sj_error_set(error, SJ_E_EXISTS,
                                "the declarations \"%s\" hold a resource %s, which is already "
                                "declared with other fields",
                                schema->name, mine->record->name);
        }
    }
    if (!sj_array_room(&catalog->schemas, &catalog->room, catalog->count + 1, sizeof(void *))) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the declarations \"%s\"",
                            schema->name);
    }
    catalog->schemas[catalog->count++] = schema;
    return SJ_OK;
}

void sj_catalog_remove(struct sj_catalog *catalog, const sj_schema *schema) {
    for (size_t i = 0; i < catalog->count; i++) {
        if (catalog->schemas[i] == schema) {
            memmove(&catalog->schemas[i], &catalog->schemas[i + 1],
                    (catalog->count - i - 1) * sizeof(void *));
            catalog->count--;
            return;
        }
    }
}

void sj_catalog_free(struct sj_catalog *catalog) {
    free(catalog->schemas);
    catalog->schemas = NULL;
    catalog->count = catalog->room = 0;
}
