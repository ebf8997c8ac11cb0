/* Weighs what a party withholds against the service parameter. */
#include "calls/call_discretion.h"
#include "calls/call_presentation.h"
#include "parameters/call_manager.h"

bool call_discretion_is_off(const struct call_manager *manager) {
    return sj_param_ccm_show_withheld_callers(manager->scope) ==
           SJ_CCM_SHOW_WITHHELD_CALLERS_EVERYWHERE;
}

bool call_discretion_records(const struct call_manager *manager) {
    return sj_param_ccm_show_withheld_callers(manager->scope) ==
               SJ_CCM_SHOW_WITHHELD_CALLERS_IN_CALL_DETAIL_RECORDS ||
           call_discretion_is_off(manager);
}

/* What the party keeps from people; of emergency calls nothing. */
static struct call_withheld hidden(const struct call *call, bool caller) {
    const struct call_withheld withheld =
        caller ? call_presentation_of(call, NULL, true, call->calling_withheld)
               : call->called_withheld;
    const bool any = (withheld.number || withheld.name) && !call->emergency;
    return any && !call_discretion_is_off(call->manager) ? withheld
                                                         : (struct call_withheld){false, false};
}

bool call_discretion_hides(const struct call *call, bool caller) {
    return hidden(call, caller).number;
}

const char *call_told_caller_name(const struct call *call) {
    const struct call_withheld withheld = hidden(call, true);
    return withheld.number || withheld.name ? "" : call->calling_name;
}

const char *call_told_hop(const struct call_manager *manager, const struct forward_hop *hop) {
    return hop->withheld && !call_discretion_is_off(manager) ? CALL_WITHHELD : hop->number;
}

const char *call_told_caller(const struct call *call) {
    return call_discretion_hides(call, true) ? CALL_WITHHELD : call->calling;
}

const char *call_told_called(const struct call *call) {
    return call_discretion_hides(call, false) ? CALL_WITHHELD : call->called;
}

const char *call_told_number(const struct call_leg *party) {
    return party->caller ? call_told_caller(party->call) : call_told_called(party->call);
}
