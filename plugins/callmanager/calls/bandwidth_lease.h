/* Whether anybody keeps count of this node's bandwidth: the lease of its reservations, which is
 * renewed while somebody does. */
#ifndef CALLMANAGER_BANDWIDTH_LEASE_H
#define CALLMANAGER_BANDWIDTH_LEASE_H

#include "calls/reservation.h"

enum { BANDWIDTH_RENEWALS = 3 }; /* within a lease */

/* Nobody answers, or whoever did has gone. */
void bandwidth_lease_lost(struct admissions *owner, const char *why);
/* For how long what has just been answered holds: a shorter lease is renewed sooner. */
void bandwidth_lease_note(struct admissions *owner, int64_t lease_s);
/* Looks now. */
void bandwidth_lease_look(struct admissions *owner);
/* Begins to look. */
int bandwidth_lease_open(struct admissions *owner, sj_error *error);

#endif
