/* Deep copies of generated structs: measured first, then written into one block. Pure. */
#include "host/record/convert.h"

#include <stdlib.h>
#include <string.h>

#include "host/record/record.h"

struct block {
    char *base; /* NULL while measuring */
    size_t used;
};

static void *take(struct block *block, size_t bytes) {
    void *at = block->base == NULL ? NULL : block->base + block->used;
    block->used += (bytes + 15u) & ~(size_t)15u;
    return at;
}

static const char *take_text(struct block *block, const char *text) {
    size_t length = text == NULL ? 0 : strlen(text);
    char *copy;
    if (length == 0) {
        return "";
    }
    copy = take(block, length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length + 1);
    }
    return copy;
}

static const void *member(const void *record, size_t offset) {
    return (const char *)record + offset;
}

static void set_pointer(void *copy, size_t offset, const void *pointer) {
    if (copy != NULL) {
        memcpy((char *)copy + offset, &pointer, sizeof pointer);
    }
}

static void fix_record(struct block *block, const sj_record_meta *meta, size_t fields,
                       const void *record, void *copy);

static void fix_list(struct block *block, const sj_field *field, const void *record, void *copy) {
    const void *items;
    size_t count, size;
    char *items_copy;
    memcpy(&items, member(record, field->offset), sizeof items);
    memcpy(&count, member(record, field->count_offset), sizeof count);
    if (items == NULL || count == 0) {
        set_pointer(copy, field->offset, NULL);
        return;
    }
    size = field->record != NULL             ? field->record->struct_size
           : sj_type_is_text(field->element) ? sizeof(const char *)
                                             : sizeof(int64_t);
    items_copy = take(block, count * size);
    if (items_copy != NULL) {
        memcpy(items_copy, items, count * size);
    }
    for (size_t i = 0; i < count; i++) {
        const void *item = member(items, i * size);
        void *item_copy = items_copy == NULL ? NULL : items_copy + i * size;
        if (field->record != NULL) {
            fix_record(block, field->record, field->record->fields_count, item, item_copy);
        } else if (sj_type_is_text(field->element)) {
            const char *text;
            memcpy(&text, item, sizeof text);
            set_pointer(item_copy, 0, take_text(block, text));
        }
    }
    set_pointer(copy, field->offset, items_copy);
}

/* Takes what the record points to into the block, and lets the shallow copy point there. */
static void fix_record(struct block *block, const sj_record_meta *meta, size_t fields,
                       const void *record, void *copy) {
    for (size_t i = 0; i < fields; i++) {
        const sj_field *field = &meta->fields[i];
        if (sj_type_is_text(field->type)) {
            const char *text;
            memcpy(&text, member(record, field->offset), sizeof text);
            set_pointer(copy, field->offset, take_text(block, text));
        } else if (field->type == SJ_TYPE_RECORD) {
            fix_record(block, field->record, field->record->fields_count,
                       member(record, field->offset),
                       copy == NULL ? NULL : (char *)copy + field->offset);
        } else if (field->type == SJ_TYPE_LIST) {
            fix_list(block, field, record, copy);
        }
    }
}

/* Fields that `record` does not have: texts are "", all else is 0 from the start. */
static void fill_rest(const sj_record_meta *meta, size_t from, void *copy) {
    for (size_t i = from; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (sj_type_is_text(field->type)) {
            set_pointer(copy, field->offset, "");
        } else if (field->type == SJ_TYPE_RECORD) {
            fill_rest(field->record, 0, (char *)copy + field->offset);
        }
    }
}

void *sj_record_convert(const sj_record_meta *to, const sj_record_meta *from, const void *record) {
    struct block block = {NULL, 0};
    size_t common = to->fields_count < from->fields_count ? to->fields_count : from->fields_count;
    size_t shallow = to->struct_size < from->struct_size ? to->struct_size : from->struct_size;
    void *copy;
    (void)take(&block, to->struct_size);
    fix_record(&block, from, common, record, NULL);
    block.base = calloc(1, block.used);
    if (block.base == NULL) {
        return NULL;
    }
    block.used = 0;
    copy = take(&block, to->struct_size);
    memcpy(copy, record, shallow);
    fix_record(&block, from, common, record, copy);
    fill_rest(to, common, copy);
    return copy;
}
