/* Scopes: ownership, asynchronous closing, and what is awaited. Touches no part of the node but its
 * queue of deferred work. */
#include "host/core/scope.h"

#include <stdlib.h>
#include <string.h>

#include "host/core/node.h"

/* Memory of a scope: a list of blocks, freed together. */
struct scope_memory {
    struct scope_memory *next;
    max_align_t data[];
};

static const char kind_scope[] = "scope";
static const char kind_hold[] = "hold";
static const char kind_released[] = "released hold";

void sj_owner_init(struct owner *owner, struct node *node, const char *name) {
    memset(owner, 0, sizeof *owner);
    (void)snprintf(owner->name, sizeof owner->name, "%s", name);
    owner->node = node;
    sj_list_add_first(&node->owners, &owner->link);
}

void sj_owner_remove(struct owner *owner) {
    sj_list_remove(&owner->link);
}

static struct scope *scope_of_handle(const sj_handle *handle) {
    return SJ_OWNER(handle, struct scope, handle);
}

/* The end, from the loop: nothing is owned any more, no plugin frame is on the stack. */
static void finish(struct later *item) {
    struct scope *scope = SJ_OWNER(item, struct scope, finish);
    sj_done_fn on_closed = scope->on_closed;
    void *user = scope->user;
    if (on_closed != NULL) {
        on_closed(user);
    }
    SJ_LIST_EACH(handle, &scope->released, sj_handle, link) {
        free(handle);
    }
    while (scope->memory != NULL) {
        struct scope_memory *block = scope->memory;
        scope->memory = block->next;
        free(block);
    }
    if (scope->parent != NULL) {
        sj_handle_done(&scope->handle);
    }
    free(scope);
}

static void finish_when_empty(struct scope *scope) {
    if (scope->closing && !scope->finished && sj_list_empty(&scope->open) &&
        sj_list_empty(&scope->ending)) {
        scope->finished = true;
        sj_later_add(&scope->node->later, &scope->finish, finish);
    }
}

/* Begins the end of one thing: it moves to the list of those awaited first, since `close` may
 * finish and free it at once. */
static void begin_close(sj_handle *handle) {
    struct scope *scope = sj_scope_of(handle->scope);
    sj_list_add_first(&scope->ending, &handle->link);
    handle->closing = true;
    if (handle->close != NULL) {
        handle->close(handle);
    }
}

static void begin_scope(struct scope *scope) {
    if (scope->closing) {
        return;
    }
    scope->closing = true;
    for (sj_list_link *link; (link = sj_list_first(&scope->open)) != NULL;) {
        begin_close(SJ_OWNER(link, sj_handle, link));
    }
    finish_when_empty(scope);
}

static void close_child(sj_handle *handle) {
    begin_scope(scope_of_handle(handle));
}

static void rename_handle(sj_handle *handle, const char *name) {
    size_t length =
        name == NULL
            ? 0
            : strnlen(name, sizeof handle->name - 1); /* no printf: things come and go fast */
    if (length > 0) {
        memcpy(handle->name, name, length);
    }
    handle->name[length] = '\0';
}

int sj_handle_init(sj_handle *handle, sj_scope *scope, const char *kind, const char *here,
                   const char *name, void (*close)(sj_handle *handle)) {
    struct scope *owner = sj_scope_of(scope);
    if (owner->closing) {
        return SJ_E_STOPPING;
    }
    handle->scope = scope;
    handle->kind = kind;
    handle->here = here;
    handle->close = close;
    handle->closing = false;
    rename_handle(handle, name);
    handle->link = (sj_list_link){NULL, NULL};
    sj_list_add_first(&owner->open, &handle->link);
    owner->owner->owned++;
    return SJ_OK;
}

void sj_handle_done(sj_handle *handle) {
    struct scope *scope = sj_scope_of(handle->scope);
    sj_list_remove(&handle->link);
    scope->owner->owned--;
    finish_when_empty(scope);
}

void sj_handle_release(sj_handle *handle) {
    struct scope *scope = sj_scope_of(handle->scope);
    bool keep = scope->closing;
    sj_handle_done(handle);
    if (keep) {
        handle->closing = true;
        sj_list_add_first(&scope->released, &handle->link);
    } else {
        free(handle);
    }
}

static struct scope *new_scope(struct node *node, struct owner *owner, const char *name,
                               sj_done_fn on_closed, void *user) {
    struct scope *scope = sj_node_alloc(node, sizeof *scope);
    if (scope != NULL) {
        scope->head.host = &node->table;
        scope->node = node;
        scope->owner = owner;
        scope->on_closed = on_closed;
        scope->user = user;
        rename_handle(&scope->handle, name);
        scope->handle.kind = kind_scope;
    }
    return scope;
}

