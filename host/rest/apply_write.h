/* The passes of an apply that write, within a transaction or a large change of the caller's. */
#ifndef HOST_REST_APPLY_WRITE_H
#define HOST_REST_APPLY_WRITE_H

#include "host/rest/apply.h"

/* With the secrets hashed: writes what differs. */
bool apply_write(struct apply *apply, uint64_t until);
/* Instead of it when something is wrong already: what is written helps to find out what else is,
 * and is thrown away. */
bool apply_try(struct apply *apply, uint64_t until);

#endif
