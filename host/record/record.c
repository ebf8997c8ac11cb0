/* Records handled through their metadata (record.h): copies, comparison, keys. Pure. */
#include <sojourn/base/hex.h>
#include <sojourn/words.h>

#include "host/record/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char nothing[] = "";

bool sj_type_is_text(sj_type type) {
    return type == SJ_TYPE_TEXT || type == SJ_TYPE_REFERENCE || type == SJ_TYPE_SECRET;
}

size_t sj_type_size(sj_type type, const sj_record_meta *record) {
    switch (type) {
    case SJ_TYPE_BOOLEAN: return sizeof(bool);
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES: return sizeof(int64_t);
    case SJ_TYPE_REAL: return sizeof(double);
    case SJ_TYPE_ENUM: return sizeof(int);
    case SJ_TYPE_RECORD: return record->struct_size;
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET:
    case SJ_TYPE_LIST: break;
    }
    return sizeof(const char *);
}

const sj_field *sj_record_field(const sj_record_meta *meta, const char *name) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        if (strcmp(meta->fields[i].name, name) == 0) {
            return &meta->fields[i];
        }
    }
    return NULL;
}

int sj_enum_number(const sj_field *field, const char *word, size_t length) {
    for (int i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
        if (strlen(field->choices[i]) == length && memcmp(field->choices[i], word, length) == 0) {
            return i;
        }
    }
    return -1;
}

const char *sj_enum_word(const sj_field *field, int number) {
    for (int i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
        if (i == number) {
            return field->choices[i];
        }
    }
    return nothing;
}

bool sj_secret_is_hashed(const sj_field *field, const char *text) {
    if (strncmp(field->hash, "ha1:", 4) == 0) {
        const size_t length = strlen(text), md5 = strspn(text, SJ_HEX_SMALL);
        return md5 == 32 && (length == 32 || (length == 97 && text[32] == ':' &&
                                              strspn(text + 33, SJ_HEX_SMALL) == 64));
    }
    return strncmp(text, "$argon2id$", 10) == 0;
}

void *sj_record_new(const sj_record_meta *meta, struct sj_arena *arena) {
    void *record = sj_arena_alloc(arena, meta->struct_size);
    if (record != NULL && sj_record_defaults(meta, record, arena) != SJ_OK) {
        record = NULL;
    }
    return record;
}

/* ---- copies: measured first, then filled behind the struct ---- */

enum { ALIGNMENT = 8 };

static size_t measure_text(const char *text) {
    return text == NULL || text[0] == '\0' ? 0 : strlen(text) + 1;
}

static size_t measure_members(const sj_record_meta *meta, const void *record);

static size_t measure_items(const sj_field *field, const void *items, size_t count) {
    size_t item_size = sj_type_size(field->element, field->record);
    size_t bytes = count > 0 ? count * item_size + ALIGNMENT - 1 : 0;
    for (size_t i = 0; i < count; i++) {
        if (field->record != NULL) {
            bytes += measure_members(field->record, sj_member_const(items, i * item_size));
        } else if (sj_type_is_text(field->element)) {
            bytes += measure_text(((const char *const *)items)[i]);
        }
    }
    return bytes;
}

static size_t measure_members(const sj_record_meta *meta, const void *record) {
    size_t bytes = 0;
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (field->type == SJ_TYPE_RECORD) {
            bytes += measure_members(field->record, sj_member_const(record, field->offset));
        } else if (field->type == SJ_TYPE_LIST) {
            size_t count;
            const void *items = sj_member_items(record, field, &count);
            bytes += measure_items(field, items, count);
        } else if (sj_type_is_text(field->type)) {
            bytes += measure_text(sj_member_text(record, field->offset));
        }
    }
    return bytes;
}

size_t sj_record_measure(const sj_record_meta *meta, const void *record) {
    return meta->struct_size + ALIGNMENT + measure_members(meta, record);
}

