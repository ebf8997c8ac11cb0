/* Looks for records by name, in the store and in the changes of a test. Reads the store. */
#include "expected_names.h"

#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/sip_trunk.h"

enum { NAMES_LOOKED_AT = 300 };

/* The key of a partition, phone, trunk or remote cluster: the first field of each. */
static const char *name_of(const sj_resource_meta *meta, const void *record) {
    return meta == &sj_partition_meta        ? ((const sj_partition *)record)->name
           : meta == &sj_phone_meta          ? ((const sj_phone *)record)->name
           : meta == &sj_remote_cluster_meta ? ((const sj_remote_cluster *)record)->cluster_id
                                             : ((const sj_sip_trunk *)record)->name;
}

struct expected_name {
    const char *name, *value, *what;
    const sj_resource_meta *meta, *or_meta; /* one of them has it; the other may be NULL */
};

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
            found = strcmp(name_of(meta, record), name) == 0;
            sj_record_free(dna->scope, record);
        }
    }
    return found;
}

bool named_record_exists(const struct dna *dna, const sj_resource_meta *meta, const char *name,
                         const sj_plan_change *changes, size_t count) {
    return is_stored(dna, meta, name) || is_changed(dna, meta, name, changes, count);
}

/* Some of the records, for what may be meant; `list` is theirs while they are looked at. */
static void offer(const struct dna *dna, const sj_resource_meta *meta, sj_list *list,
                  struct sj_nearest *nearest) {
    const sj_query some = {.limit = NAMES_LOOKED_AT};
    if (meta != NULL &&
        dna->scope->host->store_list(dna->scope, meta, &some, list, NULL) == SJ_OK) {
        for (size_t i = 0; i < list->count; i++) {
            sj_nearest_offer(nearest, name_of(meta, list->records[i]));
        }
    }
}

const char *named_record_hint(const struct dna *dna, const sj_resource_meta *meta,
                              const sj_resource_meta *or_meta, const char *name,
                              char hint[SJ_NEAREST_HINT]) {
    sj_list list = {0}, or_list = {0};
    struct sj_nearest nearest;
    sj_nearest_begin(&nearest, name);
    offer(dna, meta, &list, &nearest);
    offer(dna, or_meta, &or_list, &nearest);
    (void)sj_nearest_hint(&nearest, hint);
    sj_list_free(dna->scope, &list);
    sj_list_free(dna->scope, &or_list);
    return hint;
}

static void say(const struct dna *dna, const char *field, const struct expected_name *name,
                char text[EXPECTED_NAMES_ROOM]) {
    char hint[SJ_NEAREST_HINT];
    (void)snprintf(text, EXPECTED_NAMES_ROOM,
                   "%s.%s: there is %s %s%s, neither in the plan nor in its changes", field,
                   name->name, name->what, name->value,
                   named_record_hint(dna, name->meta, name->or_meta, name->value, hint));
}

bool expected_names_exist(const struct dna *dna, const char *field,
                          const sj_expected_route *expected, const sj_plan_change *changes,
                          size_t changes_count, char text[EXPECTED_NAMES_ROOM]) {
    const struct expected_name names[] = {
        {"partition", expected->partition, "no partition", &sj_partition_meta, NULL},
        {"device", expected->device, "no trunk and no phone", &sj_sip_trunk_meta, &sj_phone_meta},
        {"remote_cluster_id", expected->remote_cluster_id, "no remote cluster",
         &sj_remote_cluster_meta, NULL},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (sj_given(names[i].value) &&
            !named_record_exists(dna, names[i].meta, names[i].value, changes, changes_count) &&
            (names[i].or_meta == NULL ||
             !named_record_exists(dna, names[i].or_meta, names[i].value, changes, changes_count))) {
            say(dna, field, &names[i], text);
            return false;
        }
    }
    return true;
}
