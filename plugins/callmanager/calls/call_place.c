/* Locations from the records of phones, trunks and device pools, and of bridges. */
#include "calls/call_place.h"
#include "calls/media_service.h"
#include "calls/told_place.h"
#include "phones/registration_table.h"

#include <sojourn/base/text.h>

#include <stdio.h>

static void set(const struct call_manager *manager, const char *own, const char *device_pool,
                struct call_place *place) {
    const sj_device_pool *pool =
        dial_plan_get(&manager->plan, PLAN_DEVICE_POOL, sj_or_empty(device_pool));
    const bool has_own = own != NULL && own[0] != '\0' && strcmp(own, SJ_LOCATION_HUB_NONE) != 0;
    (void)snprintf(place->location, sizeof place->location, "%s",
                   has_own        ? own
                   : pool != NULL ? sj_or_empty(pool->location)
                                  : "");
}

void call_place_of_origin(const struct call_manager *manager, const struct call_origin *origin,
                          struct call_place *place) {
    *place = (struct call_place){0};
    if (origin->device != NULL) {
        set(manager, device_text(origin->device, origin->device->location_at),
            origin->device->device_pool, place);
        place->immersive = origin->device->immersive;
    } else {
        set(manager, origin->trunk.place.location, origin->trunk.device_pool, place);
        place->immersive = origin->trunk.place.immersive;
        (void)snprintf(place->cluster_id, sizeof place->cluster_id, "%s",
                       origin->trunk.place.cluster_id);
    }
}

/* `remote`: at which address a trunk is called. */
static void place_of_trunk(const struct call_manager *manager, const sj_sip_trunk *trunk,
                           const sj_address *remote, struct call_place *place) {
    set(manager, trunk->location, trunk->device_pool, place);
    place->immersive = sip_profile_is_immersive(manager, trunk->sip_profile);
    trunk_note_cluster(manager, trunk, remote, place);
}

static void place_of_phone(const struct call_manager *manager, const struct device *phone,
                           struct call_place *place) {
    set(manager, device_text(phone, phone->location_at), phone->device_pool, place);
    place->immersive = phone->immersive;
}

static const struct device *registered(const struct call_manager *manager, const char *name) {
    const struct registration *registration = registration_find(manager->registrations, name);
    return registration == NULL ? NULL : registration->device;
}

/* Where the trunk of a leg is; NULL: it is not configured any more. */
static const sj_sip_trunk *own_place(const struct call_leg *leg, struct call_place *place) {
    const sj_sip_trunk *trunk =
        dial_plan_get(&leg->manager->plan, PLAN_SIP_TRUNK, leg->device_name);
    *place = (struct call_place){0};
    if (trunk != NULL) {
        place_of_trunk(leg->manager, trunk, &leg->flow.remote, place);
    }
    return trunk;
}

void call_place_of_party(const struct call_leg *callee, struct call_place *place,
                         bool *video_or_audio) {
    const struct call_manager *manager = callee->manager;
    *video_or_audio = true;
    *place = (struct call_place){0};
    if (callee->bridge != NULL) {
        (void)snprintf(place->location, sizeof place->location, "%s",
                       media_bridge_location(callee->bridge));
        return;
    }
    if (callee->trunk) {
        const sj_sip_trunk *trunk = own_place(callee, place);
        *video_or_audio = trunk == NULL || trunk->retry_video_call_as_audio;
        (void)told_place_of(callee, place);
        return;
    }
    const struct device *phone = registered(manager, callee->device_name);
    if (phone != NULL) {
        place_of_phone(manager, phone, place);
        *video_or_audio = phone->retry_as_audio;
    }
}

void call_place_of_leg(const struct call_leg *leg, struct call_place *place) {
    bool unused;
    if (!leg->caller) {
        call_place_of_party(leg, place, &unused);
    } else if (!told_place_of(leg, place)) {
        *place = leg->call->caller_place;
    }
}

bool call_place_is_told(const struct call_leg *callee) {
    return (callee->told != NULL || callee->call->caller->told != NULL) &&
           (callee->trunk || callee->bridge != NULL ||
            registered(callee->manager, callee->device_name) != NULL);
}

static void swap(struct call_ends *ends) {
    *ends = (struct call_ends){ends->to, ends->from};
}

/* Another cluster counts the call already, of which this is another part: nothing of it is taken
 * here where the two count together, else the side of the party here. */
static void leave_to(const struct call_manager *manager, const char *cluster_id,
                     struct call_place *there) {
    const bool own = strcmp(cluster_id, manager->scope->host->node->cluster_id) == 0;
    *there = (struct call_place){0};
    (void)snprintf(there->location, sizeof there->location, "%s",
                   own ? SJ_LOCATION_PHANTOM : SJ_LOCATION_SHADOW);
    (void)snprintf(there->cluster_id, sizeof there->cluster_id, "%s", own ? "" : cluster_id);
}

void call_place_ends(const struct call_leg *callee, struct call_ends *ends, bool *video_or_audio) {
    const struct call_leg *caller = callee->call->caller;
    const bool from_there = callee->trunk && callee->inbound;
    call_place_of_leg(caller, &ends->from);
    call_place_of_party(callee, &ends->to, video_or_audio);
    if (call_place_is_out(callee)) {
        (void)own_place(callee, &ends->to);
    } else if (told_place_is_counted_there(caller)) {
        (void)own_place(caller, &ends->from);
        swap(ends);
    } else {
        const char *counted_by = told_place_counted_by(caller);
        if (counted_by[0] == '\0') {
            counted_by = told_place_counted_by(callee);
        }
        if (from_there && caller->trunk) {
            ends->to.cluster_id[0] = '\0'; /* both parties' clusters leave it to this one */
        } else if (from_there) {
            swap(ends);
        }
        if (counted_by[0] != '\0') {
            leave_to(callee->manager, counted_by, &ends->from);
            swap(ends);
        }
    }
}

void call_place_of_target(const struct call_manager *manager, const struct call_target *target,
                          struct call_place *place) {
    const struct device *phone = call_target_phone(manager, target);
    const sj_sip_trunk *trunk =
        target->trunk ? dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, target->device_name) : NULL;
    *place = (struct call_place){0};
    if (trunk != NULL) {
        place_of_trunk(manager, trunk, &target->flow.remote, place);
    } else if (phone != NULL) {
        place_of_phone(manager, phone, place);
    }
}

const char *call_place_visited(const struct call_leg *party) {
    const struct registration *registration =
        party->trunk || !party->emcc
            ? NULL
            : registration_find(party->manager->registrations, party->device_name);
    return registration == NULL ? "" : registration->device->login->visiting_cluster_id;
}
