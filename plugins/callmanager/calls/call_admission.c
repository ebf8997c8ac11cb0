/* Which reservations a party needs, and what becomes of them as its call goes on. */
#include "calls/call_admission.h"
#include "calls/call_media.h"
#include "calls/call_place.h"
#include "calls/reservation.h"
#include "calls/told_place.h"
#include "calls/transfer.h"
#include "sip/header_values.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

/* ---- what calls ask ---- */

static bool is_exempt(const struct call_leg *callee) {
    return callee->stands_in ||
           (callee->returns && callee->call->caller->emcc && !callee->call->caller->trunk);
}

static uint64_t hash_of(const struct call_ends *ends) {
    const struct call_place *const places[] = {&ends->from, &ends->to};
    uint64_t hash = SJ_HASH_BEGIN;
    for (size_t i = 0; i < 2; i++) {
        hash = sj_hash_more(hash, places[i]->location, strlen(places[i]->location) + 1);
        hash = sj_hash_more(hash, places[i]->cluster_id, strlen(places[i]->cluster_id) + 1);
    }
    return hash;
}

/* Whether its ends are others than it was asked for with: that is what it changes to, then. */
static bool moves(struct reservation *reservation) {
    bool unused;
    if (!reservation_is_here(reservation) || !call_place_is_told(reservation->leg)) {
        return false;
    }
    call_place_ends(reservation->leg, &reservation->next_ends, &unused);
    reservation->next_known = hash_of(&reservation->next_ends);
    return reservation->next_known != reservation->known;
}

static struct reservation *reservation_new(struct call_leg *callee) {
    struct admissions *owner = callee->manager->admissions;
    const struct call *call = callee->call;
    struct reservation *reservation = calloc(1, sizeof *reservation);
    if (reservation == NULL) {
        return NULL;
    }
    reservation->owner = owner;
    reservation->leg = callee;
    reservation->emergency = call->emergency;
    call_place_ends(callee, &reservation->ends, &reservation->video_or_audio);
    reservation->known = hash_of(&reservation->ends);
    (void)snprintf(reservation->trace_id, sizeof reservation->trace_id, "%s", call->trace_id);
    (void)snprintf(reservation->call_id, sizeof reservation->call_id, "%s.%u", call->id,
                   (unsigned)++owner->serial);
    sj_list_add_first(&owner->all, &reservation->link);
    reservation->next = callee->reservations;
    callee->reservations = reservation;
    return reservation;
}

static void visit(struct call_leg *callee, const char *cluster_id, const char *device,
                  const char *other) {
    struct reservation *reservation = cluster_id[0] == '\0' ? NULL : reservation_new(callee);
    if (reservation != NULL) {
        (void)snprintf(reservation->cluster_id, sizeof reservation->cluster_id, "%s", cluster_id);
        (void)snprintf(reservation->device_name, sizeof reservation->device_name, "%s", device);
        (void)snprintf(reservation->other_device, sizeof reservation->other_device, "%s", other);
    }
}

/* The reservations of a party: here, and where travellers' phones stand; two of one cluster have
 * one there. */
static void add_all(struct call_leg *callee) {
    const struct call_leg *caller = callee->call->caller;
    const char *of_caller = call_place_visited(caller), *of_callee = call_place_visited(callee);
    const bool together = strcmp(of_caller, of_callee) == 0;
    visit(callee, of_caller, caller->device_name, together ? callee->device_name : "");
    if (!together) {
        visit(callee, of_callee, callee->device_name, "");
    }
    (void)reservation_new(callee);
}

/* What the call that a transfer ends has is free for the one that takes its place. */
static void take_place(struct call_leg *callee) {
    const struct call_leg *leaves = transfer_leaves(callee->call);
    if (leaves == NULL) {
        return;
    }
    for (struct reservation *reservation = callee->reservations; reservation != NULL;
         reservation = reservation->next) {
        for (const struct reservation *other = leaves->reservations; other != NULL;
             other = other->next) {
            if (strcmp(reservation->cluster_id, other->cluster_id) == 0) {
                (void)snprintf(reservation->replaces, sizeof reservation->replaces, "%s",
                               other->call_id);
            }
        }
    }
}