static const char *fill_text(const char *text, char **at) {
    size_t size = measure_text(text);
    char *copy = *at;
    if (size == 0) {
        return nothing;
    }
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

static void fill_members(const sj_record_meta *meta, void *record, char **at);

static void *fill_items(const sj_field *field, const void *items, size_t count, char **at) {
    size_t item_size = sj_type_size(field->element, field->record);
    char *copy = (char *)(((uintptr_t)*at + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
    if (count == 0) {
        return NULL;
    }
    memcpy(copy, items, count * item_size);
    *at = copy + count * item_size;
    for (size_t i = 0; i < count; i++) {
        if (field->record != NULL) {
            fill_members(field->record, copy + i * item_size, at);
        } else if (sj_type_is_text(field->element)) {
            const char **text = (const char **)(void *)copy + i;
            *text = fill_text(*text, at);
        }
    }
    return copy;
}

static void fill_members(const sj_record_meta *meta, void *record, char **at) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        void *member = sj_member(record, field->offset);
        if (field->type == SJ_TYPE_RECORD) {
            fill_members(field->record, member, at);
        } else if (field->type == SJ_TYPE_LIST) {
            size_t count;
            const void *items = sj_member_items(record, field, &count);
            *(void **)member = fill_items(field, items, count, at);
            *(size_t *)sj_member(record, field->count_offset) = count;
        } else if (sj_type_is_text(field->type)) {
            *(const char **)member = fill_text(*(const char **)member, at);
        }
    }
}

void *sj_record_copy(const sj_record_meta *meta, const void *record) {
    char *copy = malloc(sj_record_measure(meta, record));
    if (copy != NULL) {
        char *at = copy + meta->struct_size;
        memcpy(copy, record, meta->struct_size);
        fill_members(meta, copy, &at);
    }
    return copy;
}

/* ---- comparison ---- */

static bool same_text(const char *a, const char *b) {
    return strcmp(a != NULL ? a : nothing, b != NULL ? b : nothing) == 0;
}

static bool same_value(sj_type type, const sj_record_meta *record, const void *a, const void *b) {
    switch (type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: return same_text(*(const char *const *)a, *(const char *const *)b);
    case SJ_TYPE_BOOLEAN: return *(const bool *)a == *(const bool *)b;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES: return *(const int64_t *)a == *(const int64_t *)b;
    case SJ_TYPE_REAL: return memcmp(a, b, sizeof(double)) == 0;
    case SJ_TYPE_ENUM: return *(const int *)a == *(const int *)b;
    case SJ_TYPE_RECORD: return sj_record_equal(record, a, b);
    case SJ_TYPE_LIST: break;
    }
    return false;
}

bool sj_field_equal(const sj_field *field, const void *a, const void *b) {
    size_t count_a, count_b, item_size;
    const void *items_a, *items_b;
    if (field->type != SJ_TYPE_LIST) {
        return same_value(field->type, field->record, sj_member_const(a, field->offset),
                          sj_member_const(b, field->offset));
    }
    items_a = sj_member_items(a, field, &count_a);
    items_b = sj_member_items(b, field, &count_b);
    item_size = sj_type_size(field->element, field->record);
    if (count_a != count_b) {
        return false;
    }
    for (size_t i = 0; i < count_a; i++) {
        if (!same_value(field->element, field->record, sj_member_const(items_a, i * item_size),
                        sj_member_const(items_b, i * item_size))) {
            return false;
        }
    }
    return true;
}

bool sj_record_equal(const sj_record_meta *meta, const void *a, const void *b) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        if (!sj_field_equal(&meta->fields[i], a, b)) {
            return false;
        }
    }
    return true;
}

bool sj_field_is_empty(const sj_field *field, const void *record) {
    const void *member = sj_member_const(record, field->offset);
    switch (field->type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: return sj_member_text(record, field->offset)[0] == '\0';
    case SJ_TYPE_BOOLEAN: return !*(const bool *)member;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES: return *(const int64_t *)member == 0;
    case SJ_TYPE_REAL: return !(*(const double *)member > 0 || *(const double *)member < 0);
    case SJ_TYPE_ENUM: return *(const int *)member == 0;
    case SJ_TYPE_RECORD:
        for (size_t i = 0; i < field->record->fields_count; i++) {
            if (!sj_field_is_empty(&field->record->fields[i], member)) {
                return false;
            }
        }
        return true;
    case SJ_TYPE_LIST: {
        size_t count;
        (void)sj_member_items(record, field, &count);
        return count == 0;
    }
    }
    return true;
}

/* ---- keys ---- */

static void key_part(const sj_field *field, const void *record, char *out, size_t room,
                     size_t *used) {
    int written;
    if (sj_type_is_text(field->type)) {
        written = snprintf(out, room, "%s", sj_member_text(record, field->offset));
    } else if (field->type == SJ_TYPE_ENUM) {
        written =
            snprintf(out, room, "%s",
                     sj_enum_word(field, *(const int *)sj_member_const(record, field->offset)));
    } else {
        written = snprintf(out, room, "%lld",
                           (long long)*(const int64_t *)sj_member_const(record, field->offset));
    }
    *used = written > 0 ? (size_t)written : 0;
}

int sj_resource_key(const sj_resource_meta *meta, const void *record, char key[SJ_KEY_MAX],
                    sj_error *error) {
    size_t used = 0, more = 0;
    const sj_field *first, *second;
    key[0] = '\0';
    if ((meta->flags & SJ_RESOURCE_SINGLETON) != 0) {
        (void)snprintf(key, SJ_KEY_MAX, "default");
        return SJ_OK;
    }
    first = meta->key_field[0] != NULL ? sj_record_field(meta->record, meta->key_field[0]) : NULL;
    second = meta->key_field[1] != NULL ? sj_record_field(meta->record, meta->key_field[1]) : NULL;
    if (first == NULL || (second == NULL && meta->key_field[1] != NULL)) {
        return sj_error_set(error, SJ_E_INTERNAL, "the resource %s is declared without a key field",
                            meta->record->name);
    }
    key_part(first, record, key, SJ_KEY_MAX, &used);
    if (used == 0) {
        return sj_error_field(error, SJ_E_INVALID, first->name,
                              "%s: expected a value, as it is the key of %s %s, but it is empty",
                              first->name, sj_article(meta->record->name), meta->record->name);
    }
    if (second != NULL && used + 1 < SJ_KEY_MAX) {
        key_part(second, record, key + used + 1, SJ_KEY_MAX - used - 1, &more);
        if (more > 0) {
            key[used] = '@';
            more++;
        }
    }
    if (used + more >= SJ_KEY_MAX) {
        return sj_error_field(error, SJ_E_INVALID, first->name,
                              "%s: expected a key of at most %d bytes, got %zu", first->name,
                              SJ_KEY_MAX - 1, used + more);
    }
    return SJ_OK;
}
