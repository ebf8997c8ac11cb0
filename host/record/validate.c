/* Is a record what its declaration demands (validate.h)? Pure. */
#include <sojourn/base/utf8.h>
#include <sojourn/words.h>

#include "host/record/validate.h"

#include <stdio.h>
#include <string.h>

#include "host/record/formats.h"
#include "host/record/record.h"

static const char *unit_text(const sj_field *field, char *out, size_t room) {
    (void)snprintf(out, room, "%s%s", field->unit != NULL && field->unit[0] != '\0' ? " " : "",
                   sj_or_empty(field->unit));
    return out;
}

static void check_number(const sj_field *field, int64_t value, const struct sj_path *path,
                         struct sj_problems *problems) {
    char unit[40];
    if ((field->min == 0 && field->max == 0) ||
        (value >= field->min && (field->max == 0 || value <= field->max))) {
        return;
    }
    unit_text(field, unit, sizeof unit);
    if (field->max == 0) {
        sj_problem(problems, path, SJ_E_INVALID, "expected at least %lld%s, got %lld",
                   (long long)field->min, unit, (long long)value);
    } else {
        sj_problem(problems, path, SJ_E_INVALID, "expected a number from %lld to %lld%s, got %lld",
                   (long long)field->min, (long long)field->max, unit, (long long)value);
    }
}

static void check_text(const sj_field *field, sj_type type, const char *text,
                       const struct sj_path *path, struct sj_problems *problems) {
    bool hidden = type == SJ_TYPE_SECRET || (field->flags & SJ_FIELD_SENSITIVE) != 0;
    bool of_list = field->type == SJ_TYPE_LIST;
    size_t length;
    const char *expected;
    text = sj_or_empty(text);
    length = strlen(text);
    if (length == 0) {
        if (of_list && type == SJ_TYPE_REFERENCE) {
            sj_problem(problems, path, SJ_E_INVALID, "expected the key of %s %s, got an empty text",
                       sj_article(field->target), field->target);
        }
        return;
    }
    if (!sj_utf8_valid_text(text, length)) {
        sj_problem(problems, path, SJ_E_INVALID,
                   "expected text in UTF-8, got bytes that are not UTF-8");
        return;
    }
    if (type == SJ_TYPE_SECRET && sj_secret_is_hashed(field, text)) {
        return;
    }
    if (!of_list && field->max > 0 && length > (size_t)field->max) {
        sj_problem(problems, path, SJ_E_INVALID, "expected at most %lld byte%s, got %zu",
                   (long long)field->max, sj_plural(field->max), length);
        return;
    }
    if (!of_list && field->min > 0 && length < (size_t)field->min) {
        sj_problem(problems, path, SJ_E_INVALID, "expected at least %lld byte%s, got %zu",
                   (long long)field->min, sj_plural(field->min), length);
        return;
    }
    if (field->format == NULL || field->format[0] == '\0') {
        return;
    }
    expected = sj_format_check(field->format, text);
    if (expected != NULL && hidden) {
        sj_problem(problems, path, SJ_E_INVALID, "expected %s, got something else", expected);
    } else if (expected != NULL) {
        sj_problem(problems, path, SJ_E_INVALID, "expected %s, got \"%.60s\"", expected, text);
    }
}

static void check_members(const sj_record_meta *meta, const void *record, bool given,
                          const struct sj_path *path, struct sj_problems *problems);

/* A number or a word that is required cannot be told from its zero here: what reads JSON demands
 * that it was given. */
static bool misses_required(const sj_field *field, const void *record) {
    return (field->flags & SJ_FIELD_REQUIRED) != 0 &&
           (sj_type_is_text(field->type) || field->type == SJ_TYPE_LIST) &&
           sj_field_is_empty(field, record);
}

/* An embedded record that is not required counts as given once one of the fields that it requires
 * has a value. */
static bool is_given(const sj_field *field, const void *member) {
    if ((field->flags & SJ_FIELD_REQUIRED) != 0) {
        return true;
    }
    for (size_t i = 0; i < field->record->fields_count; i++) {
        const sj_field *inner = &field->record->fields[i];
        if ((inner->flags & SJ_FIELD_REQUIRED) != 0 && !misses_required(inner, member)) {
            return true;
        }
    }
    return false;
}

