/* Collecting what is wrong with a value. Pure. */
#include "host/record/problems.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void sj_problems_init(struct sj_problems *problems, size_t limit) {
    problems->count = 0;
    problems->total = 0;
    problems->first = 0;
    problems->limit = limit < 1 ? 1 : limit > SJ_PROBLEMS_MAX ? SJ_PROBLEMS_MAX : limit;
}

static size_t put_path(const struct sj_path *path, size_t first, char *out, size_t room) {
    size_t used = path->up != NULL ? put_path(path->up, first, out, room) : 0;
    int written;
    if (used >= room) {
        return used;
    }
    if (path->name == NULL) {
        written = snprintf(out + used, room - used, "[%zu]", path->index + first);
    } else {
        written = snprintf(out + used, room - used, "%s%s", used > 0 ? "." : "", path->name);
    }
    return used + (written > 0 ? (size_t)written : 0);
}

/* "lines[1].partition"; `first` is the number of a list's first item. */
static void sj_path_text(const struct sj_path *path, size_t first, char *out, size_t room) {
    out[0] = '\0';
    if (path != NULL) {
        (void)put_path(path, first, out, room);
    }
}

enum { FIELD = sizeof(((sj_error *)NULL)->field) };

/* NULL when there is no room for it, or none is wanted. */
static sj_error *add(struct sj_problems *problems, int code, const char *field) {
    sj_error *entry;
    problems->total++;
    if (problems->count >= problems->limit) {
        return NULL;
    }
    entry = &problems->list[problems->count++];
    entry->code = code;
    (void)snprintf(entry->field, sizeof entry->field, "%s", field);
    return entry;
}

bool sj_problem_only_counted(struct sj_problems *problems) {
    const bool full = problems->count >= problems->limit;
    problems->total += full ? 1 : 0;
    return full;
}

int sj_problem(struct sj_problems *problems, const struct sj_path *path, int code,
               const char *format, ...) {
    char field[FIELD];
    sj_error *entry;
    sj_path_text(path, problems->first, field, sizeof field);
    entry = add(problems, code, field);
    if (entry != NULL) {
        int used =
            snprintf(entry->text, sizeof entry->text, "%s%s", field, field[0] != '\0' ? ": " : "");
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(entry->text + used, sizeof entry->text - (size_t)used, format, arguments);
        va_end(arguments);
    }
    return code;
}

int sj_problem_error(struct sj_problems *problems, const struct sj_path *path,
                     const sj_error *error) {
    char field[FIELD];
    const char *sentence = error->text;
    size_t length = strlen(error->field);
    sj_error *entry;
    sj_path_text(path, problems->first, field, sizeof field);
    if (length > 0) {
        size_t used = strlen(field);
        (void)snprintf(field + used, sizeof field - used, "%s%s",
                       used > 0 && error->field[0] != '[' ? "." : "", error->field);
        if (strncmp(sentence, error->field, length) == 0 &&
            strncmp(sentence + length, ": ", 2) == 0) {
            sentence += length + 2; /* it names the field by the shorter path */
        }
    }
    entry = add(problems, error->code, field);
    if (entry != NULL) {
        (void)snprintf(entry->text, sizeof entry->text, "%s%s%.500s", field,
                       field[0] != '\0' ? ": " : "", sentence);
    }
    return error->code;
}

/* "lines" covers "lines[0].partition". */
static bool covers(const char *above, const char *field) {
    size_t length = strlen(above);
    return strncmp(above, field, length) == 0 &&
           (field[length] == '\0' || field[length] == '.' || field[length] == '[');
}

static void copy_entry(struct sj_problems *problems, const sj_error *from) {
    sj_error *entry = add(problems, from->code, from->field);
    if (entry != NULL) {
        *entry = *from;
    }
}

void sj_problems_add_others(struct sj_problems *problems, const struct sj_problems *more) {
    const size_t known = problems->count;
    for (size_t i = 0; i < more->count; i++) {
        bool covered = false;
        for (size_t j = 0; j < known && !covered; j++) {
            covered = covers(problems->list[j].field, more->list[i].field);
        }
        if (!covered) {
            copy_entry(problems, &more->list[i]);
        }
    }
    problems->total += more->total - more->count;
}

void sj_problems_append(struct sj_problems *problems, const struct sj_problems *more) {
    for (size_t i = 0; i < more->count; i++) {
        copy_entry(problems, &more->list[i]);
    }
    problems->total += more->total - more->count;
}

int sj_problems_result(const struct sj_problems *problems, sj_error *error) {
    if (problems->count == 0) {
        return SJ_OK;
    }
    if (error != NULL) {
        *error = problems->list[0];
    }
    return problems->list[0].code;
}
