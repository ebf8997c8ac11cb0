/* From C to Lua: read-only views over the caller's structs. Nothing is copied but the values a
 * policy reads; when the call is over every view of it is an error that names the policy's line. */
#ifndef HOST_POLICY_BINDINGS_H
#define HOST_POLICY_BINDINGS_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/schema.h>

/* Shared by all views of one Lua state; lives as long as it. */
struct sj_views {
    uint64_t epoch; /* of the running call; a view of another epoch is dead */
};

struct sj_record_view;
struct sj_record_view {
    struct sj_views *views;
    const sj_record_meta *meta;
    const char *record;
    size_t fields; /* the record's own: fields behind them read as empty */
    uint64_t epoch;
    struct sj_record_view
        *by_default; /* of a decision's input: the view that is its `default`; else NULL */
};

/* Pushes a view of a decision's input that can be bound again for every call, as can the view of
 * the output in it, which policies see as `default`. The metadata must outlive the state. Raises
 * when memory is short. */
struct sj_record_view *sj_view_new(lua_State *lua, struct sj_views *views,
                                   const sj_policy_meta *meta);

static inline void sj_view_bind(struct sj_record_view *view, const void *record, size_t fields) {
    view->record = record;
    view->fields = fields;
    view->epoch = view->views->epoch;
}

/* Ends the life of all views that were bound or made since the last time. */
static inline void sj_views_end(struct sj_views *views) {
    views->epoch++;
}

#endif
