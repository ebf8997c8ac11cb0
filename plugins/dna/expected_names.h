/* Whether what a test names is there: a call that must not go to a gateway of that name never does
 * when there is none. */
#ifndef DNA_EXPECTED_NAMES_H
#define DNA_EXPECTED_NAMES_H

#include <sojourn/base/nearest.h>

#include "dna.h"
#include "parts/expected_route.h"

enum { EXPECTED_NAMES_ROOM = 400 };

/* Of a partition, phone, trunk or remote cluster: it is there, or comes with the changes. */
bool named_record_exists(const struct dna *dna, const sj_resource_meta *meta, const char *name,
                         const sj_plan_change *changes, size_t count);
/* Of a name that is not: " (did you mean X?)", or "". `or_meta`: another resource; or NULL. */
const char *named_record_hint(const struct dna *dna, const sj_resource_meta *meta,
                              const sj_resource_meta *or_meta, const char *name,
                              char hint[SJ_NEAREST_HINT]);

/* The partition, device and cluster that are expected are records, or come with the changes. False:
 * `text` says which is not there. `field`: "must" or "must_not". */
bool expected_names_exist(const struct dna *dna, const char *field,
                          const sj_expected_route *expected, const sj_plan_change *changes,
                          size_t changes_count, char text[EXPECTED_NAMES_ROOM]);

#endif
