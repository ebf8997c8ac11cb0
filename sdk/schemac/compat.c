/* Compares the declarations with those of a release, as emit_release wrote them: which changes
 * break a partner, a plugin or stored data that was made then. docs/schemas.md says what may
 * change. Prints one sentence for each that may not. */
#include "emit.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/file.h>

/* How freely a list of fields may grow. */
enum growth {
    GROWS_ANYWHERE,  /* resources, parameters: found by name */
    GROWS_AT_END,    /* structs that cross between plugins compiled apart; messages */
    GROWS_NOT_AT_ALL /* structs inside those: their size is part of their holder's layout */
};

static const char *const field_lists[] = {"fields", "reply", "input", "output"};

struct comparison {
    const char *kind, *name;
    size_t breaks;
};

static void report(struct comparison *comparison, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void report(struct comparison *comparison, const char *path, const char *format, ...) {
    va_list arguments;
    (void)printf("%s %s%s%s: ", comparison->kind, comparison->name, path[0] == '\0' ? "" : ".",
                 path);
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)printf("\n");
    comparison->breaks++;
}

static const char *text_of(const cJSON *object, const char *name) {
    return sj_or_empty(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name)));
}

static const cJSON *find(const cJSON *list, const char *member, const char *value) {
    const cJSON *item;
    cJSON_ArrayForEach(item, list) {
        if (strcmp(text_of(item, member), value) == 0) {
            return item;
        }
    }
    return NULL;
}

static void compare_words(struct comparison *comparison, const char *path, const cJSON *before,
                          const cJSON *now, bool exactly) {
    const cJSON *words = cJSON_GetObjectItemCaseSensitive(now, "words");
    const cJSON *old_words = cJSON_GetObjectItemCaseSensitive(before, "words");
    const cJSON *old;
    int place = 0;
    cJSON_ArrayForEach(old, old_words) {
        const cJSON *at = cJSON_GetArrayItem(words, place++);
        bool there = false;
        const cJSON *word;
        cJSON_ArrayForEach(word, words) {
            there = there || strcmp(cJSON_GetStringValue(word), cJSON_GetStringValue(old)) == 0;
        }
        if (!there) {
            report(comparison, path, "the word \"%s\" was removed", cJSON_GetStringValue(old));
        } else if (exactly && strcmp(cJSON_GetStringValue(at), cJSON_GetStringValue(old)) != 0) {
            report(comparison, path, "the word \"%s\" has moved", cJSON_GetStringValue(old));
        }
    }
    if (exactly && cJSON_GetArraySize(words) > cJSON_GetArraySize(old_words)) {
        report(comparison, path, "words were added, which the other side does not know");
    }
}

static void compare_fields(struct comparison *comparison, const char *path, const cJSON *before,
                           const cJSON *now, enum growth growth);

/* A text of a policy's output may become a reference: its callers see the same, and the engine
 * checks more. */
static bool became_reference(const struct comparison *comparison, const char *path,
                             const cJSON *before, const cJSON *now) {
    const bool list = strcmp(text_of(now, "type"), "list") == 0;
    return strcmp(comparison->kind, "policy") == 0 && strncmp(path, "output.", 7) == 0 &&
           text_of(before, "to")[0] == '\0' &&
           strcmp(text_of(before, "type"), list ? "list" : "text") == 0 &&
           strcmp(text_of(before, "of"), list ? "text" : "") == 0 &&
           strcmp(text_of(now, list ? "of" : "type"), "reference") == 0;
}

static void compare_field(struct comparison *comparison, const char *path, const cJSON *before,
                          const cJSON *now, enum growth growth) {
    static const char *const same[] = {"type", "of", "to"};
    const bool checked_now = became_reference(comparison, path, before, now);
    for (size_t i = 0; i < sizeof same / sizeof same[0] && !checked_now; i++) {
        if (strcmp(text_of(before, same[i]), text_of(now, same[i])) != 0) {
            report(comparison, path, "%s was \"%s\" and is \"%s\"", same[i],
                   text_of(before, same[i]), text_of(now, same[i]));
            return;
        }
    }
    compare_words(comparison, path, before, now, growth != GROWS_ANYWHERE);
    const cJSON *fields = cJSON_GetObjectItemCaseSensitive(before, "fields");
    if (fields != NULL) {
        compare_fields(comparison, path, fields, cJSON_GetObjectItemCaseSensitive(now, "fields"),
                       growth == GROWS_ANYWHERE ? GROWS_ANYWHERE : GROWS_NOT_AT_ALL);
    }
}

static void compare_fields(struct comparison *comparison, const char *path, const cJSON *before,
                           const cJSON *now, enum growth growth) {
    const cJSON *old;
    int place = 0;
    cJSON_ArrayForEach(old, before) {
        const char *name = text_of(old, "name");
        char where[512];
        (void)snprintf(where, sizeof where, "%s%s%s", path, path[0] == '\0' ? "" : ".", name);
        const cJSON *field = find(now, "name", name);
        const cJSON *here = cJSON_GetArrayItem(now, place++);
        if (field == NULL) {
            report(comparison, where, "the field was removed");
        } else if (growth != GROWS_ANYWHERE && field != here) {
            report(comparison, where, "the field has moved: it was number %d", place);
        } else {
            compare_field(comparison, where, old, field, growth);
        }
    }
    if (growth == GROWS_NOT_AT_ALL && cJSON_GetArraySize(now) > cJSON_GetArraySize(before)) {
        const char *added = text_of(cJSON_GetArrayItem(now, cJSON_GetArraySize(before)), "name");
        report(comparison, path, "a field was added (%s); a struct inside another cannot grow",
               added);
    }
}

