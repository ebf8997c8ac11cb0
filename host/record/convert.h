/* Deep copies of generated structs into another version of their declaration. Pure. */
#ifndef SJ_HOST_RECORD_CONVERT_H
#define SJ_HOST_RECORD_CONVERT_H

#include <sojourn/schema.h>

/* One allocation (free() it), or NULL when out of memory. The result is laid out as `to` describes;
 * `record` as `from` does. The two agree on the fields both have; what only `to` has is empty. */
void *sj_record_convert(const sj_record_meta *to, const sj_record_meta *from, const void *record);

#endif
