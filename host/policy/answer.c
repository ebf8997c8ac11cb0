/* Tables of a policy into C structs, by metadata. Touches the Lua stack and the arena. */
#include <sojourn/base/utf8.h>
#include <sojourn/words.h>

#include "host/policy/answer.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "host/policy/values.h"
#include "host/record/formats.h"

enum { LIST_LIMIT = 1000 };

/* Where the reader is: a chain on the C stack, made into text only when something is wrong. */
struct place {
    const struct place *outer;
    const char *name; /* of a field; NULL: the item `index` of the list outside */
    uint64_t index;
};

struct reading {
    lua_State *lua;
    struct sj_arena *arena;
    const struct sj_names *names;
    sj_error *error;
    const struct place *place;
};

/* "lines[2].partition" */
static size_t write_place(const struct place *place, char *out, size_t size) {
    size_t used = place->outer != NULL ? write_place(place->outer, out, size) : 0;
    size_t room = used < size ? size - used : 0;
    int added = place->name == NULL
                    ? snprintf(out + (size - room), room, "[%" PRIu64 "]", place->index)
                    : snprintf(out + (size - room), room, "%s%s", place->outer != NULL ? "." : "",
                               place->name);
    return used + (size_t)(added > 0 ? added : 0);
}

static int fault_at(struct reading *reading, const char *format, ...) SJ_PRINTF(2, 3);
static int fault_at(struct reading *reading, const char *format, ...) {
    char path[128] = "", text[400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (reading->place != NULL) {
        (void)write_place(reading->place, path, sizeof path);
    }
    return sj_error_field(reading->error, SJ_E_INVALID, path, "%s%s%s", path,
                          path[0] != '\0' ? ": " : "", text);
}

static int no_memory(struct reading *reading) {
    return sj_error_set(reading->error, SJ_E_NO_MEMORY, "out of memory for the values of a table");
}

static int refuse(struct reading *reading, const char *expected, int index) {
    lua_State *lua = reading->lua;
    if (lua_type(lua, index) == LUA_TSTRING) {
        return fault_at(reading, "expected %s, got the text \"%.60s\"", expected,
                        lua_tostring(lua, index));
    }
    if (lua_isinteger(lua, index)) {
        return fault_at(reading, "expected %s, got %lld", expected,
                        (long long)lua_tointeger(lua, index));
    }
    if (lua_type(lua, index) == LUA_TNUMBER) {
        return fault_at(reading, "expected %s, got %.14g", expected, lua_tonumber(lua, index));
    }
    return fault_at(reading, "expected %s, got a %s", expected, luaL_typename(lua, index));
}

static int read_text(struct reading *reading, const sj_field *field, int index, const char **out) {
    size_t length;
    const char *text;
    char expected[64];
    if (lua_type(reading->lua, index) != LUA_TSTRING) {
        return refuse(reading, "a text", index);
    }
    text = lua_tolstring(reading->lua, index, &length);
    if (!sj_utf8_valid_text(text, length)) {
        return fault_at(reading, "expected a text in UTF-8 without zero bytes");
    }
    if (field->type != SJ_TYPE_LIST &&
        ((field->max > 0 && length > (uint64_t)field->max) || (int64_t)length < field->min)) {
        (void)snprintf(expected, sizeof expected, "a text of %" PRId64 " to %" PRId64 " bytes",
                       field->min, field->max);
        return refuse(reading, expected, index);
    }
    *out = sj_arena_copy(reading->arena, text, length);
    return *out != NULL ? SJ_OK : no_memory(reading);
}

/* The name of a record that exists; empty, for none, where it is no item of a list. */
static int read_reference(struct reading *reading, const sj_field *field, int index,
                          const char **out) {
    const bool item = field->type == SJ_TYPE_LIST;
    const char *name = "";
    const int status = read_text(reading, field, index, &name);
    *out = name;
    if (status != SJ_OK || reading->names == NULL || (!item && name[0] == '\0')) {
        return status;
    }
    if (name[0] == '\0') {
        return fault_at(reading, "expected the name of %s %s, got an empty text",
                        sj_article(field->target), field->target);
    }
    if (!reading->names->exists(reading->names->user, field->target, name)) {
        return fault_at(reading, "there is no %s \"%.60s\"", field->target, name);
    }
    return SJ_OK;
}

static bool in_range(const sj_field *field, double value) {
    bool bounded = field->type != SJ_TYPE_LIST && (field->min != 0 || field->max != 0);
    return !bounded ||
           (value >= (double)field->min && (field->max == 0 || value <= (double)field->max));
}

static const char *range_of(const sj_field *field, const char *what, char *out, size_t size) {
    if (field->type == SJ_TYPE_LIST || (field->min == 0 && field->max == 0)) {
        return what;
    }
    if (field->max == 0) {
        (void)snprintf(out, size, "%s from %" PRId64, what, field->min);
    } else {
        (void)snprintf(out, size, "%s from %" PRId64 " to %" PRId64, what, field->min, field->max);
    }
    return out;
}

static int read_integer(struct reading *reading, const sj_field *field, int index, int64_t *out) {
    char expected[96];
    int exact = 0;
    int64_t value = 0;
    if (lua_type(reading->lua, index) == LUA_TNUMBER) {
        value = lua_tointegerx(reading->lua, index, &exact);
    } else if (field->type == SJ_TYPE_MINUTES && lua_type(reading->lua, index) == LUA_TSTRING) {
        exact = sj_minutes_parse(lua_tostring(reading->lua, index), &value);
    }
    if (!exact || !in_range(field, (double)value)) {
        return refuse(
            reading,
            range_of(field,
                     field->type == SJ_TYPE_MINUTES ? "minutes (or \"HHH:MM\")" : "a whole number",
                     expected, sizeof expected),
            index);
    }
    *out = value;
    return SJ_OK;
}

/* Seconds since 1970, or "2026-03-01T22:30:00Z". */
static int read_time(struct reading *reading, int index, int64_t *out) {
    if (lua_type(reading->lua, index) == LUA_TNUMBER &&
        fabs(lua_tonumber(reading->lua, index)) < 1e12) {
        *out = (int64_t)llround(lua_tonumber(reading->lua, index) * 1000);
        return SJ_OK;
    }
    if (lua_type(reading->lua, index) == LUA_TSTRING &&
        sj_time_parse(lua_tostring(reading->lua, index), out)) {
        return SJ_OK;
    }
    return refuse(reading, "a time (seconds since 1970, or \"2026-03-01T22:30:00Z\")", index);
}

static int read_choice(struct reading *reading, const sj_field *field, int index, int *out) {
    char expected[200] = "one of";
    size_t used = strlen(expected);
    for (int i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
        if (lua_type(reading->lua, index) == LUA_TSTRING &&
            strcmp(lua_tostring(reading->lua, index), field->choices[i]) == 0) {
            *out = i;
            return SJ_OK;
        }
        if (used < sizeof expected) {
            used += (size_t)snprintf(expected + used, sizeof expected - used, "%s \"%s\"",
                                     i == 0 ? "" : ",", field->choices[i]);
        }
    }
    return refuse(reading, expected, index);
}

static int read_record(struct reading *reading, int index, const sj_record_meta *meta,
                       void *record);

static int read_value(struct reading *reading, const sj_field *field, sj_type type, int index,
                      void *out) {
    char expected[96];
    switch (type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_SECRET: return read_text(reading, field, index, out);
    case SJ_TYPE_REFERENCE: return read_reference(reading, field, index, out);
    case SJ_TYPE_BOOLEAN:
        if (lua_type(reading->lua, index) != LUA_TBOOLEAN) {
            return refuse(reading, "true or false", index);
        }
        *(bool *)out = lua_toboolean(reading->lua, index) != 0;
        return SJ_OK;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_MINUTES: return read_integer(reading, field, index, out);
    case SJ_TYPE_TIME: return read_time(reading, index, out);
    case SJ_TYPE_REAL:
        if (lua_type(reading->lua, index) != LUA_TNUMBER ||
            !isfinite(lua_tonumber(reading->lua, index)) ||
            !in_range(field, lua_tonumber(reading->lua, index))) {
            return refuse(reading, range_of(field, "a number", expected, sizeof expected), index);
        }
        *(double *)out = lua_tonumber(reading->lua, index);
        return SJ_OK;
    case SJ_TYPE_ENUM: return read_choice(reading, field, index, out);
    case SJ_TYPE_RECORD: return read_record(reading, index, field->record, out);
    case SJ_TYPE_LIST: break;
    }
    return refuse(reading, "a value", index);
}

static int read_list(struct reading *reading, const sj_field *field, int index, void *record) {
    lua_State *lua = reading->lua;
    size_t each = sj_type_size(field->element, field->record);
    struct place place = {reading->place, NULL, 0};
    uint64_t limit = field->max > 0 ? (uint64_t)field->max : LIST_LIMIT;
    lua_Unsigned count;
    char expected[64], *items;
    if (lua_type(lua, index) != LUA_TTABLE) {
        return refuse(reading, "a list", index);
    }
    count = lua_rawlen(lua, index);
    if (count > limit || (int64_t)count < field->min) {
        (void)snprintf(expected, sizeof expected, "%" PRId64 " to %" PRIu64 " items", field->min,
                       limit);
        lua_pushinteger(lua, (lua_Integer)count);
        return refuse(reading, expected, -1);
    }
    for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
        if (!lua_isinteger(lua, -2) || lua_tointeger(lua, -2) < 1 ||
            (lua_Unsigned)lua_tointeger(lua, -2) > count) {
            return fault_at(reading, "expected a list without gaps, numbered from 1");
        }
    }
    items = sj_arena_alloc(reading->arena, count * each);
    if (items == NULL) {
        return no_memory(reading);
    }
    for (lua_Unsigned i = 0; i < count; i++) {
        int status;
        place.index = i + 1;
        reading->place = &place;
        lua_rawgeti(lua, index, (lua_Integer)i + 1);
        if (field->element == SJ_TYPE_RECORD) {
            sj_values_defaults(field->record, field->record->fields_count, items + i * each);
        }
        status = read_value(reading, field, field->element, lua_gettop(lua), items + i * each);
        reading->place = place.outer;
        if (status != SJ_OK) {
            return status;
        }
        lua_pop(lua, 1);
    }
    memcpy((char *)record + field->offset, &items, sizeof items);
    *(size_t *)(void *)((char *)record + field->count_offset) = (size_t)count;
    return SJ_OK;
}

