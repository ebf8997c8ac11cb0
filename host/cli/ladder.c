/* The ladder of a call, line by line on a canvas of cells. */
#include "host/cli/ladder.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sojourn/base/utf8.h>

#include "host/cli/client.h"

enum {
    WIDTH = 120,
    TIME_WIDTH = 13, /* "10:11:12.123 " */
    MARGIN = 9,      /* left and right of the outer columns, for their names */
    WIDEST_GAP = 44,
    COLUMNS = 12, /* parties that are drawn, with the node */
    CELL = 5,
};

struct drawing {
    const char *bar, *line, *right, *left, *mark, *cut;
};

static const struct drawing in_utf8 = {"│", "─", "▶", "◀", "●", "…"};
static const struct drawing in_ascii = {"|", "-", ">", "<", "*", "~"};

struct ladder {
    const cJSON *trace;
    const struct drawing *drawing;
    const char *names[COLUMNS];
    int at[COLUMNS]; /* where each column stands */
    int count, node;
    char cells[WIDTH][CELL]; /* one character each, "" is a blank */
};

/* ---- the canvas ---- */

static void put_cell(struct ladder *ladder, int at, const char *character, size_t length) {
    if (at >= 0 && at < WIDTH && length < CELL) {
        memcpy(ladder->cells[at], character, length);
        ladder->cells[at][length] = '\0';
    }
}

/* Takes the next character off; control characters and what is no UTF-8 are a question mark. */
static size_t next_character(const char *text, char character[CELL]) {
    uint32_t point;
    const size_t length = sj_utf8_decode(text, SIZE_MAX, &point);
    if (length == 0 || length >= CELL || sj_utf8_is_control(point)) {
        (void)snprintf(character, CELL, "?");
        return length == 0 ? 1 : length;
    }
    memcpy(character, text, length);
    character[length] = '\0';
    return length;
}

/* Writes up to `end`; what does not fit is cut, which shows. Returns where it ends. */
static int put_text(struct ladder *ladder, int at, int end, const char *text) {
    const bool cut = (int)sj_utf8_count(text) > end - at;
    while (*text != '\0' && at < end) {
        char character[CELL];
        text += next_character(text, character);
        if (cut && at == end - 1) {
            (void)snprintf(character, CELL, "%s", ladder->drawing->cut);
        }
        put_cell(ladder, at++, character, strlen(character));
    }
    return at;
}

static void clear(struct ladder *ladder, bool bars) {
    memset(ladder->cells, 0, sizeof ladder->cells);
    for (int i = 0; bars && i < ladder->count; i++) {
        put_cell(ladder, ladder->at[i], ladder->drawing->bar, strlen(ladder->drawing->bar));
    }
}

static void print_line(const struct ladder *ladder) {
    int end = WIDTH;
    while (end > 0 && ladder->cells[end - 1][0] == '\0') {
        end--;
    }
    for (int i = 0; i < end; i++) {
        (void)fputs(ladder->cells[i][0] == '\0' ? " " : ladder->cells[i], stdout);
    }
    (void)putchar('\n');
}

/* ---- the columns ---- */

