/* One row of a file of records, cell by cell; its text in the file, and as it is kept while its
 * call goes on. Pure. */
#ifndef CDR_ROW_H
#define CDR_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/base/text.h>

enum { CDR_INTEGER = 0, CDR_UNIQUE = -1, CDR_CELLS_MAX = 132 };

struct cdr_column {
    const char *name;
    int type; /* CDR_INTEGER, CDR_UNIQUE, or the bytes that a VARCHAR has room for */
};

struct cdr_columns {
    const struct cdr_column *columns;
    size_t count;
};

#define COLUMN(name, type) CDR_##name,
enum cdr_column_number {
#include "cdr_columns.def"
    CDR_COLUMN_COUNT
};
#undef COLUMN

#define COLUMN(name, type) CMR_##name,
enum cmr_column_number {
#include "cmr_columns.def"
    CMR_COLUMN_COUNT
};
#undef COLUMN

extern const struct cdr_columns cdr_columns, cmr_columns;

struct cdr_row {
    const struct cdr_columns *kind;
    sj_text cells;              /* each with a NUL behind it */
    uint32_t at[CDR_CELLS_MAX]; /* where in `cells`; 0: not set */
};

/* Release with cdr_row_clear. */
void cdr_row_begin(struct cdr_row *row, const struct cdr_columns *kind);
void cdr_row_clear(struct cdr_row *row);

/* A text is cut where its column ends, between two characters (UTF-8); control characters become
 * spaces. */
void cdr_row_set(struct cdr_row *row, int column, const char *text);
void cdr_row_set_integer(struct cdr_row *row, int column, int64_t value);
/* "" when it is not set. */
const char *cdr_row_get(const struct cdr_row *row, int column);

/* Adds the two lines with which a file begins: names, types. */
void cdr_row_put_head(const struct cdr_columns *kind, sj_text *out);
/* Adds the row as a line: numbers as they are, 0 where none is set; texts in quotes. */
void cdr_row_put(const struct cdr_row *row, sj_text *out);

/* Adds the row as it is kept, one line. */
void cdr_row_keep(const struct cdr_row *row, sj_text *out);
/* Reads such a line, without its end. False: it is not one, or there is no memory; the row is to be
 * cleared all the same. */
bool cdr_row_take(struct cdr_row *row, const struct cdr_columns *kind, const char *line,
                  size_t length);

#endif
