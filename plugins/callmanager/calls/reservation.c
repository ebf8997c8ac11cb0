/* Asks for reservations, and keeps their leases at visited clusters. */
#include "calls/reservation.h"
#include "calls/bandwidth_lease.h"
#include "calls/call_leg.h"
#include "parameters/call_manager.h"

#include <stdio.h>
#include <stdlib.h>

enum { VISIT_MS = 20 * 1000 }; /* renewals at other clusters, while they do not say how soon */

/* ---- reservations ---- */

bool reservation_is_here(const struct reservation *reservation) {
    return reservation->cluster_id[0] == '\0';
}

static void set_counted(struct reservation *reservation, bool counted) {
    if (reservation_is_here(reservation)) {
        reservation->owner->counted += (counted ? 1 : 0) - (reservation->counted ? 1 : 0);
    }
    reservation->counted = counted;
}

static void note_shortage(struct reservation *reservation, const char *why) {
    struct call *call = reservation->leg->call;
    free(call->shortage);
    call->shortage = strdup(why[0] == '\0' ? NOT_ENOUGH_BANDWIDTH : why);
    call_trace(call, "no bandwidth to %s: %s", reservation->leg->device_name, why);
    sj_metric_add(call->manager->scope, reservation->owner->refused, 1);
}

bool call_admission_rejects(const struct call_manager *manager) {
    return sj_param_ccm_call_treatment_when_no_lbm_available(manager->scope) ==
           SJ_CCM_CALL_TREATMENT_WHEN_NO_LBM_AVAILABLE_REJECT_CALLS;
}

bool reservation_needs_somebody(const struct reservation *reservation) {
    return !reservation->emergency && call_admission_rejects(reservation->owner->manager);
}

/* Without anybody who keeps count. */
bool reservation_allowed(struct reservation *reservation) {
    sj_scope *scope = reservation->owner->manager->scope;
    if (reservation_needs_somebody(reservation)) {
        note_shortage(reservation,
                      "no Location Bandwidth Manager answers, and Call Treatment When No "
                      "LBM Available is to reject calls");
        return false;
    }
    sj_metric_add(scope, reservation->owner->uncounted, 1);
    return true;
}

static sj_video_traffic_class traffic_class_of(const struct reservation *reservation) {
    return reservation->ends.from.immersive || reservation->ends.to.immersive
               ? SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE
               : SJ_VIDEO_TRAFFIC_CLASS_DESKTOP;
}

static int ask_visited(struct reservation *reservation, sj_visited_bandwidth_step step,
                       const struct call_rates *rates, bool in_progress,
                       sj_visited_bandwidth_admit_reply_fn reply) {
    const sj_visited_bandwidth_admit request = {.cluster_id = reservation->cluster_id,
                                                .step = step,
                                                .instance = reservation->owner->instance,
                                                .call_id = reservation->call_id,
                                                .device_name = reservation->device_name,
                                                .other_device_name = reservation->other_device,
                                                .audio_bit_rate = rates->audio_kbps,
                                                .video_bit_rate = rates->video_kbps,
                                                .traffic_class = traffic_class_of(reservation),
                                                .retry_video_as_audio = reservation->video_or_audio,
                                                .emergency = reservation->emergency,
                                                .in_progress = in_progress,
                                                .trace_id = reservation->trace_id,
                                                .replaces = reservation->replaces};
    return sj_ask_visited_bandwidth_admit(reservation->owner->manager->scope, &request, 0, reply,
                                          reservation, NULL);
}

/* Whoever did not answer may count it all the same, and would renew it with the others. */
static void give_back(struct reservation *reservation) {
    const sj_bandwidth_release request = {.owner =
                                              reservation->owner->manager->scope->host->node->name,
                                          .instance = reservation->owner->instance,
                                          .call_id = reservation->call_id};
    if (!reservation->maybe_counted) {
        return;
    }
    set_counted(reservation, false);
    reservation->maybe_counted = false;
    if (!reservation_is_here(reservation)) {
        (void)ask_visited(reservation, SJ_VISITED_BANDWIDTH_STEP_RELEASE, &reservation->taken,
                          false, NULL);
    } else {
        /* A question that is lost is made good by the lease. */
        (void)sj_ask_bandwidth_release(reservation->owner->manager->scope, &request, 0, NULL, NULL,
                                       NULL);
    }
}

