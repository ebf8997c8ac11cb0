/* What the declarations of one run say, checked and with all names resolved. read.c fills it,
 * check.c completes it, the emit_*.c files print it. */
#ifndef SCHEMAC_MODEL_H
#define SCHEMAC_MODEL_H

#include "text.h"
#include "value.h"

#include <sojourn/schema.h>

enum declaration_kind {
    DECLARATION_RESOURCE,
    DECLARATION_PARAMETERS,
    DECLARATION_EVENT,
    DECLARATION_REQUEST,
    DECLARATION_POLICY,
    DECLARATION_MESSAGE,
    DECLARATION_PART,
    DECLARATION_ENUM,
    DECLARATION_KINDS,
};

struct field {
    const char *name, *title, *doc, *since, *unit, *format, *hash, *target;
    sj_type type, element;
    uint32_t flags;       /* SJ_FIELD_* */
    uint32_t param_flags; /* SJ_PARAM_* */
    bool has_min, has_max;
    int64_t min, max;
    const char **choices; /* words of an enum */
    size_t choices_count;
    const char *shared; /* the declared enum that it is of, or NULL when the words stand here */
    const char *shared_base;        /* the declaration file of that enum */
    const struct value *kept_words; /* as declared, until check.c finds the words */
    const char *kept; /* why nothing acts on it, "" without a reason; NULL: something does */
    const char **kept_choices; /* the same for each word of an enum; NULL: all are acted on */
    const char *shown_doc;     /* doc, and what is only kept: for people */
    const char *enum_name;     /* in C, without "sj_" */
    const char **constants;    /* the name in C of each of `choices`: "SJ_LAMP_SOCKET_E27" */
    const char *part; /* the part that `record` is, or NULL when the struct is declared here */
    struct record *record;
    const struct value *default_value;
    const char *fallback, *fallback_json; /* see sj_field.fallback; and as a JSON value, or "" */
};

struct record {
    struct declaration *owner;
    sj_record_kind kind;
    const char *name;   /* "device.reset", "phone.line" */
    const char *c_name; /* without "sj_": "device_reset", "phone_line" */
    const char *meta;   /* the C name of its sj_record_meta */
    bool meta_exported;
    const char *title, *doc, *since;
    struct field *fields;
    size_t fields_count;
    uint64_t *fingerprints;
    int state; /* of the walks in check.c: 0 not met, 1 inside, 2 done */
};

struct declaration {
    enum declaration_kind kind;
    const char *file; /* as given on the command line */
    const char *base; /* below the root, without ".lua": "resources/phone" */
    const char *name; /* "phone", "session.started", "Cisco Extension Mobility" */
    const char *c_name;
    const char *title, *doc, *since;
    struct record *record; /* of parameters: holds the fields; of an enum: one field, the enum; both
                              are no struct */
    bool known;            /* generated elsewhere; declarations given refer to it */
    struct record *second; /* reply or output, else NULL */

    /* resource */
    const char *plural, *menu;
    const char *key[2];
    uint32_t flags; /* SJ_RESOURCE_* or SJ_REQUEST_* */
    const struct value *factory_values;
    const char **factory; /* JSON texts */
    size_t factory_count;

    /* parameters */
    const char *prefix;

    /* request */
    int64_t deadline_ms;
    const char *command;
    const char **positional;
    size_t positional_count;
};

struct model {
    struct arena arena;
    const char *root;                  /* absolute, or NULL */
    bool external;                     /* references to resources of others are allowed */
    struct declaration **declarations; /* the known ones last */
    size_t declarations_count, declarations_room;
    size_t own_count; /* of those to generate from */
    size_t problems;
};

extern const char
    *const declaration_kind_words[DECLARATION_KINDS];  /* "resource", "parameters", ... */
extern const char *const type_words[SJ_TYPE_LIST + 1]; /* "text", "boolean", ... */

/* Counts and prints one sentence: "phone.lua: phone.lines: <sentence>". `declaration` and `where`
 * may be NULL. */
void model_problem(struct model *model, const char *file, const char *declaration,
                   const char *where, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

struct declaration *model_find(const struct model *model, enum declaration_kind kind,
                               const char *name);
struct declaration *model_add(struct model *model);
const struct field *record_find(const struct record *record, const char *name);
void model_free(struct model *model);

/* read.c: adds the declarations of a file. `known`: they are generated elsewhere. */
void model_read_file(struct model *model, const char *file, bool known);
/* enums.c: the constants of the words, which begin with "SJ_<BASE>_"; a shared enum's words into
 * the field; `kept_words`. */
void enum_name_constants(struct model *model, const struct declaration *declaration,
                         const char *path, struct field *field, const char *base);
void enum_resolve(struct model *model, const struct declaration *declaration, const char *path,
                  struct field *field);
void enum_find_kept(struct model *model, const struct declaration *declaration, const char *path,
                    struct field *field);
/* The reason of a `kept = true` or `kept = "why"`; NULL when it is neither. */
const char *kept_reason(const struct value *value);
/* check.c: parts, references, keys, defaults, names in C; then fingerprints. */
void model_complete(struct model *model);
/* fingerprint.c */
void record_fingerprints(struct model *model, struct record *record);
/* default.c: the JSON of `value` if it fits `field`; false after a sentence. */
bool value_to_json(struct model *model, const struct declaration *declaration, const char *where,
                   const struct field *field, const struct value *value, sj_text *json);
bool record_value_to_json(struct model *model, const struct declaration *declaration,
                          const char *where, const struct record *record, const struct value *value,
                          sj_text *json);

#endif
