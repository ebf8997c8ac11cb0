/* Copies of compact records: one block of memory copied at once, its pointers moved along. Pure. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/record/record.h"

struct move {
    const char *from; /* the old block */
    size_t size;
    char *to;
};

static inline void move_pointer(const struct move *move, void *pointer) {
    const char *old;
    memcpy(&old, pointer, sizeof old);
    if ((uintptr_t)old - (uintptr_t)move->from < move->size) { /* the empty text lies elsewhere */
        old = move->to + (old - move->from);
        memcpy(pointer, &old, sizeof old);
    }
}

static void move_members(const struct move *move, const sj_record_meta *meta, void *record) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        void *member = sj_member(record, field->offset);
        if (field->type == SJ_TYPE_RECORD) {
            move_members(move, field->record, member);
        } else if (sj_type_is_text(field->type)) {
            move_pointer(move, member);
        } else if (field->type == SJ_TYPE_LIST) {
            size_t count = *(size_t *)sj_member(record, field->count_offset);
            move_pointer(move, member);
            for (size_t j = 0;
                 j < count && (field->record != NULL || sj_type_is_text(field->element)); j++) {
                char *items = *(char **)member;
                if (field->record != NULL) {
                    move_members(move, field->record, items + j * field->record->struct_size);
                } else {
                    move_pointer(move, items + j * sizeof(char *));
                }
            }
        }
    }
}

void *sj_record_copy_block(const sj_record_meta *meta, const void *record, size_t size) {
    char *copy = malloc(size);
    if (copy != NULL) {
        struct move move = {record, size, copy};
        memcpy(copy, record, size);
        move_members(&move, meta, copy);
    }
    return copy;
}
