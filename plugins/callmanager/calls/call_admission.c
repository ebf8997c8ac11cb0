/* Reservations of calls, and whether anybody keeps count. Asks on the bus. */
#include "calls/call_admission.h"
#include "calls/call_media.h"
#include "calls/call_place.h"
#include "events/bandwidth.h"
#include "events/node.h"
#include "parameters/call_manager.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    LOOK_MS = 1000, /* for somebody who answers, while nobody does */
    RENEWALS = 3,   /* within a lease */
};

struct admission {
    sj_list_link link; /* among all */
    struct admissions *owner;
    struct call_leg *leg; /* NULL: it is over */
    char call_id[SIP_TAG + 12];
    char trace_id[33];
    struct call_place from, to;
    bool emergency, video_or_audio;
    struct call_rates wanted; /* by the media as they are, or are to be */
    struct call_rates taken, proposed;
    bool counted;       /* whoever keeps count knows it */
    bool reserving;     /* is being asked for it */
    bool changing;      /* `proposed` is neither confirmed nor withdrawn */
    unsigned questions; /* that are not answered yet */
    call_admission_fn *done;
    void *user;
};

struct admissions {
    struct call_manager *manager;
    sj_list_head all;
    sj_handle *timer;
    char instance[SIP_TAG];
    uint32_t serial;
    int64_t counted;  /* reservations that are held */
    int64_t expected; /* of them when the lease was renewed last */
    bool there;       /* somebody keeps count */
    bool renewing, told;
    sj_metric *refused, *uncounted;
};

/* ---- whether anybody keeps count ---- */

static bool reserve(struct admission *admission, bool in_progress);
static void look(void *user);

static void look_again(struct admissions *owner, int64_t delay_ms) {
    sj_timer_again(owner->manager->scope, owner->timer, delay_ms);
}

static void nobody_there(struct admissions *owner, const char *why) {
    sj_scope *scope = owner->manager->scope;
    const bool rejects = sj_param_ccm_call_treatment_when_no_lbm_available(scope) ==
                         SJ_CCM_CALL_TREATMENT_WHEN_NO_LBM_AVAILABLE_REJECT_CALLS;
    if (owner->there || !owner->told) {
        sj_log(scope, owner->there || rejects ? SJ_LOG_WARNING : SJ_LOG_INFO,
               "no Location Bandwidth Manager answers, so that calls are %s: %s",
               rejects ? "refused, but for those to emergency services numbers"
                       : "made without being counted",
               why);
    }
    owner->told = true;
    owner->there = false;
    owner->counted = 0;
    SJ_LIST_EACH(admission, &owner->all, struct admission, link) {
        admission->counted = admission->changing = false;
    }
    look_again(owner, LOOK_MS);
}

/* All that stands is counted, whether it was or not. */
static void count_all(struct admissions *owner) {
    SJ_LIST_EACH(admission, &owner->all, struct admission, link) {
        if (admission->leg != NULL && !admission->reserving) {
            (void)reserve(admission, true);
        }
    }
}

static void renewed(void *user, int status, const sj_error *error,
                    const sj_bandwidth_renew_reply *reply) {
    struct admissions *owner = user;
    owner->renewing = false;
    if (status != SJ_OK) {
        nobody_there(owner, error == NULL ? "out of memory" : error->text);
        return;
    }
    if (!owner->there) {
        sj_log_info(owner->manager->scope,
                    "calls are admitted by the Location Bandwidth Manager from now on");
        owner->there = true;
        count_all(owner);
    } else if (reply->calls < owner->expected) {
        sj_log_warning(owner->manager->scope,
                       "the Location Bandwidth Manager counts %lld of %lld calls: all are counted "
                       "anew",
                       (long long)reply->calls, (long long)owner->expected);
        count_all(owner);
    }
    const int64_t soon_ms = reply->lease_s * 1000 / RENEWALS;
    look_again(owner, soon_ms > LOOK_MS ? soon_ms : LOOK_MS);
}

static void look(void *user) {
    struct admissions *owner = user;
    const sj_bandwidth_renew request = {.owner = owner->manager->scope->host->node->name,
                                        .instance = owner->instance};
    sj_error error;
    if (owner->renewing || owner->manager->stopping) {
        return;
    }
    owner->expected = owner->counted;
    owner->renewing = true;
    if (sj_ask_bandwidth_renew(owner->manager->scope, &request, 0, renewed, owner, &error) !=
        SJ_OK) {
        owner->renewing = false;
        nobody_there(owner, error.text);
    }
}

static void service_started(void *user, const sj_service_started *event) {
    struct admissions *owner = user;
    (void)event;
    look_again(owner, 0);
}

/* ---- reservations ---- */