static void check_value(const sj_field *field, sj_type type, const void *member,
                        const struct sj_path *path, struct sj_problems *problems) {
    switch (type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET:
        check_text(field, type, *(const char *const *)member, path, problems);
        break;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_MINUTES:
        if (field->type != SJ_TYPE_LIST) {
            check_number(field, *(const int64_t *)member, path, problems);
        }
        break;
    case SJ_TYPE_REAL: {
        double value = *(const double *)member;
        bool free_range = field->min == 0 && field->max == 0;
        if (!(value - value <= 0 && value - value >= 0)) {
            sj_problem(problems, path, SJ_E_INVALID, "expected a finite number");
        } else if (!free_range && (value < (double)field->min ||
                                   (field->max != 0 && value > (double)field->max))) {
            sj_problem(problems, path, SJ_E_INVALID, "expected a number from %lld to %lld, got %g",
                       (long long)field->min, (long long)field->max, value);
        }
        break;
    }
    case SJ_TYPE_ENUM:
        if (sj_enum_word(field, *(const int *)member)[0] == '\0' && field->choices != NULL) {
            sj_problem(problems, path, SJ_E_INVALID,
                       "expected one of the declared words, got number %d", *(const int *)member);
        }
        break;
    case SJ_TYPE_RECORD:
        check_members(field->record, member, field->type == SJ_TYPE_LIST || is_given(field, member),
                      path, problems);
        break;
    case SJ_TYPE_BOOLEAN:
    case SJ_TYPE_TIME:
    case SJ_TYPE_LIST: break;
    }
}

static void check_list(const sj_field *field, const void *base, const struct sj_path *path,
                       struct sj_problems *problems) {
    size_t count, size = sj_type_size(field->element, field->record);
    const void *items = sj_member_items(base, field, &count);
    if (field->max > 0 && count > (size_t)field->max) {
        sj_problem(problems, path, SJ_E_INVALID, "expected at most %lld item%s, got %zu",
                   (long long)field->max, sj_plural(field->max), count);
        return;
    }
    if (field->min > 0 && count < (size_t)field->min) {
        sj_problem(problems, path, SJ_E_INVALID, "expected at least %lld item%s, got %zu",
                   (long long)field->min, sj_plural(field->min), count);
    }
    for (size_t i = 0; i < count; i++) {
        struct sj_path item = {path, NULL, i};
        check_value(field, field->element, sj_member_const(items, i * size), &item, problems);
    }
}

void sj_field_check(const sj_field *field, const void *base, const void *member,
                    const struct sj_path *path, struct sj_problems *problems) {
    if (field->type == SJ_TYPE_LIST) {
        check_list(field, base, path, problems);
    } else {
        check_value(field, field->type, member, path, problems);
    }
}

static void check_members(const sj_record_meta *meta, const void *record, bool given,
                          const struct sj_path *path, struct sj_problems *problems) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        struct sj_path here = {path, field->name, 0};
        if (given && misses_required(field, record)) {
            sj_problem(problems, &here, SJ_E_INVALID,
                       "expected a value, as it is required, but it is %s",
                       field->type == SJ_TYPE_LIST ? "without items" : "empty");
        } else {
            sj_field_check(field, record, sj_member_const(record, field->offset), &here, problems);
        }
    }
}

int sj_record_check(const sj_record_meta *meta, const void *record, const struct sj_path *path,
                    struct sj_problems *problems) {
    size_t before = problems->total;
    check_members(meta, record, true, path, problems);
    return problems->total == before || problems->count == 0
               ? SJ_OK
               : problems->list[problems->count - 1].code;
}

int sj_record_validate(const sj_record_meta *meta, const void *record, sj_error *error) {
    struct sj_problems problems;
    sj_problems_init(&problems, 1);
    (void)sj_record_check(meta, record, NULL, &problems);
    return sj_problems_result(&problems, error);
}