sj_scope *sj_scope_open_root(struct node *node, struct owner *owner, const char *name,
                             sj_done_fn on_closed, void *user) {
    struct scope *scope = new_scope(node, owner, name, on_closed, user);
    return scope == NULL ? NULL : &scope->head;
}

sj_scope *sj_host_scope_open(sj_scope *parent, const char *here, const char *name,
                             sj_done_fn on_closed, void *user) {
    struct scope *above = sj_scope_of(parent);
    struct scope *scope = new_scope(above->node, above->owner, name, on_closed, user);
    if (scope == NULL) {
        return NULL;
    }
    scope->parent = above;
    if (sj_handle_init(&scope->handle, parent, kind_scope, here, name, close_child) != SJ_OK) {
        free(scope);
        return NULL;
    }
    return &scope->head;
}

void sj_host_scope_close(sj_scope *scope) {
    struct scope *self = sj_scope_of(scope);
    if (self->parent != NULL && !self->handle.closing) {
        begin_close(&self->handle);
    } else {
        begin_scope(self);
    }
}

void *sj_host_scope_alloc(sj_scope *scope, size_t bytes) {
    struct scope *self = sj_scope_of(scope);
    struct scope_memory *block;
    if (bytes > SIZE_MAX - sizeof *block) {
        return NULL;
    }
    block = sj_node_alloc(self->node, sizeof *block + bytes);
    if (block == NULL) {
        return NULL;
    }
    block->next = self->memory;
    self->memory = block;
    return block->data;
}

char *sj_host_scope_strdup(sj_scope *scope, const char *text) {
    size_t room = strlen(text) + 1;
    char *copy = sj_host_scope_alloc(scope, room);
    if (copy != NULL) {
        memcpy(copy, text, room);
    }
    return copy;
}

sj_handle *sj_host_scope_hold(sj_scope *scope, const char *here, const char *what) {
    sj_handle *hold = sj_node_alloc(sj_scope_node(scope), sizeof *hold);
    if (hold != NULL && sj_handle_init(hold, scope, kind_hold, here, what, NULL) != SJ_OK) {
        free(hold);
        return NULL;
    }
    return hold;
}

void sj_host_handle_close(sj_handle *handle) {
    if (handle->kind == kind_hold) {
        struct owner *owner = sj_scope_owner(handle->scope);
        handle->kind = kind_released;
        sj_handle_release(handle);
        if (owner->on_release != NULL) {
            owner->on_release(owner);
        }
    } else if (!handle->closing) {
        begin_close(handle);
    }
}

void sj_scope_walk(const sj_scope *scope, void (*visit)(void *user, const sj_handle *handle),
                   void *user) {
    const struct scope *self = sj_scope_of(scope);
    const sj_list_head *const lists[2] = {&self->ending, &self->open};
    for (size_t i = 0; i < 2; i++) {
        SJ_LIST_EACH(handle, lists[i], const sj_handle, link) {
            if (handle->kind == kind_scope) {
                sj_scope_walk(&scope_of_handle(handle)->head, visit, user);
            } else {
                visit(user, handle);
            }
        }
    }
}

static void count_one(void *user, const sj_handle *handle) {
    (void)handle;
    ++*(size_t *)user;
}

size_t sj_scope_count(const sj_scope *scope) {
    size_t count = 0;
    sj_scope_walk(scope, count_one, &count);
    return count;
}

static void note_hold(void *user, const sj_handle *handle) {
    if (handle->kind == kind_hold) {
        *(bool *)user = true;
    }
}

bool sj_scope_held(const sj_scope *scope) {
    bool held = false;
    sj_scope_walk(scope, note_hold, &held);
    return held;
}

struct awaited {
    char *text;
    size_t room, used, listed, count;
};

static void note_awaited(void *user, const sj_handle *handle) {
    struct awaited *awaited = user;
    char one[192];
    int length;
    if (!handle->closing && handle->kind != kind_hold) {
        return;
    }
    awaited->count++;
    length = snprintf(one, sizeof one, "%s%s \"%s\" (%s)", awaited->listed > 0 ? ", " : "",
                      handle->kind, handle->name, handle->here);
    /* Leave room for "and N more". */
    if (length > 0 && awaited->used + (size_t)length + 24 < awaited->room) {
        memcpy(awaited->text + awaited->used, one, (size_t)length + 1);
        awaited->used += (size_t)length;
        awaited->listed++;
    }
}

size_t sj_scope_awaited(const sj_scope *scope, char *text, size_t room) {
    struct awaited awaited = {.text = text, .room = room};
    if (room > 0) {
        text[0] = '\0';
    }
    sj_scope_walk(scope, note_awaited, &awaited);
    if (awaited.listed < awaited.count && awaited.used < room) {
        (void)snprintf(text + awaited.used, room - awaited.used, "%s%zu more",
                       awaited.listed > 0 ? " and " : "", awaited.count - awaited.listed);
    }
    return awaited.count;
}
