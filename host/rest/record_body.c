/* What people cannot give of a record, or did not, stays. */
#include "host/rest/record_body.h"

#include <string.h>

#include "host/record/record.h"

void rest_keep_field(const sj_field *field, void *record, const void *stored) {
    memcpy(sj_member(record, field->offset), sj_member_const(stored, field->offset),
           sj_type_size(field->type, field->record));
    if (field->type == SJ_TYPE_LIST) {
        memcpy(sj_member(record, field->count_offset), sj_member_const(stored, field->count_offset),
               sizeof(size_t));
    }
}

void rest_keep_read_only(const sj_record_meta *meta, void *record, const void *stored) {
    for (size_t i = 0; stored != NULL && i < meta->fields_count; i++) {
        if ((meta->fields[i].flags & SJ_FIELD_READ_ONLY) != 0) {
            rest_keep_field(&meta->fields[i], record, stored);
        }
    }
}
