/* Scopes: who owns what. One intrusive list per scope holds every kind of owned thing; a child
 * scope is one of them.
 *
 * A part of the host embeds struct sj_handle as the FIRST member of whatever a plugin can own,
 * registers it with sj_handle_init and unregisters it with sj_handle_done when the thing is
 * completely gone. In between the scope (or the plugin, by sj_handle_close) may call `close` once,
 * which begins the end: from then on the thing makes no callback into the plugin, and when its own
 * close callbacks have come back it calls sj_handle_done and frees itself. Loop thread only. */
#ifndef SJ_HOST_CORE_SCOPE_H
#define SJ_HOST_CORE_SCOPE_H

#include <sojourn/base/list.h>
#include <sojourn/types.h>

#include "host/core/later.h"

struct node;

struct sj_handle {
    sj_list_link link;
    sj_scope *scope;
    const char *kind; /* literal: "timer", "route", ... */
    const char *here; /* literal of the plugin: "file.c:12" */
    char name[48];
    void (*close)(sj_handle *handle); /* NULL: nothing can hurry it (a hold) */
    bool closing;
};

/* On whose behalf code runs: one per plugin and one for the host itself. Shared by a plugin's scope
 * and all its descendants. */
struct owner {
    char name[64];
    uint32_t slot; /* in the supervision slot's table; 0 is the host */
    bool visible;  /* false before start has succeeded and once asked to stop: routes, answers,
                      subscriptions are held back */
    struct node *node;
    sj_list_link link;                       /* all of the node's */
    void (*on_release)(struct owner *owner); /* a hold has been released; may be NULL */
    size_t owned;                            /* handles in all its scopes */
    uint64_t callbacks, total_ticks, longest_ticks;
    uint64_t longest_ran_ns;  /* processor time of the callback that used most; 0 until one takes
                                 longer than SJ_LONG_CALLBACK_MS */
    const char *longest_kind; /* literal, NULL before the first callback */
    char longest_detail[64];
};

/* Fills in an owner and adds it to the node's; it outlives all its scopes. */
void sj_owner_init(struct owner *owner, struct node *node, const char *name);
void sj_owner_remove(struct owner *owner);

struct scope_memory;

struct scope {
    sj_scope head; /* first: an sj_scope * is a struct scope * */
    struct node *node;
    struct owner *owner;
    struct scope *parent;
    sj_handle handle;    /* this scope as a thing of its parent (roots: unused but for the name) */
    sj_list_head open;   /* what it owns: still whole, the newest first */
    sj_list_head ending; /* and on its way out */
    sj_list_head released; /* gone, but a last callback may still name them */
    struct scope_memory *memory;
    sj_done_fn on_closed;
    void *user;
    struct later finish;
    bool closing, finished;
};

static inline struct scope *sj_scope_of(const sj_scope *scope) {
    return (struct scope *)(uintptr_t)scope;
}

static inline struct node *sj_scope_node(const sj_scope *scope) {
    return sj_scope_of(scope)->node;
}

static inline struct owner *sj_scope_owner(const sj_scope *scope) {
    return sj_scope_of(scope)->owner;
}

/* May what this scope owns be reached from outside (requests, routes, events)? Check before each
 * delivery of that sort. */
static inline bool sj_scope_visible(const sj_scope *scope) {
    return sj_scope_of(scope)->owner->visible;
}

static inline bool sj_scope_closing(const sj_scope *scope) {
    return sj_scope_of(scope)->closing;
}

/* `name` is copied (cut at 47 bytes), `kind` and `here` are kept. SJ_E_STOPPING when the scope is
 * closing. */
int sj_handle_init(sj_handle *handle, sj_scope *scope, const char *kind, const char *here,
                   const char *name, void (*close)(sj_handle *handle));
void sj_handle_done(sj_handle *handle);
/* sj_handle_done and free(): at once, or with the scope's memory when the scope is closing, so that
 * a plugin's last callbacks (on_close of a stream) may still close what the scope has swept
 * already. Use it wherever the object is one malloc. */
void sj_handle_release(sj_handle *handle);

/* A scope without parent. `owner` outlives it. on_closed as in sojourn/scope.h. NULL when out of
 * memory. */
sj_scope *sj_scope_open_root(struct node *node, struct owner *owner, const char *name,
                             sj_done_fn on_closed, void *user);

/* Calls `visit` for each thing that the scope and its children own, scopes themselves left out. */
void sj_scope_walk(const sj_scope *scope, void (*visit)(void *user, const sj_handle *handle),
                   void *user);
size_t sj_scope_count(const sj_scope *scope);

/* True when a hold is alive in the scope or its children. */
bool sj_scope_held(const sj_scope *scope);

/* What a closing scope (or one with holds) waits for, as one line: `hold "2 calls in progress"
 * (calls.c:40), udp ... and 3 more`. Empty text when nothing. Returns how many things are awaited.
 */
size_t sj_scope_awaited(const sj_scope *scope, char *text, size_t room);

/* The functions of the host table. */
sj_scope *sj_host_scope_open(sj_scope *parent, const char *here, const char *name,
                             sj_done_fn on_closed, void *user);
void sj_host_scope_close(sj_scope *scope);
void *sj_host_scope_alloc(sj_scope *scope, size_t bytes);
char *sj_host_scope_strdup(sj_scope *scope, const char *text);
sj_handle *sj_host_scope_hold(sj_scope *scope, const char *here, const char *what);
void sj_host_handle_close(sj_handle *handle);

#endif
