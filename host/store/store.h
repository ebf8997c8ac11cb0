/* The store: records of all declared resources in one SQLite database of the node's, in WAL mode,
 * over one connection on the loop.
 *
 * Reads are synchronous and see all writes made before. A commit is visible at once; it is on the
 * disk once the group flush that follows it has ended (flush.h). Loop thread only. Plugins reach it
 * through the sj_host_store_* functions. */
#ifndef HOST_STORE_STORE_H
#define HOST_STORE_STORE_H

#include <sojourn/host.h>
#include <sojourn/store.h>

#include "host/record/catalog.h"
#include "host/record/problems.h"
#include "host/record/record.h"

struct node;
struct store;
struct store_twins;
struct sqlite3;

/* Opens <state directory>/sojourn.db. Makes the tables of node->schema. */
int sj_store_open(struct node *node, sj_error *error);
/* The same for a given file, or ":memory:", where commits are durable in the loop's next turn. */
int sj_store_open_at(struct node *node, const char *path, sj_error *error);
void sj_store_close(struct node *node);

/* Declarations that a plugin brings along: known from now on, with their tables. */
int sj_store_add_schema(struct node *node, const sj_schema *schema, sj_error *error);
/* The plugin's code goes away: nothing of it is looked at any more. Its tables stay. */
void sj_store_remove_schema(struct node *node, const sj_schema *schema);
/* Addresses of metadata that are going away with a plugin's code are forgotten: others may come to
 * lie there. */
void sj_store_forget_addresses(struct node *node);
const struct sj_catalog *sj_store_catalog(const struct store *store);
/* Another number each time that declarations come or go: what is remembered of metadata is void
 * then. */
unsigned sj_store_declarations(const struct store *store);

enum {
    STORE_PUT_UNCHECKED_REFERENCES = 1u << 16, /* the caller checks them itself before it commits */
    STORE_PUT_UNCHECKED = 1u << 17, /* nothing is checked: defaults of the declarations */
};

/* The node stops: from now on each write is refused with SJ_E_STOPPING. What is committed goes to
 * the disk, and those who wait for that are called. */
void sj_store_stop_writes(struct store *store);
/* Why a write is refused altogether, or NULL. */
const char *sj_store_refusal(const struct store *store);
int sj_store_get(struct store *store, const sj_resource_meta *meta, const char *key, void **record,
                 sj_error *error);
int sj_store_list(struct store *store, const sj_resource_meta *meta, const sj_query *query,
                  sj_list *list, sj_error *error);
int64_t sj_store_count(struct store *store, const sj_resource_meta *meta, const sj_query *query,
                       sj_error *error);
bool sj_store_exists(struct store *store, const sj_resource_meta *meta, const char *key);
int sj_store_put(struct store *store, const sj_resource_meta *meta, const void *record,
                 unsigned flags, sj_error *error);
/* With STORE_PUT_UNCHECKED_REFERENCES in flags references to it are not looked for. */
int sj_store_delete(struct store *store, const sj_resource_meta *meta, const char *key,
                    unsigned flags, sj_error *error);
/* For "did you mean": a key that is near to one that does not exist, or "". It looks at some
 * hundred keys at most. */
const char *sj_store_nearest_key(struct store *store, const sj_resource_meta *meta,
                                 const char *wanted, char best[SJ_KEY_MAX]);
/* Each reference of a record to something that does not exist is a problem under `path`. */
void sj_store_check_references(struct store *store, const sj_resource_meta *meta,
                               const void *record, const struct sj_path *path,
                               struct sj_problems *problems);
/* The same for the value of a parameter that is a reference. */
void sj_store_check_parameter_reference(struct store *store, const sj_field *field,
                                        const char *value, const struct sj_path *path,
                                        struct sj_problems *problems);
/* References, and what holds for values that people give: services write names as phones sent
 * them. Who checks many records keeps `twins` between them (twins.h); NULL: it is one alone. */
void sj_store_check_given(struct store *store, const sj_resource_meta *meta, const void *record,
                          struct store_twins *twins, const struct sj_path *path,
                          struct sj_problems *problems);
/* What holds for a record that people give and that the store does not have: before it is
 * written. */
