/* Ends the dialogs of branches that have answered too late. Somebody who answers from ever new
 * branches is ended so many times. */
#include "calls/forked_answer.h"
#include "calls/call_leg.h"
#include "sip/header_values.h"
#include "sip/release_cause.h"

#include <stdlib.h>

enum { FORKED_ANSWERS_MAX = 32 }; /* of one leg, repetitions included */

bool forked_answer_is(const struct call_leg *leg, const struct sip_message *response) {
    struct sip_name_address party;
    struct sip_text own, other;
    return sip_name_address_parse(sip_text_of(leg->remote_party), &party) &&
           sip_param(party.params, "tag", &own) && sip_tag(response, SIP_TO, &other) &&
           !sip_text_equal(own, other);
}

void forked_answer_end(struct call_leg *leg, const struct sip_message *response) {
    if (leg->forked_answers >= FORKED_ANSWERS_MAX) {
        return;
    }
    leg->forked_answers++;
    struct call_leg branch = *leg;
    branch.call = NULL; /* its statistics are none of the call's */
    branch.remote_party = branch.remote_target = branch.route_set = branch.ack = NULL;
    branch.ack_cseq = leg->answered_cseq;
    if (call_leg_learn_dialog(&branch, response) && branch.remote_target != NULL) {
        call_trace(leg->call, "%s answers once more, from another branch: that one is ended",
                   leg->device_name);
        call_leg_acknowledge(&branch, sip_text_of(""), sip_text_of(""));
        call_leg_send(&branch, SIP_BYE, REASON_ANSWERED_ELSEWHERE);
    }
    free(branch.remote_party);
    free(branch.remote_target);
    free(branch.route_set);
    free(branch.ack);
}
