/* Records to JSON (json.h). Pure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/record/formats.h"
#include "host/record/json.h"
#include "host/record/record.h"

static void write_real(sj_text *out, double value) {
    char text[40];
    if (!(value - value <= 0 && value - value >= 0)) {
        sj_text_puts(out, "null");
        return;
    }
    (void)snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) < value || strtod(text, NULL) > value) {
        (void)snprintf(text, sizeof text, "%.17g", value);
    }
    sj_text_puts(out, text);
}

static void write_time(sj_text *out, int64_t value) {
    char text[SJ_TIME_TEXT];
    if (value == 0) {
        sj_text_puts(out, "null");
        return;
    }
    sj_time_text(value, text);
    sj_text_json(out, text);
}

static void write_members(sj_text *out, const sj_record_meta *meta, const void *record,
                          unsigned flags, bool on_wire);

static void write_value(sj_text *out, const sj_field *field, sj_type type, const void *member,
                        unsigned flags, bool on_wire) {
    switch (type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: sj_text_json(out, sj_member_text(member, 0)); break;
    case SJ_TYPE_BOOLEAN: sj_text_puts(out, *(const bool *)member ? "true" : "false"); break;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_MINUTES: sj_text_integer(out, *(const int64_t *)member); break;
    case SJ_TYPE_REAL: write_real(out, *(const double *)member); break;
    case SJ_TYPE_TIME: write_time(out, *(const int64_t *)member); break;
    case SJ_TYPE_ENUM: sj_text_json(out, sj_enum_word(field, *(const int *)member)); break;
    case SJ_TYPE_RECORD: write_members(out, field->record, member, flags, on_wire); break;
    case SJ_TYPE_LIST: sj_text_puts(out, "null"); break; /* a list has no list as item */
    }
}

static void write_list(sj_text *out, const sj_field *field, const void *record, unsigned flags,
                       bool on_wire) {
    size_t count, size = sj_type_size(field->element, field->record);
    const void *items = sj_member_items(record, field, &count);
    sj_text_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            sj_text_char(out, ',');
        }
        write_value(out, field, field->element, sj_member_const(items, i * size), flags, on_wire);
    }
    sj_text_char(out, ']');
}

static void write_field(sj_text *out, const sj_field *field, const void *record, unsigned flags,
                        bool on_wire) {
    if ((flags & SJ_JSON_HIDE_SENSITIVE) != 0 && (field->flags & SJ_FIELD_SENSITIVE) != 0) {
        sj_text_puts(out, "null");
    } else if (field->type == SJ_TYPE_LIST) {
        write_list(out, field, record, flags, on_wire);
    } else {
        write_value(out, field, field->type, sj_member_const(record, field->offset), flags,
                    on_wire);
    }
}

/* Whether nothing was observed yet: the time at which it was is null. */
static bool is_unobserved(const sj_record_meta *meta, const void *record) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if ((field->flags & SJ_FIELD_OBSERVED) != 0 && field->type == SJ_TYPE_TIME) {
            return *(const int64_t *)sj_member_const(record, field->offset) == 0;
        }
    }
    return false;
}

static void write_members(sj_text *out, const sj_record_meta *meta, const void *record,
                          unsigned flags, bool on_wire) {
    bool first = true;
    sj_text_char(out, '{');
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (field->type == SJ_TYPE_SECRET && !on_wire) {
            continue;
        }
        if (!first) {
            sj_text_char(out, ',');
        }
        first = false;
        sj_text_json(out, field->name);
        sj_text_char(out, ':');
        if ((field->flags & SJ_FIELD_OBSERVED) != 0 && is_unobserved(meta, record)) {
            sj_text_puts(out, "null");
        } else {
            write_field(out, field, record, flags, on_wire);
        }
    }
    sj_text_char(out, '}');
}

void sj_record_write(sj_text *out, const sj_record_meta *meta, const void *record, unsigned flags) {
    write_members(out, meta, record, flags,
                  meta->kind == SJ_KIND_MESSAGE && (flags & SJ_JSON_HIDE_SENSITIVE) == 0);
}

void sj_record_write_stored(sj_text *out, const sj_record_meta *meta, const void *record,
                            const void *defaults) {
    const char *before = "{";
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if ((field->flags & SJ_FIELD_REQUIRED) == 0 && sj_field_equal(field, defaults, record)) {
            continue;
        }
        sj_text_puts(out, before);
        sj_text_json(out, field->name);
        sj_text_char(out, ':');
        write_field(out, field, record, 0, true);
        before = ",";
    }
    sj_text_puts(out, before[0] == '{' ? "{}" : "}");
}

void sj_field_write(sj_text *out, const sj_field *field, const void *record, unsigned flags) {
    if (field->type == SJ_TYPE_SECRET) {
        sj_text_puts(out, "null");
    } else {
        write_field(out, field, record, flags, false);
    }
}

void sj_field_write_text(sj_text *out, const sj_field *field, const void *record) {
    if (sj_type_is_text(field->type)) {
        sj_text_puts(out, sj_member_text(record, field->offset));
    } else if (field->type == SJ_TYPE_ENUM) {
        sj_text_puts(out,
                     sj_enum_word(field, *(const int *)sj_member_const(record, field->offset)));
    } else if (field->type == SJ_TYPE_TIME) {
        char text[SJ_TIME_TEXT];
        int64_t value = *(const int64_t *)sj_member_const(record, field->offset);
        if (value != 0) {
            sj_time_text(value, text);
            sj_text_puts(out, text);
        }
    } else {
        write_field(out, field, record, 0, false);
    }
}

char *sj_host_record_to_json(const sj_record_meta *meta, const void *record) {
    sj_text out = {0};
    sj_record_write(&out, meta, record, 0);
    return sj_text_take(&out);
}

void sj_host_text_free(char *text) {
    if (text != NULL) {
        explicit_bzero(text, strlen(text)); /* a message may hold a PIN */
        free(text);
    }
}
