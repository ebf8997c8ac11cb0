/* Weighs what a party withholds against what the dial plan says. */
#include "calls/call_presentation.h"

struct presentation call_presentation_towards(const struct call_manager *manager,
                                              const struct presentation *said, const char *trunk) {
    struct presentation counts = *said;
    const sj_sip_trunk *record = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, trunk);
    if (record != NULL) {
        const struct presentation last = {
            record->calling_line_id_presentation, record->calling_name_presentation,
            record->connected_line_id_presentation, record->connected_name_presentation};
        presentation_add(&counts, &last, trunk, NULL);
    }
    return counts;
}

struct call_withheld call_presentation_of(const struct call *call, const struct call_leg *to,
                                          bool caller, struct call_withheld own) {
    const bool trunk = to != NULL && to->trunk;
    struct presentation of_patterns = call->presentation;
    if (to != NULL && to->outpulsed != NULL) {
        of_patterns.calling_id = presentation_of(of_patterns.calling_id, to->outpulsed->calling_id);
    }
    const struct presentation said =
        call_presentation_towards(call->manager, &of_patterns, trunk ? to->device_name : "");
    const sj_presentation id = caller ? said.calling_id : said.connected_id;
    const sj_presentation name = caller ? said.calling_name : said.connected_name;
    if (caller && call->emergency && trunk) {
        return (struct call_withheld){false, false}; /* who helps has to call back */
    }
    return (struct call_withheld){own.number || id == SJ_PRESENTATION_RESTRICTED,
                                  own.name || name == SJ_PRESENTATION_RESTRICTED};
}

const char *call_presentation_calling(const struct call *call, const struct call_leg *to) {
    const struct outpulsed_numbers *sent = to->outpulsed;
    return sent != NULL && sent->calling[0] != '\0' ? sent->calling : call->calling;
}

const char *call_presentation_callback(const struct call *call, const struct call_leg *to) {
    return to->cisco && !to->trunk &&
                   strcmp(call_presentation_calling(call, to), call->calling) != 0
               ? call->calling
               : NULL;
}

sj_sip_trunk_trust_received_identity call_presentation_trust(const struct call_manager *manager,
                                                             const char *trunk) {
    const sj_sip_trunk *record = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, trunk);
    return record == NULL ? SJ_SIP_TRUNK_TRUST_RECEIVED_IDENTITY_TRUST_ALL
                          : record->trust_received_identity;
}

bool call_presentation_trusts(const struct call_leg *to) {
    return to->trunk &&
           (to->call->emergency || call_presentation_trust(to->manager, to->device_name) !=
                                       SJ_SIP_TRUNK_TRUST_RECEIVED_IDENTITY_TRUST_NONE);
}

void call_presentation_tell(const struct call_leg *to, struct call_identity *identity) {
    const sj_sip_trunk *trunk =
        to->trunk ? dial_plan_get(&to->manager->plan, PLAN_SIP_TRUNK, to->device_name) : NULL;
    const bool tells = !identity->withheld.number || call_presentation_trusts(to);
    identity->asserted_identity = tells && (trunk == NULL || trunk->asserted_identity);
    identity->remote_party_id = tells && (trunk == NULL || trunk->remote_party_id);
}
