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
        struct meanwhile *one =
            bulk->meanwhile_count < MEANWHILE_MOST ? malloc(sizeof *one + key_size) : NULL;
        const char *first = changes[i].resource != NULL ? changes[i].resource : changes[i].first;
        if (one == NULL || strlen(first) >= sizeof one->first) {
            free(one);
            bulk->too_much = true;
            return;
        }
        one->param = changes[i].resource == NULL;
        one->removed = changes[i].action == SJ_CONFIG_CHANGED_ACTION_REMOVED;
        (void)snprintf(one->first, sizeof one->first, "%s", first);
        memcpy(one->key, changes[i].key, key_size);
        one->link = (sj_list_link){NULL, NULL};
        sj_list_add_last(&bulk->meanwhile, &one->link);
        bulk->meanwhile_count++;
    }
}

static int in_the_way(const struct meanwhile *one, const sj_error *why, sj_error *error) {
    return sj_error_set(error, SJ_E_CONFLICT, "the %s \"%.100s\" was %s meanwhile%s%.300s",
                        one->first, one->key, one->removed ? "removed" : "changed",
                        why != NULL ? ": " : "", why != NULL ? why->text : "");
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
static int review_param(struct store *store, const struct meanwhile *one, sj_error *error) {
    const sj_param_meta *meta = sj_catalog_param(&store->catalog, one->first, one->key);
    char *value = sj_store_param_get(store, one->first, one->key);
    const char *own;
    struct sj_problems problems;
    bool same;
    sj_problems_init(&problems, 1);
    store->bulk->entered = true;
    same = store_bulk_param(store, one->first, one->key, &own);
    if (meta != NULL && value != NULL) {
        sj_store_check_parameter_reference(store, &meta->field, value, NULL, &problems);
    }
    store->bulk->entered = false;
    free(value);
    return same || problems.count > 0
               ? in_the_way(one, problems.count > 0 ? &problems.list[0] : NULL, error)
               : SJ_OK;
}

/* What was written refers to something that is to go, or has a value that must be unique. */
static int review_record(struct store *store, struct store_plan *plan, const struct meanwhile *one,
                         sj_error *error) {
    void *record = NULL;
    struct sj_problems before, now;
    sj_error why;
    int status = SJ_OK;
    if (sj_store_get(store, plan->meta, one->key, &record, NULL) != SJ_OK) {
        return SJ_OK; /* removed again: that comes further behind */
    }
    sj_problems_init(&before, 1);
    sj_problems_init(&now, 1);
    sj_store_check_references(store, plan->meta, record, NULL, &before);
    store->bulk->entered = true;
    sj_store_check_references(store, plan->meta, record, NULL, &now);
    if (now.total > before.total) {
        status = in_the_way(one, &now.list[0], error);
    } else if (store_check_unique(store, plan, one->key, NULL, record, &why) != SJ_OK) {
        status = in_the_way(one, &why, error);
    }
    store->bulk->entered = false;
    sj_host_record_free(record);
    return status;
}

static int review_one(struct store *store, const struct meanwhile *one, sj_error *error) {
    struct store_plan *plan = one->param ? NULL : plan_named(store, one->first);
    sj_error why;
    int status = SJ_OK;
    if (one->param) {
        return review_param(store, one, error);
    }
    if (plan == NULL) {
        return SJ_OK;
    }
    if (store_bulk_has(store->bulk, plan, one->key)) {
        return in_the_way(one, NULL, error);
    }
    if (!one->removed) {
        return review_record(store, plan, one, error);
    }
    store->bulk->entered = true;
    if (!sj_store_exists(store, plan->meta, one->key) &&
        sj_store_check_unreferenced(store, plan->meta, one->key, &why) != SJ_OK) {
        status = in_the_way(one, &why, error);
    }
    store->bulk->entered = false;
    return status;
}

static struct meanwhile *take_first(struct store_bulk *bulk) {
    struct meanwhile *one = SJ_OWNER(sj_list_take_first(&bulk->meanwhile), struct meanwhile, link);
    bulk->meanwhile_count -= one != NULL ? 1 : 0;
    return one;
}

void store_bulk_forget_meanwhile(struct store_bulk *bulk) {
    for (struct meanwhile *one; (one = take_first(bulk)) != NULL;) {
        free(one);
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
        struct meanwhile *one = take_first(bulk);
        const int status = review_one(store, one, error);
        free(one);
        if (status != SJ_OK) {
            return status;
        }
    }
    return 0;
}
