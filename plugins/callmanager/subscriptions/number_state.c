/* Nothing is kept: each question is answered from what is. */
#include "subscriptions/number_state.h"
#include "calls/call_leg.h"
#include "calls/park.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"

bool number_call_is_confirmed(const struct call_leg *leg) {
    return leg->state == LEG_ANSWERED || leg->state == LEG_CONFIRMED;
}

static bool is_seen(const struct call_leg *leg) {
    return leg->call != NULL && leg->state != LEG_OVER && leg->state != LEG_WAITING &&
           (leg->inbound || leg->state != LEG_OFFERED);
}

struct call_leg *number_calls(const struct call_manager *manager, const char *directory_number,
                              const struct call_leg *previous) {
    struct call_leg *leg = call_leg_on_line(manager, directory_number, previous);
    while (leg != NULL && !is_seen(leg)) {
        leg = call_leg_on_line(manager, directory_number, leg);
    }
    return leg;
}

struct number_state number_state_of(struct call_manager *manager, const char *directory_number) {
    struct number_state state = {.do_not_disturb =
                                     sj_param_ccm_blf_status_depicts_dnd(manager->scope)};
    const struct device_line *line = NULL;
    const struct call_leg *leg = NULL;
    if (dial_plan_directory_number(&manager->plan, directory_number) == NULL) {
        return (struct number_state){.registered = true,
                                     .in_call = park_waits(manager, directory_number)};
    }
    while ((line = registration_lines(manager->registrations, directory_number, line)) != NULL) {
        if (!line_device(line)->removed) {
            state.registered = true;
            state.do_not_disturb = state.do_not_disturb && line_device(line)->do_not_disturb;
        }
    }
    state.do_not_disturb = state.do_not_disturb && state.registered;
    while ((leg = number_calls(manager, directory_number, leg)) != NULL) {
        if (leg->inbound || number_call_is_confirmed(leg)) {
            state.in_call = true;
        } else {
            state.ringing = true;
        }
    }
    return state;
}
