/* JSON to records (json.h). Pure. Nothing that comes in is trusted: types, members, numbers and
 * texts are all looked at. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/nearest.h>
#include <sojourn/base/utf8.h>
#include <sojourn/words.h>

#include "host/record/formats.h"
#include "host/record/invisible.h"
#include "host/record/json.h"
#include "host/record/json_memory.h"
#include "host/record/record.h"
#include "host/record/validate.h"

/* ---- parsing ---- */

static void where_is(const char *text, const char *at, size_t *line, size_t *column) {
    *line = 1;
    *column = 1;
    for (; text < at; text++) {
        *column = *text == '\n' ? 1 : *column + 1;
        *line += *text == '\n' ? 1 : 0;
    }
}

/* cJSON would end a text at an escaped NUL without a word. */
static const char *find_escaped_nul(const char *text, size_t length) {
    for (size_t i = 0; i + 5 < length; i++) {
        if (text[i] == '\\') {
            if (memcmp(text + i, "\\u0000", 6) == 0) {
                return text + i;
            }
            i++;
        }
    }
    return NULL;
}

/* About how many values there are: each has a comma, a colon or a bracket of its own outside of
 * texts. */
static size_t count_values(const char *text, size_t length) {
    size_t count = 1;
    bool inside = false;
    for (size_t i = 0; i < length; i++) {
        if (inside) {
            if (text[i] == '\\') {
                i++;
            } else {
                inside = text[i] != '"';
            }
        } else {
            inside = text[i] == '"';
            count += text[i] == ',' || text[i] == '[' || text[i] == '{';
        }
    }
    return count;
}

cJSON *sj_json_parse(const char *text, size_t length, sj_error *error) {
    if (length > SJ_JSON_BYTES_MAX) {
        (void)sj_error_set(error, SJ_E_INVALID, "expected JSON of at most 2 MiB, got %zu bytes",
                           length);
        return NULL;
    }
    const size_t count = length > SJ_JSON_VALUES_MAX ? count_values(text, length) : 0;
    if (count > SJ_JSON_VALUES_MAX) {
        (void)sj_error_set(error, SJ_E_INVALID, "expected JSON of at most %d values, got about %zu",
                           SJ_JSON_VALUES_MAX, count);
        return NULL;
    }
    return sj_json_parse_all(text, length, error);
}

cJSON *sj_json_parse_all(const char *text, size_t length, sj_error *error) {
    const char *end = NULL, *nul;
    size_t line, column;
    cJSON *json;
    if (!sj_utf8_valid_text(text, length)) {
        (void)sj_error_set(error, SJ_E_INVALID,
                           "expected JSON in UTF-8, got bytes that are not UTF-8");
        return NULL;
    }
    nul = find_escaped_nul(text, length);
    if (nul != NULL) {
        where_is(text, nul, &line, &column);
        (void)sj_error_set(error, SJ_E_INVALID,
                           "expected JSON without \\u0000, got one at line %zu, column %zu", line,
                           column);
        return NULL;
    }
    (void)sj_json_memory_was_short();
    json = cJSON_ParseWithLengthOpts(text, length, &end, false);
    while (json != NULL && end < text + length && strchr(" \t\r\n", *end) != NULL) {
        end++;
    }
    if (json != NULL && end == text + length) {
        return json;
    }
    if (json == NULL && sj_json_memory_was_short()) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot read the JSON");
        return NULL;
    }
    cJSON_Delete(json);
    where_is(text, end != NULL ? end : text, &line, &column);
    (void)sj_error_set(error, SJ_E_INVALID,
                       "expected JSON, got something else at line %zu, column %zu", line, column);
    return NULL;
}

/* ---- what came, in words ---- */

enum { DESCRIPTION = 80 };

