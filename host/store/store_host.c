/* What the host's function table offers of the store. */
#include "host/core/scope.h"
#include "host/store/internal.h"

static struct store *store_of(sj_scope *scope) {
    return sj_scope_node(scope)->store;
}

int sj_host_store_get(sj_scope *scope, const sj_resource_meta *meta, const char *key, void **record,
                      sj_error *error) {
    return sj_store_get(store_of(scope), meta, key, record, error);
}

int sj_host_store_list(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query,
                       sj_list *list, sj_error *error) {
    return sj_store_list(store_of(scope), meta, query, list, error);
}

int64_t sj_host_store_count(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query,
                            sj_error *error) {
    return sj_store_count(store_of(scope), meta, query, error);
}

int sj_host_store_put(sj_scope *scope, const sj_resource_meta *meta, const void *record,
                      unsigned flags, sj_error *error) {
    return sj_store_put(store_of(scope), meta, record, flags & (SJ_PUT_NEW | SJ_PUT_REPLACE),
                        error);
}

int sj_host_store_delete(sj_scope *scope, const sj_resource_meta *meta, const char *key,
                         sj_error *error) {
    return sj_store_delete(store_of(scope), meta, key, 0, error);
}

int sj_host_store_begin(sj_scope *scope, sj_error *error) {
    return sj_store_transaction_begin(store_of(scope), sj_scope_owner(scope)->name, error);
}

int sj_host_store_commit(sj_scope *scope, const char *here, sj_result_fn durable, void *user,
                         sj_error *error) {
    struct store *store = store_of(scope);
    return durable != NULL ? sj_store_commit_durable(store, scope, here, durable, user, error)
                           : sj_store_transaction_commit(store, error);
}

void sj_host_store_rollback(sj_scope *scope) {
    sj_store_transaction_rollback(store_of(scope));
}
