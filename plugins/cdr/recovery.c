/* Reads the lines of calls that went on. Pure. */
#include "recovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

struct line {
    const char *at;
    size_t length;
};

static bool next_line(const sj_text *text, size_t *at, struct line *line) {
    if (*at >= text->length) {
        return false;
    }
    const char *begin = text->data + *at, *end = memchr(begin, '\n', text->length - *at);
    line->at = begin;
    line->length = end != NULL ? (size_t)(end - begin) : text->length - *at;
    *at += line->length + 1;
    return true;
}

/* The number of the part in a row of a file: behind its third comma. */
static int64_t number_in(const struct line *line) {
    const char *at = line->at, *end = line->at + line->length;
    for (int i = 0; i < CDR_origLegCallIdentifier && at != NULL; i++) {
        at = memchr(at, ',', (size_t)(end - at));
        at = at != NULL ? at + 1 : NULL;
    }
    return at != NULL ? cdr_record_part(at) : 0;
}

static void note(struct recovery *found, int64_t number) {
    found->last_number = number > found->last_number ? number : found->last_number;
}

static void forget(struct open_calls *unseen, const char *number) {
    struct open_call *call = open_calls_find(unseen, number);
    if (call != NULL) {
        open_calls_remove(unseen, call);
    }
}

static int take_call(const struct line *line, struct open_calls *unseen, struct recovery *found) {
    struct cdr_row row;
    if (!cdr_row_take(&row, &cdr_columns, line->at, line->length)) {
        found->unreadable += !row.cells.failed;
        const int status = row.cells.failed ? SJ_E_NO_MEMORY : SJ_OK;
        cdr_row_clear(&row);
        return status;
    }
    char number[24];
    const int64_t part = cdr_record_part(cdr_row_get(&row, CDR_origLegCallIdentifier));
    (void)snprintf(number, sizeof number, "%lld", (long long)part);
    struct open_call *call = open_calls_find(unseen, number);
    call = call != NULL ? call : open_calls_add(unseen, number);
    if (call == NULL) {
        cdr_row_clear(&row);
        return SJ_E_NO_MEMORY;
    }
    cdr_row_clear(&call->row);
    call->row = row;
    call->number = part;
    call->first = strtoll(cdr_row_get(&row, CDR_globalCallID_callId), NULL, 10);
    note(found, call->number);
    return SJ_OK;
}

int cdr_recover(const sj_text *rows, const sj_text *calls, int64_t ended_s,
                struct open_calls *unseen, struct recovery *found, sj_error *error) {
    struct line line;
    int status = SJ_OK;
    memset(found, 0, sizeof *found);
    for (size_t at = 0; status == SJ_OK && next_line(calls, &at, &line);) {
        char text[48] = "";
        memcpy(text, line.at, line.length < sizeof text - 1 ? line.length : sizeof text - 1);
        if (text[0] == '-') {
            forget(unseen, text + 1);
            note(found, strtoll(text + 1, NULL, 10));
        } else if (text[0] == '=') {
            char *end;
            note(found, strtoll(text + 1, &end, 10));
            found->last_sequence = strtoll(end, NULL, 10);
        } else {
            status = take_call(&line, unseen, found);
        }
    }
    for (size_t at = 0; status == SJ_OK && next_line(rows, &at, &line);) {
        char text[24];
        const int64_t number = number_in(&line);
        (void)snprintf(text, sizeof text, "%lld", (long long)number);
        forget(unseen, text);
        note(found, number);
    }
    SJ_LIST_EACH(call, &unseen->all, struct open_call, link_in_list) {
        cdr_record_end_unseen(&call->row, ended_s);
    }
    return status == SJ_OK ? SJ_OK
                           : sj_error_set(error, status, "no memory for the calls that went on");
}
