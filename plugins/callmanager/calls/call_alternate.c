/* Automated alternate routing, from the records of both parties. */
#include "calls/call_alternate.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"

#include <sojourn/base/text.h>

#include <stdio.h>

/* The calling search space that such numbers are reached through; "" when there is none. */
static const char *alternate_css(const struct call_manager *manager, const char *device_pool,
                                 const struct device *device) {
    const sj_device_pool *pool = dial_plan_get(&manager->plan, PLAN_DEVICE_POOL, device_pool);
    const char *css = device == NULL ? "" : device_text(device, device->aar_css_at);
    return css[0] == '\0' && pool != NULL ? sj_or_empty(pool->aar_calling_search_space) : css;
}

void call_alternate_keep(struct call *call, const struct call_origin *origin) {
    (void)snprintf(call->aar_css, sizeof call->aar_css, "%s",
                   alternate_css(call->manager, call->device_pool, origin->device));
}

/* The external phone number mask of the line of a registered phone with that number; "": none. */
static const char *alternate_mask(const struct call_manager *manager, const char *key) {
    const struct device_line *line = registration_lines(manager->registrations, key, NULL);
    return line == NULL ? "" : line_mask(line);
}

/* `digits` were called; `phone_mask` counts where the number has no mask of its own. */
static bool alternate_dialled(const struct call_manager *manager, const char *phone_mask,
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

/* Of one of the number's phones, of those that are registered first. */
static const char *phone_mask_of(const struct call_manager *manager,
                                 const struct call_target *target) {
    const char *mask = alternate_mask(manager, target->line_key);
    const struct device_line *line =
        target->assumed == NULL ? NULL : device_line_by_key(target->assumed, target->line_key);
    return mask[0] == '\0' && line != NULL ? line_mask(line) : mask;
}

const char *call_alternate_of_target(const struct call_manager *manager,
                                     const struct call_origin *origin,
                                     const struct number_route *route,
                                     const struct call_target *target, char dialled[DIGITS_MAX]) {
    const struct device *device = origin->device;
    const char *css = alternate_css(
        manager, device != NULL ? device->device_pool : origin->trunk.device_pool, device);
    const sj_directory_number *number =
        dial_plan_directory_number(&manager->plan, route->directory_number_key);
    return !target->trunk && css[0] != '\0' && number != NULL &&
                   alternate_dialled(manager, phone_mask_of(manager, target), number, route->digits,
                                     dialled)
               ? css
               : NULL;
}

bool call_alternate_number(const struct call *call, const sj_directory_number *number,
                           char dialled[DIGITS_MAX]) {
    return !call->routed_around && call->aar_css[0] != '\0' &&
           alternate_dialled(call->manager, alternate_mask(call->manager, call->number_key), number,
                             call->route->digits, dialled);
}