static const char *describe(const cJSON *json, bool hidden, char out[DESCRIPTION]) {
    if (cJSON_IsString(json)) {
        if (hidden) {
            (void)snprintf(out, DESCRIPTION, "a text");
        } else {
            (void)snprintf(out, DESCRIPTION, "the text \"%.50s\"", json->valuestring);
        }
    } else if (cJSON_IsNumber(json)) {
        (void)snprintf(out, DESCRIPTION, hidden ? "a number" : "the number %.15g",
                       json->valuedouble);
    } else if (cJSON_IsBool(json)) {
        (void)snprintf(out, DESCRIPTION, "%s", cJSON_IsTrue(json) ? "true" : "false");
    } else if (cJSON_IsNull(json)) {
        (void)snprintf(out, DESCRIPTION, "null");
    } else {
        (void)snprintf(out, DESCRIPTION, "%s", cJSON_IsArray(json) ? "a list" : "an object");
    }
    return out;
}

static void mistyped(const struct sj_json_reader *reader, const sj_field *field, const cJSON *json,
                     const struct sj_path *path, const char *expected) {
    char got[DESCRIPTION];
    bool hidden = field->type == SJ_TYPE_SECRET || (field->flags & SJ_FIELD_SENSITIVE) != 0;
    sj_problem(reader->problems, path, SJ_E_INVALID, "expected %s, got %s", expected,
               describe(json, hidden, got));
}

/* ---- values ---- */

static void out_of_memory(const struct sj_json_reader *reader, const struct sj_path *path) {
    sj_problem(reader->problems, path, SJ_E_NO_MEMORY, "out of memory");
}

static void read_text(const struct sj_json_reader *reader, const sj_field *field, const cJSON *json,
                      const struct sj_path *path, void *member) {
    const char *copy, *hidden;
    uint32_t point;
    if (!cJSON_IsString(json)) {
        mistyped(reader, field, json, path,
                 field->type == SJ_TYPE_REFERENCE ? "the key of a record, a text" : "a text");
        return;
    }
    if ((reader->flags & SJ_JSON_SECRET_OR_NULL) != 0 && field->type == SJ_TYPE_SECRET &&
        json->valuestring[0] == '\0') {
        sj_problem(
            reader->problems, path, SJ_E_INVALID,
            "expected a secret, got an empty text; null takes it away (in the shell: %s=null)",
            field->name);
        return;
    }
    if ((reader->flags & SJ_JSON_ONE_LINE) != 0 &&
        (hidden = sj_invisible_find(json->valuestring, &point)) != NULL) {
        sj_problem(reader->problems, path, SJ_E_INVALID,
                   "expected a text of one line without control characters and direction marks, "
                   "got one with U+%04X at byte %zu",
                   (unsigned)point, (size_t)(hidden - json->valuestring) + 1);
        return;
    }
    copy = json->valuestring[0] == '\0' ? "" : sj_arena_strdup(reader->arena, json->valuestring);
    if (copy == NULL) {
        out_of_memory(reader, path);
        return;
    }
    *(const char **)member = copy;
}

static void read_integer(const struct sj_json_reader *reader, const sj_field *field,
                         const cJSON *json, const struct sj_path *path, void *member) {
    double value = cJSON_IsNumber(json) ? json->valuedouble : 0.5;
    /* JSON numbers are doubles: beyond 2^53 they are no longer what was written. */
    if (!(value >= -9007199254740992.0 && value <= 9007199254740992.0) || value > trunc(value) ||
        value < trunc(value)) {
        mistyped(reader, field, json, path, "a whole number");
        return;
    }
    *(int64_t *)member = (int64_t)value;
}

static void read_minutes(const struct sj_json_reader *reader, const sj_field *field,
                         const cJSON *json, const struct sj_path *path, void *member) {
    if (cJSON_IsString(json)) {
        if (!sj_minutes_parse(json->valuestring, member)) {
            mistyped(
                reader, field, json, path,
                "HHH:MM such as \"8:00\" or \":30\" (in JSON and Lua also a number of minutes)");
        }
        return;
    }
    read_integer(reader, field, json, path, member);
}

