/* What the generator (`sojourn-schemac`) knows of a declaration, as constant data.
 *
 * A plugin author reads the generated headers, not this one: for each declaration they hold a C
 * struct, its metadata (the types below) and typed wrappers. The host walks the metadata to
 * validate, store, show as JSON and pass to Lua any record, without code of its own per kind of
 * record. docs/schemas.md describes the declarations and the names that are generated.
 *
 * Rules that hold for every generated struct:
 *  - text, reference, enum-in-JSON and secret members are `const char *` in UTF-8, never NULL in
 * what the host hands out
 *    ("" is absent); NULL is taken as "" in what it is given;
 *  - int, time (milliseconds since 1970 UTC) and minutes are int64_t, real is double, boolean is
 * bool, enum is a C enum numbered from 0 in the order declared;
 *  - a list `x` is `const T *x` with `size_t x_count`; T is a generated struct, or `const char *`
 * for lists of text;
 *  - the struct of an event, request, reply, policy input or message only ever grows at its end. */
#ifndef SOJOURN_SCHEMA_H
#define SOJOURN_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sj_type {
    SJ_TYPE_TEXT,    /* const char * */
    SJ_TYPE_BOOLEAN, /* bool */
    SJ_TYPE_INTEGER, /* int64_t */
    SJ_TYPE_REAL,    /* double */
    SJ_TYPE_TIME,    /* int64_t, ms since 1970-01-01 UTC; JSON: RFC 3339 text, null when 0 */
    SJ_TYPE_MINUTES, /* int64_t; JSON and files accept a number of minutes or text "HHH:MM", ":MM";
                        other than 0 no text without a colon */
    SJ_TYPE_ENUM,    /* int-sized C enum; JSON: the declared word */
    SJ_TYPE_REFERENCE, /* const char *: the key of a record of `target` */
    SJ_TYPE_SECRET, /* const char *: plain on the way in, stored hashed as `hash` says, never shown
                     */
    SJ_TYPE_RECORD, /* embedded struct (`record`) */
    SJ_TYPE_LIST,   /* of `element` type; records when `record` is set */
} sj_type;

enum {
    SJ_FIELD_REQUIRED = 1u << 0, /* must be given and not empty */
    SJ_FIELD_READ_ONLY =
        1u << 1, /* only services write it; ignored with a sentence in REST and apply */
    SJ_FIELD_SENSITIVE = 1u << 2, /* never logged, journalled, traced or tailed */
    SJ_FIELD_KEY =
        1u
        << 3, /* part of the key; at most two fields; the key text is "first" or "first@second" */
    SJ_FIELD_UNIQUE = 1u << 4, /* no two records with the same non-empty value */
    SJ_FIELD_INDEX =
        1u << 5, /* records are looked for by it: asking for a value does not read all of them */
    SJ_FIELD_FIXED = 1u << 6, /* does not change once the record exists */
    SJ_FIELD_KEPT =
        1u << 7, /* stored and shown, but nothing acts on it; the end of its doc says so, and why */
    SJ_FIELD_HOLDS_NOTHING =
        1u
        << 9, /* a boolean: while true, the record's references keep nothing from being removed */
    SJ_FIELD_OBSERVED =
        1u << 8, /* tells what was observed: JSON null as long as the record's observed time is */
};

typedef struct sj_record_meta sj_record_meta;

typedef struct sj_field {
    const char *name;  /* as in C, Lua, JSON and SQL: lower_case_words */
    const char *title; /* as the field's literature prints it: "EMCC CSS" */
    const char *doc;
    const char *since; /* version of the declaration that brought it */
    const char *unit;  /* "kbps", "minutes", ... or "" */
    sj_type type;
    sj_type element; /* of a list */
    uint32_t flags;
    size_t offset;       /* of the member in the struct */
    size_t count_offset; /* of `<name>_count` for lists */
    int64_t min, max; /* number: range; text and secret: length in bytes; list: number of items; max
                         0 = none */
    const char
        *format; /* named format of a text ("device_name", "dial_pattern", "url", ...), or "" */
    const char *hash;     /* of a secret: "argon2id", or "ha1:<field with the user name>", or
                             "ha1:<field with the user name>:<field with the realm>" */
    const char *target;   /* of a reference: the resource's name */
    const char *fallback; /* the default: text without quotes ("SIP"), all else as in JSON ("25",
                             "true", "[1,2]"); "" = none */
    const char *const *choices;   /* words of an enum, NULL-terminated */
    const sj_record_meta *record; /* struct of a record, or of a list's items */
} sj_field;

