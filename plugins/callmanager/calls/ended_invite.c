/* Remembers little of each, in a table of fixed size where a newer one may take the place of an
 * older: all else stands in the answer. */
#include "calls/ended_invite.h"
#include "calls/call_leg.h"
#include "sip/header_values.h"
#include "sip/release_cause.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    INVITES = 16384,  /* a power of two: some 500 a second are remembered for as long as it takes */
    ANSWERS_MAX = 32, /* to one INVITE, repetitions included */
    TIMES_T1 = 64,    /* how long a 2xx is repeated (RFC 3261 13.3.1.4) */
};

struct ended_invite {
    uint64_t name;         /* of its Call-ID and our tag; 0: the place is free */
    uint64_t until_ms;     /* monotonic */
    uint64_t ended;        /* the tag of the answer that was ended last; 0: none was */
    uint32_t cseq, latest; /* of the INVITE, and of the last request in any of its dialogs */
    uint8_t answers;
    bool trunk;
};

static uint64_t name_of(struct sip_text call_id, struct sip_text tag) {
    return (sj_hash_keyed(call_id.at, call_id.length) ^ sj_hash_keyed(tag.at, tag.length)) | 1;
}

static struct ended_invite *place_of(const struct call_manager *manager, uint64_t name) {
    return &manager->ended_invites[(name >> 1) % INVITES];
}

static uint64_t tag_in(struct sip_text party) {
    struct sip_name_address address;
    struct sip_text tag;
    return sip_name_address_parse(party, &address) && sip_param(address.params, "tag", &tag)
               ? sj_hash_keyed(tag.at, tag.length) | 1
               : 0;
}

void ended_invite_note(const struct call_leg *leg) {
    struct call_manager *manager = leg->manager;
    if (leg->inbound || leg->stands_in || leg->ack_cseq == 0 || leg->call_id == NULL) {
        return;
    }
    if (manager->ended_invites == NULL &&
        (manager->ended_invites = calloc(INVITES, sizeof *manager->ended_invites)) == NULL) {
        return; /* what comes late is left to its sender's own timer */
    }
    const uint64_t name = name_of(sip_text_of(leg->call_id), sip_text_of(leg->local_tag));
    *place_of(manager, name) = (struct ended_invite){
        .name = name,
        .until_ms =
            sj_monotonic_ms(manager->scope) + TIMES_T1 * (uint64_t)manager->transactions.t1_ms,
        .ended = leg->ack == NULL ? 0 : tag_in(sip_text_of(leg->remote_party)),
        .cseq = leg->answered_cseq != 0 ? leg->answered_cseq : leg->ack_cseq,
        .latest = leg->local_cseq,
        .trunk = leg->trunk,
    };
}

/* Our side of the dialog, as the answer repeats it. False: no memory, or it cannot be read. */
static bool recall(struct call_leg *branch, const struct sip_message *response,
                   struct sip_text tag) {
    struct sip_text own = sip_message_header(response, SIP_FROM);
    char user[DIGITS_MAX] = "", end[SIP_TAG + 8];
    const size_t length = (size_t)snprintf(end, sizeof end, ";tag=%.*s", (int)tag.length, tag.at);
    if (own.length <= length || memcmp(own.at + own.length - length, end, length) != 0) {
        return false;
    }
    sip_address_user(own, user, sizeof user);
    (void)sip_text_copy(tag, branch->local_tag, sizeof branch->local_tag);
    branch->local_party = strndup(own.at, own.length - length);
    branch->call_id = strndup(sip_message_header(response, SIP_CALL_ID).at,
                              sip_message_header(response, SIP_CALL_ID).length);
    branch->device_name = strdup("");
    branch->number = strdup(user);
    return branch->local_party != NULL && branch->call_id != NULL && branch->device_name != NULL &&
           branch->number != NULL && call_leg_learn_dialog(branch, response) &&
           branch->remote_target != NULL;
}

static void forget(struct call_leg *branch) {
    free(branch->local_party);
    free(branch->call_id);
    free(branch->device_name);
    free(branch->number);
    free(branch->remote_party);
    free(branch->remote_target);
    free(branch->route_set);
    free(branch->ack);
}

void ended_invite_answered(struct call_manager *manager, const struct sip_message *response,
                           const struct sip_flow *flow) {
    struct sip_text tag;
    if (manager->ended_invites == NULL || !sip_tag(response, SIP_FROM, &tag) ||
        tag.length >= SIP_TAG) {
        return;
    }
    const uint64_t name = name_of(sip_message_header(response, SIP_CALL_ID), tag);
    const uint64_t other = tag_in(sip_message_header(response, SIP_TO));
    struct ended_invite *invite = place_of(manager, name);
    if (invite->name != name || invite->cseq != response->cseq || other == 0 ||
        invite->answers >= ANSWERS_MAX || sj_monotonic_ms(manager->scope) >= invite->until_ms) {
        return;
    }
    invite->answers++;
    struct call_leg branch = {.manager = manager,
                              .flow = *flow,
                              .source = *flow,
                              .trunk = invite->trunk,
                              .local_cseq = invite->latest,
                              .ack_cseq = invite->cseq};
    if (recall(&branch, response, tag)) {
        call_leg_acknowledge(&branch, sip_text_of(""), sip_text_of(""));
        if (other != invite->ended) { /* a repetition has had its BYE */
            call_leg_send(&branch, SIP_BYE, invite->ended != 0 ? REASON_ANSWERED_ELSEWHERE : "");
            invite->ended = other;
        }
    }
    forget(&branch);
}

void ended_invites_close(struct call_manager *manager) {
    free(manager->ended_invites);
    manager->ended_invites = NULL;
}