static void read_time(const struct sj_json_reader *reader, const sj_field *field, const cJSON *json,
                      const struct sj_path *path, void *member) {
    if (!cJSON_IsString(json) ||
        (json->valuestring[0] != '\0' && !sj_time_parse(json->valuestring, member))) {
        mistyped(reader, field, json, path, "a time such as \"2026-01-31T08:00:00Z\"");
    } else if (json->valuestring[0] == '\0') {
        *(int64_t *)member = 0;
    }
}

static void read_enum(const struct sj_json_reader *reader, const sj_field *field, const cJSON *json,
                      const struct sj_path *path, void *member) {
    int number = cJSON_IsString(json)
                     ? sj_enum_number(field, json->valuestring, strlen(json->valuestring))
                     : -1;
    sj_text words = {0};
    if (number >= 0) {
        *(int *)member = number;
        return;
    }
    sj_text_puts(&words, "one of ");
    for (size_t i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
        sj_text_printf(&words, "%s\"%s\"", i > 0 ? ", " : "", field->choices[i]);
    }
    mistyped(reader, field, json, path,
             words.data != NULL ? words.data : "one of the declared words");
    sj_text_clear(&words);
}

static void read_value(const struct sj_json_reader *reader, const sj_field *field, sj_type type,
                       const cJSON *json, const struct sj_path *path, void *member) {
    switch (type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: read_text(reader, field, json, path, member); break;
    case SJ_TYPE_BOOLEAN:
        if (cJSON_IsBool(json)) {
            *(bool *)member = cJSON_IsTrue(json);
        } else {
            mistyped(reader, field, json, path, "true or false");
        }
        break;
    case SJ_TYPE_INTEGER: read_integer(reader, field, json, path, member); break;
    case SJ_TYPE_MINUTES: read_minutes(reader, field, json, path, member); break;
    case SJ_TYPE_REAL:
        if (cJSON_IsNumber(json)) {
            *(double *)member = json->valuedouble;
        } else {
            mistyped(reader, field, json, path, "a number");
        }
        break;
    case SJ_TYPE_TIME: read_time(reader, field, json, path, member); break;
    case SJ_TYPE_ENUM: read_enum(reader, field, json, path, member); break;
    case SJ_TYPE_RECORD: sj_record_read(reader, field->record, json, path, member); break;
    case SJ_TYPE_LIST: break;
    }
}

/* An empty table of Lua may come as [] or {}. */
static bool is_empty(const cJSON *json) {
    return (cJSON_IsArray(json) || cJSON_IsObject(json)) && json->child == NULL;
}

/* An item of a message's list with a word that only a newer release knows: it says nothing to us,
 * and must not make the rest unreadable. */
static bool is_of_newer_kind(const struct sj_json_reader *reader, const sj_field *list,
                             const cJSON *item) {
    if ((reader->flags & SJ_JSON_IGNORE_UNKNOWN) == 0 || list->element != SJ_TYPE_RECORD ||
        !cJSON_IsObject(item)) {
        return false;
    }
    for (const cJSON *member = item->child; member != NULL; member = member->next) {
        const sj_field *field = sj_record_field(list->record, member->string);
        if (field != NULL && field->type == SJ_TYPE_ENUM && cJSON_IsString(member) &&
            sj_enum_number(field, member->valuestring, strlen(member->valuestring)) < 0) {
            return true;
        }
    }
    return false;
}

/* A list of objects is not guessed: the sentence names what one of them must have. */
static void mistyped_list(const struct sj_json_reader *reader, const sj_field *field,
                          const cJSON *json, const struct sj_path *path) {
    const sj_record_meta *meta = field->element == SJ_TYPE_RECORD ? field->record : NULL;
    char expected[160] = "a list";
    for (size_t i = 0; meta != NULL && i < meta->fields_count; i++) {
        if ((meta->fields[i].flags & SJ_FIELD_REQUIRED) != 0) {
            (void)snprintf(expected, sizeof expected,
                           "a list of objects, such as [{\"%s\":...}] in JSON",
                           meta->fields[i].name);
            break;
        }
    }
    mistyped(reader, field, json, path, expected);
}

