/* Declarations as JSON schemas, in the form that OpenAPI 3.0 has for them. */
#include "host/rest/openapi_schema.h"

#include <string.h>

#include "host/record/formats.h"
#include "host/record/record.h"

void openapi_put(sj_text *out, const char *json) {
    for (const char *end; *json != '\0'; json = end) {
        end = json + strcspn(json, "'");
        sj_text_add(out, json, (size_t)(end - json));
        if (*end == '\'') {
            sj_text_char(out, '"');
            end++;
        }
    }
}

void openapi_text(sj_text *out, const char *name, const char *value) {
    sj_text_printf(out, "\"%s\":", name);
    sj_text_json(out, value);
}

const char *openapi_example(const char *format) {
    static const struct {
        const char *format, *example;
    } examples[] = {
        {"name", "Berlin"},
        {"device_name", "SEP001122334455"},
        {"hostname", "phones.example.com"},
        {"address", "192.0.2.10"},
        {"web_url", "https://www.example.com/path"},
        {"url", "https://www.example.com/path"},
        {"digits", "4711"},
        {"dial_pattern", "49XX"},
        {"mask", "+49305XXX"},
        {"advertised_pattern", "49XX"},
        {"domain", "example.com"},
        {"domain_pattern", "*.example.com"},
        {"time_zone", "Europe/London"},
        {"date_template", "D.M.Y"},
        {"time_of_day", "08:30"},
        {"cluster_id", "HQ"},
        {"country", "GB"},
        {"locale", "English_United_States"},
        {"user_id", "alice"},
        {"hex", "00aaff"},
        {"role", "Standard CCM Read Only"},
        {"host_list", "192.0.2.1; phones.example.com"},
        {"xml_name", "userLocale"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        if (strcmp(examples[i].format, format) == 0) {
            return examples[i].example;
        }
    }
    return NULL;
}

/* A member that must be given has no default that null could go back to. */
static bool must_be_given(const sj_field *field) {
    return (field->flags & SJ_FIELD_REQUIRED) != 0 && field->fallback[0] == '\0';
}

static bool may_be_null(const sj_field *field, enum openapi_face face) {
    if (face == OPENAPI_SHOWN) {
        return field->type == SJ_TYPE_TIME ||
               (field->flags & (SJ_FIELD_OBSERVED | SJ_FIELD_SENSITIVE)) != 0;
    }
    return !must_be_given(field);
}

static void put_words(sj_text *out, const sj_field *field, bool null) {
    openapi_put(out, "'type':'string','enum':[");
    for (size_t i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
        sj_text_puts(out, i > 0 ? "," : "");
        sj_text_json(out, field->choices[i]);
    }
    sj_text_puts(out, null ? ",null]" : "]");
}

/* Of one value: of the field, or of an item of its list. */
static void put_type(sj_text *out, const sj_field *field, sj_type type, enum openapi_face face,
                     bool null) {
    const char *nullable = null ? ",'nullable':true" : "";
    switch (type) {
    case SJ_TYPE_BOOLEAN: openapi_put(out, "'type':'boolean'"); break;
    case SJ_TYPE_INTEGER: openapi_put(out, "'type':'integer','format':'int64'"); break;
    case SJ_TYPE_REAL: openapi_put(out, "'type':'number','format':'double'"); break;
    case SJ_TYPE_MINUTES:
        if (face == OPENAPI_SHOWN) {
            openapi_put(out, "'type':'integer','format':'int64'");
            break;
        }
        openapi_put(out, "'anyOf':[{'type':'integer','format':'int64'");
        openapi_put(out, nullable);
        openapi_put(out, "},{'type':'string','pattern':'^[0-9]*:[0-5][0-9]$','example':'8:00'}]");
        return;
    case SJ_TYPE_TIME: openapi_put(out, "'type':'string','format':'date-time'"); break;
    case SJ_TYPE_ENUM: put_words(out, field, null); break;
    case SJ_TYPE_RECORD: /* as an item it is given whole */
        openapi_record(out, field->record,
                       face == OPENAPI_CHANGED && field->type == SJ_TYPE_LIST ? OPENAPI_GIVEN
                                                                              : face);
        break;
    case SJ_TYPE_SECRET: openapi_put(out, "'type':'string','format':'password'"); break;
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_LIST: openapi_put(out, "'type':'string'"); break;
    }
    openapi_put(out, nullable);
}

/* Sizes of texts are bytes, which are at least as many as the characters that a schema counts: an
 * upper bound holds for both. A lower one does where each is one byte. */
static void put_bounds(sj_text *out, const sj_field *field) {
    const bool number = field->type == SJ_TYPE_INTEGER || field->type == SJ_TYPE_REAL;
    const bool text = sj_type_is_text(field->type);
    const bool list = field->type == SJ_TYPE_LIST;
    const bool ascii = strcmp(field->format, "pin") == 0 || strcmp(field->format, "hex") == 0 ||
                       strcmp(field->format, "digits") == 0;
    if (field->max != 0 && (number || text || list)) {
        sj_text_printf(out, ",\"%s\":%lld",
                       number ? "maximum"
                       : list ? "maxItems"
                              : "maxLength",
                       (long long)field->max);
    }
    if ((field->min != 0 && (list || (text && ascii))) ||
        (number && (field->min != 0 || field->max != 0))) {
        sj_text_printf(out, ",\"%s\":%lld",
                       number ? "minimum"
                       : list ? "minItems"
                              : "minLength",
                       (long long)field->min);
    } else if (text && must_be_given(field)) {
        openapi_put(out, ",'minLength':1");
    }
}

/* Texts are declared without quotes, all else as JSON; a length of time as it is typed. */
static void put_default(sj_text *out, const sj_field *field) {
    const bool quoted = sj_type_is_text(field->type) || field->type == SJ_TYPE_ENUM ||
                        (field->type == SJ_TYPE_MINUTES && strchr(field->fallback, ':') != NULL);
    if (field->fallback[0] == '\0') {
        return;
    }
    openapi_put(out, ",'default':");
    if (quoted) {
        sj_text_json(out, field->fallback);
    } else {
        sj_text_puts(out, field->fallback);
    }
}

static void put_description(sj_text *out, const sj_field *field) {
    const char *form = field->format[0] != '\0' ? sj_format_check(field->format, "\x01") : NULL;
    sj_text text = {0};
    sj_text_puts(&text, field->doc);
    if (form != NULL) {
        sj_text_printf(&text, " Expected: %s.", form);
    }
    if (field->unit[0] != '\0') {
        sj_text_printf(&text, " Unit: %s.", field->unit);
    }
    if (field->type == SJ_TYPE_SECRET && field->min != 0) {
        sj_text_printf(&text, " At least %lld bytes.", (long long)field->min);
    }
    if (field->target[0] != '\0') {
        sj_text_printf(&text, " The key of a %s.", field->target);
    }
    openapi_text(out, "description", sj_or_empty(text.data));
    sj_text_clear(&text);
}

static void put_example(sj_text *out, const sj_field *field) {
    const char *example = openapi_example(field->format);
    if (example != NULL && (field->max == 0 || strlen(example) <= (size_t)field->max) &&
        field->type == SJ_TYPE_TEXT) {
        sj_text_char(out, ',');
        openapi_text(out, "example", example);
    }
}

static void put_field(sj_text *out, const sj_field *field, enum openapi_face face) {
    const bool null = may_be_null(field, face);
    sj_text_json(out, field->name);
    sj_text_puts(out, ":{");
    openapi_text(out, "title", field->title);
    sj_text_char(out, ',');
    if (face != OPENAPI_CHANGED) {
        put_description(out, field);
        sj_text_char(out, ',');
    }
    if (field->type == SJ_TYPE_LIST) {
        openapi_put(out, "'type':'array','items':{");
        put_type(out, field, field->element, face, false);
        openapi_put(out, null ? "},'nullable':true" : "}");
    } else {
        put_type(out, field, field->type, face, null);
    }
    if (face != OPENAPI_SHOWN) {
        put_bounds(out, field);
        put_example(out, field);
    }
    if (face == OPENAPI_GIVEN) {
        put_default(out, field);
    }
    if ((field->flags & SJ_FIELD_READ_ONLY) != 0) {
        openapi_put(out, ",'readOnly':true");
    }
    if (field->type == SJ_TYPE_SECRET) {
        openapi_put(out, ",'writeOnly':true");
    }
    if ((field->flags & SJ_FIELD_KEPT) != 0) {
        openapi_put(out, ",'x-kept':true");
    }
    sj_text_char(out, '}');
}

/* What an answer holds without fail, and a body must. */
static bool is_required(const sj_field *field, enum openapi_face face) {
    return face == OPENAPI_SHOWN ? field->type != SJ_TYPE_SECRET
                                 : face == OPENAPI_GIVEN && must_be_given(field) &&
                                       (field->flags & SJ_FIELD_READ_ONLY) == 0;
}

void openapi_record(sj_text *out, const sj_record_meta *meta, enum openapi_face face) {
    const char *before = "";
    openapi_put(out, "'type':'object','properties':{");
    for (size_t i = 0; i < meta->fields_count; i++) {
        if (face != OPENAPI_SHOWN || meta->fields[i].type != SJ_TYPE_SECRET) {
            sj_text_puts(out, before);
            put_field(out, &meta->fields[i], face);
            before = ",";
        }
    }
    /* Answers grow with the declarations; a body that names what is not there is refused. */
    openapi_put(out, face == OPENAPI_SHOWN ? "}" : "},'additionalProperties':false");
    before = ",\"required\":[";
    for (size_t i = 0; i < meta->fields_count; i++) {
        if (is_required(&meta->fields[i], face)) {
            sj_text_puts(out, before);
            sj_text_json(out, meta->fields[i].name);
            before = ",";
        }
    }
    sj_text_puts(out, before[1] == '\0' ? "]" : "");
}

bool openapi_can_filter(const sj_field *field) {
    const sj_type type = field->type == SJ_TYPE_LIST ? field->element : field->type;
    return type != SJ_TYPE_SECRET && type != SJ_TYPE_RECORD;
}

void openapi_filter(sj_text *out, const sj_field *field) {
    put_type(out, field, field->type == SJ_TYPE_LIST ? field->element : field->type, OPENAPI_GIVEN,
             false);
}
