/* Is a record what its declaration demands? Types are C's affair; here: required, ranges, formats,
 * enum numbers, lengths. Pure.
 */
#ifndef HOST_RECORD_VALIDATE_H
#define HOST_RECORD_VALIDATE_H

#include <sojourn/schema.h>

#include "host/record/problems.h"

/* Checks all fields; each fault becomes a problem under `path` (NULL at the outermost). SJ_OK or
 * the first code. */
int sj_record_check(const sj_record_meta *meta, const void *record, const struct sj_path *path,
                    struct sj_problems *problems);
/* The same, with the first problem only. */
int sj_record_validate(const sj_record_meta *meta, const void *record, sj_error *error);
/* One value, `member` pointing to it; `base` is its record, for a list's count (may be NULL for
 * other types). */
void sj_field_check(const sj_field *field, const void *base, const void *member,
                    const struct sj_path *path, struct sj_problems *problems);

#endif
