/* Automated alternate routing, from the records of both parties. */
#include "calls/call_alternate.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"

#include <sojourn/base/text.h>

#include <stdio.h>

void call_alternate_keep(struct call *call, const struct call_origin *origin) {
    const sj_device_pool *pool =
        dial_plan_get(&call->manager->plan, PLAN_DEVICE_POOL, call->device_pool);
    const char *css = origin->device == NULL ? "" : origin->device->aar_css;
    css = css[0] == '\0' && pool != NULL ? sj_or_empty(pool->aar_calling_search_space) : css;
    (void)snprintf(call->aar_css, sizeof call->aar_css, "%s", css);
}

/* Of the line of one of its phones. */
static const char *external_mask(const struct call *call) {
    const struct device_line *line =
        registration_lines(call->manager->registrations, call->number_key, NULL);
    return line == NULL ? "" : line->mask;
}

bool call_alternate_number(const struct call *call, const sj_directory_number *number,
                           char dialled[DIGITS_MAX]) {
    const sj_aar_group *group =
        dial_plan_get(&call->manager->plan, PLAN_AAR_GROUP, sj_or_empty(number->aar_group));
    const char *own = sj_or_empty(number->aar_destination_mask);
    const struct transformation whole = {
        .discard = SJ_DISCARD_DIGITS_NONE,
        .mask = own[0] != '\0' ? own : external_mask(call),
        .prefix = group == NULL ? "" : sj_or_empty(group->prefix_digits)};
    if (call->routed_around || call->aar_css[0] == '\0' || whole.mask[0] == '\0' ||
        !sj_param_ccm_automated_alternate_routing_enable(call->manager->scope)) {
        return false;
    }
    transformation_apply(&whole, call->route->digits, 0, dialled);
    return dialled[0] != '\0';
}
