/* Copies by plan. Pure. */
#include "host/policy/plan.h"

#include <string.h>

#include "host/policy/values.h"

static void add_fields(struct sj_plan *plan, const sj_record_meta *meta, uint32_t base) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        uint32_t offset = base + (uint32_t)field->offset;
        if (field->type == SJ_TYPE_RECORD) {
            add_fields(plan, field->record, offset);
        } else if (field->type == SJ_TYPE_LIST && plan->lists_count < SJ_PLAN_LISTS) {
            plan->lists[plan->lists_count].field = field;
            plan->lists[plan->lists_count++].base = base;
        } else if (sj_type_is_text(field->type) &&
                   ((field->flags & SJ_FIELD_SENSITIVE) != 0 || field->type == SJ_TYPE_SECRET) &&
                   plan->blanks_count < SJ_PLAN_BLANKS) {
            plan->blanks[plan->blanks_count++] = offset;
        } else if (sj_type_is_text(field->type) && plan->texts_count < SJ_PLAN_TEXTS) {
            plan->texts[plan->texts_count++] = offset;
        } else if (sj_type_is_text(field->type) || field->type == SJ_TYPE_LIST) {
            plan->whole = false;
        }
    }
}

void sj_plan_make(struct sj_plan *plan, const sj_record_meta *meta) {
    memset(plan, 0, sizeof *plan);
    plan->meta = meta;
    plan->whole = true;
    add_fields(plan, meta, 0);
}

void *sj_plan_copy(const struct sj_plan *plan, size_t fields, const void *record, char *bytes,
                   size_t size, size_t *used) {
    size_t at = (*used + 15) & ~(size_t)15;
    char *copy;
    if (!plan->whole || fields < plan->meta->fields_count) {
        return sj_values_copy(plan->meta, fields, record, bytes, size, used);
    }
    if (at > size || size - at < plan->meta->struct_size) {
        return NULL;
    }
    copy = bytes + at;
    memcpy(copy, record, plan->meta->struct_size);
    at += plan->meta->struct_size;
    for (size_t i = 0; i < plan->blanks_count; i++) {
        *(const char **)(void *)(copy + plan->blanks[i]) = "";
    }
    for (size_t i = 0; i < plan->texts_count; i++) {
        const char **text = (const char **)(void *)(copy + plan->texts[i]);
        size_t length;
        if (*text == NULL || **text == '\0') {
            *text = "";
            continue;
        }
        length = strlen(*text) + 1;
        if (size - at < length) {
            return NULL;
        }
        *text = memcpy(bytes + at, *text, length);
        at += length;
    }
    for (size_t i = 0; i < plan->lists_count; i++) {
        if (!sj_values_copy_list(plan->lists[i].field, copy + plan->lists[i].base, bytes, size,
                                 &at)) {
            return NULL;
        }
    }
    *used = at;
    return copy;
}
