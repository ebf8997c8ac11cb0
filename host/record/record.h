/* Records of any declaration, handled through their metadata: no code per kind of record.
 *
 * A record that is handed out is one allocation (struct, arrays, texts), freed with free(). While a
 * record is being built its parts live in an arena. In what is handed out no text is NULL. Pure:
 * touches nothing but memory. */
#ifndef HOST_RECORD_RECORD_H
#define HOST_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include <sojourn/base/text.h>
#include <sojourn/error.h>
#include <sojourn/schema.h>

#include "host/record/arena.h"

enum { SJ_KEY_MAX = 512 }; /* bytes of a key text, NUL included */

static inline void *sj_member(void *base, size_t offset) {
    return (char *)base + offset;
}

static inline const void *sj_member_const(const void *base, size_t offset) {
    return (const char *)base + offset;
}

/* A text member, "" for NULL. */
static inline const char *sj_member_text(const void *base, size_t offset) {
    const char *text = *(const char *const *)sj_member_const(base, offset);
    return sj_or_empty(text);
}

/* A list's items and their number. */
static inline const void *sj_member_items(const void *base, const sj_field *field, size_t *count) {
    const void *items = *(const void *const *)sj_member_const(base, field->offset);
    *count = items != NULL ? *(const size_t *)sj_member_const(base, field->count_offset) : 0;
    return items;
}

bool sj_type_is_text(sj_type type);
/* Bytes of one value of the type; `record` for embedded ones and items that are records. */
size_t sj_type_size(sj_type type, const sj_record_meta *record);

const sj_field *sj_record_field(const sj_record_meta *meta, const char *name);
/* The number of an enum's word, or -1. */
int sj_enum_number(const sj_field *field, const char *word, size_t length);
/* The word of an enum's number; "" when there is none. */
const char *sj_enum_word(const sj_field *field, int number);
/* A secret's form in the store, told from a plain one: "$argon2id$...", or 32 hex digits for HA1.
 */
bool sj_secret_is_hashed(const sj_field *field, const char *text);

/* A new record in the arena with every default set; NULL when out of memory. */
void *sj_record_new(const sj_record_meta *meta, struct sj_arena *arena);
/* Sets every field to its default (defaults.c). The struct must be zeroed. */
int sj_record_defaults(const sj_record_meta *meta, void *record, struct sj_arena *arena);
/* Sets one field to its default. */
int sj_field_default(const sj_field *field, void *record, struct sj_arena *arena);
/* A copy in one allocation; NULL when out of memory. */
void *sj_record_copy(const sj_record_meta *meta, const void *record);
/* A copy of a record that sj_record_copy has made, `size` as sj_record_measure said before: much
 * faster. */
void *sj_record_copy_block(const sj_record_meta *meta, const void *record, size_t size);
/* Bytes that the copy would take. */
size_t sj_record_measure(const sj_record_meta *meta, const void *record);
bool sj_record_equal(const sj_record_meta *meta, const void *a, const void *b);
bool sj_field_equal(const sj_field *field, const void *a, const void *b);
/* True for "", 0, false, the first word of an enum and a list without items. */
bool sj_field_is_empty(const sj_field *field, const void *record);

/* Writes the key text of a resource's record. SJ_E_INVALID when it is empty or too long. */
int sj_resource_key(const sj_resource_meta *meta, const void *record, char key[SJ_KEY_MAX],
                    sj_error *error);

/* Wipes it first. */
void sj_host_record_free(void *record);

#endif
