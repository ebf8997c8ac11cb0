/* Reads CSV. */
#include "csv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/utf8.h>

static bool at_end(const struct csv *csv) {
    return csv->at >= csv->length;
}

/* Past the end of a line, if that is what is there. */
static bool take_line_end(struct csv *csv) {
    const char *here = csv->text + csv->at;
    const size_t left = csv->length - csv->at;
    const size_t used = left >= 2 && here[0] == '\r' && here[1] == '\n'     ? 2
                        : left >= 1 && (here[0] == '\n' || here[0] == '\r') ? 1
                                                                            : 0;
    csv->at += used;
    csv->line += used > 0;
    return used > 0;
}

static void skip_line(struct csv *csv) {
    while (!at_end(csv) && !take_line_end(csv)) {
        csv->at++;
    }
}

void csv_begin(struct csv *csv, const char *text, size_t length) {
    static const char mark[] = "\xEF\xBB\xBF", separator[] = "sep=";
    static const char delimiters[] = ",;\t";
    size_t counts[sizeof delimiters - 1] = {0}, most = 0;
    bool quoted = false;
    *csv = (struct csv){.text = text, .length = length, .line = 1, .delimiter = ','};
    if (length >= 3 && memcmp(text, mark, 3) == 0) {
        csv->at = 3;
    }
    if (length - csv->at > sizeof separator - 1 &&
        strncasecmp(text + csv->at, separator, sizeof separator - 1) == 0) {
        csv->delimiter = text[csv->at + sizeof separator - 1];
        skip_line(csv);
        return;
    }
    for (size_t i = csv->at; i < length; i++) {
        quoted = quoted != (text[i] == '"');
        if (!quoted && (text[i] == '\n' || text[i] == '\r')) {
            break;
        }
        for (size_t k = 0; !quoted && k < sizeof counts / sizeof counts[0]; k++) {
            counts[k] += text[i] == delimiters[k];
            if (counts[k] > most) {
                most = counts[k];
                csv->delimiter = delimiters[k];
            }
        }
    }
}

/* One byte more of the field that is being read. */
static bool put(struct csv_row *row, size_t *used, char c) {
    if (*used + 1 >= CSV_ROW_ROOM) {
        (void)snprintf(row->why, sizeof row->why, "it has more than %d bytes", CSV_ROW_ROOM - 1);
        return false;
    }
    row->space[(*used)++] = c;
    return true;
}

static bool no_text(struct csv_row *row) {
    (void)snprintf(row->why, sizeof row->why, "it holds a byte 0: this is no text");
    return false;
}

static bool read_quoted(struct csv *csv, struct csv_row *row, size_t *used) {
    for (csv->at++; !at_end(csv); csv->at++) {
        const char c = csv->text[csv->at];
        if (c == '"' && csv->at + 1 < csv->length && csv->text[csv->at + 1] == '"') {
            csv->at++;
        } else if (c == '"') {
            csv->at++;
            return true;
        }
        csv->line += c == '\n';
        if (c == '\0') {
            return no_text(row);
        }
        if (!put(row, used, c)) {
            return false;
        }
    }
    (void)snprintf(row->why, sizeof row->why, "a quote is opened and not closed");
    return false;
}

static bool read_field(struct csv *csv, struct csv_row *row, size_t *used) {
    if (row->count == CSV_FIELDS) {
        (void)snprintf(row->why, sizeof row->why, "it has more than %d fields", CSV_FIELDS);
        return false;
    }
    row->fields[row->count++] = row->space + *used;
    if (!at_end(csv) && csv->text[csv->at] == '"' && !read_quoted(csv, row, used)) {
        return false;
    }
    while (!at_end(csv) && strchr("\r\n", csv->text[csv->at]) == NULL &&
           csv->text[csv->at] != csv->delimiter) {
        if (!put(row, used, csv->text[csv->at++])) {
            return false;
        }
    }
    if (!at_end(csv) && csv->text[csv->at] == '\0') {
        return no_text(row);
    }
    return put(row, used, '\0');
}

static bool read_row(struct csv *csv, struct csv_row *row) {
    size_t used = 0;
    for (;;) {
        if (!read_field(csv, row, &used)) {
            return false;
        }
        if (at_end(csv) || take_line_end(csv)) {
            break;
        }
        csv->at++; /* the delimiter */
    }
    if (!sj_utf8_valid(row->space, used)) {
        (void)snprintf(row->why, sizeof row->why,
                       "it is not UTF-8: let the spreadsheet save it as CSV UTF-8");
        return false;
    }
    return true;
}

static bool is_empty(const struct csv_row *row) {
    for (size_t i = 0; i < row->count; i++) {
        if (row->fields[i][strspn(row->fields[i], " \t")] != '\0') {
            return false;
        }
    }
    return true;
}

enum csv_result csv_next(struct csv *csv, struct csv_row *row) {
    while (!at_end(csv)) {
        const size_t begin = csv->at;
        row->line = csv->line;
        row->count = 0;
        row->why[0] = '\0';
        if (!read_row(csv, row)) {
            csv->at = begin;
            csv->line = row->line;
            skip_line(csv);
            return CSV_WRONG;
        }
        if (!is_empty(row)) {
            return CSV_ROW;
        }
    }
    return CSV_END;
}

const char *csv_plain(char *field) {
    field += strspn(field, " \t");
    size_t length = strlen(field);
    while (length > 0 && (field[length - 1] == ' ' || field[length - 1] == '\t')) {
        field[--length] = '\0';
    }
    if (length >= 3 && field[0] == '=' && field[1] == '"' && field[length - 1] == '"') {
        field[length - 1] = '\0';
        return field + 2;
    }
    return field[0] == '\'' ? field + 1 : field;
}

bool csv_is_rounded(const char *field) {
    static const char digits[] = "0123456789";
    field += *field == '+' || *field == '-';
    size_t length = strspn(field, digits);
    if (length == 0) {
        return false;
    }
    field += length;
    if (*field == '.' || *field == ',') {
        field += 1 + strspn(field + 1, digits);
    }
    if ((*field != 'E' && *field != 'e') || (field[1] != '+' && field[1] != '-')) {
        return false;
    }
    length = strspn(field + 2, digits);
    return length > 0 && field[2 + length] == '\0';
}
