/* Reads places from what trunks send, keeps them with the leg, and writes those of the others. */
#include "calls/told_place.h"
#include "calls/call_leg.h"
#include "calls/call_place.h"
#include "calls/conveyed_location.h"

#include <stdio.h>
#include <stdlib.h>

struct told {
    struct call_place place;
    char counted_by[52];
};

struct told_place {
    struct told now, next; /* next: with an offer that is not agreed upon yet */
    bool known, changing;
    bool counted_there; /* its dialog began with an INVITE from here, and its peer tells places */
};

static bool is_in_shadow(const struct call_leg *leg) {
    return leg->trunk && trunk_conveys_location(leg->manager, leg->device_name);
}

static struct told_place *told_of(struct call_leg *leg) {
    if (leg->told == NULL) {
        leg->told = calloc(1, sizeof *leg->told);
    }
    return leg->told;
}

/* False: it says nothing that can be used. */
static bool read(const struct call_leg *leg, const struct sip_message *message, struct told *told) {
    const sj_sip_trunk *trunk =
        dial_plan_get(&leg->manager->plan, PLAN_SIP_TRUNK, leg->device_name);
    memset(told, 0, sizeof *told);
    if (trunk == NULL || !is_in_shadow(leg) ||
        !conveyed_location_read(message, &told->place, told->counted_by)) {
        return false;
    }
    trunk_note_cluster(leg->manager, trunk, &leg->flow.remote, &told->place);
    if (told->place.cluster_id[0] == '\0') { /* nobody who could know who counts */
        told->counted_by[0] = '\0';
    }
    return true;
}

/* What the caller's leg knows stands in its call as well. */
static void hold(struct call_leg *leg, const struct told *told) {
    leg->told->now = *told;
    leg->told->known = true;
    leg->told->changing = false;
    if (leg->caller && leg->call->caller == leg) {
        leg->call->caller_place = told->place;
    }
}

void told_place_began(struct call_leg *caller, const struct sip_message *request) {
    struct told told;
    if (read(caller, request, &told) && told_of(caller) != NULL) {
        hold(caller, &told);
    }
}

void told_place_offered(struct call_leg *leg, const struct sip_message *request,
                        const struct sip_flow *flow) {
    struct told told;
    if (is_in_shadow(leg) && trunk_emergency(leg->manager, leg->device_name, request, flow)) {
        leg->call->emergency = true;
    }
    if (read(leg, request, &told) && told_of(leg) != NULL) {
        leg->told->next = told;
        leg->told->changing = true;
    }
}

void told_place_answered(struct call_leg *leg, const struct sip_message *response) {
    struct told told;
    if (read(leg, response, &told) && told_of(leg) != NULL) {
        leg->told->counted_there = !leg->inbound;
        hold(leg, &told);
    }
}

static void settle(struct call_leg *leg, bool holds) {
    if (leg == NULL || leg->told == NULL || !leg->told->changing) {
        return;
    }
    leg->told->changing = false;
    if (holds) {
        hold(leg, &leg->told->next);
    }
}

void told_place_settle(struct call *call, bool holds) {
    settle(call->caller, holds);
    settle(call->answered, holds);
}

void told_place_keep(struct call_leg *leg, const struct call_place *place) {
    if (is_in_shadow(leg) && conveyed_location_is_usable(place->location) && told_of(leg) != NULL) {
        leg->told->now.place = *place;
        leg->told->known = true;
    }
}

void told_place_copy(struct call_leg *leg, const struct call_leg *party) {
    if (party->told != NULL && told_of(leg) != NULL) {
        *leg->told = *party->told;
    }
}

static const struct told *current(const struct call_leg *leg) {
    const struct told_place *told = leg->told;
    return told == NULL ? NULL : told->changing ? &told->next : told->known ? &told->now : NULL;
}

bool told_place_of(const struct call_leg *leg, struct call_place *place) {
    const struct told *told = current(leg);
    if (told != NULL) {
        *place = told->place;
    }
    return told != NULL;
}

bool told_place_is_counted_there(const struct call_leg *leg) {
    return leg->told != NULL && leg->told->counted_there;
}

const char *told_place_counted_by(const struct call_leg *leg) {
    const struct told *told = current(leg);
    return told == NULL ? "" : told->counted_by;
}

void told_place_put(const struct call_leg *to, struct sip_writer *writer) {
    const struct call_leg *party = is_in_shadow(to) ? call_leg_other(to) : NULL;
    struct call_place place;
    if (party == NULL || (party->stands_in && party->bridge == NULL)) {
        return;
    }
    call_place_of_leg(party, &place);
    if (!conveyed_location_is_usable(place.location)) {
        place.location[0] = '\0'; /* it is known to no other cluster */
    }
    /* Of two calls to other clusters that are one now the one to the callee counts; and of those
     * that hang together this one is not another. */
    const bool twice = to->caller && told_place_is_counted_there(to) && call_place_is_out(party);
    conveyed_location_write(writer, &place,
                            twice ? place.cluster_id : told_place_counted_by(party));
}

void told_place_put_request(const struct call_leg *to, struct sip_writer *writer) {
    told_place_put(to, writer);
    if (to->call->emergency && is_in_shadow(to)) {
        conveyed_emergency_write(writer);
    }
}
