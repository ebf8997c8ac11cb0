/* Lays records and lists out as text: column widths by display width, long prose below its field.
 */
#include "host/cli/print.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <sojourn/base/utf8.h>

enum { MOST_COLUMNS = 7, WIDEST_COLUMN = 60, CELL = 512, DEEPEST = 100 };

/* The text of a value for one cell or line; nested things are shortened to their count. */
static void cell_text(const cJSON *value, char *out, size_t room) {
    if (value == NULL || cJSON_IsNull(value)) {
        out[0] = '\0';
    } else if (cJSON_IsString(value)) {
        (void)snprintf(out, room, "%s", value->valuestring);
    } else if (cJSON_IsBool(value)) {
        (void)snprintf(out, room, "%s", cJSON_IsTrue(value) ? "yes" : "no");
    } else if (cJSON_IsNumber(value)) {
        (void)snprintf(out, room, "%.15g", value->valuedouble);
    } else if (cJSON_IsArray(value)) {
        size_t at = 0;
        const cJSON *one;
        out[0] = '\0';
        cJSON_ArrayForEach(one, value) {
            char part[CELL];
            if (cJSON_IsObject(one)) {
                (void)snprintf(out, room, "(%d)", cJSON_GetArraySize(value));
                return;
            }
            cell_text(one, part, sizeof part);
            int added = snprintf(out + at, room - at, "%s%s", at > 0 ? ", " : "", part);
            at = added < 0 || (size_t)added >= room - at ? room - 1 : at + (size_t)added;
        }
    } else {
        size_t at = 0;
        const cJSON *one;
        out[0] = '\0';
        cJSON_ArrayForEach(one, value) {
            char part[CELL];
            cell_text(one, part, sizeof part);
            if (part[0] != '\0' && at + 1 < room) {
                int added =
                    snprintf(out + at, room - at, "%s%s=%s", at > 0 ? " " : "", one->string, part);
                at = added < 0 || (size_t)added >= room - at ? room - 1 : at + (size_t)added;
            }
        }
    }
}

static bool column_used(const cJSON *array, const char *name) {
    const cJSON *row;
    cJSON_ArrayForEach(row, array) {
        char text[CELL];
        cell_text(cJSON_GetObjectItemCaseSensitive(row, name), text, sizeof text);
        if (text[0] != '\0') {
            return true;
        }
    }
    return false;
}

static void print_padded(const char *text, size_t width, bool last) {
    (void)fputs(text, stdout);
    size_t used = sj_utf8_count(text), wanted = (used > width ? used : width) + 2;
    for (; !last && used < wanted; used++) {
        (void)putchar(' ');
    }
}

void cli_print_table(const cJSON *array, const char *const *columns) {
    const char *chosen[MOST_COLUMNS];
    size_t widths[MOST_COLUMNS], count = 0;
    if (cJSON_GetArraySize(array) == 0) {
        return;
    }
    if (columns != NULL) {
        for (; columns[count] != NULL && count < MOST_COLUMNS; count++) {
            chosen[count] = columns[count];
        }
    } else {
        const cJSON *member;
        cJSON_ArrayForEach(member, cJSON_GetArrayItem(array, 0)) {
            if (count < MOST_COLUMNS && member->string != NULL &&
                column_used(array, member->string)) {
                chosen[count++] = member->string;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        const cJSON *row;
        widths[i] = sj_utf8_count(chosen[i]);
        cJSON_ArrayForEach(row, array) {
            char text[CELL];
            cell_text(cJSON_GetObjectItemCaseSensitive(row, chosen[i]), text, sizeof text);
            size_t width = sj_utf8_count(text);
            widths[i] = width > widths[i] ? width : widths[i];
        }
        widths[i] = widths[i] > WIDEST_COLUMN ? WIDEST_COLUMN : widths[i];
    }
    for (size_t i = 0; i < count; i++) {
        print_padded(chosen[i], widths[i], i + 1 == count);
    }
    (void)putchar('\n');
    const cJSON *row;
    cJSON_ArrayForEach(row, array) {
        for (size_t i = 0; i < count; i++) {
            char text[CELL];
            cell_text(cJSON_GetObjectItemCaseSensitive(row, chosen[i]), text, sizeof text);
            print_padded(text, widths[i], i + 1 == count);
        }
        (void)putchar('\n');
    }
}

/* Sentences stand each on a line of their own: a list of texts of which one would not fit into a
 * column. */
static bool is_prose(const cJSON *value) {
    const cJSON *one;
    bool wide = false;
    cJSON_ArrayForEach(one, value) {
        if (!cJSON_IsString(one)) {
            return false;
        }
        wide = wide || sj_utf8_count(one->valuestring) > WIDEST_COLUMN;
    }
    return cJSON_IsArray(value) && wide;
}

static void print_prose(const char *name, const cJSON *value, const char *indent) {
    const cJSON *one;
    if (cJSON_GetArraySize(value) == 1) {
        printf("%s%s: %s\n", indent, name, cJSON_GetArrayItem(value, 0)->valuestring);
        return;
    }
    printf("%s%s:\n", indent, name);
    cJSON_ArrayForEach(one, value) {
        printf("%s  %s\n", indent, one->valuestring);
    }
}

static bool holds_prose(const cJSON *array) {
    const cJSON *row, *member;
    cJSON_ArrayForEach(row, array) {
        cJSON_ArrayForEach(member, row) {
            if (is_prose(member)) {
                return true;
            }
        }
    }
    return false;
}

/* Steps of a tree: each says how deep it stands. */
static bool is_tree(const cJSON *value) {
    return cJSON_IsArray(value) &&
           cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(value, 0), "depth"));
}

