/* What no declaration can say of a record. */
#ifndef HOST_STORE_RULES_H
#define HOST_STORE_RULES_H

#include <sojourn/schema.h>

#include "host/record/problems.h"

struct store;

/* The rules of every record, or (given) those of what people give. */
void store_check_rules(struct store *store, const sj_resource_meta *meta, const void *record,
                       const struct sj_path *path, struct sj_problems *problems, bool given);

#endif