/* An answer has come. False: nobody waits for it any more. */
static bool still_there(struct reservation *reservation) {
    reservation->questions--;
    if (reservation->leg != NULL) {
        return true;
    }
    if (reservation->questions == 0) {
        give_back(reservation);
        sj_list_remove(&reservation->link);
        free(reservation);
    }
    return false;
}

/* One verdict of those that a party awaits. */
static void finish(struct reservation *reservation, bool granted) {
    struct reservation *first = reservation->leg->reservations;
    if (!reservation->awaited) {
        return;
    }
    reservation->awaited = false;
    first->refused = first->refused || !granted;
    if (--first->verdicts == 0 && first->done != NULL) {
        call_admission_fn *done = first->done;
        first->done = NULL;
        if (first->refused) {
            reservations_withdraw(reservation->leg);
        }
        done(first->user, reservation->leg, !first->refused);
    }
}

static void note_uncounted(const struct reservation *reservation, const char *why) {
    sj_metric_add(reservation->owner->manager->scope, reservation->owner->uncounted, 1);
    sj_log_limited(reservation->owner->manager->scope, SJ_LOG_WARNING, "bandwidth of a call",
                   "a call is made without being counted: %s", why);
}

/* What an answer says, whoever gave it. */
struct verdict {
    enum { DECIDED, KNOWN, NOBODY, NOT_ASKED, FAILED } kind;
    sj_bandwidth_outcome outcome; /* DECIDED */
    const char *message;
};

static struct verdict verdict_here(int status, const sj_error *error, sj_bandwidth_outcome outcome,
                                   const char *message) {
    return (struct verdict){status == SJ_OK                                        ? DECIDED
                            : status == SJ_E_EXISTS                                ? KNOWN
                            : status == SJ_E_UNAVAILABLE || status == SJ_E_TIMEOUT ? NOBODY
                                                                                   : FAILED,
                            outcome,
                            status == SJ_OK ? message
                            : error != NULL ? error->text
                                            : "out of memory"};
}

static struct verdict verdict_there(struct reservation *reservation, int status,
                                    const sj_error *error,
                                    const sj_visited_bandwidth_admit_reply *reply) {
    if (status != SJ_OK) {
        return (struct verdict){status == SJ_E_TIMEOUT ? NOBODY : NOT_ASKED,
                                SJ_BANDWIDTH_OUTCOME_ADMITTED,
                                error != NULL ? error->text : "out of memory"};
    }
    if (reply->lease_s > 0 &&
        reply->lease_s * 1000 / BANDWIDTH_RENEWALS < reservation->owner->visit_ms) {
        reservation->owner->visit_ms = reply->lease_s * 1000 / BANDWIDTH_RENEWALS;
        sj_timer_again(reservation->owner->manager->scope, reservation->owner->visits,
                       reservation->owner->visit_ms);
    }
    return (struct verdict){!reply->asked      ? NOT_ASKED
                            : !reply->answered ? NOBODY
                                               : DECIDED,
                            reply->outcome, reply->message};
}

static void to_audio(struct reservation *reservation, struct call_rates *rates, const char *why) {
    reservation->leg->audio_only = true;
    rates->video_kbps = 0;
    call_trace(reservation->leg->call, "%s", why);
}

static void nobody_counts(struct reservation *reservation, const char *why) {
    if (reservation_is_here(reservation)) {
        bandwidth_lease_lost(reservation->owner, why);
    } else {
        sj_log_limited(reservation->owner->manager->scope, SJ_LOG_WARNING, reservation->cluster_id,
                       "cluster %s does not say whether there is bandwidth at its sites: %s",
                       reservation->cluster_id, why);
        set_counted(reservation, false);
    }
}

static void decide_reserve(struct reservation *reservation, struct verdict verdict) {
    bool granted = true;
    reservation->reserving = false;
    if (verdict.kind == DECIDED && verdict.outcome == SJ_BANDWIDTH_OUTCOME_REFUSED) {
        set_counted(reservation, false);
        reservation->maybe_counted = false;
    } else if (verdict.kind == KNOWN || verdict.kind == DECIDED) {
        set_counted(reservation, true);
    }
    if (!still_there(reservation)) {
        return;
    }
    if (verdict.kind == DECIDED) {
        reservation->taken = reservation->proposed;
        granted = verdict.outcome != SJ_BANDWIDTH_OUTCOME_REFUSED;
        if (verdict.outcome == SJ_BANDWIDTH_OUTCOME_ADMITTED_AS_AUDIO) {
            to_audio(reservation, &reservation->taken, verdict.message);
            reservation->wanted.video_kbps = 0;
        }
        if (!granted && !reservation->awaited) {
            note_uncounted(reservation, verdict.message);
        } else if (!granted) {
            note_shortage(reservation, verdict.message);
        } else if (reservation->moves ||
                   !call_rates_equal(&reservation->taken, &reservation->wanted)) {
            reservation_change(reservation); /* agreed upon meanwhile */
        }
    } else if (verdict.kind == NOBODY) {
        nobody_counts(reservation, verdict.message);
        granted = !reservation->awaited || reservation_allowed(reservation);
    } else if (verdict.kind == FAILED) {
        note_uncounted(reservation, verdict.message);
    }
    finish(reservation, granted);
}