static void set_counted(struct admission *admission, bool counted) {
    admission->owner->counted += (counted ? 1 : 0) - (admission->counted ? 1 : 0);
    admission->counted = counted;
}

static void note_shortage(struct admission *admission, const char *why) {
    struct call *call = admission->leg->call;
    free(call->shortage);
    call->shortage = strdup(why[0] == '\0' ? NOT_ENOUGH_BANDWIDTH : why);
    call_trace(call, "no bandwidth to %s: %s", admission->leg->device_name, why);
    sj_metric_add(call->manager->scope, admission->owner->refused, 1);
}

/* Without anybody who keeps count. */
static bool allowed(struct admission *admission) {
    sj_scope *scope = admission->owner->manager->scope;
    if (!admission->emergency && sj_param_ccm_call_treatment_when_no_lbm_available(scope) ==
                                     SJ_CCM_CALL_TREATMENT_WHEN_NO_LBM_AVAILABLE_REJECT_CALLS) {
        note_shortage(admission,
                      "no Location Bandwidth Manager answers, and Call Treatment When No "
                      "LBM Available is to reject calls");
        return false;
    }
    sj_metric_add(scope, admission->owner->uncounted, 1);
    return true;
}

static void give_back(struct admission *admission) {
    const sj_bandwidth_release request = {.owner =
                                              admission->owner->manager->scope->host->node->name,
                                          .instance = admission->owner->instance,
                                          .call_id = admission->call_id};
    if (admission->counted) {
        set_counted(admission, false);
        /* A question that is lost is made good by the lease. */
        (void)sj_ask_bandwidth_release(admission->owner->manager->scope, &request, 0, NULL, NULL,
                                       NULL);
    }
}

/* An answer has come. False: nobody waits for it any more. */
static bool still_there(struct admission *admission) {
    admission->questions--;
    if (admission->leg != NULL) {
        return true;
    }
    if (admission->questions == 0) {
        give_back(admission);
        sj_list_remove(&admission->link);
        free(admission);
    }
    return false;
}

static void finish(struct admission *admission, bool granted) {
    call_admission_fn *done = admission->done;
    admission->done = NULL;
    if (done != NULL) {
        done(admission->user, admission->leg, granted);
    }
}

static void note_uncounted(const struct admission *admission, const char *why) {
    sj_log_limited(admission->owner->manager->scope, SJ_LOG_WARNING, "bandwidth of a call",
                   "a call is made without being counted: %s", why);
}

static bool are_equal(const struct call_rates *rates, const struct call_rates *other) {
    return rates->audio_kbps == other->audio_kbps && rates->video_kbps == other->video_kbps;
}

static void change_at_once(struct admission *admission);

static void reserved(void *user, int status, const sj_error *error,
                     const sj_bandwidth_reserve_reply *reply) {
    struct admission *admission = user;
    bool granted = true;
    admission->reserving = false;
    if (status == SJ_OK && reply->outcome != SJ_BANDWIDTH_OUTCOME_REFUSED) {
        set_counted(admission, true);
    } else if (status == SJ_E_EXISTS) {
        set_counted(admission, true); /* it had not been lost */
    }
    if (!still_there(admission)) {
        return;
    }
    if (status == SJ_OK) {
        admission->taken = admission->proposed;
        granted = reply->outcome != SJ_BANDWIDTH_OUTCOME_REFUSED;
        if (reply->outcome == SJ_BANDWIDTH_OUTCOME_ADMITTED_AS_AUDIO) {
            admission->leg->audio_only = true;
            admission->taken.video_kbps = admission->wanted.video_kbps = 0;
            call_trace(admission->leg->call, "%s", reply->message);
        }
        if (!granted) {
            note_shortage(admission, reply->message);
        } else if (!are_equal(&admission->taken, &admission->wanted)) {
            change_at_once(admission); /* agreed upon meanwhile */
        }
    } else if (status != SJ_E_EXISTS) {
        if (status == SJ_E_UNAVAILABLE || status == SJ_E_TIMEOUT) {
            nobody_there(admission->owner, error == NULL ? "out of memory" : error->text);
        } else {
            note_uncounted(admission, error == NULL ? "out of memory" : error->text);
        }
        granted = admission->done == NULL || allowed(admission);
    }
    finish(admission, granted);
}

