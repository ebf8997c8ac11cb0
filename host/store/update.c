/* A record that is in the store already: only what has changed of it is written, so that the pages
 * and indexes of all else are left alone. */
#include "host/store/update.h"

#include <sojourn/base/text.h>

#include "host/record/record.h"
#include "host/store/internal.h"
#include "host/store/plan.h"
#include "host/store/rows.h"
#include "host/store/sql.h"

static uint64_t changed_columns(const struct store_table *table, const void *before,
                                const void *record) {
    uint64_t changed = 0;
    for (size_t i = 0; i < table->columns_count; i++) {
        if (!store_column_equal(&table->columns[i], before, record)) {
            changed |= UINT64_C(1) << i;
        }
    }
    return changed;
}

static char *update_text(const struct store_table *table, uint64_t changed, bool lists) {
    sj_text sql = {0};
    const char *before = " SET ";
    sj_text_printf(&sql, "UPDATE \"%s\"", table->name);
    for (size_t i = 0; i < table->columns_count; i++) {
        if ((changed >> i & 1) != 0) {
            sj_text_printf(&sql, "%s\"%s\"=?", before, table->columns[i].name);
            before = ",";
        }
    }
    if (lists) { /* bits are only ever added: an older plugin does not know all lists */
        sj_text_printf(&sql, "%s_lists=_lists|?", before);
    }
    sj_text_puts(&sql, " WHERE key=?");
    return sj_text_take(&sql);
}

/* The same few fields change again and again. */
static sqlite3_stmt *find_update(struct store *store, struct store_plan *plan, uint64_t changed,
                                 bool lists, sj_error *error) {
    struct store_update *update;
    for (size_t i = 0; i < STORE_UPDATES; i++) {
        update = &plan->updates[i];
        if (update->statement != NULL && update->changed == changed && update->lists == lists) {
            return update->statement;
        }
    }
    update = &plan->updates[plan->next_update++ % STORE_UPDATES];
    (void)sqlite3_finalize(update->statement);
    *update = (struct store_update){changed, lists, NULL};
    return store_prepare_made(store, &update->statement, update_text(&plan->root, changed, lists),
                              error);
}

int store_update_row(struct store *store, struct store_plan *plan, const char *key,
                     const void *before, const void *record, bool lists, bool *written,
                     sj_error *error) {
    const struct store_table *table = &plan->root;
    const uint64_t changed =
        table->columns_count <= 64 ? changed_columns(table, before, record) : 0;
    int index = 1, result;
    *written = false;
    if (changed == 0) {
        return SJ_OK;
    }
    sqlite3_stmt *statement = find_update(store, plan, changed, lists, error);
    if (statement == NULL) {
        return SJ_E_INTERNAL;
    }
    for (size_t i = 0; i < table->columns_count; i++) {
        if ((changed >> i & 1) != 0) {
            store_bind_value(statement, index++, &table->columns[i],
                             sj_member_const(record, table->columns[i].offset));
        }
    }
    if (lists) {
        (void)sqlite3_bind_int64(statement, index++, store_lists_of(plan, record));
    }
    store_bind_text(statement, index, key);
    result = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    *written = result == SQLITE_DONE && sqlite3_changes(store->database) == 1;
    return result == SQLITE_DONE ? SJ_OK
                                 : store_sql_error(store, result, "writing a record", error);
}
