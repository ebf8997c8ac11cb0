/* All declarations that a node knows: the built-in ones and those that plugins bring along.
 * Plugins hold copies of the built-in metadata; here each name stands once. Touches nothing but
 * memory. */
#ifndef HOST_RECORD_CATALOG_H
#define HOST_RECORD_CATALOG_H

#include <sojourn/error.h>
#include <sojourn/schema.h>

struct sj_catalog {
    const sj_schema **schemas;
    size_t count, room;
};

/* SJ_E_EXISTS when it declares a name that another set has, with another shape. */
int sj_catalog_add(struct sj_catalog *catalog, const sj_schema *schema, sj_error *error);
void sj_catalog_remove(struct sj_catalog *catalog, const sj_schema *schema);
void sj_catalog_free(struct sj_catalog *catalog);

const sj_resource_meta *sj_catalog_resource(const struct sj_catalog *catalog, const char *name);
const sj_resource_meta *sj_catalog_plural(const struct sj_catalog *catalog, const char *plural);
const sj_record_meta *sj_catalog_event(const struct sj_catalog *catalog, const char *name);
/* By the words of its command, "phone reset". */
const sj_request_meta *sj_catalog_command(const struct sj_catalog *catalog, const char *command);
/* By service and symbol or printed name. */
const sj_param_meta *sj_catalog_param(const struct sj_catalog *catalog, const char *service,
                                      const char *name);

/* All of a kind, in the order in which they were added: index from 0, NULL behind the last. */
const sj_resource_meta *sj_catalog_resource_at(const struct sj_catalog *catalog, size_t index);
/* The first parameter of a service; NULL: there is no service that has some and is called so. */
const sj_param_meta *sj_catalog_service(const struct sj_catalog *catalog, const char *service);
const sj_param_meta *sj_catalog_param_at(const struct sj_catalog *catalog, size_t index);
const sj_request_meta *sj_catalog_request_at(const struct sj_catalog *catalog, size_t index);
const sj_record_meta *sj_catalog_event_at(const struct sj_catalog *catalog, size_t index);

#endif