static const sj_field *field_named(const sj_record_meta *meta, const char *name) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        if (meta->fields[i].name[0] == name[0] && strcmp(meta->fields[i].name, name) == 0) {
            return &meta->fields[i];
        }
    }
    return NULL;
}

static int unknown_field(struct reading *reading, const sj_record_meta *meta, const char *name) {
    char names[400];
    size_t used = 0;
    names[0] = '\0';
    for (size_t i = 0; i < meta->fields_count && used < sizeof names; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i == 0 ? "" : ", ",
                                 meta->fields[i].name);
    }
    return fault_at(reading, "there is no field %.60s (there are %s)", name, names);
}

static int read_record(struct reading *reading, int index, const sj_record_meta *meta,
                       void *record) {
    lua_State *lua = reading->lua;
    struct place place = {reading->place, NULL, 0};
    if (lua_type(lua, index) != LUA_TTABLE) {
        return refuse(reading, "a table", index);
    }
    if (lua_checkstack(lua, 8) == 0) {
        return no_memory(reading);
    }
    for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
        const sj_field *field;
        int status;
        if (lua_type(lua, -2) != LUA_TSTRING) {
            return fault_at(reading, "expected names of fields, got a %s as a key",
                            luaL_typename(lua, -2));
        }
        field = field_named(meta, lua_tostring(lua, -2));
        if (field == NULL ||
            strlen(field->name) != lua_rawlen(lua, -2)) { /* or a zero byte in the key */
            return unknown_field(reading, meta, lua_tostring(lua, -2));
        }
        place.name = field->name;
        reading->place = &place;
        status = field->type == SJ_TYPE_LIST
                     ? read_list(reading, field, lua_gettop(lua), record)
                     : read_value(reading, field, field->type, lua_gettop(lua),
                                  (char *)record + field->offset);
        reading->place = place.outer;
        if (status != SJ_OK) {
            return status;
        }
    }
    return SJ_OK;
}

int sj_answer_read(lua_State *lua, int index, const sj_record_meta *meta, void *record,
                   struct sj_arena *arena, const struct sj_names *names, sj_error *error) {
    struct reading reading = {lua, arena, names, error, NULL};
    int top = lua_gettop(lua),
        status = read_record(&reading, lua_absindex(lua, index), meta, record);
    lua_settop(lua, top);
    return status;
}

bool sj_answer_agrees(lua_State *lua, int index, const sj_record_meta *meta, const void *expected,
                      const void *actual, const char **field) {
    int table = lua_absindex(lua, index), top = lua_gettop(lua);
    bool agrees = true;
    for (lua_pushnil(lua); agrees && lua_next(lua, table) != 0; lua_pop(lua, 1)) {
        const sj_field *named =
            lua_type(lua, -2) == LUA_TSTRING ? field_named(meta, lua_tostring(lua, -2)) : NULL;
        if (named != NULL) {
            sj_record_meta one = *meta;
            one.fields = named;
            agrees = sj_values_difference(&one, 1, expected, actual) == NULL;
            *field = named->name;
        }
    }
    lua_settop(lua, top);
    return agrees;
}
