/* The order of names in a Lua file. Pure. */
#include "host/cli/lua_order.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

#include "host/node/lua_names.h"

struct name {
    char *text;
    int braces;
    size_t position; /* of the first */
};

struct lua_order {
    struct name *names;
    size_t count, room;
    bool failed;
};

static void note(struct lua_order *order, const char *text, size_t length, int braces) {
    for (size_t i = 0; i < order->count; i++) {
        if (order->names[i].braces == braces && strncmp(order->names[i].text, text, length) == 0 &&
            order->names[i].text[length] == '\0') {
            return;
        }
    }
    if (!sj_array_room(&order->names, &order->room, order->count + 1, sizeof *order->names)) {
        order->failed = true;
        return;
    }
    order->names[order->count] = (struct name){strndup(text, length), braces, order->count};
    order->failed = order->failed || order->names[order->count].text == NULL;
    order->count += order->failed ? 0 : 1;
}

struct lua_order *lua_order_read(const char *text) {
    struct lua_order *order = calloc(1, sizeof *order);
    struct lua_names names;
    struct lua_name name;
    sj_lua_names_begin(&names, text);
    while (order != NULL && !order->failed && sj_lua_names_next(&names, &name)) {
        note(order, name.text, name.length, name.braces);
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
    const struct member *member = a, *other = b;
    return member->position != other->position
               ? (member->position > other->position) - (member->position < other->position)
               : strcmp(member->json->string, other->json->string);
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
