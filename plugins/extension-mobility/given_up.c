/* The ring of leases that are over: see given_up.h. Pure. */
#include "given_up.h"

#include <stdio.h>
#include <string.h>

void given_up_add(struct given_up *given_up, const char *lease_id) {
    if (lease_id[0] == '\0' || strlen(lease_id) >= GIVEN_UP_LEASE_ROOM || given_up_holds(given_up, lease_id)) {
        return;
    }
    (void)snprintf(given_up->leases[given_up->next], GIVEN_UP_LEASE_ROOM, "%s", lease_id);
    given_up->next = (given_up->next + 1) % GIVEN_UP_ROOM;
}

bool given_up_holds(const struct given_up *given_up, const char *lease_id) {
    for (size_t i = 0; i < GIVEN_UP_ROOM && lease_id[0] != '\0'; i++) {
        if (strcmp(given_up->leases[i], lease_id) == 0) {
            return true;
        }
    }
    return false;
}
