/* Keeps names and finds records by them. */
#include "calls/kept_origin.h"
#include "phones/registration_table.h"
#include "phones/registrations.h"

#include <stdio.h>
#include <stdlib.h>

struct kept_origin {
    struct call_origin origin;
    bool registered; /* its phone is found by name; else it is the asker's, or there is none */
    char device_name[130], trunk_name[130];
    char spaces[CALLING_SEARCH_SPACES_MAX][52];
};

struct kept_origin *kept_origin_new(const struct call_origin *origin) {
    struct kept_origin *kept = calloc(1, sizeof *kept);
    if (kept == NULL) {
        return NULL;
    }
    kept->origin = *origin;
    for (size_t i = 0; i < origin->spaces.count; i++) {
        (void)snprintf(kept->spaces[i], sizeof kept->spaces[i], "%s", origin->spaces.names[i]);
        kept->origin.spaces.names[i] = kept->spaces[i];
    }
    if (origin->device != NULL && origin->device->registration != NULL) {
        kept->registered = true;
        (void)snprintf(kept->device_name, sizeof kept->device_name, "%s", origin->device->name);
    }
    if (origin->trunk.trunk != NULL) {
        (void)snprintf(kept->trunk_name, sizeof kept->trunk_name, "%s", origin->trunk.trunk->name);
    }
    return kept;
}

void kept_origin_free(struct kept_origin *kept) {
    free(kept);
}

struct call_origin *kept_origin_find(struct call_manager *manager, struct kept_origin *kept) {
    struct call_origin *origin = &kept->origin;
    if (kept->registered) {
        struct registration *registration =
            registration_find(manager->registrations, kept->device_name);
        origin->device = registration == NULL ? NULL : registrations_device(manager, registration);
        if (origin->device == NULL) {
            return NULL;
        }
        origin->line =
            origin->line == NULL ? NULL : device_line_by_number(origin->device, origin->number);
    }
    origin->trunk.trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, kept->trunk_name);
    return origin;
}