static void compare_member(struct comparison *comparison, const cJSON *before, const cJSON *now,
                           const char *member) {
    const cJSON *old = cJSON_GetObjectItemCaseSensitive(before, member);
    const cJSON *new = cJSON_GetObjectItemCaseSensitive(now, member);
    if (old == NULL || cJSON_Compare(old, new, true)) {
        return;
    }
    char *was = cJSON_PrintUnformatted(old);
    char *is = cJSON_PrintUnformatted(new);
    report(comparison, "", "%s was %s and is %s", member, sj_or_empty(was),
           is == NULL ? "nothing" : is);
    cJSON_free(was);
    cJSON_free(is);
}

/* What was a positional word must still be one at the same place; more may follow. */
static void compare_positional(struct comparison *comparison, const cJSON *before,
                               const cJSON *now) {
    const cJSON *words = cJSON_GetObjectItemCaseSensitive(now, "positional");
    const cJSON *old;
    int place = 0;
    cJSON_ArrayForEach(old, cJSON_GetObjectItemCaseSensitive(before, "positional")) {
        const char *word = cJSON_GetStringValue(cJSON_GetArrayItem(words, place++));
        if (word == NULL || strcmp(word, cJSON_GetStringValue(old)) != 0) {
            report(comparison, "", "word %d of the command was %s", place,
                   cJSON_GetStringValue(old));
        }
    }
}

static void compare_declaration(struct comparison *comparison, const cJSON *before,
                                const cJSON *now) {
    static const char *const members[] = {"plural", "key", "singleton", "prefix", "command"};
    const bool by_name =
        strcmp(comparison->kind, "resource") == 0 || strcmp(comparison->kind, "parameters") == 0;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        compare_member(comparison, before, now, members[i]);
    }
    compare_positional(comparison, before, now);
    for (size_t i = 0; i < sizeof field_lists / sizeof field_lists[0]; i++) {
        compare_fields(comparison, i == 0 ? "" : field_lists[i],
                       cJSON_GetObjectItemCaseSensitive(before, field_lists[i]),
                       cJSON_GetObjectItemCaseSensitive(now, field_lists[i]),
                       by_name ? GROWS_ANYWHERE : GROWS_AT_END);
    }
}

/* Parameters of one service may be declared in several files: the one with the same prefix counts.
 */
static const cJSON *counterpart(const cJSON *declarations, const cJSON *before) {
    const cJSON *now;
    cJSON_ArrayForEach(now, declarations) {
        if (strcmp(text_of(now, "kind"), text_of(before, "kind")) == 0 &&
            strcmp(text_of(now, "name"), text_of(before, "name")) == 0 &&
            strcmp(text_of(now, "prefix"), text_of(before, "prefix")) == 0) {
            return now;
        }
    }
    return NULL;
}

static bool all_texts(const cJSON *list) {
    const cJSON *word;
    cJSON_ArrayForEach(word, list) {
        if (!cJSON_IsString(word)) {
            return false;
        }
    }
    return true;
}

static bool are_fields(const cJSON *list) {
    const cJSON *field;
    cJSON_ArrayForEach(field, list) {
        if (text_of(field, "name")[0] == '\0' || text_of(field, "type")[0] == '\0' ||
            !all_texts(cJSON_GetObjectItemCaseSensitive(field, "words")) ||
            !are_fields(cJSON_GetObjectItemCaseSensitive(field, "fields"))) {
            return false;
        }
    }
    return true;
}

/* Whether the file has the form of emit_release, on which all the rest relies. */
static bool is_release(const cJSON *release) {
    const cJSON *declarations = cJSON_GetObjectItemCaseSensitive(release, "declarations");
    const cJSON *declaration;
    if (!cJSON_IsArray(declarations)) {
        return false;
    }
    cJSON_ArrayForEach(declaration, declarations) {
        if (text_of(declaration, "kind")[0] == '\0' || text_of(declaration, "name")[0] == '\0' ||
            !all_texts(cJSON_GetObjectItemCaseSensitive(declaration, "positional"))) {
            return false;
        }
        for (size_t i = 0; i < sizeof field_lists / sizeof field_lists[0]; i++) {
            if (!are_fields(cJSON_GetObjectItemCaseSensitive(declaration, field_lists[i]))) {
                return false;
            }
        }
    }
    return true;
}

bool compat_check(const struct model *model, const char *path) {
    sj_text before = {0}, now = {0};
    cJSON *release = sj_file_read(path, SIZE_MAX, &before, NULL) == SJ_OK
                         ? cJSON_ParseWithLength(before.data, before.length)
                         : NULL;
    emit_release(&now, model);
    cJSON *present = cJSON_ParseWithLength(now.data, now.length);
    size_t breaks = 0;
    if (present == NULL || release == NULL || !is_release(release)) {
        (void)fprintf(stderr, "%s: cannot be read; expected a file written by --write-compat\n",
                      path);
        breaks = 1;
    } else {
        const cJSON *declarations = cJSON_GetObjectItemCaseSensitive(present, "declarations");
        const cJSON *old;
        cJSON_ArrayForEach(old, cJSON_GetObjectItemCaseSensitive(release, "declarations")) {
            struct comparison comparison = {text_of(old, "kind"), text_of(old, "name"), 0};
            const cJSON *declaration = counterpart(declarations, old);
            if (declaration == NULL) {
                report(&comparison, "", "the declaration was removed");
            } else {
                compare_declaration(&comparison, old, declaration);
            }
            breaks += comparison.breaks;
        }
    }
    cJSON_Delete(release);
    cJSON_Delete(present);
    sj_text_clear(&before);
    sj_text_clear(&now);
    return breaks == 0;
}
