/* Defaults and factory records: does a value fit its field, and how does it stand in JSON. */
#include "model.h"

#include <string.h>

struct spot {
    struct model *model;
    const struct declaration *declaration;
    const char *where;
};

#define REFUSE(spot, ...)                                                                          \
    (model_problem((spot)->model, (spot)->declaration->file, (spot)->declaration->name,            \
                   (spot)->where, __VA_ARGS__),                                                    \
     false)

static bool within(const struct spot *spot, const struct field *field, int64_t number,
                   const char *what) {
    if (field->has_min && number < field->min) {
        return REFUSE(spot, "%s %lld is below min = %lld", what, (long long)number,
                      (long long)field->min);
    }
    if (field->has_max && number > field->max) {
        return REFUSE(spot, "%s %lld is above max = %lld", what, (long long)number,
                      (long long)field->max);
    }
    return true;
}

static bool is(const struct spot *spot, const struct value *value, enum value_kind kind,
               const char *expected) {
    return value->kind == kind ||
           REFUSE(spot, "the value is %s; expected %s", value_kind_name(value), expected);
}

static bool number_to_json(const struct spot *spot, const struct field *field,
                           const struct value *value, sj_text *json) {
    if (!is(spot, value, VALUE_INTEGER, "an integer") ||
        !within(spot, field, value->integer, "the value")) {
        return false;
    }
    text_add(json, "%lld", (long long)value->integer);
    return true;
}

/* A number of minutes, or "HHH:MM". */
static bool minutes_to_json(const struct spot *spot, const struct field *field,
                            const struct value *value, sj_text *json) {
    if (value->kind != VALUE_TEXT) {
        return number_to_json(spot, field, value, json);
    }
    int64_t hours = 0;
    const char *at = value->text;
    const size_t digits = strspn(at, "0123456789");
    if (digits < 1 || digits > 6 || at[digits] != ':' ||
        strspn(at + digits + 1, "0123456789") != 2 || strlen(at) != digits + 3 ||
        at[digits + 1] > '5') {
        return REFUSE(spot, "the value \"%s\" is neither a number of minutes nor \"HHH:MM\"", at);
    }
    for (size_t i = 0; i < digits; i++) {
        hours = 10 * hours + (at[i] - '0');
    }
    const int64_t minutes =
        60 * hours + INT64_C(10) * (at[digits + 1] - '0') + (at[digits + 2] - '0');
    if (!within(spot, field, minutes, "the value")) {
        return false;
    }
    text_add(json, "%lld", (long long)minutes);
    return true;
}

static bool text_to_json(const struct spot *spot, const struct field *field,
                         const struct value *value, sj_text *json) {
    if (!is(spot, value, VALUE_TEXT, "text") ||
        !within(spot, field, (int64_t)strlen(value->text), "the length in bytes")) {
        return false;
    }
    text_add_json_string(json, value->text);
    return true;
}

static bool enum_to_json(const struct spot *spot, const struct field *field,
                         const struct value *value, sj_text *json) {
    if (!is(spot, value, VALUE_TEXT, "one of the words")) {
        return false;
    }
    for (size_t i = 0; i < field->choices_count; i++) {
        if (strcmp(field->choices[i], value->text) == 0) {
            text_add_json_string(json, value->text);
            return true;
        }
    }
    sj_text words = {0};
    for (size_t i = 0; i < field->choices_count; i++) {
        text_add(&words, "%s%s", i == 0 ? "" : ", ", field->choices[i]);
    }
    (void)REFUSE(spot, "the value \"%s\" is not among the words (%s)", value->text,
                 sj_or_empty(words.data));
    sj_text_clear(&words);
    return false;
}

static bool time_to_json(const struct spot *spot, const struct value *value, sj_text *json) {
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    if (!is(spot, value, VALUE_TEXT, "a time as text, \"2026-01-31T12:00:00Z\"")) {
        return false;
    }
    bool good = strlen(value->text) == sizeof shape && value->text[sizeof shape - 1] == 'Z';
    for (size_t i = 0; good && i < sizeof shape - 1; i++) {
        good = shape[i] == 'd' ? value->text[i] >= '0' && value->text[i] <= '9'
                               : value->text[i] == shape[i];
    }
    if (!good) {
        return REFUSE(spot, "\"%s\" is not a time; expected \"2026-01-31T12:00:00Z\"", value->text);
    }
    text_add_json_string(json, value->text);
    return true;
}

