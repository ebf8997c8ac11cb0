/* CSV as spreadsheets and other programs write it (RFC 4180 and its neighbours): fields between
 * commas, semicolons or tabs, quotes, CRLF or LF, a byte order mark, a first line "sep=;". Pure. */
#ifndef BULK_CSV_H
#define BULK_CSV_H

#include <stdbool.h>
#include <stddef.h>

enum { CSV_FIELDS = 32, CSV_ROW_ROOM = 4096, CSV_WHY_ROOM = 200 };

struct csv {
    const char *text;
    size_t length, at;
    size_t line; /* of what is at `at`, from 1 */
    char delimiter;
};

struct csv_row {
    size_t line; /* where it begins */
    size_t count;
    const char *fields[CSV_FIELDS]; /* in `space` */
    char space[CSV_ROW_ROOM];
    char why[CSV_WHY_ROOM]; /* of what is wrong */
};

enum csv_result { CSV_ROW, CSV_WRONG, CSV_END };

/* Begins to read a text, which is borrowed. The delimiter is the one of , ; and tab that its first
 * line has most of. */
void csv_begin(struct csv *csv, const char *text, size_t length);
/* The next row that is not empty. WRONG: the row cannot be read, for the sentence in `why`, and
 * reading goes on with the line behind. */
enum csv_result csv_next(struct csv *csv, struct csv_row *row);

/* What a spreadsheet needs around a number that is to stay a text, taken off: ="+49..." and '+49...
 */
const char *csv_plain(char *field);
/* Whether a spreadsheet has made a number of it and rounded that: 4,93012E+11. */
bool csv_is_rounded(const char *field);

#endif