/* Asks with each of a party's reservations, or with those that want more. */
static enum admission_verdict await(struct call_leg *callee, call_admission_fn *done, void *user) {
    struct reservation *first = callee->reservations;
    if (first == NULL || first->verdicts == 0) {
        return ADMISSION_GRANTED;
    }
    first->refused = false;
    first->done = done;
    first->user = user;
    return ADMISSION_ASKED;
}

static void wait_for(struct reservation *reservation, bool asked) {
    if (asked) {
        reservation->awaited = true;
        reservation->leg->reservations->verdicts++;
    }
}

enum admission_verdict call_admission_reserve(struct call_leg *callee, call_admission_fn *done,
                                              void *user) {
    struct call_rates rates;
    if (!is_exempt(callee)) {
        add_all(callee); /* short of memory: not counted */
        take_place(callee);
    }
    if (callee->reservations == NULL) {
        return ADMISSION_GRANTED;
    }
    /* A call that would be refused asks whether there is still nobody. */
    const bool here =
        callee->manager->admissions->there || reservation_needs_somebody(callee->reservations);
    if (!here) {
        (void)reservation_allowed(callee->reservations);
    }
    if ((!here && callee->reservations->next == NULL) || !call_media_first_rates(callee, &rates)) {
        return ADMISSION_GRANTED; /* media that cannot pass are refused as such */
    }
    for (struct reservation *reservation = callee->reservations; reservation != NULL;
         reservation = reservation->next) {
        reservation->wanted = rates;
        /* An emergency call is not refused, so that it does not wait for the verdict either. */
        wait_for(reservation, (here || !reservation_is_here(reservation)) &&
                                  reservation_ask(reservation, false) && !reservation->emergency);
    }
    return await(callee, done, user);
}

static int32_t larger(int32_t one, int32_t other) {
    return one > other ? one : other;
}

enum admission_verdict call_admission_propose(struct call_leg *callee,
                                              const struct sdp_rates *offer,
                                              call_admission_fn *done, void *user) {
    const struct call_rates rates =
        offer != NULL ? call_rates_of(offer, NULL) : (struct call_rates){RATE_G711 / 1000, 0};
    for (struct reservation *reservation = callee->reservations; reservation != NULL;
         reservation = reservation->next) {
        /* What an emergency call changes to is counted once it is agreed upon. */
        if (!reservation->counted || callee->call->emergency) {
            continue;
        }
        reservation->moves = moves(reservation);
        if (reservation->moves || rates.audio_kbps > reservation->taken.audio_kbps ||
            rates.video_kbps > reservation->taken.video_kbps) {
            reservation->proposed.audio_kbps =
                larger(rates.audio_kbps, reservation->taken.audio_kbps);
            reservation->proposed.video_kbps =
                larger(rates.video_kbps, reservation->taken.video_kbps);
            wait_for(reservation, reservation_adjust(reservation, SJ_BANDWIDTH_ADJUST_STEP_PROPOSE,
                                                     &reservation->proposed));
        }
    }
    return await(callee, done, user);
}

bool call_admission_is_counted(const struct call_manager *manager) {
    return manager->admissions->there;
}

bool call_admission_is_asked(const struct call_leg *callee) {
    return callee->reservations != NULL && callee->reservations->done != NULL;
}

void call_admission_withdraw(struct call_leg *callee) {
    told_place_settle(callee->call, false);
    reservations_withdraw(callee);
}

static void agree(struct reservation *reservation, const struct call_rates *rates) {
    const struct call_ends asked = reservation->next_ends;
    const uint64_t proposed = reservation->moves ? reservation->next_known : reservation->known;
    const bool helps = reservation->leg->call->emergency && !reservation->emergency;
    reservation->emergency = reservation->emergency || helps;
    reservation->wanted = *rates;
    reservation->moves = moves(reservation);
    const bool as_proposed =
        reservation->changing && call_rates_equal(rates, &reservation->proposed) &&
        proposed == (reservation->moves ? reservation->next_known : reservation->known);
    if (reservation->reserving) {
        return; /* it changes then */
    }
    if (!reservation->counted) {
        reservation_moved(reservation);
    } else if (as_proposed) {
        reservation->next_ends = asked; /* it may be another place that is known */
        reservation->changing = false;
        reservation->taken = *rates;
        (void)reservation_adjust(reservation, SJ_BANDWIDTH_ADJUST_STEP_CONFIRM, rates);
        reservation_moved(reservation);
    } else if (reservation->changing || reservation->moves || helps ||
               !call_rates_equal(rates, &reservation->taken)) {
        reservation_change(reservation);
    }
}

