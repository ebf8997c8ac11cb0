/* Options of a declaration, one by one. */
#include "read_options.h"

#include <string.h>

bool option_is_known(const char *word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

const char *options_joined(struct model *model, const char *const *words, size_t count) {
    const char *all = "";
    for (size_t i = 0; i < count; i++) {
        all = arena_format(&model->arena, "%s%s%s", all, i == 0 ? "" : ", ", words[i]);
    }
    return all;
}

void options_only_known(const struct place *place, const struct value *table,
                        const char *const *known, size_t count) {
    for (size_t i = 0; i < table->members_count; i++) {
        if (!option_is_known(table->members[i].name, known, count)) {
            PROBLEM(place, "unknown option \"%s\" (one of %s)", table->members[i].name,
                    options_joined(place->model, known, count));
        }
    }
}

const char *option_text(const struct place *place, const struct value *table, const char *name,
                        const char *otherwise) {
    const struct value *value = value_get(table, name);
    if (value == NULL) {
        return otherwise;
    }
    if (value->kind != VALUE_TEXT) {
        PROBLEM(place, "%s is %s; expected text", name, value_kind_name(value));
        return otherwise;
    }
    return value->text;
}

bool option_flag(const struct place *place, const struct value *table, const char *name) {
    const struct value *value = value_get(table, name);
    if (value != NULL && value->kind != VALUE_BOOLEAN) {
        PROBLEM(place, "%s is %s; expected true or false", name, value_kind_name(value));
        return false;
    }
    return value != NULL && value->boolean;
}

bool option_integer(const struct place *place, const struct value *table, const char *name,
                    int64_t *integer) {
    const struct value *value = value_get(table, name);
    if (value == NULL) {
        return false;
    }
    if (value->kind != VALUE_INTEGER) {
        PROBLEM(place, "%s is %s; expected an integer", name, value_kind_name(value));
        return false;
    }
    *integer = value->integer;
    return true;
}

const char **option_words(const struct place *place, const struct value *table, const char *name,
                          size_t *count) {
    const struct value *value = value_get(table, name);
    *count = 0;
    if (value == NULL) {
        return NULL;
    }
    if (value->kind != VALUE_TABLE || value->members_count > 0) {
        PROBLEM(place, "%s is %s; expected a list of texts", name, value_kind_name(value));
        return NULL;
    }
    const char **words =
        arena_alloc(&place->model->arena, (value->items_count + 1) * sizeof *words);
    for (size_t i = 0; i < value->items_count; i++) {
        if (value->items[i].kind != VALUE_TEXT) {
            PROBLEM(place, "%s holds %s; expected texts", name, value_kind_name(&value->items[i]));
            return NULL;
        }
        words[i] = value->items[i].text;
    }
    *count = value->items_count;
    return words;
}
