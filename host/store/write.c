/* Writing: a record is checked against its declaration and its neighbours, then written with its
 * lists. */
#include "host/store/write.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/words.h>

#include "host/record/record.h"
#include "host/record/validate.h"
#include "host/store/bulk_entries.h"
#include "host/store/bulk_write.h"
#include "host/store/internal.h"
#include "host/store/plans.h"
#include "host/store/references.h"
#include "host/store/rows.h"
#include "host/store/sql.h"
#include "host/store/transaction.h"
#include "host/store/update.h"

/* ---- secrets: what is stored is a hash ---- */

static int check_secrets(const sj_record_meta *meta, const void *record, sj_error *error) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        int status = SJ_OK;
        if (field->type == SJ_TYPE_SECRET) {
            const char *text = sj_member_text(record, field->offset);
            if (text[0] != '\0' && !sj_secret_is_hashed(field, text)) {
                status = sj_error_field(
                    error, SJ_E_INVALID, field->name,
                    "%s: expected the hash of a secret (sj_secret_hash), got a plain text",
                    field->name);
            }
        } else if (field->type == SJ_TYPE_RECORD) {
            status = check_secrets(field->record, sj_member_const(record, field->offset), error);
        } else if (field->type == SJ_TYPE_LIST && field->record != NULL) {
            size_t count, size = sj_type_size(field->element, field->record);
            const void *items = sj_member_items(record, field, &count);
            for (size_t j = 0; status == SJ_OK && j < count; j++) {
                status = check_secrets(field->record, sj_member_const(items, j * size), error);
            }
        }
        if (status != SJ_OK) {
            return status;
        }
    }
    return SJ_OK;
}

/* ---- put ---- */

static int check_flags(const sj_resource_meta *meta, const char *key, bool exists, unsigned flags,
                       sj_error *error) {
    if (exists && (flags & SJ_PUT_NEW) != 0) {
        return sj_error_field(error, SJ_E_EXISTS,
                              meta->key_field[0] != NULL ? meta->key_field[0] : "",
                              "there is %s %s \"%s\" already", sj_article(meta->record->name),
                              meta->record->name, key);
    }
    if (!exists && (flags & SJ_PUT_REPLACE) != 0) {
        return sj_error_set(error, SJ_E_NOT_FOUND, "there is no %s \"%s\"", meta->record->name,
                            key);
    }
    return SJ_OK;
}

static int check_fixed(const sj_record_meta *meta, const void *before, const void *record,
                       sj_error *error) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if ((field->flags & SJ_FIELD_FIXED) != 0 && !sj_field_equal(field, before, record)) {
            return sj_error_field(
                error, SJ_E_INVALID, field->name,
                "%s: expected what it was, as it is fixed once the %s exists, got another value",
                field->name, meta->name);
        }
    }
    return SJ_OK;
}

static int check_neighbours(struct store *store, struct store_plan *plan, const char *key,
                            const void *before, const void *record, unsigned flags,
                            sj_error *error) {
    if ((flags & STORE_PUT_UNCHECKED_REFERENCES) == 0) {
        struct sj_problems problems;
        sj_problems_init(&problems, 1);
        sj_store_check_references(store, plan->meta, record, NULL, &problems);
        if (problems.count > 0) {
            return sj_problems_result(&problems, error);
        }
    }
    return store_check_unique(store, plan, key, before, record, error);
}

static int write_row(struct store *store, struct store_plan *plan, const char *key,
                     const void *record, sj_error *error) {
    int result;
    if (plan->upsert == NULL &&
        store_prepare_made(store, &plan->upsert, store_sql_upsert(&plan->root), error) == NULL) {
        return SJ_E_INTERNAL;
    }
    store_bind_text(plan->upsert, 1, key);
    (void)sqlite3_bind_int64(plan->upsert, 2, store_lists_of(plan, record));
    store_bind_columns(plan->upsert, 3, &plan->root, record);
    result = sqlite3_step(plan->upsert);
    (void)sqlite3_reset(plan->upsert);
    return result == SQLITE_DONE ? SJ_OK
                                 : store_sql_error(store, result, "writing a record", error);
}

/* `before`: what is stored until now, or NULL. */
static int write_record(struct store *store, struct store_plan *plan, const char *key,
                        const void *before, const void *record, bool lists, sj_error *error) {
    bool written = false;
    int status = before != NULL
                     ? store_update_row(store, plan, key, before, record, lists, &written, error)
                     : SJ_OK;
    if (status == SJ_OK && !written) {
        status = write_row(store, plan, key, record, error);
    }
    if (status == SJ_OK && before != NULL && lists) {
        status = store_remove_lists(store, plan, key, error);
    }
    return status == SJ_OK && lists ? store_write_lists(store, plan, key, record, error) : status;
}

static bool same_lists(const sj_record_meta *meta, const void *a, const void *b) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (field->type == SJ_TYPE_LIST && !sj_field_equal(field, a, b)) {
            return false;
        }
        if (field->type == SJ_TYPE_RECORD &&
            !same_lists(field->record, sj_member_const(a, field->offset),
                        sj_member_const(b, field->offset))) {
            return false;
        }
    }
    return true;
}