static bool list_to_json(const struct spot *spot, const struct field *field,
                         const struct value *value, sj_text *json) {
    if (!is(spot, value, VALUE_TABLE, "a list")) {
        return false;
    }
    if (value->members_count > 0) {
        return REFUSE(spot, "the value has the name \"%s\"; expected a list",
                      value->members[0].name);
    }
    if (!within(spot, field, (int64_t)value->items_count, "the number of items")) {
        return false;
    }
    struct field element = {.type = field->element, .element = field->element};
    text_add(json, "[");
    for (size_t i = 0; i < value->items_count; i++) {
        const char *where = arena_format(&spot->model->arena, "%s[%zu]", spot->where, i + 1);
        text_add(json, i == 0 ? "" : ",");
        const bool good = field->element == SJ_TYPE_RECORD
                              ? field->record != NULL &&
                                    record_value_to_json(spot->model, spot->declaration, where,
                                                         field->record, &value->items[i], json)
                              : value_to_json(spot->model, spot->declaration, where, &element,
                                              &value->items[i], json);
        if (!good) {
            return false;
        }
    }
    text_add(json, "]");
    return true;
}

bool value_to_json(struct model *model, const struct declaration *declaration, const char *where,
                   const struct field *field, const struct value *value, sj_text *json) {
    const struct spot spot = {model, declaration, where};
    switch (field->type) {
    case SJ_TYPE_BOOLEAN:
        if (!is(&spot, value, VALUE_BOOLEAN, "true or false")) {
            return false;
        }
        text_add(json, value->boolean ? "true" : "false");
        return true;
    case SJ_TYPE_INTEGER: return number_to_json(&spot, field, value, json);
    case SJ_TYPE_REAL:
        if (value->kind == VALUE_REAL) {
            text_add(json, "%.17g", value->real);
            return true;
        }
        return number_to_json(&spot, field, value, json);
    case SJ_TYPE_TIME: return time_to_json(&spot, value, json);
    case SJ_TYPE_MINUTES: return minutes_to_json(&spot, field, value, json);
    case SJ_TYPE_ENUM: return enum_to_json(&spot, field, value, json);
    case SJ_TYPE_RECORD:
        return field->record != NULL &&
               record_value_to_json(model, declaration, where, field->record, value, json);
    case SJ_TYPE_LIST: return list_to_json(&spot, field, value, json);
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: break;
    }
    return text_to_json(&spot, field, value, json);
}

bool record_value_to_json(struct model *model, const struct declaration *declaration,
                          const char *where, const struct record *record, const struct value *value,
                          sj_text *json) {
    const struct spot spot = {model, declaration, where};
    if (!is(&spot, value, VALUE_TABLE, "a record")) {
        return false;
    }
    if (value->items_count > 0) {
        return REFUSE(&spot, "is a list; expected a record with named fields");
    }
    for (size_t i = 0; i < value->members_count; i++) {
        if (record_find(record, value->members[i].name) == NULL) {
            return REFUSE(&spot, "unknown field \"%s\" of %s", value->members[i].name,
                          record->name);
        }
    }
    bool first = true;
    text_add(json, "{");
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        const struct value *member = value_get(value, field->name);
        if (member == NULL) {
            if ((field->flags & SJ_FIELD_REQUIRED) != 0 && field->default_value == NULL) {
                return REFUSE(&spot, "lacks the required field %s", field->name);
            }
            continue;
        }
        text_add(json, "%s\"%s\":", first ? "" : ",", field->name);
        first = false;
        if (!value_to_json(model, declaration,
                           arena_format(&model->arena, "%s.%s", where, field->name), field, member,
                           json)) {
            return false;
        }
    }
    text_add(json, "}");
    return true;
}