static struct call_rates agreed_rates(const struct call_leg *callee) {
    return callee->caller_offers
               ? call_rates_of(&callee->rates_of_caller, &callee->rates_of_callee)
               : call_rates_of(&callee->rates_of_callee, &callee->rates_of_caller);
}

void call_admission_count(struct call_leg *callee) {
    if (!is_exempt(callee) || callee->bridge != NULL) {
        add_all(callee);
    }
    for (struct reservation *reservation = callee->reservations; reservation != NULL;
         reservation = reservation->next) {
        reservation->wanted = agreed_rates(callee);
        (void)reservation_ask(reservation, true); /* else with the next look */
    }
}

static struct sdp_rates rates_in(const struct message_body *body) {
    struct sdp description;
    return sdp_rates_of(sdp_read(message_body_description(*body), &description));
}

void call_admission_bridged(struct call_leg *stand_in, const struct message_body *offer,
                            const struct message_body *answer) {
    stand_in->caller_offers = true;
    stand_in->rates_of_caller = rates_in(offer);
    stand_in->rates_of_callee = rates_in(answer);
    if (stand_in->reservations == NULL) {
        call_admission_count(stand_in);
    } else {
        call_admission_agreed(stand_in);
    }
}

void call_admission_agreed(struct call_leg *callee) {
    const struct call_rates rates = agreed_rates(callee);
    told_place_settle(callee->call, true);
    for (struct reservation *reservation = callee->reservations; reservation != NULL;
         reservation = reservation->next) {
        agree(reservation, &rates);
    }
}

void call_admission_release(struct call_leg *callee) {
    struct reservation *next;
    for (struct reservation *reservation = callee->reservations; reservation != NULL;
         reservation = next) {
        next = reservation->next;
        reservation_release(reservation);
    }
    callee->reservations = NULL;
}

/* ---- the service ---- */

int call_admission_open(struct call_manager *manager, sj_error *error) {
    struct admissions *owner = calloc(1, sizeof *owner);
    if (owner == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the bandwidth of calls");
    }
    manager->admissions = owner;
    owner->manager = manager;
    call_manager_token(manager, owner->instance);
    return reservations_open(owner, error);
}

void call_admission_close(struct call_manager *manager) {
    struct admissions *owner = manager->admissions;
    if (owner == NULL) {
        return;
    }
    for (sj_list_link *link; (link = sj_list_take_first(&owner->all)) != NULL;) {
        free(SJ_OWNER(link, struct reservation, link));
    }
    free(owner);
    manager->admissions = NULL;
}

/* ---- what peers are told of a refusal, and tell ---- */

void call_put_shortage(struct call_manager *manager, struct sip_writer *writer) {
    sip_put(writer, "Reason: Q.850;cause=");
    sip_put_number(writer, CAUSE_OUT_OF_BANDWIDTH);
    sip_put(writer, ";text=\"" NOT_ENOUGH_BANDWIDTH "\"\r\n");
    sip_put_coded_warning(manager, writer, WARNING_BANDWIDTH, NOT_ENOUGH_BANDWIDTH);
}

bool call_read_shortage(const struct sip_message *refusal) {
    char warning[8];
    struct sip_values values = sip_values_of(refusal, SIP_WARNING);
    struct sip_text value;
    (void)snprintf(warning, sizeof warning, "%d ", WARNING_BANDWIDTH);
    while (sip_values_next(&values, &value)) {
        if (value.length > strlen(warning) && strncmp(value.at, warning, strlen(warning)) == 0) {
            return true;
        }
    }
    return release_cause_read(refusal) == CAUSE_OUT_OF_BANDWIDTH;
}
