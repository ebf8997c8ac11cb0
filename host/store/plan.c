/* How a resource lies in tables. Pure. */
#include "host/store/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include "host/record/declaration.h"
#include "host/record/json.h"
#include "host/record/record.h"

/* A list's bit comes from its name, so that it is the same in every version of the declaration; two
 * lists with one bit only cost a look more. */
static uint64_t hash_more(uint64_t hash, const char *text) {
    return sj_hash_more(hash, text, strlen(text));
}

static const char *joined(struct sj_arena *arena, const char *first, const char *second) {
    size_t length = strlen(first), more = strlen(second);
    char *name = sj_arena_alloc(arena, length + more + 3);
    if (name != NULL) {
        (void)snprintf(name, length + more + 3, "%s%s%s", first, length > 0 ? "__" : "", second);
    }
    return name;
}

static void count_fields(const sj_record_meta *meta, size_t *columns, size_t *lists) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (field->type == SJ_TYPE_RECORD) {
            count_fields(field->record, columns, lists);
        } else if (field->type == SJ_TYPE_LIST) {
            (*lists)++;
        } else {
            (*columns)++;
        }
    }
}

static bool build_table(struct sj_arena *arena, struct store_table *table,
                        const sj_record_meta *meta);

static bool build_list(struct sj_arena *arena, struct store_table *parent,
                       struct store_table *table, const sj_field *field, const char *prefix,
                       size_t base) {
    const char *name = joined(arena, prefix, field->name);
    table->list = field;
    table->list_offset = base + field->offset;
    table->count_offset = base + field->count_offset;
    table->depth = parent->depth + 1;
    table->item_size = sj_type_size(field->element, field->record);
    table->bit = name != NULL ? INT64_C(1) << (hash_more(SJ_HASH_BEGIN, name) % 62) : 0;
    if (name == NULL || table->depth > STORE_DEPTH) {
        return false;
    }
    table->name = joined(arena, parent->name, name);
    if (table->name == NULL) {
        return false;
    }
    if (field->record != NULL) {
        return build_table(arena, table, field->record);
    }
    table->columns = sj_arena_alloc(arena, sizeof *table->columns);
    if (table->columns == NULL) {
        return false;
    }
    table->columns[0] = (struct store_column){"value", field, field->element, 0, NULL};
    table->columns_count = 1;
    return true;
}

static bool build_members(struct sj_arena *arena, struct store_table *table,
                          const sj_record_meta *meta, const char *prefix, size_t base) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (field->type == SJ_TYPE_RECORD) {
            const char *inner = joined(arena, prefix, field->name);
            if (inner == NULL ||
                !build_members(arena, table, field->record, inner, base + field->offset)) {
                return false;
            }
        } else if (field->type == SJ_TYPE_LIST) {
            if (!build_list(arena, table, &table->children[table->children_count++], field, prefix,
                            base)) {
                return false;
            }
        } else {
            struct store_column *column = &table->columns[table->columns_count++];
            *column = (struct store_column){joined(arena, prefix, field->name), field, field->type,
                                            base + field->offset, NULL};
            if (column->name == NULL) {
                return false;
            }
        }
    }
    return true;
}

static bool build_table(struct sj_arena *arena, struct store_table *table,
                        const sj_record_meta *meta) {
    size_t columns = 0, lists = 0;
    count_fields(meta, &columns, &lists);
    table->columns = sj_arena_alloc(arena, (columns + 1) * sizeof *table->columns);
    table->children = sj_arena_alloc(arena, (lists + 1) * sizeof *table->children);
    return table->columns != NULL && table->children != NULL &&
           build_members(arena, table, meta, "", 0);
}

