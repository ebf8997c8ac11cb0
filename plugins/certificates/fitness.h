/* Whether a certificate can do what it is imported for. Pure. */
#ifndef SJ_CERTIFICATES_FITNESS_H
#define SJ_CERTIFICATES_FITNESS_H

#include <stdbool.h>

#include "bundle.h"

enum { FITNESS_RSA_BITS = 2048, FITNESS_EC_BITS = 256, FITNESS_ROOM = 200 };

/* False with a sentence when it has expired, is not valid yet, or has a key that no TLS of today
 * accepts. `now`: ms since 1970.
 */
bool certificate_is_fit(const struct bundle_entry *entry, int64_t now, char why[FITNESS_ROOM]);

#endif