static void read_list(const struct sj_json_reader *reader, const sj_field *field, const cJSON *json,
                      const struct sj_path *path, void *record) {
    size_t size = sj_type_size(field->element, field->record), count = 0;
    size_t most = field->max > 0 ? (size_t)field->max : 100000;
    struct sj_json_reader items_reader = *reader;
    char *items;
    items_reader.flags &= ~(unsigned)SJ_JSON_PARTIAL; /* a list is replaced as a whole */
    if (!cJSON_IsArray(json) && !is_empty(json)) {
        mistyped_list(reader, field, json, path);
        return;
    }
    for (const cJSON *item = json->child; item != NULL; item = item->next) {
        count++;
    }
    if (count > most) {
        sj_problem(reader->problems, path, SJ_E_INVALID, "expected at most %zu items, got %zu",
                   most, count);
        return;
    }
    items = count > 0 ? sj_arena_alloc(reader->arena, count * size) : NULL;
    if (count > 0 && items == NULL) {
        out_of_memory(reader, path);
        return;
    }
    *(void **)sj_member(record, field->offset) = items;
    *(size_t *)sj_member(record, field->count_offset) = 0;
    count = 0;
    for (const cJSON *item = json->child; item != NULL; item = item->next) {
        struct sj_path here = {path, NULL, count};
        if (is_of_newer_kind(reader, field, item)) {
            continue;
        }
        if (field->element == SJ_TYPE_RECORD &&
            sj_record_defaults(field->record, items + count * size, reader->arena) != SJ_OK) {
            out_of_memory(reader, &here);
            return;
        }
        read_value(&items_reader, field, field->element, item, &here, items + count * size);
        *(size_t *)sj_member(record, field->count_offset) = ++count;
    }
}

static void read_nothing(const struct sj_json_reader *reader, const sj_field *field,
                         const struct sj_path *path, void *record) {
    if (sj_field_default(field, record, reader->arena) != SJ_OK) {
        out_of_memory(reader, path);
    }
}

void sj_field_read(const struct sj_json_reader *reader, const sj_field *field, const cJSON *json,
                   const struct sj_path *path, void *record) {
    if (cJSON_IsNull(json)) {
        read_nothing(reader, field, path, record);
    } else if (field->type == SJ_TYPE_LIST) {
        read_list(reader, field, json, path, record);
    } else {
        read_value(reader, field, field->type, json, path, sj_member(record, field->offset));
    }
}

/* ---- objects ---- */

static void unknown_member(const struct sj_json_reader *reader, const sj_record_meta *meta,
                           const char *name, const struct sj_path *path) {
    struct sj_nearest nearest;
    char hint[SJ_NEAREST_HINT];
    if (sj_problem_only_counted(reader->problems)) {
        return;
    }
    sj_nearest_begin(&nearest, name);
    for (size_t i = 0; i < meta->fields_count; i++) {
        sj_nearest_offer(&nearest, meta->fields[i].name);
    }
    sj_problem(reader->problems, path, SJ_E_INVALID, "expected a field of %s, got an unknown one%s",
               meta->name, sj_nearest_hint(&nearest, hint));
}

static void read_member(const struct sj_json_reader *reader, const sj_record_meta *meta,
                        const cJSON *member, const struct sj_path *path, void *record, bool *seen) {
    const sj_field *field = sj_record_field(meta, member->string);
    struct sj_path here = {path, member->string, 0};
    if (field == NULL) {
        if ((reader->flags & SJ_JSON_IGNORE_UNKNOWN) == 0) {
            unknown_member(reader, meta, member->string, &here);
        }
        return;
    }
    if (seen[field - meta->fields]) {
        sj_problem(reader->problems, &here, SJ_E_INVALID, "expected the member once, got it twice");
        return;
    }
    seen[field - meta->fields] = true;
    if ((field->flags & SJ_FIELD_READ_ONLY) != 0 && (reader->flags & SJ_JSON_SKIP_READ_ONLY) != 0) {
        if (reader->notes != NULL) {
            sj_problem(reader->notes, &here, SJ_OK, "ignored, as only services write it");
        }
        return;
    }
    sj_field_read(reader, field, member, &here, record);
}

