/* The ring of leases that are over: see given_up.h. Pure. */
#include "sessions/given_up.h"

#include <stdio.h>
#include <string.h>

/* False when it has no lease, or more than there is room for. */
static bool name_it(char name[GIVEN_UP_NAME_ROOM], const char *cluster_id, const char *lease_id) {
    const int length = snprintf(name, GIVEN_UP_NAME_ROOM, "%s@%s", lease_id, cluster_id);
    return lease_id[0] != '\0' && length > 0 && length < GIVEN_UP_NAME_ROOM;
}

static bool holds(const struct given_up *given_up, const char *name) {
    for (size_t i = 0; i < GIVEN_UP_ROOM; i++) {
        if (strcmp(given_up->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

void given_up_add(struct given_up *given_up, const char *cluster_id, const char *lease_id) {
    char name[GIVEN_UP_NAME_ROOM];
    if (name_it(name, cluster_id, lease_id) && !holds(given_up, name)) {
        memcpy(given_up->names[given_up->next], name, sizeof name);
        given_up->next = (given_up->next + 1) % GIVEN_UP_ROOM;
    }
}

bool given_up_holds(const struct given_up *given_up, const char *cluster_id, const char *lease_id) {
    char name[GIVEN_UP_NAME_ROOM];
    return name_it(name, cluster_id, lease_id) && holds(given_up, name);
}
