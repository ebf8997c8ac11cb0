/* What records say of each other: references that must exist, records that are referred to, values
 * that must be unique. */
#include "host/store/references.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/nearest.h>
#include <sojourn/words.h>

#include "host/record/record.h"
#include "host/store/bulk_entries.h"
#include "host/store/bulk_references.h"
#include "host/store/internal.h"
#include "host/store/plans.h"
#include "host/store/rows.h"
#include "host/store/rules.h"
#include "host/store/sql.h"
#include "host/store/tables.h"

/* ---- references of a record ---- */

struct checking {
    struct store *store;
    struct sj_problems *problems;
    const sj_resource_meta
        *meta; /* of the record itself, NULL for a parameter: it may refer to itself */
    const char *key;
};

enum {
    KEYS_LOOKED_AT = 200
}; /* each way: the work for one mistake is bounded, whatever the cluster's size */

/* The keys of the records from `from` on, a few of them. */
static void offer_keys(struct store *store, const struct store_plan *plan, const char *from,
                       char *best, struct sj_nearest *search) {
    sqlite3_stmt *statement = NULL;
    sj_error error;
    if (store_prepare_made(store, &statement,
                           store_text("SELECT key FROM \"%s\" WHERE key>=?1 ORDER BY key LIMIT %d",
                                      plan->root.name, KEYS_LOOKED_AT),
                           &error) == NULL) {
        return;
    }
    store_bind_text(statement, 1, from);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const size_t before = search->distance;
        const char *key = (const char *)sqlite3_column_text(statement, 0);
        if (key != NULL && strlen(key) < SJ_KEY_MAX) {
            sj_nearest_offer(search, key);
        }
        if (search->distance < before) {
            (void)snprintf(best, SJ_KEY_MAX, "%s", key); /* SQLite's text does not last */
        }
    }
    (void)sqlite3_finalize(statement);
}

/* The first key that is `wanted` and a second field behind "@": a number was given without its
 * partition. */
static bool find_longer_key(struct store *store, const sj_resource_meta *target,
                            const struct store_plan *plan, const char *wanted,
                            char best[SJ_KEY_MAX]) {
    sqlite3_stmt *statement = NULL;
    char from[SJ_KEY_MAX];
    sj_error error;
    const size_t length = (size_t)snprintf(from, sizeof from, "%s@", wanted);
    if (target->key_field[1] == NULL || length >= sizeof from ||
        store_prepare_made(store, &statement,
                           store_text("SELECT key FROM \"%s\" WHERE key>=?1 ORDER BY key LIMIT 1",
                                      plan->root.name),
                           &error) == NULL) {
        return false;
    }
    store_bind_text(statement, 1, from);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const char *key = (const char *)sqlite3_column_text(statement, 0);
        if (key != NULL && strncmp(key, from, length) == 0) {
            (void)snprintf(best, SJ_KEY_MAX, "%s", key);
        }
    }
    (void)sqlite3_finalize(statement);
    return best[0] != '\0';
}

/* A record whose key is near to one that does not exist: among the first ones, and those that begin
 * as it does. */
const char *sj_store_nearest_key(struct store *store, const sj_resource_meta *target,
                                 const char *wanted, char best[SJ_KEY_MAX]) {
    struct store_plan *plan = store_plan_of(store, target, NULL);
    char beginning[SJ_KEY_MAX];
    struct sj_nearest search;
    best[0] = '\0';
    if (plan != NULL && !find_longer_key(store, target, plan, wanted, best)) {
        (void)snprintf(beginning, sizeof beginning, "%.*s", (int)(strlen(wanted) / 2), wanted);
        sj_nearest_begin(&search, wanted);
        offer_keys(store, plan, "", best, &search);
        offer_keys(store, plan, beginning, best, &search);
    }
    return best;
}

