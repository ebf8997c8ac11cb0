/* Walks records by their metadata. Pure. */
#include "host/policy/values.h"

#include <inttypes.h>
#include <math.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/utf8.h>

static int choice_of(const sj_field *field, const char *word) {
    for (int i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
        if (strcmp(field->choices[i], word) == 0) {
            return i;
        }
    }
    return 0;
}

void sj_values_defaults(const sj_record_meta *meta, size_t fields, void *record) {
    for (size_t i = 0; i < fields; i++) {
        const sj_field *field = &meta->fields[i];
        const char *fallback = sj_or_empty(field->fallback);
        char *at = (char *)record + field->offset;
        unsigned hours = 0, minutes = 0;
        switch (field->type) {
        case SJ_TYPE_TEXT:
        case SJ_TYPE_REFERENCE:
        case SJ_TYPE_SECRET: memcpy(at, &fallback, sizeof fallback); break;
        case SJ_TYPE_BOOLEAN: *(bool *)(void *)at = strcmp(fallback, "true") == 0; break;
        case SJ_TYPE_INTEGER: *(int64_t *)(void *)at = strtoll(fallback, NULL, 10); break;
        case SJ_TYPE_MINUTES:
            *(int64_t *)(void *)at = sscanf(fallback, "%u:%u", &hours, &minutes) == 2
                                         ? (int64_t)hours * 60 + minutes
                                         : strtoll(fallback, NULL, 10);
            break;
        case SJ_TYPE_REAL: *(double *)(void *)at = strtod(fallback, NULL); break;
        case SJ_TYPE_ENUM: *(int *)(void *)at = choice_of(field, fallback); break;
        case SJ_TYPE_RECORD:
            sj_values_defaults(field->record, field->record->fields_count, at);
            break;
        case SJ_TYPE_TIME:
        case SJ_TYPE_LIST: break;
        }
    }
}

/* The room that copies are laid into. */
struct room {
    char *bytes;
    size_t size, used;
};

