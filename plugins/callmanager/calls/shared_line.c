/* Looks at the calls of a line; changes nothing. */
#include "calls/shared_line.h"
#include "calls/call_leg.h"
#include "phones/registration_table.h"

#include <sojourn/base/hash.h>

bool shared_line_is_same(const struct call_origin *origin, const struct call_leg *leg) {
    return origin->line != NULL && leg->line_key != NULL &&
           strcmp(origin->line->key, leg->line_key) == 0;
}

bool shared_line_is_private(const struct call_leg *leg) {
    const struct registration *phone =
        registration_find(leg->manager->registrations, leg->device_name);
    const bool rings = !leg->inbound && leg->state != LEG_ANSWERED && leg->state != LEG_CONFIRMED;
    return !rings && (phone == NULL ? leg->private_line : registration_is_private(phone));
}

const char *shared_line_refusal(const struct call_origin *origin, const struct call_leg *leg) {
    return origin->device != NULL && strcmp(origin->device->name, leg->device_name) != 0 &&
                   shared_line_is_private(leg)
               ? "The call is private"
               : NULL;
}

/* One that is just being taken by somebody counts as well: the second to come is not to ring. */
static bool waits(const struct call_leg *leg) {
    const struct call *call = leg->holds ? leg->call : NULL;
    const struct call_leg *other = call == NULL ? NULL : call_leg_other(leg);
    return call != NULL && leg->state == LEG_CONFIRMED &&
           (call->transfer != NULL ||
            (other != NULL && !other->stands_in && other->state == LEG_CONFIRMED));
}

struct call_leg *shared_line_held(const struct call_manager *manager,
                                  const struct call_origin *origin, const char *dialled) {
    struct call_leg *first = NULL;
    if (origin->device == NULL || origin->line == NULL ||
        strcmp(line_number(origin->line), dialled) != 0) {
        return NULL;
    }
    SJ_MAP_EACH_OF(leg, &manager->legs_by_line, sj_hash_keyed_text(origin->line->key),
                   struct call_leg, by_line) {
        if (shared_line_is_same(origin, leg) && waits(leg) &&
            strcmp(leg->device_name, origin->device->name) != 0 &&
            (first == NULL || leg->call->answered_ms < first->call->answered_ms)) {
            first = leg;
        }
    }
    return first;
}
