/* Records as people give them: how their JSON is read, and what they cannot give is kept. */
#ifndef HOST_REST_RECORD_BODY_H
#define HOST_REST_RECORD_BODY_H

#include "host/record/json.h"
#include <sojourn/schema.h>

/* A PUT, an apply. */
enum { REST_READS_GIVEN = SJ_JSON_SKIP_READ_ONLY | SJ_JSON_ONE_LINE | SJ_JSON_SECRET_OR_NULL };

/* One field, or those that only services write, take over what `stored` (in the second case: or
 * NULL) has. */
void rest_keep_field(const sj_field *field, void *record, const void *stored);
void rest_keep_read_only(const sj_record_meta *meta, void *record, const void *stored);

#endif