static void check_reference(const struct checking *checking, const sj_field *field,
                            const char *value, const struct sj_path *path) {
    const sj_resource_meta *target;
    if (value == NULL || value[0] == '\0') {
        return;
    }
    target = sj_catalog_resource(&checking->store->catalog, field->target);
    if (target == NULL) {
        sj_problem(checking->problems, path, SJ_E_UNAVAILABLE,
                   "refers to %s %s, which is not declared on this node", sj_article(field->target),
                   field->target);
        return;
    }
    if (checking->meta != NULL && strcmp(field->target, checking->meta->record->name) == 0 &&
        strcmp(value, checking->key) == 0) {
        return;
    }
    if (!sj_store_exists(checking->store, target, value) &&
        !sj_problem_only_counted(checking->problems)) {
        char best[SJ_KEY_MAX];
        const char *near = sj_store_nearest_key(checking->store, target, value, best);
        sj_problem(checking->problems, path, SJ_E_INVALID,
                   "expected the key of %s %s, got \"%.100s\", which does not exist%s%.100s%s",
                   sj_article(field->target), field->target, value,
                   near[0] != '\0' ? "; did you mean \"" : "", near, near[0] != '\0' ? "\"?" : "");
    }
}

static void check_members(const struct checking *checking, const sj_record_meta *meta,
                          const void *record, const struct sj_path *path) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        struct sj_path here = {path, field->name, 0};
        if (field->type == SJ_TYPE_REFERENCE) {
            check_reference(checking, field, sj_member_text(record, field->offset), &here);
        } else if (field->type == SJ_TYPE_RECORD) {
            check_members(checking, field->record, sj_member_const(record, field->offset), &here);
        } else if (field->type == SJ_TYPE_LIST &&
                   (field->record != NULL || field->element == SJ_TYPE_REFERENCE)) {
            size_t count, size = sj_type_size(field->element, field->record);
            const void *items = sj_member_items(record, field, &count);
            for (size_t j = 0; j < count; j++) {
                struct sj_path item = {&here, NULL, j};
                if (field->record != NULL) {
                    check_members(checking, field->record, sj_member_const(items, j * size), &item);
                } else {
                    check_reference(checking, field, ((const char *const *)items)[j], &item);
                }
            }
        }
    }
}

void sj_store_check_parameter_reference(struct store *store, const sj_field *field,
                                        const char *value, const struct sj_path *path,
                                        struct sj_problems *problems) {
    const struct checking checking = {store, problems, NULL, NULL};
    if (field->type == SJ_TYPE_REFERENCE) {
        check_reference(&checking, field, value, path);
    }
}

void sj_store_check_references(struct store *store, const sj_resource_meta *meta,
                               const void *record, const struct sj_path *path,
                               struct sj_problems *problems) {
    char key[SJ_KEY_MAX];
    struct checking checking = {store, problems, meta, key};
    if (sj_resource_key(meta, record, key, NULL) != SJ_OK) {
        key[0] = '\0';
    }
    check_members(&checking, meta->record, record, path);
    store_check_rules(store, meta, record, NULL, path, problems, SJ_RULE_ANY);
}

/* ---- what people give ---- */

/* Whether the item stands before in its list already; NULL: no text, which is a problem already. */
static void check_once(const char *const *items, size_t index, const struct sj_path *path,
                       struct sj_problems *problems) {
    for (size_t i = 0; i < index; i++) {
        if (items[i] != NULL && items[index] != NULL && items[index][0] != '\0' &&
            strcmp(items[i], items[index]) == 0) {
            sj_problem(problems, path, SJ_E_INVALID,
                       "expected each of them once, got \"%.100s\" again", items[index]);
            return;
        }
    }
}

/* In lists of references the same record twice is a slip: the second says nothing, or hides what
 * was meant. */
static void check_references_once(const sj_record_meta *meta, const void *record,
                                  const struct sj_path *path, struct sj_problems *problems) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        const struct sj_path list = {path, field->name, 0};
        size_t count;
        if (field->type != SJ_TYPE_LIST || field->element != SJ_TYPE_REFERENCE) {
            continue;
        }
        const char *const *items = sj_member_items(record, field, &count);
        for (size_t j = 1; j < count; j++) {
            const struct sj_path here = {&list, NULL, j};
            check_once(items, j, &here, problems);
        }
    }
}

void sj_store_check_given(struct store *store, const sj_resource_meta *meta, const void *record,
                          struct store_twins *twins, const struct sj_path *path,
                          struct sj_problems *problems) {
    sj_store_check_references(store, meta, record, path, problems);
    check_references_once(meta->record, record, path, problems);
    store_check_rules(store, meta, record, twins, path, problems, SJ_RULE_GIVEN);
}

void sj_store_check_new(struct store *store, const sj_resource_meta *meta, const void *record,
                        const struct sj_path *path, struct sj_problems *problems) {
    store_check_rules(store, meta, record, NULL, path, problems, SJ_RULE_NEW);
}

