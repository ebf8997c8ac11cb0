/* The order of names in a Lua file (lua_order.h). Pure. */
#include "lua_order.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct name {
    char *text;
    int braces;
    size_t position; /* of the first */
};

struct lua_order {
    struct name *names;
    size_t count, capacity;
    bool failed;
};

static void note(struct lua_order *order, const char *text, size_t length, int braces) {
    for (size_t i = 0; i < order->count; i++) {
        if (order->names[i].braces == braces && strncmp(order->names[i].text, text, length) == 0 &&
            order->names[i].text[length] == '\0') {
            return;
        }
    }
    if (order->count == order->capacity) {
        size_t capacity = order->capacity > 0 ? order->capacity * 2 : 64;
        struct name *names = realloc(order->names, capacity * sizeof *names);
        if (names == NULL) {
            order->failed = true;
            return;
        }
        order->names = names;
        order->capacity = capacity;
    }
    order->names[order->count] = (struct name){strndup(text, length), braces, order->count};
    order->failed = order->failed || order->names[order->count].text == NULL;
    order->count += order->failed ? 0 : 1;
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

/* A member written as ["name"] = ... */
static const char *read_bracket(struct lua_order *order, const char *at, int braces) {
    const char *name = at + 1 + strspn(at + 1, " \t\r\n"), *end;
    if (*name != '"' && *name != '\'') {
        return at + 1;
    }
    end = behind_quoted(name);
    const char *close = end + strspn(end, " \t\r\n");
    if (*close == ']' && is_assigned(close + 1)) {
        note(order, name + 1, (size_t)(end - name) - 2, braces);
    }
    return end;
}

static const char *read_word(struct lua_order *order, const char *at, int braces) {
    const char *end = at;
    while (isalnum((unsigned char)*end) || *end == '_') {
        end++;
    }
    if (!isdigit((unsigned char)*at) && is_assigned(end)) {
        note(order, at, (size_t)(end - at), braces);
    }
    return end;
}

struct lua_order *lua_order_read(const char *text) {
    struct lua_order *order = calloc(1, sizeof *order);
    int braces = 0;
    while (order != NULL && *text != '\0') {
        const char *end = *text == '[' ? behind_long(text) : NULL;
        if (end != NULL) {
            text = end;
        } else if (text[0] == '-' && text[1] == '-') {
            text = behind_comment(text);
        } else if (*text == '"' || *text == '\'') {
            text = behind_quoted(text);
        } else if (*text == '[') {
            text = read_bracket(order, text, braces);
        } else if (isalnum((unsigned char)*text) || *text == '_') {
            text = read_word(order, text, braces);
        } else {
            braces += *text == '{' ? 1 : *text == '}' ? -1 : 0;
            text++;
        }
    }
    if (order != NULL && order->failed) {
        lua_order_free(order);
        return NULL;
    }
    return order;
}

void lua_order_free(struct lua_order *order) {
    for (size_t i = 0; order != NULL && i < order->count; i++) {
        free(order->names[i].text);
    }
    free(order != NULL ? order->names : NULL);
    free(order);
}

static size_t position_of(const struct lua_order *order, const char *name, int braces) {
    size_t anywhere = SIZE_MAX;
    for (size_t i = 0; order != NULL && i < order->count; i++) {
        if (strcmp(order->names[i].text, name) == 0) {
            if (order->names[i].braces == braces) {
                return order->names[i].position;
            }
            anywhere = anywhere == SIZE_MAX ? order->names[i].position : anywhere;
        }
    }
    return anywhere;
}

struct member {
    cJSON *json;
    size_t position;
};

static int by_position(const void *a, const void *b) {
    const struct member *one = a, *other = b;
    return one->position != other->position ? (one->position > other->position) - (one->position < other->position)
                                            : strcmp(one->json->string, other->json->string);
}

void lua_order_sort(const struct lua_order *order, cJSON *object, int braces) {
    size_t count = (size_t)cJSON_GetArraySize(object), i = 0;
    struct member *members = count > 1 ? calloc(count, sizeof *members) : NULL;
    if (members == NULL) {
        return;
    }
    for (cJSON *member = object->child; member != NULL; member = member->next) {
        members[i++] = (struct member){member, position_of(order, member->string, braces)};
    }
    qsort(members, count, sizeof *members, by_position);
    for (i = 0; i < count; i++) { /* the first one's `prev` is the last, as cJSON has it */
        members[i].json->next = i + 1 < count ? members[i + 1].json : NULL;
        members[i].json->prev = members[i > 0 ? i - 1 : count - 1].json;
    }
    object->child = members[0].json;
    free(members);
}