static const cJSON *member(const cJSON *object, const char *name) {
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static int column_of(const struct ladder *ladder, const char *name) {
    for (int i = 0; i < ladder->count; i++) {
        if (i != ladder->node && strcmp(ladder->names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

static void add_columns(struct ladder *ladder, bool callers) {
    const cJSON *party;
    cJSON_ArrayForEach(party, member(ladder->trace, "parties")) {
        const char *name = cli_text(party, "name");
        if (cJSON_IsTrue(member(party, "caller")) == callers && column_of(ladder, name) < 0 &&
            ladder->count < COLUMNS - 1) {
            ladder->names[ladder->count++] = name;
        }
    }
}

/* Who calls, the node, who is called. */
static void lay_out(struct ladder *ladder) {
    ladder->node = -1;
    add_columns(ladder, true);
    ladder->node = ladder->count;
    ladder->names[ladder->count++] = cli_text(ladder->trace, "node");
    add_columns(ladder, false);
    const int gaps = ladder->count > 1 ? ladder->count - 1 : 1;
    int gap = (WIDTH - 1 - TIME_WIDTH - 2 * MARGIN) / gaps;
    gap = gap > WIDEST_GAP ? WIDEST_GAP : gap;
    for (int i = 0; i < ladder->count; i++) {
        ladder->at[i] = TIME_WIDTH + MARGIN + i * gap;
    }
}

static void print_names(struct ladder *ladder) {
    clear(ladder, false);
    for (int i = 0; i < ladder->count; i++) {
        const int length = (int)sj_utf8_count(ladder->names[i]);
        const int before = i == 0 ? TIME_WIDTH : (ladder->at[i - 1] + ladder->at[i]) / 2 + 1;
        const int behind = i + 1 == ladder->count ? WIDTH : (ladder->at[i] + ladder->at[i + 1]) / 2;
        const int wanted = ladder->at[i] - length / 2;
        (void)put_text(ladder, wanted < before ? before : wanted, behind, ladder->names[i]);
    }
    print_line(ladder);
}

/* ---- the lines ---- */

/* "10:11:12.123" of a time as the node writes it. */
static void put_time(struct ladder *ladder, const char *time) {
    const char *clock = strchr(time, 'T');
    char text[TIME_WIDTH] = "";
    if (clock != NULL && strlen(clock) > 8) {
        (void)snprintf(text, sizeof text, "%.8s%.4s", clock + 1,
                       clock[9] == '.' ? clock + 9 : ".000");
    }
    (void)put_text(ladder, 0, TIME_WIDTH - 1, text);
}

/* What stands below an arrow, or beside a mark: from there to the end, in as many lines as it
 * takes.
 */
static void print_words(struct ladder *ladder, int at, const char *text) {
    while (*text != '\0') {
        const int room = WIDTH - at;
        size_t length = sj_utf8_cut(text, strlen(text), (size_t)room);
        if (text[length] != '\0') { /* whole words */
            size_t back = length;
            while (back > 0 && text[back] != ' ') {
                back--;
            }
            length = back > 0 ? back : length;
        }
        char part[WIDTH * CELL];
        (void)snprintf(part, sizeof part, "%.*s", (int)length, text);
        const int end = put_text(ladder, at, WIDTH, part);
        if (end < WIDTH) { /* a bar does not touch the text */
            put_cell(ladder, end, "", 0);
        }
        print_line(ladder);
        clear(ladder, true);
        text += length;
        text += strspn(text, " ");
    }
}

static void print_step(struct ladder *ladder, const cJSON *line) {
    const int node = ladder->at[ladder->node];
    clear(ladder, true);
    put_time(ladder, cli_text(line, "at"));
    put_cell(ladder, node, ladder->drawing->mark, strlen(ladder->drawing->mark));
    print_words(ladder, node + 2, cli_text(line, "text"));
}

static void draw_arrow(struct ladder *ladder, int from, int to) {
    const struct drawing *drawing = ladder->drawing;
    const int step = from < to ? 1 : -1;
    for (int at = from + step; at != to; at += step) {
        const char *character = at + step != to ? drawing->line
                                : step > 0      ? drawing->right
                                                : drawing->left;
        put_cell(ladder, at, character, strlen(character));
    }
}

/* " INVITE 101 sip:1002@192.0.2.10 ", " 200 OK (101 INVITE) ". */
static void write_label(const cJSON *line, char *label, size_t room) {
    const char *text = cli_text(line, "text"), *cseq = cli_text(line, "cseq");
    const char *again = cJSON_IsTrue(member(line, "repeated")) ? "again " : "";
    const size_t method = strcspn(text, " ");
    const size_t number = strspn(cseq, "0123456789");
    if (text[0] >= '0' && text[0] <= '9') {
        (void)snprintf(label, room, " %.200s (%.60s) %s", text, cseq, again);
    } else {
        (void)snprintf(label, room, " %.*s %.*s%.250s %s", (int)method, text, (int)number, cseq,
                       text + method, again);
    }
}

static void print_message(struct ladder *ladder, const cJSON *line) {
    const cJSON *number = member(line, "party");
    const cJSON *party = cJSON_GetArrayItem(member(ladder->trace, "parties"),
                                            cJSON_IsNumber(number) ? number->valueint : -1);
    const int column = column_of(ladder, cli_text(party, "name"));
    const bool received = cJSON_IsTrue(member(line, "received"));
    char label[400], below[500];
    clear(ladder, true);
    put_time(ladder, cli_text(line, "at"));
    write_label(line, label, sizeof label);
    if (column < 0) { /* of more parties than are drawn */
        (void)snprintf(below, sizeof below, "%s %.90s:%.390s", received ? "from" : "to",
                       cli_text(party, "name"), label);
        print_words(ladder, ladder->at[ladder->node] + 2, below);
        return;
    }
    const int far = ladder->at[column], node = ladder->at[ladder->node];
    const int left = far < node ? far : node, right = far < node ? node : far;
    draw_arrow(ladder, received ? far : node, received ? node : far);
    (void)put_text(ladder, left + 3, right - 2, label);
    print_line(ladder);
    clear(ladder, true);
    (void)snprintf(
        below, sizeof below, "%.200s%s%.200s", cli_text(line, "session"),
        cli_text(line, "session")[0] != '\0' && cli_text(line, "reason")[0] != '\0' ? "; " : "",
        cli_text(line, "reason"));
    print_words(ladder, left + 4, below);
}

static void print_head(const cJSON *trace) {
    const cJSON *one;
    printf("call %s, trace %s, began %s, %s. Times are UTC.\n", cli_text(trace, "call_id"),
           cli_text(trace, "trace_id"), cli_text(trace, "began"),
           cJSON_IsTrue(member(trace, "ended")) ? "is over" : "goes on");
    cJSON_ArrayForEach(one, member(trace, "parties")) {
        const cJSON *port = member(one, "port");
        printf("  %s %s%s%s", cJSON_IsTrue(member(one, "caller")) ? "from" : "to",
               cJSON_IsTrue(member(one, "trunk")) ? "trunk " : "", cli_text(one, "name"),
               cli_text(one, "number")[0] == '\0' ? "" : ", number ");
        printf("%s", cli_text(one, "number"));
        if (cli_text(one, "address")[0] != '\0') {
            printf(", at %s port %d over %s", cli_text(one, "address"),
                   cJSON_IsNumber(port) ? port->valueint : 0, cli_text(one, "transport"));
        }
        printf(", Call-ID %s\n", cli_text(one, "sip_call_id"));
    }
    cJSON_ArrayForEach(one, member(trace, "notes")) {
        printf("  %s\n", cJSON_GetStringValue(one));
    }
    (void)putchar('\n');
}

void cli_print_ladder(const cJSON *trace, bool ascii) {
    struct ladder ladder = {.trace = trace, .drawing = ascii ? &in_ascii : &in_utf8};
    const cJSON *line;
    lay_out(&ladder);
    print_head(trace);
    print_names(&ladder);
    cJSON_ArrayForEach(line, member(trace, "lines")) {
        if (strcmp(cli_text(line, "kind"), "step") == 0) {
            print_step(&ladder, line);
        } else {
            print_message(&ladder, line);
        }
    }
}