static void *take(struct room *room, size_t bytes) {
    size_t from = (room->used + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (from > room->size || room->size - from < bytes) {
        return NULL;
    }
    room->used = from + bytes;
    return room->bytes + from;
}

static bool copy_text(struct room *room, const char **text) {
    size_t bytes;
    char *copy;
    if (*text == NULL || **text == '\0') {
        *text = "";
        return true;
    }
    bytes = strlen(*text) + 1;
    if (room->size - room->used < bytes) {
        return false;
    }
    copy = room->bytes + room->used;
    room->used += bytes;
    memcpy(copy, *text, bytes);
    *text = copy;
    return true;
}

static bool copy_fields(struct room *room, const sj_record_meta *meta, size_t fields, char *copy);

/* `copy` holds the struct's own bytes already; copies the items of its list. */
static bool copy_list(struct room *room, const sj_field *field, char *copy) {
    size_t count = sj_value_count(field, copy), each = sj_type_size(field->element, field->record);
    void **list = (void **)(void *)(copy + field->offset);
    char *items;
    if (count == 0) {
        *list = NULL;
        return true;
    }
    items = count <= room->size / each ? take(room, count * each) : NULL;
    if (items == NULL) {
        return false;
    }
    memcpy(items, *list, count * each);
    *list = items;
    for (size_t i = 0; i < count; i++) {
        if (sj_type_is_text(field->element) &&
            !copy_text(room, (const char **)(void *)(items + i * each))) {
            return false;
        }
        if (field->element == SJ_TYPE_RECORD &&
            !copy_fields(room, field->record, field->record->fields_count, items + i * each)) {
            return false;
        }
    }
    return true;
}

static bool copy_fields(struct room *room, const sj_record_meta *meta, size_t fields, char *copy) {
    for (size_t i = 0; i < fields; i++) {
        const sj_field *field = &meta->fields[i];
        char *at = copy + field->offset;
        if (sj_type_is_text(field->type)) {
            const char **text = (const char **)(void *)at;
            if ((field->flags & SJ_FIELD_SENSITIVE) != 0 || field->type == SJ_TYPE_SECRET) {
                *text = "";
            } else if (!copy_text(room, text)) {
                return false;
            }
        } else if (field->type == SJ_TYPE_RECORD) {
            if (!copy_fields(room, field->record, field->record->fields_count, at)) {
                return false;
            }
        } else if (field->type == SJ_TYPE_LIST && !copy_list(room, field, copy)) {
            return false;
        }
    }
    return true;
}

void *sj_values_copy(const sj_record_meta *meta, size_t fields, const void *record, char *bytes,
                     size_t size, size_t *used) {
    struct room room = {bytes, size, *used};
    char *copy = take(&room, meta->struct_size);
    if (copy == NULL) {
        return NULL;
    }
    if (fields < meta->fields_count) { /* an older struct: only its own fields are there */
        memset(copy, 0, meta->struct_size);
        sj_values_defaults(meta, meta->fields_count, copy);
        for (size_t i = 0; i < fields; i++) {
            const sj_field *field = &meta->fields[i];
            memcpy(copy + field->offset, (const char *)record + field->offset,
                   sj_type_size(field->type, field->record));
            if (field->type == SJ_TYPE_LIST) {
                memcpy(copy + field->count_offset, (const char *)record + field->count_offset,
                       sizeof(size_t));
            }
        }
    } else {
        memcpy(copy, record, meta->struct_size);
    }
    if (!copy_fields(&room, meta, fields, copy)) {
        return NULL;
    }
    *used = room.used;
    return copy;
}

bool sj_values_copy_list(const sj_field *field, void *copy, char *bytes, size_t size,
                         size_t *used) {
    struct room room = {bytes, size, *used};
    bool fits = copy_list(&room, field, copy);
    *used = room.used;
    return fits;
}

bool sj_values_mention(const sj_record_meta *meta, const void *record, const char *text) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        const bool list = field->type == SJ_TYPE_LIST;
        const sj_type type = list ? field->element : field->type;
        const size_t count = list ? sj_value_count(field, record) : 1;
        const size_t each = list ? sj_type_size(field->element, field->record) : 0;
        const char *at = sj_member_const(record, field->offset);
        const char *items = list ? *(const char *const *)(const void *)at : at;
        for (size_t k = 0; k < count; k++) {
            if (sj_type_is_text(type) && strcmp(sj_member_text(items + k * each, 0), text) == 0) {
                return true;
            }
            if (type == SJ_TYPE_RECORD &&
                sj_values_mention(field->record, items + k * each, text)) {
                return true;
            }
        }
    }
    return false;
}

static bool same_value(const sj_field *field, sj_type type, const void *one, const void *other) {
    switch (type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: return strcmp(sj_member_text(one, 0), sj_member_text(other, 0)) == 0;
    case SJ_TYPE_RECORD:
        return sj_values_difference(field->record, field->record->fields_count, one, other) == NULL;
    case SJ_TYPE_BOOLEAN:
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES:
    case SJ_TYPE_REAL:
    case SJ_TYPE_ENUM: return memcmp(one, other, sj_type_size(type, NULL)) == 0;
    case SJ_TYPE_LIST: break;
    }
    return true;
}

static bool same_list(const sj_field *field, const void *one, const void *other) {
    size_t count = sj_value_count(field, one), each = sj_type_size(field->element, field->record);
    const char *left = *(const char *const *)sj_member_const(one, field->offset),
               *right = *(const char *const *)sj_member_const(other, field->offset);
    if (count != sj_value_count(field, other)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!same_value(field, field->element, left + i * each, right + i * each)) {
            return false;
        }
    }
    return true;
}

const char *sj_values_difference(const sj_record_meta *meta, size_t fields, const void *one,
                                 const void *other) {
    for (size_t i = 0; i < fields; i++) {
        const sj_field *field = &meta->fields[i];
        bool same = field->type == SJ_TYPE_LIST
                        ? same_list(field, one, other)
                        : same_value(field, field->type, sj_member_const(one, field->offset),
                                     sj_member_const(other, field->offset));
        if (!same) {
            return field->name;
        }
    }
    return NULL;
}