struct store_plan *store_plan_new(const sj_resource_meta *meta) {
    struct store_plan *plan = calloc(1, sizeof *plan);
    char name[256];
    if (plan == NULL) {
        return NULL;
    }
    plan->meta = sj_declaration_copy_resource(&plan->arena, meta);
    (void)snprintf(name, sizeof name, "r_%s", meta->record->name);
    plan->root.name = sj_arena_strdup(&plan->arena, name);
    plan->root.item_size = meta->record->struct_size;
    if (plan->meta == NULL || plan->root.name == NULL ||
        !build_table(&plan->arena, &plan->root, plan->meta->record)) {
        store_plan_free(plan);
        return NULL;
    }
    return plan;
}

void store_plan_free(struct store_plan *plan) {
    if (plan != NULL) {
        free(plan->queries);
        sj_arena_free(&plan->arena);
        free(plan);
    }
}

int store_table_walk(struct store_table *table, int (*visit)(void *user, struct store_table *table),
                     void *user) {
    int status = visit(user, table);
    for (size_t i = 0; status == 0 && i < table->children_count; i++) {
        status = store_table_walk(&table->children[i], visit, user);
    }
    return status;
}

/* ---- SQL ---- */

static const char *const positions[STORE_DEPTH + 1] = {"", "position", "position2", "position3",
                                                       "position4"};

static void quote_text(sj_text *sql, const char *text) {
    sj_text_char(sql, '\'');
    for (; *text != '\0'; text++) {
        sj_text_add(sql, "''", *text == '\'' ? 2 : 0);
        if (*text != '\'') {
            sj_text_char(sql, *text);
        }
    }
    sj_text_char(sql, '\'');
}

/* The declared default, which records that are older than the column get. */
static void default_value(sj_text *sql, const struct store_column *column) {
    struct sj_arena arena = {0};
    sj_field field = *column->field;
    union {
        const char *text;
        int64_t integer;
        double real;
        bool boolean;
        int number;
    } value = {0};
    bool whole = field.type == column->type;
    field.offset = 0;
    value.integer = 0;
    if (whole) {
        (void)sj_field_default(&field, &value, &arena);
    }
    switch (column->type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: quote_text(sql, whole ? sj_or_empty(value.text) : ""); break;
    case SJ_TYPE_ENUM: quote_text(sql, sj_enum_word(&field, whole ? value.number : 0)); break;
    case SJ_TYPE_BOOLEAN: sj_text_puts(sql, value.boolean ? "1" : "0"); break;
    case SJ_TYPE_REAL: sj_text_printf(sql, "%.17g", value.real); break;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES: sj_text_integer(sql, value.integer); break;
    case SJ_TYPE_RECORD:
    case SJ_TYPE_LIST: break;
    }
    sj_arena_free(&arena);
}

static void put_column(sj_text *sql, const struct store_column *column) {
    const char *type = column->type == SJ_TYPE_REAL                                    ? "REAL"
                       : sj_type_is_text(column->type) || column->type == SJ_TYPE_ENUM ? "TEXT"
                                                                                       : "INTEGER";
    sj_text_printf(sql, "\"%s\" %s NOT NULL DEFAULT ", column->name, type);
    default_value(sql, column);
}

char *store_sql_column(const struct store_column *column) {
    sj_text sql = {0};
    put_column(&sql, column);
    return sj_text_take(&sql);
}

char *store_sql_create(const struct store_table *table) {
    sj_text sql = {0};
    sj_text_printf(&sql, "CREATE TABLE \"%s\"(key TEXT NOT NULL", table->name);
    if (table->depth == 0) {
        sj_text_puts(&sql, "," STORE_LISTS_COLUMN);
    }
    for (size_t i = 1; i <= table->depth; i++) {
        sj_text_printf(&sql, ",%s INTEGER NOT NULL", positions[i]);
    }
    for (size_t i = 0; i < table->columns_count; i++) {
        sj_text_char(&sql, ',');
        put_column(&sql, &table->columns[i]);
    }
    sj_text_puts(&sql, ",PRIMARY KEY(key");
    for (size_t i = 1; i <= table->depth; i++) {
        sj_text_printf(&sql, ",%s", positions[i]);
    }
    sj_text_puts(&sql, "))WITHOUT ROWID");
    return sj_text_take(&sql);
}

