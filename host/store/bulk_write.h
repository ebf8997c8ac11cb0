/* A large change on its way to the disk. */
#ifndef HOST_STORE_BULK_WRITE_H
#define HOST_STORE_BULK_WRITE_H

#include <stddef.h>

#include <sojourn/error.h>

struct store;
struct store_change;
struct store_plan;

/* Before a key is written to its table: what is decided about it goes there first, in the same
 * transaction. */
int store_bulk_write_first(struct store *store, struct store_plan *plan, const char *key,
                           sj_error *error);
/* The end of each transaction. */
void store_bulk_committed(struct store *store, const struct store_change *changes, size_t count);
void store_bulk_rolled_back(struct store *store);

/* The store is opened: makes the table. */
int store_bulk_prepare(struct store *store, sj_error *error);
/* Writes what was decided and not written before; what is of a resource that is not declared waits
 * for its declaration. */
int store_bulk_recover(struct store *store, sj_error *error);
void store_bulk_close(struct store *store);

#endif