/* As a Lua string literal. */
static void write_text(sj_text *text, const char *value) {
    sj_text_printf(text, "\"");
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            sj_text_printf(text, "\\%c", *c);
        } else if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            sj_text_printf(text, "\\%03d", *c);
        } else {
            size_t plain = strcspn(c, "\"\\\001\002\003\004\005\006\007\b\t\n\v\f\r\016\017\020\021"
                                      "\022\023\024\025\026\027\030\031\032\033\034"
                                      "\035\036\037\177");
            sj_text_printf(text, "%.*s", (int)plain, c);
            c += plain - 1;
        }
    }
    sj_text_printf(text, "\"");
}

static bool is_empty(const sj_field *field, const void *record) {
    const void *at = sj_member_const(record, field->offset);
    switch (field->type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE: return *sj_member_text(at, 0) == '\0';
    case SJ_TYPE_SECRET: return true;
    case SJ_TYPE_BOOLEAN: return !*(const bool *)at;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES: return *(const int64_t *)at == 0;
    case SJ_TYPE_REAL: return fpclassify(*(const double *)at) == FP_ZERO;
    case SJ_TYPE_ENUM: return false;
    case SJ_TYPE_LIST: return sj_value_count(field, record) == 0;
    case SJ_TYPE_RECORD:
        for (size_t i = 0; i < field->record->fields_count; i++) {
            if (!is_empty(&field->record->fields[i], at)) {
                return false;
            }
        }
        return true;
    }
    return true;
}

static const char *word_of(const sj_field *field, int choice) {
    int i = 0;
    while (field->choices != NULL && field->choices[i] != NULL && i < choice) {
        i++;
    }
    return field->choices != NULL && field->choices[i] != NULL ? field->choices[i] : "";
}

static void write_record(sj_text *text, const sj_record_meta *meta, size_t fields,
                         const void *record);

static void write_value(sj_text *text, const sj_field *field, sj_type type, const void *at) {
    switch (type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE: write_text(text, sj_member_text(at, 0)); break;
    case SJ_TYPE_BOOLEAN: sj_text_printf(text, *(const bool *)at ? "true" : "false"); break;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_MINUTES: sj_text_printf(text, "%" PRId64, *(const int64_t *)at); break;
    case SJ_TYPE_TIME: sj_text_printf(text, "%" PRId64, *(const int64_t *)at / 1000); break;
    case SJ_TYPE_REAL: sj_text_printf(text, "%.14g", *(const double *)at); break;
    case SJ_TYPE_ENUM: write_text(text, word_of(field, *(const int *)at)); break;
    case SJ_TYPE_RECORD: write_record(text, field->record, field->record->fields_count, at); break;
    case SJ_TYPE_SECRET:
    case SJ_TYPE_LIST: break;
    }
}

static void write_list(sj_text *text, const sj_field *field, const void *record) {
    size_t each = sj_type_size(field->element, field->record);
    const char *items = *(const char *const *)sj_member_const(record, field->offset);
    sj_text_printf(text, "{");
    for (size_t i = 0; i < sj_value_count(field, record); i++) {
        sj_text_printf(text, i == 0 ? " " : ", ");
        write_value(text, field, field->element, items + i * each);
    }
    sj_text_printf(text, " }");
}

static void write_record(sj_text *text, const sj_record_meta *meta, size_t fields,
                         const void *record) {
    bool first = true;
    sj_text_printf(text, "{");
    for (size_t i = 0; i < fields; i++) {
        const sj_field *field = &meta->fields[i];
        if ((field->flags & SJ_FIELD_SENSITIVE) != 0 || is_empty(field, record)) {
            continue;
        }
        sj_text_printf(text, "%s%s = ", first ? " " : ", ", field->name);
        first = false;
        if (field->type == SJ_TYPE_LIST) {
            write_list(text, field, record);
        } else {
            write_value(text, field, field->type, sj_member_const(record, field->offset));
        }
    }
    sj_text_printf(text, first ? "}" : " }");
}

void sj_values_write(sj_text *text, size_t limit, const sj_record_meta *meta, size_t fields,
                     const void *record) {
    sj_text line = {0};
    write_record(&line, meta, fields, record);
    if (line.failed || line.length <= limit) {
        sj_text_add(text, sj_or_empty(line.data), line.length);
    } else {
        sj_text_add(text, line.data, sj_utf8_cut(line.data, line.length, limit));
        sj_text_printf(text, "...");
    }
    sj_text_clear(&line);
}