int store_put_within(struct store *store, struct store_plan *plan, const char *key,
                     const void *record, unsigned flags, sj_error *error) {
    const sj_resource_meta *meta = plan->meta;
    void *before = NULL;
    int status =
        store_bulk_entered(store) ? SJ_OK : store_bulk_write_first(store, plan, key, error);
    bool exists;
    if (status == SJ_OK) {
        status = sj_store_get(store, meta, key, &before, error);
    }
    exists = status == SJ_OK;
    if (status != SJ_OK && status != SJ_E_NOT_FOUND) {
        return status;
    }
    status = check_flags(meta, key, exists, flags, error);
    if (status == SJ_OK && (!exists || !sj_record_equal(meta->record, before, record))) {
        bool lists = !exists || !same_lists(meta->record, before, record);
        if (exists) {
            status = check_fixed(meta->record, before, record, error);
        }
        if (status == SJ_OK && (flags & STORE_PUT_UNCHECKED) == 0) {
            status = check_neighbours(store, plan, key, before, record, flags, error);
        }
        if (status == SJ_OK && store_bulk_entered(store)) {
            status = store_bulk_put(store, plan, key, record, error);
            free(before);
            return status;
        }
        if (status == SJ_OK) {
            status = store_will_write(
                store, meta->record->name, NULL, key,
                exists ? SJ_CONFIG_CHANGED_ACTION_CHANGED : SJ_CONFIG_CHANGED_ACTION_ADDED, error);
        }
        if (status == SJ_OK) {
            store_cache_drop(store, meta->record->name, key);
            status = write_record(store, plan, key, before, record, lists, error);
            store->broken = store->broken || status != SJ_OK;
        }
    }
    free(before);
    return status;
}

int sj_store_put(struct store *store, const sj_resource_meta *meta, const void *record,
                 unsigned flags, sj_error *error) {
    struct store_plan *plan = store_plan_of(store, meta, error);
    char key[SJ_KEY_MAX];
    bool own;
    int status;
    if (plan == NULL) {
        return SJ_E_INTERNAL;
    }
    status = sj_resource_key(plan->meta, record, key, error);
    if (status == SJ_OK && (flags & STORE_PUT_UNCHECKED) == 0) {
        status = sj_record_validate(plan->meta->record, record, error);
        if (status == SJ_OK) {
            status = check_secrets(plan->meta->record, record, error);
        }
    }
    if (status == SJ_OK) {
        status = store_begin_write(store, &own, error);
        if (status == SJ_OK) {
            status = store_put_within(store, plan, key, record, flags, error);
            status = store_end_write(store, own, status, error);
        }
    }
    return status;
}

/* ---- delete ---- */

static int remove_record(struct store *store, struct store_plan *plan, const char *key,
                         sj_error *error) {
    int result, status = store_remove_lists(store, plan, key, error);
    if (status != SJ_OK) {
        return status;
    }
    if (plan->remove == NULL &&
        store_prepare_made(store, &plan->remove,
                           store_text("DELETE FROM \"%s\" WHERE key=?", plan->root.name),
                           error) == NULL) {
        return SJ_E_INTERNAL;
    }
    store_bind_text(plan->remove, 1, key);
    result = sqlite3_step(plan->remove);
    (void)sqlite3_reset(plan->remove);
    return result == SQLITE_DONE ? SJ_OK
                                 : store_sql_error(store, result, "deleting a record", error);
}

int store_delete_within(struct store *store, struct store_plan *plan, const char *key,
                        unsigned flags, sj_error *error) {
    int status =
        store_bulk_entered(store) ? SJ_OK : store_bulk_write_first(store, plan, key, error);
    if (status != SJ_OK) {
        return status;
    }
    if (!sj_store_exists(store, plan->meta, key)) {
        return sj_error_set(error, SJ_E_NOT_FOUND, "there is no %s \"%s\"",
                            plan->meta->record->name, key);
    }
    status = (flags & STORE_PUT_UNCHECKED_REFERENCES) != 0
                 ? SJ_OK
                 : sj_store_check_unreferenced(store, plan->meta, key, error);
    if (status != SJ_OK || store_bulk_entered(store)) {
        return status != SJ_OK ? status : store_bulk_put(store, plan, key, NULL, error);
    }
    status = store_will_write(store, plan->meta->record->name, NULL, key,
                              SJ_CONFIG_CHANGED_ACTION_REMOVED, error);
    if (status != SJ_OK) {
        return status;
    }
    store_cache_drop(store, plan->meta->record->name, key);
    status = remove_record(store, plan, key, error);
    store->broken = store->broken || status != SJ_OK;
    return status;
}

int sj_store_delete(struct store *store, const sj_resource_meta *meta, const char *key,
                    unsigned flags, sj_error *error) {
    struct store_plan *plan = store_plan_of(store, meta, error);
    bool own;
    int status;
    if (plan == NULL) {
        return SJ_E_INTERNAL;
    }
    if ((meta->flags & SJ_RESOURCE_SINGLETON) != 0) {
        return sj_error_set(error, SJ_E_CONFLICT, "the %s always exists and cannot be deleted",
                            meta->record->title);
    }
    status = store_may_go(meta, key, error);
    status = status == SJ_OK ? store_begin_write(store, &own, error) : status;
    if (status == SJ_OK) {
        status = store_delete_within(store, plan, key, flags, error);
        status = store_end_write(store, own, status, error);
    }
    return status;
}