void sj_store_note_change(struct store *store, const sj_resource_meta *meta, const void *record,
                          const struct sj_path *path, struct sj_problems *notes) {
    store_check_rules(store, meta, record, NULL, path, notes, SJ_RULE_CHANGE);
}

/* ---- who refers to a record ---- */

struct referrers {
    struct store *store;
    const sj_resource_meta *target;
    const char *key;
    const sj_resource_meta *from; /* being looked at */
    const struct store_plan *plan;
    const char *root; /* its table */
    sj_error *error;
};

/* The path of a column as people know it: "lines.partition". */
static void readable(const struct store_table *table, const struct store_column *column, char *out,
                     size_t room) {
    if (table->list == NULL) {
        (void)snprintf(out, room, "%s", column->name);
    } else if (table->list->record == NULL) {
        (void)snprintf(out, room, "%s", table->list->name);
    } else {
        (void)snprintf(out, room, "%s.%s", table->list->name, column->name);
    }
}

/* While a field that is declared with holds_nothing is true, the record's references do not keep
 * what they name. */
static char *that_hold(const struct referrers *search, const struct store_table *table) {
    const sj_record_meta *from = search->from->record;
    for (size_t i = 0; i < from->fields_count; i++) {
        if ((from->fields[i].flags & SJ_FIELD_HOLDS_NOTHING) != 0) {
            return store_text(" AND NOT EXISTS (SELECT 1 FROM \"%s\" AS holder WHERE "
                              "holder.key=\"%s\".key AND holder.\"%s\" IS 1)",
                              search->root, table->name, from->fields[i].name);
        }
    }
    return store_text("%s", "");
}

