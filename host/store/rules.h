/* What no declaration can say of a record. */
#ifndef HOST_STORE_RULES_H
#define HOST_STORE_RULES_H

#include <sojourn/schema.h>

#include "host/record/problems.h"
#include "rules/rules.h"

struct store;
struct store_twins;

/* The rules of one sort. `twins`: what is kept between the looks at many records; NULL: nothing. */
void store_check_rules(struct store *store, const sj_resource_meta *meta, const void *record,
                       struct store_twins *twins, const struct sj_path *path,
                       struct sj_problems *problems, enum sj_rule_of of);

#endif
