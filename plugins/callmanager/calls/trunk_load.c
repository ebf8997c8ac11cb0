/* One count a trunk, while it has calls; each of its legs points to it. */
#include "calls/trunk_load.h"

#include <sojourn/base/hash.h>

#include <stdlib.h>

struct trunk_load {
    sj_map_link link;
    size_t calls;
    char trunk[];
};

static struct trunk_load *find(const struct call_manager *manager, const char *trunk) {
    SJ_MAP_EACH_OF(load, &manager->trunk_loads, sj_hash_keyed_text(trunk), struct trunk_load,
                   link) {
        if (strcmp(load->trunk, trunk) == 0) {
            return load;
        }
    }
    return NULL;
}

void trunk_load_take(struct call_leg *leg) {
    if (!leg->trunk || leg->returns || leg->load != NULL) {
        return;
    }
    struct trunk_load *load = find(leg->manager, leg->device_name);
    if (load == NULL) {
        const size_t length = strlen(leg->device_name) + 1;
        load = calloc(1, sizeof *load + length);
        if (load == NULL) {
            return; /* one call is not counted */
        }
        memcpy(load->trunk, leg->device_name, length);
        sj_map_add(&leg->manager->trunk_loads, &load->link, sj_hash_keyed_text(load->trunk));
    }
    load->calls++;
    leg->load = load;
}

void trunk_load_leave(struct call_leg *leg) {
    struct trunk_load *load = leg->load;
    leg->load = NULL;
    if (load != NULL && --load->calls == 0) {
        (void)sj_map_remove(&leg->manager->trunk_loads, &load->link);
        free(load);
    }
}

size_t trunk_load_calls(const struct call_manager *manager, const char *trunk) {
    const struct trunk_load *load = find(manager, trunk);
    return load == NULL ? 0 : load->calls;
}

bool trunk_load_is_full(const struct call_manager *manager, const char *trunk) {
    const sj_sip_trunk *record = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, trunk);
    return record != NULL && record->maximum_calls > 0 &&
           record->trunk_service_type == SJ_SIP_TRUNK_SERVICE_TYPE_NONE &&
           trunk_load_calls(manager, trunk) >= (size_t)record->maximum_calls;
}
