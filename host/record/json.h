/* Records as JSON, both ways, through their metadata. Pure.
 *
 * Times are RFC 3339 text (null when 0), enums their words, secrets are never shown but on
 * messages, which are wires of ours.
 */
#ifndef HOST_RECORD_JSON_H
#define HOST_RECORD_JSON_H

#include <cjson/cJSON.h>

#include <sojourn/base/text.h>
#include <sojourn/schema.h>

#include "host/record/arena.h"
#include "host/record/problems.h"

/* What a text from outside may hold of values, so that reading it does not hold the loop. */
enum { SJ_JSON_VALUES_MAX = 50000, SJ_JSON_BYTES_MAX = 2 << 20 };

/* Parses a whole text: UTF-8, no NUL, nothing behind the value; errors with line and column. Free
 * with cJSON_Delete. */
cJSON *sj_json_parse(const char *text, size_t length, sj_error *error);
/* The same without a bound on size and number of values: for what the node itself has written,
 * whose sender has been authenticated, or what is not read on the loop. */
cJSON *sj_json_parse_all(const char *text, size_t length, sj_error *error);

enum {
    SJ_JSON_IGNORE_UNKNOWN = 1u << 0, /* unknown members are skipped instead of being problems */
    SJ_JSON_PARTIAL =
        1u << 1, /* absent members keep the value the record has; required ones may be absent */
    SJ_JSON_SKIP_READ_ONLY = 1u << 2, /* read-only members are skipped and become notes */
    SJ_JSON_HIDE_SENSITIVE = 1u << 3, /* writing: null instead of sensitive values */
    SJ_JSON_ONE_LINE =
        1u
        << 4, /* texts are of one line: what people configure ends up in headers, files and logs */
    SJ_JSON_SECRET_OR_NULL =
        1u << 5, /* a secret is taken away by null, not by an empty text, which may be a slip */
};

struct sj_json_reader {
    struct sj_arena *arena;
    struct sj_problems *problems;
    struct sj_problems *notes; /* what was ignored, may be NULL */
    unsigned flags;
};

/* Reads an object into `record`, which holds defaults or present values. Checks types and presence;
 * ranges and formats are sj_record_check's affair. Problems are added under `path`. */
void sj_record_read(const struct sj_json_reader *reader, const sj_record_meta *meta,
                    const cJSON *json, const struct sj_path *path, void *record);
/* The same, and checks the record: all that is wrong is named, what has the wrong form no less than
 * what is out of range. False with problems. */
bool sj_record_read_checked(const struct sj_json_reader *reader, const sj_record_meta *meta,
                            const cJSON *json, const struct sj_path *path, void *record);
/* One value. `record` is the struct that holds the member. */
void sj_field_read(const struct sj_json_reader *reader, const sj_field *field, const cJSON *json,
                   const struct sj_path *path, void *record);
/* Reads JSON text into a fresh record in the arena, defaults first, and checks it. NULL: see the
 * problems. */
void *sj_record_parse(const struct sj_json_reader *reader, const sj_record_meta *meta,
                      const char *text, size_t length);

/* Writes the record as an object. */
void sj_record_write(sj_text *out, const sj_record_meta *meta, const void *record, unsigned flags);
/* As it is stored: secrets too, but nothing that is as in `defaults`, a record as declared, unless
 * it must be given. */
void sj_record_write_stored(sj_text *out, const sj_record_meta *meta, const void *record,
                            const void *defaults);
/* Writes one member as a JSON value. */
void sj_field_write(sj_text *out, const sj_field *field, const void *record, unsigned flags);

/* A value from what a person types or a parameter's row holds: "25", "true", "2:30", "SIP", plain
 * text; for lists and records JSON. `record` is the struct that holds the member. */
int sj_field_read_text(const sj_field *field, const char *text, void *record,
                       struct sj_arena *arena, sj_error *error);
/* The same form the other way. */
void sj_field_write_text(sj_text *out, const sj_field *field, const void *record);

/* The functions of the host table. */
char *sj_host_record_to_json(const sj_record_meta *meta, const void *record);
int sj_host_record_from_json(const sj_record_meta *meta, const char *json, size_t length,
                             void **record, sj_error *error);
void sj_host_text_free(char *text);

#endif
