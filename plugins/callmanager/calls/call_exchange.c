/* What is known of a party stands in the fields of its call: those of who calls, or of who is
 * called. It is taken from the one and put into the other. */
#include "calls/call_exchange.h"
#include "calls/call_admission.h"
#include "calls/call_codes.h"
#include "calls/call_connected.h"
#include "calls/call_history.h"
#include "calls/call_leg.h"
#include "calls/call_place.h"
#include "calls/call_presentation.h"
#include "calls/call_relay.h"
#include "calls/music.h"
#include "calls/told_number.h"
#include "calls/told_place.h"
#include "dial_plan/directory_uris.h"
#include "phones/registration_table.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

struct party {
    char number[DIGITS_MAX], name[CALL_NAME], uri[DIRECTORY_URI];
    char original[DIGITS_MAX]; /* before transformations */
    char mask[52], device_pool[52], remote_cluster_id[52];
    char number_key[130]; /* its directory number; "" when it is none */
    struct call_place place;
    struct call_withheld withheld;
    bool verified, external;
    bool emergency; /* its call is for help, and so is each that it comes into */
};

static const char *pool_of(const struct call_leg *leg) {
    const struct call_manager *manager = leg->manager;
    if (leg->trunk) {
        const sj_sip_trunk *trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, leg->device_name);
        return trunk == NULL ? "" : sj_or_empty(trunk->device_pool);
    }
    const struct registration *phone =
        registration_find_at(manager->registrations, leg->device_name, &leg->flow);
    return phone == NULL ? "" : phone->device->device_pool;
}

static bool is_external(const struct call_leg *leg) {
    const sj_sip_trunk *trunk =
        leg->trunk ? dial_plan_get(&leg->manager->plan, PLAN_SIP_TRUNK, leg->device_name) : NULL;
    return trunk != NULL && trunk->call_classification == SJ_SIP_TRUNK_CALL_CLASSIFICATION_OFF_NET;
}

/* A phone is known by its registration. */
static bool is_verified(const struct call_leg *leg) {
    return leg->caller ? leg->call->calling_verified : !leg->trunk || leg->call->called_verified;
}

static struct party party_of(const struct call_leg *leg) {
    const struct call *call = leg->call;
    struct party party;
    bool unused;
    memset(&party, 0, sizeof party);
    (void)snprintf(party.remote_cluster_id, sizeof party.remote_cluster_id, "%s",
                   leg->trunk ? call->remote_cluster_id : "");
    (void)snprintf(party.number_key, sizeof party.number_key, "%s", sj_or_empty(leg->line_key));
    party.withheld = call_presentation_of(
        call, NULL, leg->caller, leg->caller ? call->calling_withheld : call->called_withheld);
    party.verified = is_verified(leg);
    party.emergency = call->emergency;
    if (leg->caller) {
        (void)snprintf(party.number, sizeof party.number, "%s", call->calling);
        (void)snprintf(party.name, sizeof party.name, "%s", call->calling_name);
        (void)snprintf(party.uri, sizeof party.uri, "%s", call->calling_uri);
        (void)snprintf(party.original, sizeof party.original, "%s", call->original_calling);
        (void)snprintf(party.mask, sizeof party.mask, "%s", call->calling_mask);
        (void)snprintf(party.device_pool, sizeof party.device_pool, "%s", call->device_pool);
        party.place = call->caller_place;
        party.external = call->external;
    } else {
        (void)snprintf(party.number, sizeof party.number, "%s", call->called);
        (void)snprintf(party.name, sizeof party.name, "%s", call->called_name);
        (void)snprintf(party.original, sizeof party.original, "%s", call->called);
        (void)snprintf(party.device_pool, sizeof party.device_pool, "%s", pool_of(leg));
        directory_uris_primary(&leg->manager->plan, party.number_key, party.uri);
        call_place_of_party(leg, &party.place, &unused);
        party.external = is_external(leg);
    }
    return party;
}

/* It was told the number of a caller who is it no more. */
static void forget_outpulsed(struct call_leg *callee) {
    if (callee->outpulsed != NULL) {
        callee->outpulsed->calling[0] = '\0';
        callee->outpulsed->calling_id = SJ_PRESENTATION_DEFAULT;
    }
}

static void set_caller(struct call *call, const struct party *party) {
    const bool same = strcmp(call->original_calling, party->original) == 0;
    SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
        if (!same) {
            forget_outpulsed(leg);
        }
    }
    (void)snprintf(call->calling, sizeof call->calling, "%s", party->number);
    (void)snprintf(call->calling_name, sizeof call->calling_name, "%s", party->name);
    (void)snprintf(call->calling_uri, sizeof call->calling_uri, "%s", party->uri);
    (void)snprintf(call->original_calling, sizeof call->original_calling, "%s", party->original);
    (void)snprintf(call->calling_mask, sizeof call->calling_mask, "%s", party->mask);
    (void)snprintf(call->device_pool, sizeof call->device_pool, "%s", party->device_pool);
    call->caller_place = party->place;
    call->calling_withheld = party->withheld;
    call->calling_verified = party->verified;
    call->presentation.calling_id = call->presentation.calling_name = SJ_PRESENTATION_DEFAULT;
    call->external = party->external;
    call->emergency = call->emergency || party->emergency;
}

