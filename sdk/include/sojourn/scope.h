/* Scopes: who owns what.
 *
 * Everything a plugin creates (subscription, answer, timer, socket, stream, route, job, hold,
 * memory) belongs to a scope. The plugin has one; a call, a login or a transfer is a child scope.
 * Closing a scope hides, cancels and drains all that it and its children own; memory goes last.
 * There is nothing to undo by hand. */
#ifndef SOJOURN_SCOPE_H
#define SOJOURN_SCOPE_H

#include "host.h"

/* sj_scope *sj_scope_open(sj_scope *parent, const char *name, sj_done_fn on_closed, void *user)
 * A child scope, or NULL when out of memory or `parent` is closing. `name` is copied. `on_closed`
 * (may be NULL) runs on the loop once nothing of the scope is left but its memory, which is freed
 * right after it. */
#define sj_scope_open(parent, name, on_closed, user)                                               \
    ((parent)->host->scope_open((parent), SJ_HERE, (name), (on_closed), (user)))

/* Begins to close a child scope; may be called from any callback of the scope itself; calling it
 * again does nothing. No callback of what it owned runs afterwards, but for on_closed of the scopes
 * and on_close of streams. Never close the plugin's own. */
static inline void sj_scope_close(sj_scope *scope) {
    scope->host->scope_close(scope);
}

/* Zeroed memory that lives as long as the scope. NULL when out of memory. */
static inline void *sj_scope_alloc(sj_scope *scope, size_t bytes) {
    return scope->host->scope_alloc(scope, bytes);
}

static inline char *sj_scope_strdup(sj_scope *scope, const char *text) {
    return scope->host->scope_strdup(scope, text);
}

/* sj_handle *sj_scope_hold(sj_scope *scope, const char *what)
 * Delays the end of a closing scope until the handle is closed; `what` ("2 calls in progress") is
 * what `service status` shows as being awaited. The host's deadline for a stop (30 s) still holds:
 * then it is an error that names the hold. */
#define sj_scope_hold(scope, what) ((scope)->host->scope_hold((scope), SJ_HERE, (what)))

/* Ends one owned thing (timer, subscription, answer, route, listener, job, fetch, hold). NULL is
 * allowed. A cancelled job or fetch gets no callback. The handle is invalid afterwards; a one-shot
 * timer's, a job's and a fetch's handle is also invalid once its callback has begun. */
static inline void sj_handle_close(sj_scope *scope, sj_handle *handle) {
    if (handle != NULL) {
        scope->host->handle_close(handle);
    }
}

/* Frees a text that the host made for the caller (*_to_json, sj_identity_pem). NULL is allowed. */
static inline void sj_text_free(sj_scope *scope, char *text) {
    scope->host->text_free(text);
}

#endif