void sj_store_check_new(struct store *store, const sj_resource_meta *meta, const void *record,
                        const struct sj_path *path, struct sj_problems *problems);
/* What is to be known of a record that people change, before it is written: no faults. */
void sj_store_note_change(struct store *store, const sj_resource_meta *meta, const void *record,
                          const struct sj_path *path, struct sj_problems *notes);
/* The same as sj_store_check_given for the enterprise parameter Cluster ID: no remote cluster bears
 * it. */
void sj_store_check_own_cluster_id(struct store *store, const char *cluster_id,
                                   const struct sj_path *path, struct sj_problems *problems);
/* removal.c: SJ_E_IN_USE, with the sentence, when a plugin says that the record is used otherwise
 * (sj_on_removal), which `force` does not ask, or when it is one that is always there. */
int sj_store_ask_removal(struct store *store, const sj_resource_meta *meta, const char *key,
                         bool force, sj_error *error);
/* The same, with the plugin's sentence alone. */
int sj_store_in_use(struct store *store, const sj_resource_meta *meta, const char *key,
                    sj_error *reason);
sj_handle *sj_host_store_on_removal(sj_scope *scope, const char *here, const sj_resource_meta *meta,
                                    sj_removal_fn ask, void *user, sj_error *error);
/* SJ_E_IN_USE, naming who, when another record or a parameter refers to this one. */
int sj_store_check_unreferenced(struct store *store, const sj_resource_meta *meta, const char *key,
                                sj_error *error);

/* `who` is named in the log when the transaction is left open. */
int sj_store_transaction_begin(struct store *store, const char *who, sj_error *error);
/* After an error nothing is open and nothing was written. */
int sj_store_transaction_commit(struct store *store, sj_error *error);
void sj_store_transaction_rollback(struct store *store);
bool sj_store_in_transaction(const struct store *store);

/* The same, and calls back once what was written is durable. After an error nothing is called. */
int sj_store_commit_durable(struct store *store, sj_scope *scope, const char *here,
                            sj_result_fn durable, void *user, sj_error *error);
/* 1: calls back once what has been committed so far is durable. Otherwise nothing is called: 0, it
 * is already; SJ_E_IO, the disk failed; SJ_E_NO_MEMORY or SJ_E_STOPPING, whether it is is not found
 * out. */
int sj_store_await(struct store *store, sj_scope *scope, const char *here, sj_result_fn durable,
                   void *user, sj_error *error);
/* How many commits there have been: another number after a while tells that something was written.
 */
uint64_t sj_store_commits(const struct store *store);

/* Parameter values: the row of (service, name), or NULL; free with free(). Part of the transaction
 * that is open. */
char *sj_store_param_get(struct store *store, const char *service, const char *name);
/* NULL as value removes the row: the default holds again. */
int sj_store_param_put(struct store *store, const char *service, const char *name,
                       const char *value, sj_error *error);
/* `changed` is called after the commit for each value written. One listener. */
void sj_store_on_param(struct store *store,
                       void (*changed)(void *user, const char *service, const char *name),
                       void *user);

/* What the store remembers of the node itself; NULL when it does not. free() it. */
char *sj_store_fact(struct store *store, const char *name);
int sj_store_put_fact(struct store *store, const char *name, const char *value, sj_error *error);
/* Whether any record holds the hash of a secret. */
bool sj_store_has_secrets(struct store *store);

/* The functions of the host table. */
int sj_host_store_get(sj_scope *scope, const sj_resource_meta *meta, const char *key, void **record,
                      sj_error *error);
int sj_host_store_list(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query,
                       sj_list *list, sj_error *error);
int64_t sj_host_store_count(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query,
                            sj_error *error);
int sj_host_store_put(sj_scope *scope, const sj_resource_meta *meta, const void *record,
                      unsigned flags, sj_error *error);
int sj_host_store_delete(sj_scope *scope, const sj_resource_meta *meta, const char *key,
                         sj_error *error);
int sj_host_store_begin(sj_scope *scope, sj_error *error);
int sj_host_store_commit(sj_scope *scope, const char *here, sj_result_fn durable, void *user,
                         sj_error *error);
void sj_host_store_rollback(sj_scope *scope);
void sj_host_list_free(sj_list *list);

#endif
