/* Names in a Lua file (lua_names.h): steps over texts, comments and braces. */
#include "host/node/lua_names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

void sj_lua_names_begin(struct lua_names *names, const char *text) {
    *names = (struct lua_names){.at = text, .line = 1};
}

/* Behind a long bracket such as [==[ ... ]==], or NULL when there is none at `at`. */
static const char *behind_long(const char *at) {
    size_t level = strspn(at + 1, "=");
    if (at[0] != '[' || at[1 + level] != '[') {
        return NULL;
    }
    for (at += 2 + level; (at = strchr(at, ']')) != NULL; at++) {
        if (strspn(at + 1, "=") >= level && at[1 + level] == ']') {
            return at + level + 2;
        }
    }
    return "";
}

static const char *behind_quoted(const char *at) {
    const char quote = *at++;
    while (*at != '\0' && *at != quote) {
        at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
    }
    return *at == quote ? at + 1 : at;
}

static const char *behind_comment(const char *at) {
    const char *end = behind_long(at + 2);
    return end != NULL ? end : at + strcspn(at, "\n");
}

static bool is_assigned(const char *at) {
    at += strspn(at, " \t\r\n");
    return at[0] == '=' && at[1] != '=';
}

static bool found(const struct lua_names *names, const char *text, const char *end,
                  struct lua_name *name) {
    const bool counted = names->braces > 0 && names->braces < SJ_LUA_DEPTH;
    *name = (struct lua_name){.text = text,
                              .length = (size_t)(end - text),
                              .line = names->line,
                              .braces = names->braces,
                              .table = counted ? names->open[names->braces] : 0};
    return true;
}

/* A member written as ["name"] = ... */
static bool read_bracket(struct lua_names *names, const char **end, struct lua_name *name) {
    const char *text = names->at + 1 + strspn(names->at + 1, " \t\r\n");
    *end = names->at + 1;
    if (*text != '"' && *text != '\'') {
        return false;
    }
    *end = behind_quoted(text);
    const char *close = *end + strspn(*end, " \t\r\n");
    return *close == ']' && is_assigned(close + 1) && found(names, text + 1, *end - 1, name);
}

static bool read_word(struct lua_names *names, const char **end, struct lua_name *name) {
    const char *text = names->at;
    *end = text;
    while (isalnum((unsigned char)**end) || **end == '_') {
        (*end)++;
    }
    names->functions = names->functions || (*end - text == 8 && strncmp(text, "function", 8) == 0);
    return !isdigit((unsigned char)*text) && is_assigned(*end) && found(names, text, *end, name);
}

static void step(struct lua_names *names) {
    if (*names->at == '{') {
        names->braces++;
        names->tables++;
        if (names->braces > 0 && names->braces < SJ_LUA_DEPTH) {
            names->open[names->braces] = names->tables;
        }
    } else if (*names->at == '}') {
        names->braces--;
    }
}

/* To `end`, which is in the text or the empty one behind it. */
static void go_to(struct lua_names *names, const char *end) {
    for (; names->at != end && *names->at != '\0'; names->at++) {
        names->line += *names->at == '\n' ? 1 : 0;
    }
}

bool sj_lua_names_next(struct lua_names *names, struct lua_name *name) {
    while (*names->at != '\0') {
        const char *at = names->at, *end = *at == '[' ? behind_long(at) : NULL;
        bool is_name = false;
        if (end == NULL && at[0] == '-' && at[1] == '-') {
            end = behind_comment(at);
        } else if (end == NULL && (*at == '"' || *at == '\'')) {
            end = behind_quoted(at);
        } else if (end == NULL && *at == '[') {
            is_name = read_bracket(names, &end, name);
        } else if (end == NULL && (isalnum((unsigned char)*at) || *at == '_')) {
            is_name = read_word(names, &end, name);
        } else if (end == NULL) {
            step(names);
            end = at + 1;
        }
        go_to(names, end);
        if (is_name) {
            return true;
        }
    }
    return false;
}

/* The names of the tables that are open at one place: those of the innermost stand last. */
struct open_names {
    struct lua_name *items;
    size_t count, room;
};

static const struct lua_name *same_name(const struct open_names *open,
                                        const struct lua_name *name) {
    for (size_t i = open->count; i > 0 && open->items[i - 1].table == name->table; i--) {
        const struct lua_name *other = &open->items[i - 1];
        if (other->length == name->length && strncmp(other->text, name->text, name->length) == 0) {
            return other;
        }
    }
    return NULL;
}

static bool keep(struct open_names *open, const struct lua_name *name) {
    if (!sj_array_room(&open->items, &open->room, open->count + 1, sizeof *open->items)) {
        return false;
    }
    open->items[open->count++] = *name;
    return true;
}

bool sj_lua_name_twice(const char *text, struct lua_name *name, size_t *before) {
    struct lua_names names;
    struct open_names open = {0};
    const struct lua_name *other = NULL;
    sj_lua_names_begin(&names, text);
    while (other == NULL && sj_lua_names_next(&names, name)) {
        while (open.count > 0 && (open.items[open.count - 1].braces > name->braces ||
                                  (open.items[open.count - 1].braces == name->braces &&
                                   open.items[open.count - 1].table != name->table))) {
            open.count--; /* its table has ended */
        }
        other = name->table != 0 ? same_name(&open, name) : NULL;
        if (other == NULL && name->table != 0 && !keep(&open, name)) {
            break; /* no memory: what is given twice is not told */
        }
    }
    *before = other != NULL ? other->line : 0;
    free(open.items);
    return *before != 0 && !names.functions;
}

bool sj_lua_file_twice(const char *file, const char *text, char *sentence, size_t room) {
    struct lua_name name;
    size_t before;
    if (!sj_lua_name_twice(text, &name, &before)) {
        return false;
    }
    (void)snprintf(sentence, room,
                   "%s:%zu: expected each name once in a table, got \"%.*s\" again, which line %zu "
                   "has: Lua would keep this one "
                   "alone; join both or remove one",
                   file, name.line, (int)(name.length < 100 ? name.length : 100), name.text,
                   before);
    return true;
}
