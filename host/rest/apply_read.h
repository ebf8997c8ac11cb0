/* The first pass of an apply: from the content to records and removals. */
#ifndef HOST_REST_APPLY_READ_H
#define HOST_REST_APPLY_READ_H

#include "host/rest/apply.h"

/* How many records and keys the content holds. */
size_t apply_size(const struct apply *apply);
/* Whether there is more to look at than that: members, records, keys, services, parameters. */
bool apply_has_more_than(const struct apply *apply, size_t limit);
/* Reads all records and removals and notes the secrets in `hashing`. */
bool apply_read(struct apply *apply, uint64_t until);

#endif
