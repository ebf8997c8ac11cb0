/* Leases that are over: on a slow line a login, or a repetition of one, may arrive after the logout that took it back. Nobody
 * would use the session that it made. Pure. */
#ifndef EM_GIVEN_UP_H
#define EM_GIVEN_UP_H

#include <stdbool.h>
#include <stddef.h>

enum { GIVEN_UP_ROOM = 256, GIVEN_UP_NAME_ROOM = 65 + 51 };

/* Zeroed: empty. The oldest makes room for the newest. */
struct given_up {
    char names[GIVEN_UP_ROOM][GIVEN_UP_NAME_ROOM]; /* the lease, and whose it was */
    size_t next;
};

void given_up_add(struct given_up *given_up, const char *cluster_id, const char *lease_id);
bool given_up_holds(const struct given_up *given_up, const char *cluster_id, const char *lease_id);

#endif
