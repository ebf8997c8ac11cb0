/* Before people remove a record, plugins that asked for it say whether it is in use in a way that
 * no reference shows: a session of the user, on the phone, with the cluster. */
#include <stdlib.h>
#include <string.h>

#include "host/core/callback.h"
#include "host/store/internal.h"
#include "host/store/write.h"
#include "rules/rules.h"

struct removal_guard {
    sj_handle handle; /* first */
    sj_list_link link;
    const sj_resource_meta *meta;
    sj_removal_fn ask;
    void *user;
};

static void guard_close(sj_handle *handle) {
    struct removal_guard *guard = (struct removal_guard *)handle;
    sj_list_remove(&guard->link);
    sj_handle_release(handle);
}

sj_handle *sj_host_store_on_removal(sj_scope *scope, const char *here, const sj_resource_meta *meta,
                                    sj_removal_fn ask, void *user, sj_error *error) {
    struct node *node = sj_scope_node(scope);
    struct removal_guard *guard = sj_node_alloc(node, sizeof *guard);
    if (guard == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
        return NULL;
    }
    if (sj_handle_init(&guard->handle, scope, "removal", here, meta->record->name, guard_close) !=
        SJ_OK) {
        (void)sj_error_set(error, SJ_E_STOPPING, "the scope is closing");
        free(guard);
        return NULL;
    }
    guard->meta = meta;
    guard->ask = ask;
    guard->user = user;
    sj_list_add_first(&node->store->guards, &guard->link);
    return &guard->handle;
}

int sj_store_in_use(struct store *store, const sj_resource_meta *meta, const char *key,
                    sj_error *reason) {
    int status = SJ_OK;
    SJ_LIST_EACH(guard, &store->guards, struct removal_guard, link) {
        if (status == SJ_OK && strcmp(guard->meta->record->name, meta->record->name) == 0 &&
            sj_scope_visible(guard->handle.scope)) {
            struct bracket bracket =
                sj_enter_detail(guard->handle.scope, "removal", meta->record->name);
            status = guard->ask(guard->user, key, reason);
            sj_leave(&bracket);
        }
    }
    return status;
}

int store_may_go(const sj_resource_meta *meta, const char *key, sj_error *error) {
    const char *stays = sj_rule_stays(meta, key);
    return stays == NULL
               ? SJ_OK
               : sj_error_set(error, SJ_E_IN_USE, "the %s \"%.128s\" cannot be removed: %s",
                              meta->record->name, key, stays);
}

int sj_store_ask_removal(struct store *store, const sj_resource_meta *meta, const char *key,
                         bool force, sj_error *error) {
    sj_error reason = {0};
    int status = store_may_go(meta, key, error);
    if (status != SJ_OK) {
        return status;
    }
    status = force ? SJ_OK : sj_store_in_use(store, meta, key, &reason);
    if (status == SJ_E_IN_USE) {
        return sj_error_set(
            error, status,
            "the %s \"%.128s\" is in use: %.380s; force=true removes it all the same",
            meta->record->name, key, reason.text);
    }
    return status == SJ_OK
               ? SJ_OK
               : sj_error_set(error, status,
                              "whether the %s \"%.128s\" is in use could not be found out: %.380s",
                              meta->record->name, key, reason.text);
}