/* False: it cannot be asked for, and the call is not counted. */
static bool reserve(struct admission *admission, bool in_progress) {
    sj_scope *scope = admission->owner->manager->scope;
    const sj_bandwidth_reserve request = {.owner =
                                              admission->owner->manager->scope->host->node->name,
                                          .instance = admission->owner->instance,
                                          .call_id = admission->call_id,
                                          .from_location = admission->from.location,
                                          .to_location = admission->to.location,
                                          .audio_bit_rate = admission->wanted.audio_kbps,
                                          .video_bit_rate = admission->wanted.video_kbps,
                                          .retry_video_as_audio = admission->video_or_audio,
                                          .emergency = admission->emergency,
                                          .in_progress = in_progress,
                                          .trace_id = admission->trace_id};
    sj_error error = {0, "", "out of memory"};
    if (sj_ask_bandwidth_reserve(scope, &request, 0, reserved, admission, &error) != SJ_OK) {
        note_uncounted(admission, error.text);
        return false;
    }
    admission->proposed = admission->wanted;
    admission->reserving = true;
    admission->questions++;
    return true;
}

/* ---- changes ---- */

static int adjust(struct admission *admission, sj_bandwidth_adjust_step step,
                  const struct call_rates *rates, sj_bandwidth_adjust_reply_fn reply) {
    const sj_bandwidth_adjust request = {.owner =
                                             admission->owner->manager->scope->host->node->name,
                                         .instance = admission->owner->instance,
                                         .call_id = admission->call_id,
                                         .step = step,
                                         .from_location = "",
                                         .to_location = "",
                                         .audio_bit_rate = rates->audio_kbps,
                                         .video_bit_rate = rates->video_kbps,
                                         .retry_video_as_audio = admission->video_or_audio,
                                         .emergency = admission->emergency,
                                         .trace_id = admission->trace_id};
    admission->questions++;
    const int status = sj_ask_bandwidth_adjust(admission->owner->manager->scope, &request, 0, reply,
                                               admission, NULL);
    admission->questions -= status == SJ_OK ? 0 : 1;
    return status;
}

/* The media are agreed upon: there is no way back, so that they are counted as they are. */
static void changed(void *user, int status, const sj_error *error,
                    const sj_bandwidth_adjust_reply *reply) {
    struct admission *admission = user;
    if (!still_there(admission)) {
        return;
    }
    if (status == SJ_E_UNAVAILABLE || status == SJ_E_TIMEOUT) {
        nobody_there(admission->owner, error == NULL ? "out of memory" : error->text);
    } else if (status != SJ_OK || reply->outcome == SJ_BANDWIDTH_OUTCOME_REFUSED) {
        give_back(admission);
        (void)reserve(admission, true);
    }
}

static void change_at_once(struct admission *admission) {
    if (adjust(admission, SJ_BANDWIDTH_ADJUST_STEP_AT_ONCE, &admission->wanted, changed) == SJ_OK) {
        admission->taken = admission->wanted;
        admission->changing = false;
    }
}

static void proposal_decided(void *user, int status, const sj_error *error,
                             const sj_bandwidth_adjust_reply *reply) {
    struct admission *admission = user;
    bool granted = true;
    if (!still_there(admission)) {
        return;
    }
    if (status == SJ_OK) {
        granted = reply->outcome != SJ_BANDWIDTH_OUTCOME_REFUSED;
        admission->changing = granted;
        if (!granted) {
            note_shortage(admission, reply->message);
        } else if (reply->outcome == SJ_BANDWIDTH_OUTCOME_ADMITTED_AS_AUDIO) {
            admission->leg->audio_only = true;
            admission->proposed.video_kbps = 0;
            call_trace(admission->leg->call, "%s", reply->message);
        }
    } else if (status == SJ_E_UNAVAILABLE || status == SJ_E_TIMEOUT) {
        nobody_there(admission->owner, error == NULL ? "out of memory" : error->text);
        granted = allowed(admission);
    }
    finish(admission, granted);
}

/* ---- what calls ask ---- */

static bool is_exempt(const struct call_leg *callee) {
    return callee->returns && callee->call->caller->emcc && !callee->call->caller->trunk;
}

static struct admission *admission_of(struct call_leg *callee) {
    struct admissions *owner = callee->manager->admissions;
    const struct call *call = callee->call;
    struct admission *admission = calloc(1, sizeof *admission);
    if (admission == NULL) {
        return NULL;
    }
    admission->owner = owner;
    admission->leg = callee;
    admission->emergency = call->emergency;
    admission->from = call->caller_place;
    call_place_of_party(callee, &admission->to, &admission->video_or_audio);
    (void)snprintf(admission->trace_id, sizeof admission->trace_id, "%s", call->trace_id);
    (void)snprintf(admission->call_id, sizeof admission->call_id, "%s.%u", call->id,
                   (unsigned)++owner->serial);
    sj_list_add_first(&owner->all, &admission->link);
    callee->admission = admission;
    return admission;
}

