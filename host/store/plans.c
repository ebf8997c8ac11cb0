/* Which plan serves which metadata. Plugins carry copies of the built-in metadata: those of equal
 * shape share one plan. */
#include "host/store/plans.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

#include "host/store/bulk_entries.h"
#include "host/store/internal.h"
#include "host/store/sql.h"
#include "host/store/tables.h"

struct known { /* a metadata's address and the plan that serves it */
    sj_map_link by_address;
    const sj_resource_meta *meta;
    struct store_plan *plan;
};

/* Addresses are the program's own: their hash needs no key. */
static uint64_t hash_of(const sj_resource_meta *meta) {
    return sj_hash_with(0, (uintptr_t)meta);
}

static struct store_plan *find_known(const struct store *store, const sj_resource_meta *meta) {
    SJ_MAP_EACH_OF(known, &store->known, hash_of(meta), const struct known, by_address) {
        if (known->meta == meta) {
            return known->plan;
        }
    }
    return NULL;
}

static int remember(struct store *store, const sj_resource_meta *meta, struct store_plan *plan) {
    struct known *known = malloc(sizeof *known);
    if (known == NULL) {
        return SJ_E_NO_MEMORY;
    }
    known->meta = meta;
    known->plan = plan;
    sj_map_add(&store->known, &known->by_address, hash_of(meta));
    return SJ_OK;
}

static bool same_record(const sj_record_meta *a, const sj_record_meta *b) {
    if (a->struct_size != b->struct_size || a->fields_count != b->fields_count ||
        strcmp(a->name, b->name) != 0) {
        return false;
    }
    for (size_t i = 0; i < a->fields_count; i++) {
        const sj_field *x = &a->fields[i], *y = &b->fields[i];
        if (strcmp(x->name, y->name) != 0 || x->type != y->type || x->element != y->element ||
            x->offset != y->offset || (x->record == NULL) != (y->record == NULL) ||
            (x->record != NULL && !same_record(x->record, y->record))) {
            return false;
        }
    }
    return true;
}

static struct store_plan *find_equal(struct store *store, const sj_resource_meta *meta) {
    for (size_t i = 0; i < store->plans_count; i++) {
        if (same_record(store->plans[i]->meta->record, meta->record)) {
            return store->plans[i];
        }
    }
    return NULL;
}

static struct store_plan *add_plan(struct store *store, const sj_resource_meta *meta,
                                   sj_error *error) {
    struct store_plan *plan = NULL;
    if (store->in_transaction) { /* a rollback would take the tables away again */
        (void)sj_error_set(error, SJ_E_CONFLICT,
                           "the resource %s is used for the first time within a transaction",
                           meta->record->name);
        return NULL;
    }
    if (!sj_array_room(&store->plans, &store->plans_room, store->plans_count + 1, sizeof(void *)) ||
        (plan = store_plan_new(meta)) == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the tables of %s",
                           meta->record->name);
        return NULL;
    }
    if (store_make_tables(store, plan, error) != SJ_OK) {
        store_plan_free(plan);
        return NULL;
    }
    store->plans[store->plans_count++] = plan;
    store->declarations++;
    return plan;
}

struct store_plan *store_plan_of(struct store *store, const sj_resource_meta *meta,
                                 sj_error *error) {
    struct store_plan *plan = find_known(store, meta);
    if (plan != NULL) {
        return plan;
    }
    plan = find_equal(store, meta);
    if (plan == NULL) {
        plan = add_plan(store, meta, error);
    }
    if (plan == NULL) {
        return NULL;
    }
    if (remember(store, meta, plan) != SJ_OK) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the tables of %s",
                           meta->record->name);
        return NULL;
    }
    if (!plan->begun) {
        int status = store_make_first_records(store, plan, error);
        plan->begun = true;
        if (status != SJ_OK) {
            return NULL;
        }
    }
    return plan;
}

static int finalize_table(void *user, struct store_table *table) {
    (void)user;
    (void)sqlite3_finalize(table->select);
    (void)sqlite3_finalize(table->insert);
    (void)sqlite3_finalize(table->remove);
    for (size_t i = 0; i < table->columns_count; i++) {
        (void)sqlite3_finalize(table->columns[i].others);
    }
    return 0;
}

static void drop_plan(struct store *store, struct store_plan *plan) {
    store_bulk_forget_plan(store, plan);
    (void)store_table_walk(&plan->root, finalize_table, NULL);
    (void)sqlite3_finalize(plan->exists);
    (void)sqlite3_finalize(plan->any);
    (void)sqlite3_finalize(plan->one);
    (void)sqlite3_finalize(plan->upsert);
    (void)sqlite3_finalize(plan->remove);
    for (size_t i = 0; i < STORE_UPDATES; i++) {
        (void)sqlite3_finalize(plan->updates[i].statement);
    }
    for (size_t i = 0; i < plan->queries_count; i++) {
        (void)sqlite3_finalize(plan->queries[i].statement);
    }
    store_plan_free(plan);
}

static void forget_addresses(struct store *store) {
    for (sj_map_link *link; (link = sj_map_take_any(&store->known)) != NULL;) {
        free(SJ_OWNER(link, struct known, by_address));
    }
    sj_map_clear(&store->known);
}

void sj_store_forget_addresses(struct node *node) {
    forget_addresses(node->store);
}

void store_forget_plans(struct store *store, bool all) {
    size_t kept = 0;
    forget_addresses(store);
    store->declarations++;
    store_cache_clear(store);
    for (size_t i = 0; i < store->plans_count; i++) {
        if (all ||
            sj_catalog_resource(&store->catalog, store->plans[i]->meta->record->name) == NULL) {
            drop_plan(store, store->plans[i]);
        } else {
            store->plans[kept++] = store->plans[i];
        }
    }
    store->plans_count = kept;
    if (all) {
        free(store->plans);
        store->plans = NULL;
        store->plans_room = 0;
    }
}
