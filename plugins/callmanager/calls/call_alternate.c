/* Automated alternate routing, from the records of both parties. */
#include "calls/call_alternate.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"

#include <sojourn/base/text.h>

#include <stdio.h>

const char *call_alternate_css(const struct call_manager *manager, const char *device_pool,
                               const struct device *device) {
    const sj_device_pool *pool = dial_plan_get(&manager->plan, PLAN_DEVICE_POOL, device_pool);
    const char *css = device == NULL ? "" : device_text(device, device->aar_css_at);
    return css[0] == '\0' && pool != NULL ? sj_or_empty(pool->aar_calling_search_space) : css;
}

void call_alternate_keep(struct call *call, const struct call_origin *origin) {
    (void)snprintf(call->aar_css, sizeof call->aar_css, "%s",
                   call_alternate_css(call->manager, call->device_pool, origin->device));
}

const char *call_alternate_mask(const struct call_manager *manager, const char *key) {
    const struct device_line *line = registration_lines(manager->registrations, key, NULL);
    return line == NULL ? "" : line_mask(line);
}

bool call_alternate_dialled(const struct call_manager *manager, const char *phone_mask,
                            const sj_directory_number *number, const char *digits,
                            char dialled[DIGITS_MAX]) {
    const sj_aar_group *group =
        dial_plan_get(&manager->plan, PLAN_AAR_GROUP, sj_or_empty(number->aar_group));
    const char *own = sj_or_empty(number->aar_destination_mask);
    const struct transformation whole = {
        .discard = SJ_DISCARD_DIGITS_NONE,
        .mask = own[0] != '\0' ? own : phone_mask,
        .prefix = group == NULL ? "" : sj_or_empty(group->prefix_digits)};
    if (whole.mask[0] == '\0' || !sj_param_ccm_automated_alternate_routing_enable(manager->scope)) {
        return false;
    }
    transformation_apply(&whole, digits, 0, dialled);
    return dialled[0] != '\0';
}

bool call_alternate_number(const struct call *call, const sj_directory_number *number,
                           char dialled[DIGITS_MAX]) {
    return !call->routed_around && call->aar_css[0] != '\0' &&
           call_alternate_dialled(call->manager,
                                  call_alternate_mask(call->manager, call->number_key), number,
                                  call->route->digits, dialled);
}
