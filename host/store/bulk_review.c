/* What others change while a large change is prepared, and whether it stands in the way (bulk.h).
 */
#include "host/store/bulk_review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/record/record.h"
#include "host/store/bulk.h"
#include "host/store/bulk_entries.h"
#include "host/store/internal.h"
#include "host/store/references.h"
#include "host/store/transaction.h"

enum { MEANWHILE_MOST = 100000 };

struct meanwhile { /* a change of somebody else's */
    sj_list_link link;
    bool param, removed;
    char first[128]; /* the resource, or the parameter's service */
    char key[];
};

void store_bulk_note_meanwhile(struct store_bulk *bulk, const struct store_change *changes,
                               size_t count) {
    for (size_t i = 0; i < count && !bulk->too_much; i++) {
        const size_t key_size = strlen(changes[i].key) + 1;
        struct meanwhile *meanwhile =
            bulk->meanwhile_count < MEANWHILE_MOST ? malloc(sizeof *meanwhile + key_size) : NULL;
        const char *first = changes[i].resource != NULL ? changes[i].resource : changes[i].first;
        if (meanwhile == NULL || strlen(first) >= sizeof meanwhile->first) {
            free(meanwhile);
            bulk->too_much = true;
            return;
        }
        meanwhile->param = changes[i].resource == NULL;
        meanwhile->removed = changes[i].action == SJ_CONFIG_CHANGED_ACTION_REMOVED;
        (void)snprintf(meanwhile->first, sizeof meanwhile->first, "%s", first);
        memcpy(meanwhile->key, changes[i].key, key_size);
        meanwhile->link = (sj_list_link){NULL, NULL};
        sj_list_add_last(&bulk->meanwhile, &meanwhile->link);
        bulk->meanwhile_count++;
    }
}

static int in_the_way(const struct meanwhile *meanwhile, const sj_error *why, sj_error *error) {
    return sj_error_set(error, SJ_E_CONFLICT, "the %s \"%.100s\" was %s meanwhile%s%.300s",
                        meanwhile->first, meanwhile->key,
                        meanwhile->removed ? "removed" : "changed", why != NULL ? ": " : "",
                        why != NULL ? why->text : "");
}

static struct store_plan *plan_named(const struct store *store, const char *resource) {
    for (size_t i = 0; i < store->plans_count; i++) {
        if (strcmp(store->plans[i]->meta->record->name, resource) == 0) {
            return store->plans[i];
        }
    }
    return NULL;
}

/* A parameter that refers to a record which is to go, or that is set here too. */
static int review_param(struct store *store, const struct meanwhile *meanwhile, sj_error *error) {
    const sj_param_meta *meta = sj_catalog_param(&store->catalog, meanwhile->first, meanwhile->key);
    char *value = sj_store_param_get(store, meanwhile->first, meanwhile->key);
    const char *own;
    struct sj_problems problems;
    bool same;
    sj_problems_init(&problems, 1);
    store->bulk->entered = true;
    same = store_bulk_param(store, meanwhile->first, meanwhile->key, &own);
    if (meta != NULL && value != NULL) {
        sj_store_check_parameter_reference(store, &meta->field, value, NULL, &problems);
    }
    store->bulk->entered = false;
    free(value);
    return same || problems.count > 0
               ? in_the_way(meanwhile, problems.count > 0 ? &problems.list[0] : NULL, error)
               : SJ_OK;
}

/* What was written refers to something that is to go, or has a value that must be unique. */
static int review_record(struct store *store, struct store_plan *plan,
                         const struct meanwhile *meanwhile, sj_error *error) {
    void *record = NULL;
    struct sj_problems before, now;
    sj_error why;
    int status = SJ_OK;
    if (sj_store_get(store, plan->meta, meanwhile->key, &record, NULL) != SJ_OK) {
        return SJ_OK; /* removed again: that comes further behind */
    }
    sj_problems_init(&before, 1);
    sj_problems_init(&now, 1);
    sj_store_check_references(store, plan->meta, record, NULL, &before);
    store->bulk->entered = true;
    sj_store_check_references(store, plan->meta, record, NULL, &now);
    if (now.total > before.total) {
        status = in_the_way(meanwhile, &now.list[0], error);
    } else if (store_check_unique(store, plan, meanwhile->key, NULL, record, &why) != SJ_OK) {
        status = in_the_way(meanwhile, &why, error);
    }
    store->bulk->entered = false;
    sj_host_record_free(record);
    return status;
}

static int review_one(struct store *store, const struct meanwhile *meanwhile, sj_error *error) {
    struct store_plan *plan = meanwhile->param ? NULL : plan_named(store, meanwhile->first);
    sj_error why;
    int status = SJ_OK;
    if (meanwhile->param) {
        return review_param(store, meanwhile, error);
    }
    if (plan == NULL) {
        return SJ_OK;
    }
    if (store_bulk_has(store->bulk, plan, meanwhile->key)) {
        return in_the_way(meanwhile, NULL, error);
    }
    if (!meanwhile->removed) {
        return review_record(store, plan, meanwhile, error);
    }
    store->bulk->entered = true;
    if (!sj_store_exists(store, plan->meta, meanwhile->key) &&
        sj_store_check_unreferenced(store, plan->meta, meanwhile->key, &why) != SJ_OK) {
        status = in_the_way(meanwhile, &why, error);
    }
    store->bulk->entered = false;
    return status;
}

static struct meanwhile *take_first(struct store_bulk *bulk) {
    struct meanwhile *meanwhile =
        SJ_OWNER(sj_list_take_first(&bulk->meanwhile), struct meanwhile, link);
    bulk->meanwhile_count -= meanwhile != NULL ? 1 : 0;
    return meanwhile;
}

void store_bulk_forget_meanwhile(struct store_bulk *bulk) {
    for (struct meanwhile *meanwhile; (meanwhile = take_first(bulk)) != NULL;) {
        free(meanwhile);
    }
}

int sj_store_bulk_review(struct store *store, sj_error *error) {
    struct store_bulk *bulk = store->bulk;
    uint64_t begun = uv_hrtime();
    if (bulk->too_much || bulk->declarations != store->declarations) {
        return sj_error_set(error, SJ_E_CONFLICT,
                            bulk->too_much
                                ? "too much else was written meanwhile"
                                : "services with declarations of their own came or went meanwhile");
    }
    while (!sj_list_empty(&bulk->meanwhile)) {
        if (store_slice_is_over(begun)) {
            return 1;
        }
        struct meanwhile *meanwhile = take_first(bulk);
        const int status = review_one(store, meanwhile, error);
        free(meanwhile);
        if (status != SJ_OK) {
            return status;
        }
    }
    return 0;
}