/* A location that nobody knows here, as one that came with the call, is Hub_None. */
static bool ask_from_hub(struct reservation *reservation) {
    if (reservation->leg == NULL || reservation->ends.from.location[0] == '\0') {
        return false;
    }
    call_trace(reservation->leg->call,
               "the location %s is not known: the call counts from Hub_None",
               reservation->ends.from.location);
    reservation->ends.from.location[0] = '\0';
    if (!reservation_ask(reservation, !reservation->awaited)) {
        return false;
    }
    reservation->questions--; /* the one before has been answered */
    return true;
}

static void reserved(void *user, int status, const sj_error *error,
                     const sj_bandwidth_reserve_reply *reply) {
    struct reservation *reservation = user;
    bandwidth_lease_note(reservation->owner, reply == NULL ? 0 : reply->lease_s);
    if (status == SJ_OK && !reservation->owner->there) { /* it has come between two looks */
        bandwidth_lease_look(reservation->owner);
    }
    if (status == SJ_E_NOT_FOUND && ask_from_hub(reservation)) {
        return;
    }
    decide_reserve(user,
                   verdict_here(status, error,
                                reply == NULL ? SJ_BANDWIDTH_OUTCOME_ADMITTED : reply->outcome,
                                reply == NULL ? "" : reply->message));
}

static void reserved_there(void *user, int status, const sj_error *error,
                           const sj_visited_bandwidth_admit_reply *reply) {
    decide_reserve(user, verdict_there(user, status, error, reply));
}

bool reservation_ask(struct reservation *reservation, bool in_progress) {
    sj_scope *scope = reservation->owner->manager->scope;
    const sj_bandwidth_reserve request = {.owner =
                                              reservation->owner->manager->scope->host->node->name,
                                          .instance = reservation->owner->instance,
                                          .call_id = reservation->call_id,
                                          .from_location = reservation->ends.from.location,
                                          .to_location = reservation->ends.to.location,
                                          .audio_bit_rate = reservation->wanted.audio_kbps,
                                          .video_bit_rate = reservation->wanted.video_kbps,
                                          .traffic_class = traffic_class_of(reservation),
                                          .retry_video_as_audio = reservation->video_or_audio,
                                          .emergency = reservation->emergency,
                                          .in_progress = in_progress,
                                          .trace_id = reservation->trace_id,
                                          .from_cluster = reservation->ends.from.cluster_id,
                                          .to_cluster = reservation->ends.to.cluster_id,
                                          .replaces = reservation->replaces};
    sj_error error = {0, "", "out of memory"};
    const int status =
        reservation_is_here(reservation)
            ? sj_ask_bandwidth_reserve(scope, &request, 0, reserved, reservation, &error)
            : ask_visited(reservation, SJ_VISITED_BANDWIDTH_STEP_RESERVE, &reservation->wanted,
                          in_progress, reserved_there);
    if (status != SJ_OK) {
        note_uncounted(reservation, error.text);
        return false;
    }
    reservation->proposed = reservation->wanted;
    reservation->reserving = reservation->maybe_counted = true;
    reservation->questions++;
    return true;
}

/* ---- changes ---- */

/* The media are agreed upon: there is no way back, so that they are counted as they are. */
static void decide_change(struct reservation *reservation, struct verdict verdict) {
    if (!still_there(reservation)) {
        return;
    }
    if (verdict.kind == NOBODY) {
        nobody_counts(reservation, verdict.message);
    } else if (verdict.kind == NOT_ASKED) {
        set_counted(reservation, false);
    } else if (verdict.kind != DECIDED || verdict.outcome == SJ_BANDWIDTH_OUTCOME_REFUSED) {
        give_back(reservation);
        (void)reservation_ask(reservation, true);
    }
}

