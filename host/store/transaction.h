/* The transaction around each write, and what is to be published after it. Those of callers are in
 * store.h. */
#ifndef HOST_STORE_TRANSACTION_H
#define HOST_STORE_TRANSACTION_H

#include <stdbool.h>

#include <sojourn/error.h>

#include "events/node.h"

struct store;

/* What a transaction has written. */
struct store_change {
    const char *resource; /* NULL: a parameter's value, `first` its service and `key` its name */
    const char *first;
    const char *key;
    sj_config_changed_action action;
};

int store_begin_write(struct store *store, bool *own, sj_error *error);
int store_end_write(struct store *store, bool own, int status, sj_error *error);
/* Right before a write: the transaction is still open, and what is about to change is known when it
 * has to be forgotten or published. */
int store_will_write(struct store *store, const char *resource, const char *first, const char *key,
                     sj_config_changed_action action, sj_error *error);
int store_transaction_open(struct store *store);
/* What ends a transaction is ready before one begins: memory may be short then. */
int store_transaction_prepare(struct store *store, sj_error *error);
void store_transaction_close(struct store *store);

#endif