static void set_called(struct call *call, const struct party *party) {
    (void)snprintf(call->called, sizeof call->called, "%s", party->number);
    (void)snprintf(call->called_name, sizeof call->called_name, "%s", party->name);
    (void)snprintf(call->number_key, sizeof call->number_key, "%s", party->number_key);
    call->at_phones = party->number_key[0] != '\0';
    call->called_withheld = party->withheld;
    call->called_verified = party->verified;
    call->emergency = call->emergency || party->emergency;
    call->presentation.connected_id = call->presentation.connected_name = SJ_PRESENTATION_DEFAULT;
}

/* What the pair of a call has agreed upon counts no more. */
static void forget_pair(struct call *call) {
    call->encrypted = false;
    SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
        if (call->answered != NULL) {
            call_admission_release(leg);
        }
        free(leg->limits);
        leg->limits = NULL;
        leg->limits_known = leg->audio_only = false;
        memset(&leg->rates_of_caller, 0, sizeof leg->rates_of_caller);
        memset(&leg->rates_of_callee, 0, sizeof leg->rates_of_callee);
    }
}

static void take_place(struct call *call, bool as_caller, bool as_answered, struct call_leg *leg,
                       const struct party *party) {
    leg->call = call;
    leg->caller = as_caller;
    told_place_keep(leg, &party->place);
    if (party->remote_cluster_id[0] != '\0') {
        (void)snprintf(call->remote_cluster_id, sizeof call->remote_cluster_id, "%s",
                       party->remote_cluster_id);
    }
    if (as_caller) {
        call->caller = leg;
        set_caller(call, party);
        return;
    }
    sj_list_add_first(&call->callees, &leg->link_in_call);
    forget_outpulsed(leg);
    set_called(call, party);
    if (as_answered) {
        call->answered = leg;
    }
}

/* Those who watch a line see with whom it speaks. */
static void show_parties(const struct call *call) {
    call_leg_show(call->caller);
    SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
        call_leg_show(leg);
    }
}

/* What the far end of a trunk has said of itself goes along with its leg. */
static void keep_withheld(struct call_leg *leg) {
    if (leg->connected != NULL) {
        leg->connected->withheld =
            call_presentation_of(leg->call, NULL, leg->caller, leg->connected->withheld);
    }
}

void call_exchange(struct call_leg *leg, struct call_leg *other) {
    struct call *first = leg->call, *second = other->call;
    const struct party leg_party = party_of(leg), other_party = party_of(other);
    const bool leg_calls = leg->caller, leg_answered = first->answered == leg;
    const bool other_calls = other->caller, other_answered = second->answered == other;
    call_relays_leave(leg); /* who waits for an answer of theirs waits for another party now */
    call_relays_leave(other);
    told_place_settle(first, false);
    told_place_settle(second, false);
    keep_withheld(leg);
    keep_withheld(other);
    music_forget(first);
    music_forget(second);
    forget_pair(first);
    forget_pair(second);
    call_codes_take(first, second);
    call_codes_take(second, first);
    if (!leg_calls) {
        sj_list_remove(&leg->link_in_call);
    }
    if (!other_calls) {
        sj_list_remove(&other->link_in_call);
    }
    take_place(first, leg_calls, leg_answered, other, &other_party);
    take_place(second, other_calls, other_answered, leg, &leg_party);
    show_parties(first);
    show_parties(second);
    call_history_legs(first);
    call_history_legs(second);
}

void call_caller_like(struct call *call, const struct call_leg *party) {
    const struct party known = party_of(party);
    set_caller(call, &known);
    call->caller->trunk = party->trunk;
    call->caller->emcc = party->emcc;
    call->caller->returns = party->returns;
    call->caller->srtp_fallback = party->srtp_fallback;
    told_place_copy(call->caller, party);
}

struct call_identity call_party_identity(const struct call_leg *party, const struct call_leg *to,
                                         struct call_identity_texts *texts) {
    char *const uri = texts->uri;
    const struct call *call = party->call;
    const struct call_connected *connected = party->connected;
    struct call_identity identity = {
        .name = party->caller ? call->calling_name : call->called_name,
        .number = party->caller ? call_presentation_calling(call, to) : call->called,
        .uri = uri,
        .callback = party->caller ? call_presentation_callback(call, to) : NULL,
        .withheld = party->caller ? call->calling_withheld : call->called_withheld};
    if (connected != NULL) {
        (void)snprintf(uri, DIRECTORY_URI, "%s", connected->uri);
        identity.name = connected->name;
        identity.number = connected->number;
        identity.callback = NULL;
        identity.withheld = connected->withheld;
        identity.verified = connected->verified;
    } else {
        const bool keeps =
            party->caller && call_identity_keeps_uri(call->original_calling, identity.number);
        (void)snprintf(uri, DIRECTORY_URI, "%s", keeps ? call->calling_uri : "");
        if (!party->caller && call->at_phones) {
            directory_uris_primary(&call->manager->plan, call->number_key, uri);
        }
    }
    identity.format = call_leg_identity_format(to, identity.number);
    identity.withheld = call_presentation_of(call, to, party->caller, identity.withheld);
    told_number_connected(party, to, &identity, texts->number);
    call_presentation_tell(to, &identity);
    return identity;
}
