/* `sojourn imported-catalog import`: sends a file, in parts of whole lines when it is long, each
 * with the names of the columns in front. */
#include "host/cli/catalog_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/file.h>
#include <sojourn/base/utf8.h>

#include "host/cli/print.h"
#include "host/cli/resource_commands.h"

/* A part has up to PART_MOST and one record more, with the names in front: as JSON that is within
 * what a node takes at once. */
enum { PART_MOST = 512 * 1024, RECORD_MOST = 256 * 1024, FILE_MOST = 256 * 1024 * 1024 };

/* The end of the record that begins there: behind the line's end that stands in no quotes. */
static const char *record_end(const char *at, const char *end, size_t *lines) {
    bool quoted = false;
    for (; at < end; at++) {
        quoted = quoted != (*at == '"');
        if (*at == '\n') {
            ++*lines;
            if (!quoted) {
                return at + 1;
            }
        }
    }
    return end;
}

/* The names of the columns, with the line "sep=;" that a spreadsheet may write before them. */
static const char *head_end(const char *text, const char *end, size_t *lines) {
    static const char mark[] = "\xEF\xBB\xBF", separator[] = "sep=";
    const char *at = text;
    if ((size_t)(end - at) > sizeof mark - 1 && memcmp(at, mark, sizeof mark - 1) == 0) {
        at += sizeof mark - 1;
    }
    if ((size_t)(end - at) > sizeof separator - 1 &&
        strncasecmp(at, separator, sizeof separator - 1) == 0) {
        at = record_end(at, end, lines);
    }
    return record_end(at, end, lines);
}

/* `more`: members of the request that were given as words. */
static int send_part(const struct cli_client *client, const cJSON *more, const char *catalog,
                     const char *csv, size_t first_line, cJSON **answer) {
    cJSON *body = cJSON_Duplicate(more, true);
    (void)cJSON_AddStringToObject(body, "catalog", catalog);
    (void)cJSON_AddStringToObject(body, "csv", csv);
    (void)cJSON_AddNumberToObject(body, "first_line", (double)first_line);
    const int result =
        cli_request(client, "POST", "/api/v1/do/imported-catalog/import", body, answer);
    cJSON_Delete(body);
    return result;
}

static void print(const struct cli_client *client, const cJSON *answer) {
    if (client->json) {
        cli_print_json(answer);
    } else {
        (void)puts(cli_text(answer, "message"));
    }
}

/* A part with the names of the columns in front, and the end of its job. `sent`: the node has it,
 * or may have it. */
static int import_part(const struct cli_client *client, const cJSON *more, const char *catalog,
                       const sj_text *part, size_t first_line, bool *sent) {
    cJSON *answer = NULL;
    int result = CLI_REFUSED;
    if (part->failed) {
        fprintf(stderr, "sojourn: out of memory\n");
    } else {
        result = send_part(client, more, catalog, part->data, first_line, &answer);
    }
    *sent = result == CLI_OK || result == CLI_UNKNOWN;
    if (result == CLI_OK) {
        result = cli_end_of_job(client, answer);
        print(client, answer);
    }
    cJSON_Delete(answer);
    return result;
}

static int send_file(const struct cli_client *client, const cJSON *more, const char *catalog,
                     const sj_text *text) {
    const char *end = text->data + text->length;
    size_t line = 1, unsent = 0;
    const char *head = head_end(text->data, end, &line), *at = head;
    int worst = CLI_OK;
    bool any = false, goes_on = true;
    cli_catch_interrupt();
    while (goes_on) {
        const char *from = at;
        const size_t first_line = line;
        sj_text part = {0};
        bool sent;
        while (at < end && at - from < PART_MOST) {
            at = record_end(at, end, &line);
        }
        sj_text_add(&part, text->data, (size_t)(head - text->data));
        sj_text_add(&part, from, (size_t)(at - from));
        const int result = import_part(client, more, catalog, &part, first_line, &sent);
        sj_text_clear(&part);
        worst = cli_interrupted ? CLI_UNKNOWN : result > worst ? result : worst;
        any = any || sent;
        unsent = !sent ? first_line : at < end ? line : 0;
        goes_on = sent && worst != CLI_UNKNOWN && at < end; /* lines that are wrong end no file */
    }
    if (unsent > 0 && (any || cli_interrupted)) { /* a refusal of the first part says all */
        fprintf(stderr,
                "sojourn: line %zu and those behind it were not sent. To go on, give the same "
                "command again: what is in %s already is only replaced\n",
                unsent, catalog);
    }
    return worst;
}