static void decide_proposal(struct reservation *reservation, struct verdict verdict) {
    bool granted = true;
    if (!still_there(reservation)) {
        return;
    }
    if (verdict.kind == DECIDED) {
        granted = verdict.outcome != SJ_BANDWIDTH_OUTCOME_REFUSED;
        reservation->changing = granted;
        if (!granted) {
            note_shortage(reservation, verdict.message);
        } else if (verdict.outcome == SJ_BANDWIDTH_OUTCOME_ADMITTED_AS_AUDIO) {
            to_audio(reservation, &reservation->proposed, verdict.message);
        }
    } else if (verdict.kind == NOBODY) {
        nobody_counts(reservation, verdict.message);
        granted = reservation_allowed(reservation);
    }
    finish(reservation, granted);
}

static void adjusted(void *user, int status, const sj_error *error,
                     const sj_bandwidth_adjust_reply *reply) {
    const struct reservation *reservation = user;
    bandwidth_lease_note(reservation->owner, reply == NULL ? 0 : reply->lease_s);
    decide_change(user, verdict_here(status, error,
                                     reply == NULL ? SJ_BANDWIDTH_OUTCOME_ADMITTED : reply->outcome,
                                     reply == NULL ? "" : reply->message));
}

/* As when a call is asked for. */
static bool move_from_hub(struct reservation *reservation) {
    if (reservation->leg == NULL || !reservation->moves ||
        reservation->next_ends.from.location[0] == '\0') {
        return false;
    }
    reservation->next_ends.from.location[0] = '\0';
    if (!reservation_adjust(reservation, SJ_BANDWIDTH_ADJUST_STEP_PROPOSE,
                            &reservation->proposed)) {
        return false;
    }
    reservation->questions--;
    return true;
}

static void proposed(void *user, int status, const sj_error *error,
                     const sj_bandwidth_adjust_reply *reply) {
    struct reservation *reservation = user;
    bandwidth_lease_note(reservation->owner, reply == NULL ? 0 : reply->lease_s);
    if (status == SJ_E_NOT_FOUND && move_from_hub(reservation)) {
        return;
    }
    decide_proposal(user,
                    verdict_here(status, error,
                                 reply == NULL ? SJ_BANDWIDTH_OUTCOME_ADMITTED : reply->outcome,
                                 reply == NULL ? "" : reply->message));
}

static void adjusted_there(void *user, int status, const sj_error *error,
                           const sj_visited_bandwidth_admit_reply *reply) {
    decide_change(user, verdict_there(user, status, error, reply));
}

static void proposed_there(void *user, int status, const sj_error *error,
                           const sj_visited_bandwidth_admit_reply *reply) {
    decide_proposal(user, verdict_there(user, status, error, reply));
}

static sj_visited_bandwidth_step step_there(sj_bandwidth_adjust_step step) {
    switch (step) {
    case SJ_BANDWIDTH_ADJUST_STEP_PROPOSE: return SJ_VISITED_BANDWIDTH_STEP_PROPOSE;
    case SJ_BANDWIDTH_ADJUST_STEP_CONFIRM: return SJ_VISITED_BANDWIDTH_STEP_CONFIRM;
    case SJ_BANDWIDTH_ADJUST_STEP_WITHDRAW: return SJ_VISITED_BANDWIDTH_STEP_WITHDRAW;
    default: return SJ_VISITED_BANDWIDTH_STEP_AT_ONCE;
    }
}

bool reservation_adjust(struct reservation *reservation, sj_bandwidth_adjust_step step,
                        const struct call_rates *rates) {
    const bool proposal = step == SJ_BANDWIDTH_ADJUST_STEP_PROPOSE;
    const struct call_ends *next = &reservation->next_ends;
    const sj_bandwidth_adjust request = {.owner =
                                             reservation->owner->manager->scope->host->node->name,
                                         .instance = reservation->owner->instance,
                                         .call_id = reservation->call_id,
                                         .step = step,
                                         .moves = reservation->moves,
                                         .from_location = next->from.location,
                                         .to_location = next->to.location,
                                         .audio_bit_rate = rates->audio_kbps,
                                         .video_bit_rate = rates->video_kbps,
                                         .traffic_class = traffic_class_of(reservation),
                                         .retry_video_as_audio = reservation->video_or_audio,
                                         .emergency = reservation->emergency,
                                         .trace_id = reservation->trace_id,
                                         .from_cluster = next->from.cluster_id,
                                         .to_cluster = next->to.cluster_id};
    const int status =
        reservation_is_here(reservation)
            ? sj_ask_bandwidth_adjust(reservation->owner->manager->scope, &request, 0,
                                      proposal ? proposed : adjusted, reservation, NULL)
            : ask_visited(reservation, step_there(step), rates, false,
                          proposal ? proposed_there : adjusted_there);
    reservation->questions += status == SJ_OK ? 1 : 0;
    return status == SJ_OK;
}