/* A line each: the members in their order, `before` and `after` joined by an arrow. */
static void print_tree(const cJSON *array) {
    const cJSON *step, *member;
    cJSON_ArrayForEach(step, array) {
        const cJSON *depth = cJSON_GetObjectItemCaseSensitive(step, "depth");
        const int level = cJSON_IsNumber(depth) ? depth->valueint : 0;
        printf("%*s", 2 * (1 + (level < 0 ? 0 : level > DEEPEST ? DEEPEST : level)), "");
        bool first = true;
        cJSON_ArrayForEach(member, step) {
            char text[4096];
            cell_text(member, text, sizeof text);
            if (member == depth || text[0] == '\0') {
                continue;
            }
            const bool arrow = strcmp(member->string, "after") == 0;
            printf("%s%s", first ? "" : arrow ? " -> " : "  ", text);
            first = false;
        }
        (void)putchar('\n');
    }
}

/* Rows with sentences in them: one under the other, each begun by its first member. */
static void print_blocks(const cJSON *array) {
    const cJSON *row, *member;
    cJSON_ArrayForEach(row, array) {
        bool first = true;
        cJSON_ArrayForEach(member, row) {
            char text[CELL];
            const char *indent = first ? "" : "  ";
            cell_text(member, text, sizeof text);
            if (text[0] == '\0') {
                continue;
            }
            if (is_prose(member)) {
                print_prose(member->string, member, indent);
            } else {
                printf("%s%s: %s\n", indent, member->string, text);
            }
            first = false;
        }
    }
}

static bool is_table(const cJSON *value) {
    return cJSON_IsArray(value) && cJSON_IsObject(cJSON_GetArrayItem(value, 0));
}

void cli_print(const cJSON *value) {
    if (is_table(value)) {
        cli_print_table(value, NULL);
        return;
    }
    if (!cJSON_IsObject(value)) {
        char text[CELL];
        cell_text(value, text, sizeof text);
        (void)puts(text);
        return;
    }
    const cJSON *member, *message = cJSON_GetObjectItemCaseSensitive(value, "message");
    if (cJSON_IsString(message) && strncmp(message->valuestring, "<!DOCTYPE ", 10) == 0) {
        (void)puts(message->valuestring); /* a page: nothing stands beside it */
        return;
    }
    cJSON_ArrayForEach(member, value) {
        char text[4096];
        cell_text(member, text, sizeof text);
        if (is_prose(member)) {
            print_prose(member->string, member, "");
        } else if (member != message && !is_table(member) && text[0] != '\0') {
            printf("%s: %s\n", member->string, text);
        }
    }
    cJSON_ArrayForEach(member, value) {
        if (is_table(member)) {
            if (cJSON_GetArraySize(value) > 1) {
                printf("%s:\n", member->string);
            }
            if (is_tree(member)) {
                print_tree(member);
            } else if (holds_prose(member)) {
                print_blocks(member);
            } else {
                cli_print_table(member, NULL);
            }
        }
    }
    if (cJSON_IsString(message)) {
        (void)puts(message->valuestring);
    }
}

/* Of a TAP line: control characters are spaces; of a name, # does not begin a directive. */
static void print_tap(const char *text, const char *escaped) {
    while (*text != '\0') {
        uint32_t point;
        const size_t found = sj_utf8_decode(text, SIZE_MAX, &point);
        const size_t length = found == 0 ? 1 : found;
        if (found > 0 && sj_utf8_is_control(point)) {
            (void)putchar(' ');
        } else {
            printf("%s%.*s", strchr(escaped, *text) != NULL ? "\\" : "", (int)length, text);
        }
        text += length;
    }
    (void)putchar('\n');
}

void cli_print_case(size_t number, const char *name, bool passed, const char *text) {
    printf("%s %zu - ", passed ? "ok" : "not ok", number);
    print_tap(name, "#\\");
    if (!passed) {
        printf("  # ");
        print_tap(text, "");
    }
}

void cli_print_json(const cJSON *value) {
    char *text = cJSON_Print(value);
    if (text != NULL) {
        (void)puts(text);
    }
    cJSON_free(text);
}
