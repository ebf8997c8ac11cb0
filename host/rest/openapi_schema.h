/* Declared records as the schemas of an OpenAPI 3.0 document. Pure. */
#ifndef HOST_REST_OPENAPI_SCHEMA_H
#define HOST_REST_OPENAPI_SCHEMA_H

#include <sojourn/base/text.h>
#include <sojourn/schema.h>

/* The three faces of a record. */
enum openapi_face {
    OPENAPI_SHOWN,  /* in an answer: every member, no secrets */
    OPENAPI_GIVEN,  /* in a body: what must and what may be given, defaults */
    OPENAPI_CHANGED /* in a merge patch (RFC 7396): nothing must, null is the default again */
};

/* Writes the members of the schema, without braces. */
void openapi_record(sj_text *out, const sj_record_meta *meta, enum openapi_face face);
/* The members "type":... of one value of a field, as a query parameter has it. */
void openapi_filter(sj_text *out, const sj_field *field);
/* Can records be asked for by a value of the field? */
bool openapi_can_filter(const sj_field *field);

/* A template of JSON, in which apostrophes stand for quotation marks. */
void openapi_put(sj_text *out, const char *json);
/* "name":"value" */
void openapi_text(sj_text *out, const char *name, const char *value);

/* A value that has a named format of texts; NULL: the format says nothing about one. */
const char *openapi_example(const char *format);

#endif
