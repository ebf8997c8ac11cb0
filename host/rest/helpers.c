/* Small things that several handlers need. */
#include <string.h>

#include "../record/record.h"
#include "internal.h"

void rest_escape(sj_buffer *out, const char *segment) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~@";
    for (; *segment != '\0'; segment++) {
        if (strchr(plain, *segment) != NULL) {
            sj_buffer_char(out, *segment);
        } else {
            sj_buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*segment);
        }
    }
}

void rest_keep_read_only(const sj_record_meta *meta, void *record, const void *stored) {
    for (size_t i = 0; stored != NULL && i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if ((field->flags & SJ_FIELD_READ_ONLY) == 0) {
            continue;
        }
        memcpy(sj_member(record, field->offset), sj_member_const(stored, field->offset),
               sj_type_size(field->type, field->record));
        if (field->type == SJ_TYPE_LIST) {
            memcpy(sj_member(record, field->count_offset), sj_member_const(stored, field->count_offset), sizeof(size_t));
        }
    }
}