typedef enum sj_record_kind {
    SJ_KIND_RESOURCE,
    SJ_KIND_EVENT,
    SJ_KIND_REQUEST,
    SJ_KIND_REPLY,
    SJ_KIND_POLICY_INPUT,
    SJ_KIND_POLICY_OUTPUT,
    SJ_KIND_MESSAGE,
    SJ_KIND_PART, /* struct inside another */
} sj_record_kind;

struct sj_record_meta {
    size_t size; /* of this struct, for growth */
    sj_record_kind kind;
    const char *name;  /* "phone", "session.started" */
    const char *title; /* "Phone" */
    const char *doc;
    const char *since;
    size_t struct_size;
    const sj_field *fields;
    size_t fields_count;
    /* fingerprints[n] covers name and the first n fields: a consumer compiled against n fields
     * accepts a producer with n or more whose n-th fingerprint is equal. fields_count + 1 entries.
     */
    const uint64_t *fingerprints;
};

enum {
    SJ_RESOURCE_SINGLETON = 1u << 0, /* exactly one record, key "default" */
    SJ_RESOURCE_RUNTIME =
        1u << 1, /* written by services; REST and apply only read (unless a field says otherwise) */
    SJ_RESOURCE_NODE = 1u << 2, /* one set per node instead of one per cluster */
};

typedef struct sj_resource_meta {
    size_t size;
    const sj_record_meta *record; /* record->name is the resource's name: "device_profile" */
    const char *plural;       /* "device_profiles": the REST path and the list in an apply file */
    const char *key_field[2]; /* second NULL when the key is one field */
    uint32_t flags;
    const char *menu; /* where the field's administrators look for it: "Device > Device Settings >
                         Device Profile" */
    const char *const
        *factory; /* JSON texts of the records that exist from the start, NULL-terminated */
} sj_resource_meta;

enum {
    SJ_REQUEST_TELLS = 1u << 0, /* changes nothing: it only tells something */
};

typedef struct sj_request_meta {
    size_t size;
    const char *name; /* "device.reset" */
    const sj_record_meta *request;
    const sj_record_meta *reply;
    int64_t deadline_ms;    /* when the asker gives none */
    const char *command;    /* "phone reset": offered as `sojourn phone reset` and POST
                               /api/v1/do/phone/reset; "" = not offered */
    const char *positional; /* names of the fields taken without name on the command line, separated
                               by spaces */
    uint32_t flags;         /* SJ_REQUEST_...; 0 from plugins of before */
} sj_request_meta;

typedef struct sj_policy_meta {
    size_t size;
    const char *name; /* "css.select" */
    const char *doc;
    const sj_record_meta *input;
    const sj_record_meta *output;
} sj_policy_meta;

enum {
    SJ_PARAM_NODE = 1u << 0,     /* one value per node; else one per cluster */
    SJ_PARAM_ADVANCED = 1u << 1, /* behind the "Advanced" button */
};

typedef struct sj_param_meta {
    size_t size;
    const char *service; /* "Cisco Extension Mobility", "Enterprise", "EMCC" */
    const char *symbol;  /* "em_maximum_concurrent_requests" */
    uint32_t flags;
    sj_field field; /* field.title is the parameter's name as printed: "Maximum Concurrent
                       Requests"; offset unused */
} sj_param_meta;

/* Everything that one set of declarations holds; each array ends with NULL. */
typedef struct sj_schema {
    size_t size;
    const char *name; /* "sojourn", or the third party's */
    const sj_resource_meta *const *resources;
    const sj_param_meta *const *params;
    const sj_record_meta *const *events;
    const sj_request_meta *const *requests;
    const sj_policy_meta *const *policies;
    const sj_record_meta *const *messages;
} sj_schema;

#ifdef __cplusplus
}
#endif
#endif
