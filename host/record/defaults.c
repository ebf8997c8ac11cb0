/* Defaults of fields and values in plain text form, in which defaults stand in the metadata
 * (json.h). Pure. */
#include <stdlib.h>
#include <string.h>

#include "host/record/formats.h"
#include "host/record/json.h"
#include "host/record/record.h"
#include "host/record/validate.h"

static int from_json(const sj_field *field, const char *text, void *record, struct sj_arena *arena,
                     sj_error *error) {
    struct sj_problems problems;
    struct sj_json_reader reader = {arena, &problems, NULL, 0};
    struct sj_path path = {NULL, field->name, 0};
    cJSON *json = sj_json_parse(text, strlen(text), error);
    if (json == NULL) {
        return SJ_E_INVALID;
    }
    sj_problems_init(&problems, 1);
    sj_field_read(&reader, field, json, &path, record);
    cJSON_Delete(json);
    return sj_problems_result(&problems, error);
}

/* The common forms without a parser: these are read once per field of each record that is made. */
static bool set_simple(const sj_field *field, const char *fallback, void *member,
                       struct sj_arena *arena, int *status) {
    size_t length = strlen(fallback);
    if (field->type == SJ_TYPE_BOOLEAN) {
        *(bool *)member = strcmp(fallback, "true") == 0;
        return true;
    }
    if (field->type == SJ_TYPE_INTEGER || field->type == SJ_TYPE_MINUTES) {
        *(int64_t *)member = strtoll(fallback, NULL, 10);
        return true;
    }
    if (field->type == SJ_TYPE_ENUM) {
        int number = sj_enum_number(field, fallback, length);
        *(int *)member = number < 0 ? 0 : number;
        return true;
    }
    if (sj_type_is_text(field->type)) {
        const char *copy = sj_arena_copy(arena, fallback, length);
        *status = copy != NULL ? SJ_OK : SJ_E_NO_MEMORY;
        *(const char **)member = copy;
        return true;
    }
    return false;
}

int sj_field_default(const sj_field *field, void *record, struct sj_arena *arena) {
    void *member = sj_member(record, field->offset);
    bool has_default = field->fallback != NULL && field->fallback[0] != '\0';
    int status = SJ_OK;
    if (field->type == SJ_TYPE_RECORD) {
        memset(member, 0, field->record->struct_size);
        return sj_record_defaults(field->record, member, arena);
    }
    if (field->type == SJ_TYPE_LIST) {
        *(void **)member = NULL;
        *(size_t *)sj_member(record, field->count_offset) = 0;
    } else {
        memset(member, 0, sj_type_size(field->type, NULL));
        if (sj_type_is_text(field->type)) {
            *(const char **)member = "";
        }
    }
    if (!has_default || set_simple(field, field->fallback, member, arena, &status)) {
        return status;
    }
    return sj_field_read_text(field, field->fallback, record, arena, NULL);
}

int sj_record_defaults(const sj_record_meta *meta, void *record, struct sj_arena *arena) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        int status = sj_field_default(&meta->fields[i], record, arena);
        if (status != SJ_OK) {
            return status;
        }
    }
    return SJ_OK;
}

/* ---- plain text ---- */

static bool is_number(const char *text) {
    char *end;
    (void)strtod(text, &end);
    return text[0] != '\0' && *end == '\0' && strpbrk(text, "nNxXpP ") == NULL;
}

int sj_field_read_text(const sj_field *field, const char *text, void *record,
                       struct sj_arena *arena, sj_error *error) {
    sj_text json = {0};
    int status;
    switch (field->type) {
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_REAL:
    case SJ_TYPE_BOOLEAN:
    case SJ_TYPE_MINUTES:
        if (is_number(text) || strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
            sj_text_puts(&json, text);
        } else {
            sj_text_json(&json, text);
        }
        break;
    case SJ_TYPE_RECORD:
    case SJ_TYPE_LIST: sj_text_puts(&json, text); break;
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET:
    case SJ_TYPE_ENUM:
    case SJ_TYPE_TIME: sj_text_json(&json, text); break;
    }
    if (json.failed) {
        sj_text_clear(&json);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    }
    status = from_json(field, sj_or_empty(json.data), record, arena, error);
    sj_text_clear(&json);
    return status;
}
