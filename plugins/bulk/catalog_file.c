/* Reads a file for an imported catalog. */
#include "catalog_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Names of the columns, small letters and blanks only. */
static const struct {
    const char *name;
    enum catalog_column column;
} names[] = {
    {"pattern", CATALOG_PATTERN},
    {"uri", CATALOG_PATTERN},
    {"directory uri", CATALOG_PATTERN},
    {"number", CATALOG_PATTERN},
    {"pstn failover", CATALOG_PSTN_FAILOVER},
    {"strip digits", CATALOG_STRIP_DIGITS},
    {"pstn failover strip digits", CATALOG_STRIP_DIGITS},
    {"prepend digits", CATALOG_PREPEND_DIGITS},
    {"pstn failover prepend digits", CATALOG_PREPEND_DIGITS},
    {"description", CATALOG_DESCRIPTION},
};

static int column_of(const char *field) {
    char name[64];
    size_t length = 0;
    for (; *field != '\0' && length + 1 < sizeof name; field++) {
        const char c = *field;
        name[length++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c == '_' ? ' ' : c);
    }
    name[length] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, name) == 0) {
            return (int)names[i].column;
        }
    }
    return -1;
}

bool catalog_file_begin(struct catalog_file *file, const char *text, size_t length,
                        char why[CSV_WHY_ROOM]) {
    bool present[CATALOG_COLUMNS] = {false};
    csv_begin(&file->csv, text, length);
    const enum csv_result result = csv_next(&file->csv, &file->row);
    if (result != CSV_ROW) {
        (void)snprintf(why, CSV_WHY_ROOM, "%s",
                       result == CSV_END ? "there is no line in it" : file->row.why);
        return false;
    }
    for (size_t i = 0; i < file->row.count; i++) {
        const char *field = csv_plain(file->row.space + (file->row.fields[i] - file->row.space));
        const int column = column_of(field);
        if (column < 0 && field[0] != '\0') {
            (void)snprintf(why, CSV_WHY_ROOM,
                           "line %zu: expected the columns' names pattern, pstn_failover, "
                           "strip_digits, prepend_digits, description, got \"%.40s\"",
                           file->row.line, field);
            return false;
        }
        if (column >= 0 && present[column]) {
            (void)snprintf(why, CSV_WHY_ROOM, "line %zu: two columns are called \"%.40s\"",
                           file->row.line, field);
            return false;
        }
        if (column >= 0) {
            present[column] = true;
        }
        file->columns[i] = column;
    }
    file->columns_count = file->row.count;
    file->data_line = file->csv.line;
    if (!present[CATALOG_PATTERN]) {
        (void)snprintf(why, CSV_WHY_ROOM, "line %zu: no column is called pattern", file->row.line);
        return false;
    }
    return true;
}

static bool wrong(struct catalog_object *object, const char *column, const char *expected,
                  const char *got) {
    (void)snprintf(object->why, sizeof object->why, "%s: expected %s, got \"%.60s\"", column,
                   expected, got);
    return false;
}

/* "anna@Example.com" is anna@example.com, "+49xx" is +49XX. */
static bool read_key(struct catalog_object *object, const char *text) {
    static const char scheme[] = "sip:";
    text += strncasecmp(text, scheme, sizeof scheme - 1) == 0 ? sizeof scheme - 1 : 0;
    const char *at = strchr(text, '@');
    const size_t length = strlen(text);
    if (length == 0 || length >= sizeof object->key_space) {
        return wrong(object, "pattern", "a directory URI, a number or a pattern", text);
    }
    if (csv_is_rounded(text)) {
        return wrong(object, "pattern",
                     "the digits (a spreadsheet has rounded them: format the column as text)",
                     text);
    }
    for (size_t i = 0; i <= length; i++) {
        const char c = text[i];
        const bool host = at != NULL && text + i > at;
        object->key_space[i] = (char)(host && c >= 'A' && c <= 'Z' ? c - 'A' + 'a'
                                      : at == NULL && c == 'x'     ? 'X'
                                                                   : c);
    }
    object->key = object->key_space;
    object->kind = at != NULL                                 ? CATALOG_URI
                   : strpbrk(object->key_space, "X!") != NULL ? CATALOG_NUMBERS
                                                              : CATALOG_NUMBER;
    if (at != NULL) {
        (void)snprintf(object->user_space, sizeof object->user_space, "%.*s", (int)(at - text),
                       text);
        object->user = object->user_space;
        object->host = object->key_space + (at - text) + 1;
    }
    return true;
}

static bool read_failover(struct catalog_object *object, const char *failover, const char *strip,
                          const char *prepend) {
    static const char digits[] = "0123456789";
    if (csv_is_rounded(failover) || csv_is_rounded(prepend)) {
        return wrong(object, "pstn_failover",
                     "the digits (a spreadsheet has rounded them: format the column as text)",
                     csv_is_rounded(failover) ? failover : prepend);
    }
    if (object->kind != CATALOG_NUMBERS) {
        object->pstn_failover = failover;
        return strip[0] == '\0' && prepend[0] == '\0'
                   ? true
                   : wrong(object, "strip_digits", "nothing: it is for patterns", strip);
    }
    object->strips = strip[0] != '\0' || prepend[0] != '\0';
    if (strip[strspn(strip, digits)] != '\0' || strlen(strip) > 2) {
        return wrong(object, "strip_digits", "how many digits go", strip);
    }
    object->strip_digits = atoi(strip);
    object->prepend_digits = prepend;
    object->dialled_number = strcmp(failover, "pattern_as_number") == 0;
    if (failover[0] != '\0' && !object->dialled_number && strcmp(failover, "none") != 0 &&
        strcmp(failover, "strip_and_prepend") != 0) {
        return wrong(object, "pstn_failover",
                     "none, pattern_as_number or strip_and_prepend for a pattern", failover);
    }
    object->strips = object->strips || strcmp(failover, "strip_and_prepend") == 0;
    if (object->strips && object->dialled_number) {
        return wrong(object, "pstn_failover", "strip_and_prepend where digits go or are added",
                     failover);
    }
    return true;
}

enum csv_result catalog_file_next(struct catalog_file *file, struct catalog_object *object) {
    const char *columns[CATALOG_COLUMNS] = {"", "", "", "", ""};
    memset(object, 0, offsetof(struct catalog_object, key_space));
    object->why[0] = '\0';
    object->key = object->user = object->host = object->pstn_failover = object->prepend_digits = "";
    const enum csv_result result = csv_next(&file->csv, &file->row);
    object->line = file->row.line;
    if (result != CSV_ROW) {
        (void)snprintf(object->why, sizeof object->why, "%s",
                       result == CSV_WRONG ? file->row.why : "");
        return result;
    }
    for (size_t i = 0; i < file->row.count; i++) {
        const char *field = csv_plain(file->row.space + (file->row.fields[i] - file->row.space));
        if (i < file->columns_count && file->columns[i] >= 0) {
            columns[file->columns[i]] = field;
        } else if (field[0] != '\0') {
            (void)wrong(object, "a field", "none where no column has a name", field);
            return CSV_WRONG;
        }
    }
    object->description = columns[CATALOG_DESCRIPTION];
    return read_key(object, columns[CATALOG_PATTERN]) &&
                   read_failover(object, columns[CATALOG_PSTN_FAILOVER],
                                 columns[CATALOG_STRIP_DIGITS], columns[CATALOG_PREPEND_DIGITS])
               ? CSV_ROW
               : CSV_WRONG;
}
