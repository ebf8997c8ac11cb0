/* Reads what a number's partition is for. It is built with the house's declarations, of which its
 * record is. */
#include <sojourn/intercom.h>

#include <string.h>

#include <sojourn/sojourn.h>

#include "resources/partition.h"

bool sj_is_intercom_number(sj_scope *scope, const char *key) {
    const char *at = strchr(key, '@');
    sj_partition *partition = NULL;
    const bool is = at != NULL && sj_partition_get(scope, at + 1, &partition, NULL) == SJ_OK &&
                    partition->usage == SJ_PARTITION_USAGE_INTERCOM;
    sj_record_free(scope, partition);
    return is;
}
