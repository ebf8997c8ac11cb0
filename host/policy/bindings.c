/* Views: userdata with an __index that finds the field by name in a table made from the metadata
 * and pushes the C value. A view that stands for the whole input, and those of records inside it,
 * are made once per state and bound again for each call; items of lists get a view each time they
 * are read. Touches the Lua stack only. */
#include "host/policy/bindings.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "host/policy/values.h"

struct list_view {
    struct sj_views *views;
    const sj_field *field;
    const char *items;
    size_t count;
    uint64_t epoch;
};

/* Keys of the registry, and in the table of an input's view. */
static const char list_key = 0, default_key = 0;

/* What an absent field of an older caller reads as. */
static const union {
    void *pointer;
    int64_t integer;
    double real;
    size_t count;
} nothing = {NULL};

static struct sj_record_view *make_record_view(lua_State *lua, struct sj_views *views,
                                               const sj_record_meta *meta, bool lasting);

static void push_list(lua_State *lua, struct sj_views *views, const sj_field *field,
                      const char *items, size_t count) {
    struct list_view *view = lua_newuserdatauv(lua, sizeof *view, 0);
    view->views = views;
    view->field = field;
    view->items = items;
    view->count = count;
    view->epoch = views->epoch;
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &list_key);
    lua_setmetatable(lua, -2);
}

static void push_scalar(lua_State *lua, const sj_field *field, sj_type type, const void *at) {
    switch (type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: {
        const char *text = *(const char *const *)at;
        lua_pushstring(lua, sj_or_empty(text));
        break;
    }
    case SJ_TYPE_BOOLEAN: lua_pushboolean(lua, *(const bool *)at); break;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_MINUTES: lua_pushinteger(lua, *(const int64_t *)at); break;
    case SJ_TYPE_TIME: lua_pushinteger(lua, *(const int64_t *)at / 1000); break;
    case SJ_TYPE_REAL: lua_pushnumber(lua, *(const double *)at); break;
    case SJ_TYPE_ENUM: {
        int choice = *(const int *)at, i = 0;
        while (field->choices != NULL && field->choices[i] != NULL && i < choice) {
            i++;
        }
        lua_pushstring(lua, field->choices != NULL && field->choices[i] != NULL ? field->choices[i]
                                                                                : "");
        break;
    }
    case SJ_TYPE_RECORD:
    case SJ_TYPE_LIST: lua_pushnil(lua); break;
    }
}

/* The view of a record inside the one at `index`, kept in the table that belongs to the latter when
 * it has one. */
static void push_inner(lua_State *lua, const struct sj_record_view *outer, int index,
                       const sj_field *field, const char *record) {
    struct sj_record_view *inner = NULL;
    bool lasting = lua_getiuservalue(lua, index, 1) == LUA_TTABLE;
    if (lasting) {
        lua_rawgetp(lua, -1, field);
        inner = lua_touserdata(lua, -1);
        if (inner == NULL) {
            lua_pop(lua, 1);
        }
    }
    if (inner == NULL) {
        inner = make_record_view(lua, outer->views, field->record, lasting);
        if (lasting) {
            lua_pushvalue(lua, -1);
            lua_rawsetp(lua, -3, field);
        }
    }
    sj_view_bind(inner, record, record == NULL ? 0 : field->record->fields_count);
    lua_remove(lua, -2);
}

/* Pushes a field's value; `index` is the stack slot of the view. */
static void push_field(lua_State *lua, const struct sj_record_view *view, int index,
                       const sj_field *field) {
    bool present = (size_t)(field - view->meta->fields) < view->fields;
    const char *at = present ? view->record + field->offset : (const char *)&nothing;
    if (field->type == SJ_TYPE_RECORD) {
        push_inner(lua, view, index, field, present ? at : NULL);
    } else if (field->type == SJ_TYPE_LIST) {
        push_list(lua, view->views, field, *(const char *const *)(const void *)at,
                  present ? sj_value_count(field, view->record) : 0);
    } else {
        push_scalar(lua, field, field->type, at);
    }
}

static void check_alive(lua_State *lua, uint64_t epoch, const struct sj_views *views) {
    if (epoch != views->epoch) {
        luaL_error(
            lua,
            "this input belongs to a call that is over: keep the values you need, not the input");
    }
}

/* Upvalue 1: name to field. */
static int index_record(lua_State *lua) {
    const struct sj_record_view *view = lua_touserdata(lua, 1);
    const sj_field *field;
    check_alive(lua, view->epoch, view->views);
    lua_pushvalue(lua, 2);
    lua_rawget(lua, lua_upvalueindex(1));
    field = lua_touserdata(lua, -1);
    if (field == NULL && view->by_default != NULL && lua_type(lua, 2) == LUA_TSTRING &&
        strcmp(lua_tostring(lua, 2), "default") == 0) {
        lua_getiuservalue(lua, 1, 1);
        lua_rawgetp(lua, -1, &default_key);
        return 1;
    }
    if (field == NULL) {
        luaL_Buffer names;
        luaL_buffinit(lua, &names);
        for (size_t i = 0; i < view->meta->fields_count; i++) {
            luaL_addstring(&names, i == 0 ? "" : ", ");
            luaL_addstring(&names, view->meta->fields[i].name);
        }
        luaL_addstring(&names, view->by_default != NULL ? ", default" : "");
        luaL_pushresult(&names);
        return luaL_error(lua, "there is no field %s here (there are %s)",
                          lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2)
                                                          : luaL_typename(lua, 2),
                          lua_tostring(lua, -1));
    }
    push_field(lua, view, 1, field);
    return 1;
}

