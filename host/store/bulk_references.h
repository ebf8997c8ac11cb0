/* Which entries of a large change refer to a record: found by one look-up, as a change may remove
 * many records and name many others. */
#ifndef HOST_STORE_BULK_REFERENCES_H
#define HOST_STORE_BULK_REFERENCES_H

#include <stdbool.h>

#include <sojourn/error.h>

#include "host/store/bulk_state.h"

struct store;

/* Of an entry that has just been given its record. False: no memory. */
bool store_bulk_note_references(struct store_bulk *bulk, const struct store_bulk_entry *entry);

/* SJ_E_IN_USE when a record that is seen refers to this one. */
int store_bulk_check_unreferenced(const struct store *store, const sj_resource_meta *target,
                                  const char *key, sj_error *error);

#endif
