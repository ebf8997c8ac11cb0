/* Looks for records by name, in the store and in the changes of a test. Reads the store. */
#include "expected_names.h"

#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/sip_trunk.h"

/* The key of a partition, phone, trunk or remote cluster: the first field of each. */
static bool is_named(const sj_resource_meta *meta, const void *record, const char *name) {
    return strcmp(meta == &sj_partition_meta ? ((const sj_partition *)record)->name
                  : meta == &sj_phone_meta   ? ((const sj_phone *)record)->name
                  : meta == &sj_remote_cluster_meta
                      ? ((const sj_remote_cluster *)record)->cluster_id
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

bool expected_names_exist(const struct dna *dna, const char *field,
                          const sj_expected_route *expected, const sj_plan_change *changes,
                          size_t changes_count, char text[EXPECTED_NAMES_ROOM]) {
    const struct {
        const char *name, *value, *what;
        const sj_resource_meta *meta, *or_meta; /* one of them has it; the other may be NULL */
    } names[] = {
        {"partition", expected->partition, "no partition", &sj_partition_meta, NULL},
        {"device", expected->device, "no trunk and no phone", &sj_sip_trunk_meta, &sj_phone_meta},
        {"remote_cluster_id", expected->remote_cluster_id, "no remote cluster",
         &sj_remote_cluster_meta, NULL},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (sj_given(names[i].value) &&
            !exists(dna, names[i].meta, names[i].value, changes, changes_count) &&
            (names[i].or_meta == NULL ||
             !exists(dna, names[i].or_meta, names[i].value, changes, changes_count))) {
            (void)snprintf(text, EXPECTED_NAMES_ROOM,
                           "%s.%s: there is %s %s, neither in the plan nor in "
                           "its changes",
                           field, names[i].name, names[i].what, names[i].value);
            return false;
        }
    }
    return true;
}
