/* The fields of a record, from the values of a file. */
#ifndef SCHEMAC_READ_FIELDS_H
#define SCHEMAC_READ_FIELDS_H

#include "read_options.h"

struct record *record_new(const struct place *place, sj_record_kind kind, const char *name,
                          const char *c_name);
/* The words of an enum whose constants begin with `base`. */
void read_words(const struct place *place, struct field *field, const struct value *table,
                const char *base);
void read_fields(const struct place *place, struct record *record, const struct value *list);

#endif