void reservation_moved(struct reservation *reservation) {
    if (reservation->moves) {
        reservation->ends = reservation->next_ends;
        reservation->known = reservation->next_known;
        reservation->moves = false;
    }
}

void reservation_change(struct reservation *reservation) {
    if (reservation_adjust(reservation, SJ_BANDWIDTH_ADJUST_STEP_AT_ONCE, &reservation->wanted)) {
        reservation->taken = reservation->wanted;
        reservation->changing = false;
        reservation_moved(reservation);
    }
}

void reservations_withdraw(struct call_leg *callee) {
    for (struct reservation *reservation = callee->reservations; reservation != NULL;
         reservation = reservation->next) {
        if (reservation->changing) {
            reservation->changing = false;
            (void)reservation_adjust(reservation, SJ_BANDWIDTH_ADJUST_STEP_WITHDRAW,
                                     &reservation->taken);
        }
        reservation->moves = false;
    }
}

void reservation_release(struct reservation *reservation) {
    reservation->leg = NULL;
    reservation->next = NULL;
    reservation->done = NULL;
    give_back(reservation);
    if (reservation->questions == 0) {
        sj_list_remove(&reservation->link);
        free(reservation);
    }
}

/* ---- leases at visited clusters ---- */

/* How many are counted there, and that the cluster is asked in this round. */
static int64_t take_round(struct admissions *owner, const char *cluster_id) {
    int64_t count = 0;
    SJ_LIST_EACH(reservation, &owner->all, struct reservation, link) {
        if (reservation->counted && strcmp(reservation->cluster_id, cluster_id) == 0) {
            reservation->round = owner->round;
            count++;
        }
    }
    return count;
}

static void renewed_there(void *user, int status, const sj_error *error,
                          const sj_visited_bandwidth_admit_reply *reply) {
    struct reservation *asker = user;
    struct admissions *owner = asker->owner;
    const struct verdict verdict = verdict_there(asker, status, error, reply);
    char cluster_id[sizeof asker->cluster_id];
    const int64_t expected = asker->expected;
    (void)snprintf(cluster_id, sizeof cluster_id, "%s", asker->cluster_id);
    (void)still_there(asker);
    if (verdict.kind != DECIDED || reply->calls >= expected) {
        return;
    }
    SJ_LIST_EACH(reservation, &owner->all, struct reservation, link) {
        if (reservation->leg != NULL && !reservation->reserving && reservation->counted &&
            strcmp(reservation->cluster_id, cluster_id) == 0) {
            (void)reservation_ask(reservation, true);
        }
    }
}

/* One question a cluster. */
static void renew_visits(void *user) {
    struct admissions *owner = user;
    sj_timer_again(owner->manager->scope, owner->visits, owner->visit_ms);
    owner->round++;
    SJ_LIST_EACH(reservation, &owner->all, struct reservation, link) {
        if (!reservation->counted || reservation_is_here(reservation) ||
            reservation->round == owner->round) {
            continue;
        }
        reservation->expected = take_round(owner, reservation->cluster_id);
        reservation->questions += ask_visited(reservation, SJ_VISITED_BANDWIDTH_STEP_RENEW,
                                              &reservation->taken, false, renewed_there) == SJ_OK
                                      ? 1
                                      : 0;
    }
}

int reservations_open(struct admissions *owner, sj_error *error) {
    sj_scope *scope = owner->manager->scope;
    owner->refused = sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_bandwidth_refusals_total",
                                   "Calls, and changes of calls, refused for want of bandwidth");
    owner->uncounted = sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_bandwidth_uncounted_total",
                                     "Calls made without being counted");
    owner->visit_ms = VISIT_MS;
    owner->visits = sj_timer_start(scope, VISIT_MS, VISIT_MS, renew_visits, owner);
    return owner->visits == NULL ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory for a timer")
                                 : bandwidth_lease_open(owner, error);
}
