/* What a declaration file returns, as a tree of plain values. Everything after reading works on
 * these, not on Lua. */
#ifndef SCHEMAC_VALUE_H
#define SCHEMAC_VALUE_H

#include "text.h"

#include <stdint.h>

enum value_kind { VALUE_BOOLEAN, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT, VALUE_TABLE };

struct value {
    enum value_kind kind;
    bool boolean;
    int64_t integer;
    double real;
    const char *text;
    /* Of a table: the list part, and the named members in order of their names. */
    struct value *items;
    size_t items_count;
    struct value_member *members;
    size_t members_count;
};

struct value_member {
    const char *name;
    struct value value;
};

/* The member of a table, or NULL. */
const struct value *value_get(const struct value *table, const char *name);
/* "text", "table", ... as sentences name it; NULL is "nothing". */
const char *value_kind_name(const struct value *value);

/* Reads the Lua file in an environment without any function, as text only, bounded in instructions
 * and memory. On failure returns false with one sentence in `*problem`. */
bool value_read_lua(struct arena *arena, const char *file, struct value *value,
                    const char **problem);

#endif