/* What of a field's flags makes an index. */
static char mark_of(const sj_field *field) {
    if ((field->flags & SJ_FIELD_UNIQUE) != 0) {
        return 'u';
    }
    return (char)((field->flags & SJ_FIELD_INDEX) != 0 ? 'i' : '-');
}

static uint64_t shape_of(uint64_t hash, const struct store_table *table) {
    hash = hash_more(hash, table->name);
    for (size_t i = 0; i < table->columns_count; i++) {
        const struct store_column *column = &table->columns[i];
        const char kind[] = {'|', (char)('a' + (int)column->type), mark_of(column->field), '\0'};
        hash = hash_more(hash_more(hash, kind), column->name);
    }
    for (size_t i = 0; i < table->children_count; i++) {
        hash = shape_of(hash_more(hash, "/"), &table->children[i]);
    }
    return hash;
}

uint64_t store_plan_shape(const struct store_plan *plan) {
    return shape_of(SJ_HASH_BEGIN, &plan->root);
}

static void put_names(sj_text *sql, const struct store_table *table, const char *before) {
    for (size_t i = 0; i < table->columns_count; i++) {
        sj_text_printf(sql, "%s\"%s\"", i == 0 ? before : ",", table->columns[i].name);
    }
}

static void put_marks(sj_text *sql, size_t count) {
    for (size_t i = 0; i < count; i++) {
        sj_text_puts(sql, i == 0 ? "?" : ",?");
    }
}

char *store_sql_select_one(const struct store_table *table) {
    sj_text sql = {0};
    sj_text_puts(&sql, "SELECT key,_lists");
    put_names(&sql, table, ",");
    sj_text_printf(&sql, " FROM \"%s\"", table->name);
    return sj_text_take(&sql);
}

char *store_sql_upsert(const struct store_table *table) {
    sj_text sql = {0};
    sj_text_printf(&sql, "INSERT INTO \"%s\"(key,_lists", table->name);
    put_names(&sql, table, ",");
    sj_text_puts(&sql, ")VALUES(");
    put_marks(&sql, table->columns_count + 2);
    /* Bits are only ever added: an older plugin does not know all lists. */
    sj_text_puts(&sql, ")ON CONFLICT(key)DO UPDATE SET _lists=_lists|excluded._lists");
    for (size_t i = 0; i < table->columns_count; i++) {
        sj_text_printf(&sql, ",\"%s\"=excluded.\"%s\"", table->columns[i].name,
                       table->columns[i].name);
    }
    return sj_text_take(&sql);
}

char *store_sql_select_items(const struct store_table *table) {
    sj_text sql = {0};
    sj_text_puts(&sql, "SELECT ");
    put_names(&sql, table, "");
    if (table->columns_count == 0) {
        sj_text_puts(&sql, "1");
    }
    sj_text_printf(&sql, " FROM \"%s\" WHERE key=?", table->name);
    for (size_t i = 1; i < table->depth; i++) {
        sj_text_printf(&sql, " AND %s=?", positions[i]);
    }
    sj_text_printf(&sql, " ORDER BY %s", positions[table->depth]);
    return sj_text_take(&sql);
}

char *store_sql_insert_item(const struct store_table *table) {
    sj_text sql = {0};
    sj_text_printf(&sql, "INSERT INTO \"%s\"(key", table->name);
    for (size_t i = 1; i <= table->depth; i++) {
        sj_text_printf(&sql, ",%s", positions[i]);
    }
    put_names(&sql, table, ",");
    sj_text_puts(&sql, ")VALUES(");
    put_marks(&sql, table->columns_count + table->depth + 1);
    sj_text_char(&sql, ')');
    return sj_text_take(&sql);
}