static void push_item(lua_State *lua, const struct list_view *view, size_t index) {
    const sj_field *field = view->field;
    const char *at = view->items + index * sj_type_size(field->element, field->record);
    if (field->element == SJ_TYPE_RECORD) {
        sj_view_bind(make_record_view(lua, view->views, field->record, false), at,
                     field->record->fields_count);
    } else {
        push_scalar(lua, field, field->element, at);
    }
}

static int index_list(lua_State *lua) {
    const struct list_view *view = lua_touserdata(lua, 1);
    lua_Integer index;
    check_alive(lua, view->epoch, view->views);
    if (!lua_isinteger(lua, 2)) {
        return luaL_error(lua, "%s is a list: expected the number of an item", view->field->name);
    }
    index = lua_tointeger(lua, 2);
    if (index < 1 || (lua_Unsigned)index > view->count) {
        lua_pushnil(lua);
        return 1;
    }
    push_item(lua, view, (size_t)index - 1);
    return 1;
}

static int length_of_list(lua_State *lua) {
    const struct list_view *view = lua_touserdata(lua, 1);
    check_alive(lua, view->epoch, view->views);
    lua_pushinteger(lua, (lua_Integer)view->count);
    return 1;
}

static int refuse_write(lua_State *lua) {
    return luaL_error(lua, "the input of a decision is read-only");
}

/* Iterators of pairs(). Upvalues: the view, how many were given. */
static int next_field(lua_State *lua) {
    const struct sj_record_view *view = lua_touserdata(lua, lua_upvalueindex(1));
    lua_Integer given = lua_tointeger(lua, lua_upvalueindex(2));
    const sj_field *field;
    check_alive(lua, view->epoch, view->views);
    if ((size_t)given >= view->meta->fields_count) {
        return 0;
    }
    lua_pushinteger(lua, given + 1);
    lua_replace(lua, lua_upvalueindex(2));
    field = &view->meta->fields[given];
    lua_settop(lua, 0);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_pushstring(lua, field->name);
    push_field(lua, view, 1, field);
    return 2;
}

static int next_item(lua_State *lua) {
    const struct list_view *view = lua_touserdata(lua, lua_upvalueindex(1));
    lua_Integer given = lua_tointeger(lua, lua_upvalueindex(2));
    check_alive(lua, view->epoch, view->views);
    if ((size_t)given >= view->count) {
        return 0;
    }
    lua_pushinteger(lua, given + 1);
    lua_pushvalue(lua, -1);
    lua_replace(lua, lua_upvalueindex(2));
    push_item(lua, view, (size_t)given);
    return 2;
}

static int pairs_of_record(lua_State *lua) {
    lua_settop(lua, 1);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_field, 2);
    return 1;
}

static int pairs_of_list(lua_State *lua) {
    lua_settop(lua, 1);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_item, 2);
    return 1;
}

static void set_function(lua_State *lua, const char *name, lua_CFunction function) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
}

/* Pushes the metatable of views of this metadata. */
static void push_record_metatable(lua_State *lua, const sj_record_meta *meta) {
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, meta) == LUA_TTABLE) {
        return;
    }
    lua_pop(lua, 1);
    lua_createtable(lua, 0, 5);
    lua_createtable(lua, 0, (int)meta->fields_count);
    for (size_t i = 0; i < meta->fields_count; i++) {
        lua_pushlightuserdata(lua, (void *)&meta->fields[i]);
        lua_setfield(lua, -2, meta->fields[i].name);
    }
    lua_pushcclosure(lua, index_record, 1);
    lua_setfield(lua, -2, "__index");
    set_function(lua, "__newindex", refuse_write);
    set_function(lua, "__pairs", pairs_of_record);
    lua_pushstring(lua, meta->name);
    lua_setfield(lua, -2, "__name");
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, meta);
}

static void make_list_metatable(lua_State *lua) {
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &list_key) != LUA_TTABLE) {
        lua_createtable(lua, 0, 5);
        set_function(lua, "__index", index_list);
        set_function(lua, "__len", length_of_list);
        set_function(lua, "__newindex", refuse_write);
        set_function(lua, "__pairs", pairs_of_list);
        lua_pushliteral(lua, "list");
        lua_setfield(lua, -2, "__name");
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &list_key);
    }
    lua_pop(lua, 1);
}

/* `lasting`: with a table for the views of inner records, so that they are made once. */
static struct sj_record_view *make_record_view(lua_State *lua, struct sj_views *views,
                                               const sj_record_meta *meta, bool lasting) {
    struct sj_record_view *view = lua_newuserdatauv(lua, sizeof *view, lasting ? 1 : 0);
    view->views = views;
    view->meta = meta;
    view->record = NULL;
    view->fields = 0;
    view->epoch = views->epoch - 1;
    view->by_default = NULL;
    if (lasting) {
        lua_createtable(lua, 0, 0);
        lua_setiuservalue(lua, -2, 1);
    }
    push_record_metatable(lua, meta);
    lua_setmetatable(lua, -2);
    return view;
}

struct sj_record_view *sj_view_new(lua_State *lua, struct sj_views *views,
                                   const sj_policy_meta *meta) {
    struct sj_record_view *view;
    make_list_metatable(lua);
    view = make_record_view(lua, views, meta->input, true);
    (void)lua_getiuservalue(lua, -1, 1);
    view->by_default = make_record_view(lua, views, meta->output, true);
    lua_rawsetp(lua, -2, &default_key);
    lua_pop(lua, 1);
    return view;
}