enum admission_verdict call_admission_reserve(struct call_leg *callee, call_admission_fn *done,
                                              void *user) {
    struct admission *admission = is_exempt(callee) ? NULL : admission_of(callee);
    if (admission == NULL) {
        return ADMISSION_GRANTED; /* short of memory: not counted */
    }
    if (!admission->owner->there) {
        return allowed(admission) ? ADMISSION_GRANTED : ADMISSION_REFUSED;
    }
    if (!call_media_first_rates(callee, &admission->wanted)) {
        return ADMISSION_GRANTED; /* media that cannot pass are refused as such */
    }
    if (!reserve(admission, false)) {
        return ADMISSION_GRANTED;
    }
    admission->done = done;
    admission->user = user;
    return ADMISSION_ASKED;
}

static int32_t larger(int32_t one, int32_t other) {
    return one > other ? one : other;
}

enum admission_verdict call_admission_propose(struct call_leg *callee,
                                              const struct sdp_rates *offer,
                                              call_admission_fn *done, void *user) {
    struct admission *admission = callee->admission;
    struct call_rates rates = {RATE_G711 / 1000, 0};
    if (admission == NULL || !admission->counted) {
        return ADMISSION_GRANTED;
    }
    if (offer != NULL) {
        rates = call_rates_of(offer, NULL);
    }
    if (rates.audio_kbps <= admission->taken.audio_kbps &&
        rates.video_kbps <= admission->taken.video_kbps) {
        return ADMISSION_GRANTED;
    }
    admission->proposed.audio_kbps = larger(rates.audio_kbps, admission->taken.audio_kbps);
    admission->proposed.video_kbps = larger(rates.video_kbps, admission->taken.video_kbps);
    if (adjust(admission, SJ_BANDWIDTH_ADJUST_STEP_PROPOSE, &admission->proposed,
               proposal_decided) != SJ_OK) {
        return ADMISSION_GRANTED;
    }
    admission->done = done;
    admission->user = user;
    return ADMISSION_ASKED;
}

bool call_admission_is_asked(const struct call_leg *callee) {
    return callee->admission != NULL && callee->admission->done != NULL;
}

void call_admission_withdraw(struct call_leg *callee) {
    struct admission *admission = callee->admission;
    if (admission != NULL && admission->changing) {
        admission->changing = false;
        (void)adjust(admission, SJ_BANDWIDTH_ADJUST_STEP_WITHDRAW, &admission->taken, changed);
    }
}

void call_admission_agreed(struct call_leg *callee) {
    struct admission *admission = callee->admission;
    if (admission == NULL) {
        return;
    }
    const struct sdp_rates *offer =
        callee->caller_offers ? &callee->rates_of_caller : &callee->rates_of_callee;
    const struct sdp_rates *answer =
        callee->caller_offers ? &callee->rates_of_callee : &callee->rates_of_caller;
    admission->wanted = call_rates_of(offer, answer);
    if (!admission->counted || admission->reserving) {
        return;
    }
    if (admission->changing && are_equal(&admission->wanted, &admission->proposed)) {
        admission->changing = false;
        admission->taken = admission->wanted;
        (void)adjust(admission, SJ_BANDWIDTH_ADJUST_STEP_CONFIRM, &admission->taken, changed);
    } else if (admission->changing || !are_equal(&admission->wanted, &admission->taken)) {
        change_at_once(admission);
    }
}

void call_admission_release(struct call_leg *callee) {
    struct admission *admission = callee->admission;
    callee->admission = NULL;
    if (admission == NULL) {
        return;
    }
    admission->leg = NULL;
    admission->done = NULL;
    give_back(admission);
    if (admission->questions == 0) {
        sj_list_remove(&admission->link);
        free(admission);
    }
}

/* ---- the service ---- */

int call_admission_open(struct call_manager *manager, sj_error *error) {
    struct admissions *owner = calloc(1, sizeof *owner);
    sj_scope *scope = manager->scope;
    if (owner == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the bandwidth of calls");
    }
    manager->admissions = owner;
    owner->manager = manager;
    call_manager_token(manager, owner->instance);
    owner->refused = sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_bandwidth_refusals_total",
                                   "Calls, and changes of calls, refused for want of bandwidth");
    owner->uncounted = sj_metric_new(scope, SJ_COUNTER, "sojourn_ccm_bandwidth_uncounted_total",
                                     "Calls made while no Location Bandwidth Manager answered");
    owner->timer = sj_timer_start(scope, 0, LOOK_MS, look, owner);
    return owner->timer == NULL ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory for a timer")
           : sj_on_service_started(scope, service_started, owner, error) == NULL ? error->code
                                                                                 : SJ_OK;
}

void call_admission_close(struct call_manager *manager) {
    struct admissions *owner = manager->admissions;
    if (owner == NULL) {
        return;
    }
    for (sj_list_link *link; (link = sj_list_take_first(&owner->all)) != NULL;) {
        free(SJ_OWNER(link, struct admission, link));
    }
    free(owner);
    manager->admissions = NULL;
}
