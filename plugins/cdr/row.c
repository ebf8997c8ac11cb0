/* Rows of records and their cells. Pure. */
#include "row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/utf8.h>

#define COLUMN(name, type) {#name, type},
static const struct cdr_column cdr[] = {
#include "cdr_columns.def"
};
static const struct cdr_column cmr[] = {
#include "cmr_columns.def"
};
#undef COLUMN

const struct cdr_columns cdr_columns = {cdr, sizeof cdr / sizeof cdr[0]};
const struct cdr_columns cmr_columns = {cmr, sizeof cmr / sizeof cmr[0]};

void cdr_row_begin(struct cdr_row *row, const struct cdr_columns *kind) {
    memset(row, 0, sizeof *row);
    row->kind = kind;
    sj_text_char(&row->cells, '\0');
}

void cdr_row_clear(struct cdr_row *row) {
    sj_text_clear(&row->cells);
}

static void set(struct cdr_row *row, int column, const char *text, size_t length) {
    const size_t begun = row->cells.length;
    const int room = row->kind->columns[column].type; /* of a VARCHAR */
    sj_text_add(&row->cells, text, room > 0 ? sj_utf8_cut(text, length, (size_t)room) : length);
    for (size_t i = begun; !row->cells.failed && i < row->cells.length; i++) {
        if ((unsigned char)row->cells.data[i] < 0x20 || row->cells.data[i] == 0x7f) {
            row->cells.data[i] = ' ';
        }
    }
    sj_text_char(&row->cells, '\0');
    if (!row->cells.failed) {
        row->at[column] = (uint32_t)begun;
    }
}

void cdr_row_set(struct cdr_row *row, int column, const char *text) {
    const char *given = sj_or_empty(text);
    set(row, column, given, strlen(given));
}

void cdr_row_set_integer(struct cdr_row *row, int column, int64_t value) {
    char text[24];
    const int length = snprintf(text, sizeof text, "%lld", (long long)value);
    set(row, column, text, (size_t)length);
}

const char *cdr_row_get(const struct cdr_row *row, int column) {
    return row->at[column] == 0 ? "" : row->cells.data + row->at[column];
}

void cdr_row_put_head(const struct cdr_columns *kind, sj_text *out) {
    for (size_t i = 0; i < kind->count; i++) {
        sj_text_printf(out, "%s\"%s\"", i > 0 ? "," : "", kind->columns[i].name);
    }
    sj_text_char(out, '\n');
    for (size_t i = 0; i < kind->count; i++) {
        const int type = kind->columns[i].type;
        sj_text_puts(out, i > 0 ? "," : "");
        if (type > 0) {
            sj_text_printf(out, "VARCHAR(%d)", type);
        } else {
            sj_text_puts(out, type == CDR_INTEGER ? "INTEGER" : "UNIQUEIDENTIFIER");
        }
    }
    sj_text_char(out, '\n');
}

void cdr_row_put(const struct cdr_row *row, sj_text *out) {
    out->failed = out->failed || row->cells.failed;
    for (size_t i = 0; i < row->kind->count && !out->failed; i++) {
        const char *cell = cdr_row_get(row, (int)i);
        sj_text_puts(out, i > 0 ? "," : "");
        if (row->kind->columns[i].type == CDR_INTEGER) {
            sj_text_puts(out, cell[0] == '\0' ? "0" : cell);
            continue;
        }
        sj_text_char(out, '"');
        for (; *cell != '\0'; cell++) {
            sj_text_puts(out, *cell == '"' ? "\"" : "");
            sj_text_char(out, *cell);
        }
        sj_text_char(out, '"');
    }
    sj_text_char(out, '\n');
}

void cdr_row_keep(const struct cdr_row *row, sj_text *out) {
    out->failed = out->failed || row->cells.failed;
    for (size_t i = 0; i < row->kind->count && !out->failed; i++) {
        sj_text_puts(out, i > 0 ? "\t" : "");
        sj_text_puts(out, cdr_row_get(row, (int)i));
    }
    sj_text_char(out, '\n');
}

bool cdr_row_take(struct cdr_row *row, const struct cdr_columns *kind, const char *line,
                  size_t length) {
    size_t column = 0;
    cdr_row_begin(row, kind);
    for (size_t at = 0; at <= length && column < kind->count; column++) {
        const char *end = memchr(line + at, '\t', length - at);
        const size_t cell = end != NULL ? (size_t)(end - line) - at : length - at;
        if (cell > 0) {
            set(row, (int)column, line + at, cell);
        }
        at += cell + 1;
        if (end == NULL) {
            column++;
            break;
        }
    }
    return column == kind->count && !row->cells.failed;
}
