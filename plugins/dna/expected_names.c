/* Looks for records by name, in the store and in the changes of a test. Reads the store. */
#include "expected_names.h"

#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/sip_trunk.h"

/* The name of a partition, phone or trunk: the first field of each. */
static bool is_named(const sj_resource_meta *meta, const void *record, const char *name) {
    return strcmp(meta == &sj_partition_meta ? ((const sj_partition *)record)->name
                  : meta == &sj_phone_meta   ? ((const sj_phone *)record)->name
                                             : ((const sj_sip_trunk *)record)->name,
                  name) == 0;
}

static bool is_stored(const struct dna *dna, const sj_resource_meta *meta, const char *name) {
    void *record = NULL;
    const bool found = dna->scope->host->store_get(dna->scope, meta, name, &record, NULL) == SJ_OK;
    sj_record_free(dna->scope, record);
    return found;
}

static bool is_changed(const struct dna *dna, const sj_resource_meta *meta, const char *name,
                       const sj_plan_change *changes, size_t count) {
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        const sj_plan_change *change = &changes[i];
        void *record = NULL;
        if (sj_given(change->record) &&
            (strcmp(change->resource, meta->record->name) == 0 ||
             strcmp(change->resource, meta->plural) == 0) &&
            dna->scope->host->record_from_json(meta->record, change->record, strlen(change->record),
                                               &record, NULL) == SJ_OK) {
            found = is_named(meta, record, name);
            sj_record_free(dna->scope, record);
        }
    }
    return found;
}

static bool exists(const struct dna *dna, const sj_resource_meta *meta, const char *name,
                   const sj_plan_change *changes, size_t count) {
    return is_stored(dna, meta, name) || is_changed(dna, meta, name, changes, count);
}

bool expected_names_exist(const struct dna *dna, const sj_expected_route *must_not,
                          const sj_plan_change *changes, size_t changes_count,
                          char text[EXPECTED_NAMES_ROOM]) {
    const char *partition = must_not->partition, *device = must_not->device;
    if (sj_given(partition) &&
        !exists(dna, &sj_partition_meta, partition, changes, changes_count)) {
        (void)snprintf(text, EXPECTED_NAMES_ROOM,
                       "must_not.partition: there is no partition %s, neither in the plan nor in "
                       "its changes",
                       partition);
        return false;
    }
    if (sj_given(device) && !exists(dna, &sj_sip_trunk_meta, device, changes, changes_count) &&
        !exists(dna, &sj_phone_meta, device, changes, changes_count)) {
        (void)snprintf(
            text, EXPECTED_NAMES_ROOM,
            "must_not.device: there is no trunk and no phone %s, neither in the plan nor "
            "in its changes",
            device);
        return false;
    }
    return true;
}
