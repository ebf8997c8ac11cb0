/* What a file for an imported catalog says, line by line. Pure. */
#ifndef BULK_CATALOG_FILE_H
#define BULK_CATALOG_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "csv.h"

enum catalog_column {
    CATALOG_PATTERN,
    CATALOG_PSTN_FAILOVER,
    CATALOG_STRIP_DIGITS,
    CATALOG_PREPEND_DIGITS,
    CATALOG_DESCRIPTION,
    CATALOG_COLUMNS,
};

struct catalog_file {
    struct csv csv;
    struct csv_row row;
    int columns[CSV_FIELDS]; /* which field is which column */
    size_t columns_count;
    size_t data_line; /* the line behind the names */
};

enum catalog_kind { CATALOG_URI, CATALOG_NUMBER, CATALOG_NUMBERS };

/* An object of it. Texts live until the next one is read. */
struct catalog_object {
    enum catalog_kind kind;
    size_t line;
    const char *key; /* the host of a URI in small letters, X in capitals */
    const char *user, *host;
    const char *pstn_failover; /* of a URI or number */
    bool dialled_number;       /* of a pattern: the number that was dialled */
    bool strips;
    int64_t strip_digits;
    const char *prepend_digits, *description;
    char key_space[300], user_space[300];
    char why[CSV_WHY_ROOM];
};

/* Reads the line with the columns' names; false with a sentence in `why`. The text is borrowed. */
bool catalog_file_begin(struct catalog_file *file, const char *text, size_t length,
                        char why[CSV_WHY_ROOM]);
/* The next object. WRONG: the sentence is in its `why`. */
enum csv_result catalog_file_next(struct catalog_file *file, struct catalog_object *object);

#endif
