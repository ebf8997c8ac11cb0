/* Records by their metadata: defaults, deep copies, comparison, and text that can be pasted into a
 * policy's tests. Pure.
 *
 * `fields` is how many of the metadata's fields the struct at hand has: one compiled against an
 * older declaration has fewer. */
#ifndef HOST_POLICY_VALUES_H
#define HOST_POLICY_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include <sojourn/base/text.h>
#include <sojourn/schema.h>

#include "host/record/record.h"

/* How many items a list has. */
static inline size_t sj_value_count(const sj_field *field, const void *record) {
    return *(const size_t *)sj_member_const(record, field->count_offset);
}

/* Fills a zeroed struct: the declared defaults, and "" for other texts. What it points to belongs
 * to the metadata. */
void sj_values_defaults(const sj_record_meta *meta, size_t fields, void *record);

/* Copies the struct with all it points to into `room`, which is aligned for anything. Sensitive
 * texts are left out. NULL when it does not fit. *used grows by what was taken. */
void *sj_values_copy(const sj_record_meta *meta, size_t fields, const void *record, char *room,
                     size_t size, size_t *used);

/* The same for one list of a struct whose own bytes are copied already. False when it does not fit.
 */
bool sj_values_copy_list(const sj_field *field, void *copy, char *room, size_t size, size_t *used);

/* Whether one of its texts is this one, at any depth. */
bool sj_values_mention(const sj_record_meta *meta, const void *record, const char *text);

/* The first field that differs ("calling_search_spaces"), or NULL. */
const char *sj_values_difference(const sj_record_meta *meta, size_t fields, const void *one,
                                 const void *other);

/* Adds the record as a Lua table on one line, without the fields that are empty, zero, false or
 * sensitive; what is longer than `limit` bytes is cut, with "..." at the end. */
void sj_values_write(sj_text *text, size_t limit, const sj_record_meta *meta, size_t fields,
                     const void *record);

#endif