/* The first line that is not UTF-8, from 1; 0: all are. */
static size_t wrong_line(const sj_text *text) {
    size_t line = 1;
    for (size_t at = 0; at < text->length; line++) {
        const char *end = memchr(text->data + at, '\n', text->length - at);
        const size_t length = end == NULL ? text->length - at : (size_t)(end - text->data) + 1 - at;
        if (!sj_utf8_valid_text(text->data + at, length)) {
            return line;
        }
        at += length;
    }
    return 0;
}

/* The line on which the first record begins that no part has room for, from 1; 0: all fit. */
static size_t long_record(const sj_text *text, size_t *bytes) {
    const char *end = text->data + text->length, *at = text->data;
    size_t line = 1, next = 1;
    for (const char *behind = head_end(at, end, &next); at < end;
         behind = record_end(at, end, &next)) {
        *bytes = (size_t)(behind - at);
        if (*bytes > RECORD_MOST) {
            return line;
        }
        at = behind;
        line = next;
    }
    return 0;
}

/* A member of the request that is given as a word: description=TEXT. */
static bool is_option(const char *word) {
    static const char *const names[] = {"description=", "run=", "run_at="};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(word, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

int cli_catalog_import(const struct cli_client *client, int argc, char **argv) {
    const char *catalog = NULL, *path = NULL;
    cJSON *more = cJSON_CreateObject();
    sj_text text = {0};
    sj_error error;
    bool good = true;
    size_t wrong, bytes;
    int result = CLI_REFUSED;
    for (int i = 0; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (is_option(argv[i])) {
            *equals = '\0';
            (void)cJSON_AddStringToObject(more, argv[i], equals + 1);
        } else if (catalog == NULL && equals == NULL) {
            catalog = argv[i];
        } else if (catalog != NULL && path == NULL) {
            path = argv[i];
        } else {
            fprintf(stderr, "sojourn: imported-catalog import: unknown word %s\n", argv[i]);
            good = false;
        }
    }
    if (!good || path == NULL) {
        fprintf(stderr,
                "usage: sojourn imported-catalog import CATALOG FILE.csv [description=TEXT] "
                "[run=later] [run_at=TIME]\n");
        result = CLI_USAGE;
    } else if (sj_file_read(path, FILE_MOST, &text, &error) != SJ_OK) {
        fprintf(stderr, "sojourn: %s\n", error.text);
    } else if ((wrong = wrong_line(&text)) > 0) {
        fprintf(stderr,
                "sojourn: %s, line %zu: this is no UTF-8: let the spreadsheet save it as CSV "
                "UTF-8\n",
                path, wrong);
    } else if ((wrong = long_record(&text, &bytes)) > 0) {
        fprintf(stderr,
                "sojourn: %s, line %zu: expected a line of at most %d bytes, got %zu: nothing was "
                "sent. A quote that is not closed makes one line of all that follow\n",
                path, wrong, RECORD_MOST, bytes);
    } else {
        result = text.length == 0 ? CLI_REFUSED : send_file(client, more, catalog, &text);
        if (text.length == 0) {
            fprintf(stderr, "sojourn: %s is empty\n", path);
        }
    }
    sj_text_clear(&text);
    cJSON_Delete(more);
    return result;
}