static int find_referrer(struct referrers *search, const struct store_table *table,
                         const struct store_column *column) {
    const char *self = search->from == search->target ? " AND key<>?1" : "";
    char *hold = that_hold(search, table);
    char *sql = hold == NULL ? NULL
                             : store_text("SELECT key FROM \"%s\" WHERE \"%s\"=?1%s%s", table->name,
                                          column->name, self, hold);
    sqlite3_stmt *statement = NULL;
    int status = SJ_OK, result;
    free(hold);
    if (store_prepare_made(search->store, &statement, sql, search->error) == NULL) {
        return SJ_E_INTERNAL;
    }
    store_bind_text(statement, 1, search->key);
    do { /* what a large change has of a record stands before its rows */
        result = sqlite3_step(statement);
    } while (result == SQLITE_ROW &&
             store_bulk_find(search->store, search->plan,
                             (const char *)sqlite3_column_text(statement, 0)) != NULL);
    if (result == SQLITE_ROW) {
        char field[160];
        readable(table, column, field, sizeof field);
        status = sj_error_set(search->error, SJ_E_IN_USE,
                              "the %s \"%s\" is still in use: the %s \"%s\" refers to it (%s)",
                              search->target->record->name, search->key, search->from->record->name,
                              (const char *)sqlite3_column_text(statement, 0), field);
    } else if (result != SQLITE_DONE) {
        status = store_sql_error(search->store, result, "looking for references", search->error);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static int look_in_table(void *user, struct store_table *table) {
    struct referrers *search = user;
    for (size_t i = 0; i < table->columns_count; i++) {
        const struct store_column *column = &table->columns[i];
        if (column->type == SJ_TYPE_REFERENCE &&
            strcmp(column->field->target, search->target->record->name) == 0) {
            int status = find_referrer(search, table, column);
            if (status != SJ_OK) {
                return status;
            }
        }
    }
    return SJ_OK;
}

/* A parameter refers to what it is set to, or to its default. */
static int look_in_parameters(struct store *store, const sj_resource_meta *target, const char *key,
                              sj_error *error) {
    const sj_param_meta *parameter;
    int status = SJ_OK;
    for (size_t i = 0;
         status == SJ_OK && (parameter = sj_catalog_param_at(&store->catalog, i)) != NULL; i++) {
        const sj_field *field = &parameter->field;
        if (field->type == SJ_TYPE_REFERENCE && strcmp(field->target, target->record->name) == 0) {
            char *row = sj_store_param_get(store, parameter->service, parameter->symbol);
            const char *value = row != NULL ? row : field->fallback;
            if (value != NULL && strcmp(value, key) == 0) {
                status = sj_error_set(
                    error, SJ_E_IN_USE,
                    "the %s \"%s\" is still in use: the parameter %s of %s refers to it%s",
                    target->record->name, key, field->title, parameter->service,
                    row == NULL ? " by default" : "");
            }
            free(row);
        }
    }
    return status;
}

/* Whether any resource or parameter is declared to refer to such records. */
static int refers(void *user, struct store_table *table) {
    const char *target = user;
    for (size_t i = 0; i < table->columns_count; i++) {
        const struct store_column *column = &table->columns[i];
        if (column->type == SJ_TYPE_REFERENCE && strcmp(column->field->target, target) == 0) {
            return 1;
        }
    }
    return 0;
}

static bool may_be_referred(struct store *store, const char *target) {
    char name[256];
    const sj_param_meta *parameter;
    (void)snprintf(name, sizeof name, "%s", target);
    for (size_t i = 0; i < store->plans_count; i++) {
        if (store_table_walk(&store->plans[i]->root, refers, name) != 0) {
            return true;
        }
    }
    for (size_t i = 0; (parameter = sj_catalog_param_at(&store->catalog, i)) != NULL; i++) {
        if (parameter->field.type == SJ_TYPE_REFERENCE &&
            strcmp(parameter->field.target, target) == 0) {
            return true;
        }
    }
    return false;
}

int sj_store_check_unreferenced(struct store *store, const sj_resource_meta *meta, const char *key,
                                sj_error *error) {
    struct store_plan *own = store_plan_of(store, meta, NULL);
    if (own != NULL && own->unreferred == store->declarations) {
        return SJ_OK;
    }
    if (!may_be_referred(store, meta->record->name)) {
        if (own != NULL) {
            own->unreferred = store->declarations;
        }
        return SJ_OK;
    }
    for (size_t i = 0; i < store->plans_count; i++) {
        struct store_plan *plan = store->plans[i];
        bool same = strcmp(plan->meta->record->name, meta->record->name) == 0;
        struct referrers search = {store,           meta, key, same ? meta : plan->meta, plan,
                                   plan->root.name, error};
        const int status = store_table_walk(&plan->root, look_in_table, &search);
        if (status != SJ_OK) {
            return status;
        }
    }
    const int status = store_bulk_check_unreferenced(store, meta, key, error);
    return status != SJ_OK ? status : look_in_parameters(store, meta, key, error);
}

/* ---- unique values ---- */

int store_check_unique(struct store *store, struct store_plan *plan, const char *key,
                       const void *before, const void *record, sj_error *error) {
    const struct store_table *table = &plan->root;
    for (size_t i = 0; i < table->columns_count; i++) {
        struct store_column *column = &table->columns[i];
        int status = SJ_OK, result;
        sj_field placed = *column->field;
        placed.offset = column->offset;
        if ((placed.flags & SJ_FIELD_UNIQUE) == 0 || sj_field_is_empty(&placed, record) ||
            (before != NULL && store_column_equal(column, before, record))) {
            continue;
        }
        if (column->others == NULL &&
            store_prepare_made(store, &column->others,
                               store_text("SELECT key FROM \"%s\" WHERE \"%s\"=?1%s AND key<>?2",
                                          table->name, column->name,
                                          store_ignores_case(column) ? " COLLATE NOCASE" : ""),
                               error) == NULL) {
            return SJ_E_INTERNAL;
        }
        store_bind_value(column->others, 1, column, sj_member_const(record, column->offset));
        store_bind_text(column->others, 2, key);
        do {
            result = sqlite3_step(column->others);
        } while (result == SQLITE_ROW &&
                 store_bulk_find(store, plan,
                                 (const char *)sqlite3_column_text(column->others, 0)) != NULL);
        const struct store_bulk_entry *prepared =
            store_bulk_equal(store, plan, column, key, record);
        if (result == SQLITE_ROW || prepared != NULL) {
            status = sj_error_field(
                error, SJ_E_EXISTS, column->name,
                "%s: expected a value that no other %s has, but \"%s\" has the same%s",
                column->name, plan->meta->record->name,
                prepared != NULL ? prepared->key
                                 : (const char *)sqlite3_column_text(column->others, 0),
                store_ignores_case(column) ? " (small and capital letters are one)" : "");
        } else if (result != SQLITE_DONE) {
            status = store_sql_error(store, result, "looking for equal values", error);
        }
        (void)sqlite3_reset(column->others);
        if (status != SJ_OK) {
            return status;
        }
    }
    return SJ_OK;
}
