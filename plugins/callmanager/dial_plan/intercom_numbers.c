/* Intercom numbers. Pure. */
#include "dial_plan/intercom_numbers.h"
#include "resources/partition.h"

#include <string.h>

bool intercom_number(const struct dial_plan *plan, const char *key) {
    const char *at = strchr(key, '@');
    const sj_partition *partition = at == NULL ? NULL : dial_plan_get(plan, PLAN_PARTITION, at + 1);
    return partition != NULL && partition->usage == SJ_PARTITION_USAGE_INTERCOM;
}