void sj_record_read(const struct sj_json_reader *reader, const sj_record_meta *meta,
                    const cJSON *json, const struct sj_path *path, void *record) {
    bool *seen;
    if (!cJSON_IsObject(json) && !is_empty(json)) {
        char got[DESCRIPTION];
        sj_problem(reader->problems, path, SJ_E_INVALID, "expected an object (%s), got %s",
                   meta->name, describe(json, true, got));
        return;
    }
    seen = sj_arena_alloc(reader->arena, meta->fields_count + 1);
    if (seen == NULL) {
        out_of_memory(reader, path);
        return;
    }
    for (const cJSON *member = json->child; member != NULL; member = member->next) {
        read_member(reader, meta, member, path, record, seen);
    }
    for (size_t i = 0; i < meta->fields_count && (reader->flags & SJ_JSON_PARTIAL) == 0; i++) {
        const sj_field *field = &meta->fields[i];
        bool seen_by_value = sj_type_is_text(field->type) || field->type == SJ_TYPE_LIST;
        bool given = seen[i] && !cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json, field->name));
        if (!given && !seen_by_value && (field->flags & SJ_FIELD_REQUIRED) != 0 &&
            field->fallback[0] == '\0') {
            struct sj_path here = {path, field->name, 0};
            sj_problem(reader->problems, &here, SJ_E_INVALID,
                       "expected a value, as it is required, but there is none");
        }
    }
}

bool sj_record_read_checked(const struct sj_json_reader *reader, const sj_record_meta *meta,
                            const cJSON *json, const struct sj_path *path, void *record) {
    struct sj_problems found, wrong;
    struct sj_json_reader own = *reader;
    sj_problems_init(&found, reader->problems->limit);
    sj_problems_init(&wrong, SJ_PROBLEMS_MAX);
    found.first = wrong.first = reader->problems->first;
    own.problems = &found;
    sj_record_read(&own, meta, json, path, record);
    if (cJSON_IsObject(json) || is_empty(json)) {
        (void)sj_record_check(meta, record, path, &wrong);
        sj_problems_add_others(&found, &wrong);
    }
    sj_problems_append(reader->problems, &found);
    return found.total == 0;
}

void *sj_record_parse(const struct sj_json_reader *reader, const sj_record_meta *meta,
                      const char *text, size_t length) {
    sj_error error;
    size_t before = reader->problems->total;
    cJSON *json = sj_json_parse_all(text, length, &error);
    void *record = json != NULL ? sj_record_new(meta, reader->arena) : NULL;
    if (json == NULL) {
        (void)sj_problem_error(reader->problems, NULL, &error);
    } else if (record == NULL) {
        out_of_memory(reader, NULL);
    } else {
        (void)sj_record_read_checked(reader, meta, json, NULL, record);
    }
    cJSON_Delete(json);
    return reader->problems->total == before ? record : NULL;
}

int sj_host_record_from_json(const sj_record_meta *meta, const char *json, size_t length,
                             void **record, sj_error *error) {
    struct sj_arena arena = {0};
    struct sj_problems problems;
    struct sj_json_reader reader = {&arena, &problems, NULL, 0};
    void *built;
    int status;
    *record = NULL;
    if (meta->kind == SJ_KIND_MESSAGE || meta->kind == SJ_KIND_EVENT ||
        meta->kind == SJ_KIND_REPLY) {
        reader.flags = SJ_JSON_IGNORE_UNKNOWN;
    }
    sj_problems_init(&problems, 1);
    built = sj_record_parse(&reader, meta, json, length);
    status = sj_problems_result(&problems, error);
    if (built != NULL) {
        *record = sj_record_copy(meta, built);
        if (*record == NULL) {
            status = sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for %s %s",
                                  sj_article(meta->name), meta->name);
        }
    }
    sj_arena_free(&arena);
    return status;
}
