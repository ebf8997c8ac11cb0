/* What queries see of a large change, and must merge. */
#ifndef HOST_STORE_BULK_VIEW_H
#define HOST_STORE_BULK_VIEW_H

#include <sojourn/error.h>

#include "host/store/bulk_state.h"

struct store;

struct store_condition {
    const struct store_table *table; /* the record's own, or that of one of its lists */
    const struct store_column *column;
    union {
        const char *text;
        int64_t integer;
        double real;
        bool boolean;
        int number;
    } value;
};

/* The entries that fit the conditions, in the order of their keys. `group` NULL: none. */
struct store_bulk_cursor {
    const struct store_bulk_group *group;
    const struct store_condition *conditions; /* two */
    size_t next;
};

void store_bulk_sort(struct store_bulk_group *group);
void store_bulk_cursor_open(struct store_bulk_cursor *cursor, struct store_bulk_group *group,
                            const struct store_condition conditions[2], const char *after_key);
/* The next one whose key comes before `key` (NULL: any), or NULL. */
const struct store_bulk_entry *store_bulk_cursor_take(struct store_bulk_cursor *cursor,
                                                      const char *key);

#endif
