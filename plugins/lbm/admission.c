/* What call managers ask: bandwidth for a call, for what it changes to, its return; and the leases
 * of those who are heard no more. */
#include "lbm.h"

#include "parameters/location_bandwidth_manager.h"

enum { LOOK_MS = 1000 }; /* for leases that have ended, and what the metrics show */

void admission_bandwidth(struct lbm *lbm, const struct lbm_media *media,
                         int64_t kbps[LBM_CLASSES]) {
    lbm_bandwidth(media, sj_param_lbm_deduct_audio_bandwidth_portion(lbm->scope), kbps);
}

/* What both kinds of question say of a call. */
struct asked {
    const char *owner, *instance, *call_id, *trace_id;
    const char *from, *to; /* NULL: where it was */
    const char *from_cluster, *to_cluster;
    const char *replaces;
    struct lbm_media media;
    bool retry_as_audio, emergency, in_progress;
};

/* What both kinds of answer say. */
struct decision {
    sj_bandwidth_outcome outcome;
    struct lbm_answer answer;
    char message[300];
};

static struct lbm_asker asker_of(struct lbm *lbm, const char *owner, const char *instance) {
    return (struct lbm_asker){owner, instance, (int64_t)sj_monotonic_ms(lbm->scope),
                              sj_param_lbm_reservation_lease(lbm->scope) * 1000};
}

static void tell_given_back(struct lbm *lbm, const char *owner, size_t calls,
                            sj_bandwidth_given_back_reason reason) {
    const sj_bandwidth_given_back event = {
        .owner = owner, .calls = (int64_t)calls, .reason = reason};
    sj_log_warning(lbm->scope, "the bandwidth of %zu call%s of %s is given back: it %s", calls,
                   sj_plural((int64_t)calls), owner,
                   reason == SJ_BANDWIDTH_GIVEN_BACK_REASON_SILENT
                       ? "was silent for longer than its lease"
                       : "has started anew");
    sj_publish_bandwidth_given_back(lbm->scope, lbm->given_back, &event);
}

/* The lease of an owner begins anew. False: the question has been answered. */
static bool renew(struct lbm *lbm, sj_question *question, const struct lbm_asker *asker,
                  struct lbm_owner **owner) {
    const uint64_t before = lbm->network.expired;
    if (!lbm->read) {
        sj_fail(lbm->scope, question, SJ_E_UNAVAILABLE,
                "the locations and links are still being read");
        return false;
    }
    *owner = lbm_renew(&lbm->network, asker);
    if (*owner == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the calls of %s", asker->name);
        return false;
    }
    if (lbm->network.expired > before) {
        tell_given_back(lbm, asker->name, (size_t)(lbm->network.expired - before),
                        SJ_BANDWIDTH_GIVEN_BACK_REASON_STARTED_ANEW);
    }
    return true;
}

static struct lbm_demand demand_of(struct lbm *lbm, const struct asked *asked) {
    const struct lbm_media sound = {.audio_bit_rate = asked->media.audio_bit_rate};
    int64_t alone[LBM_CLASSES];
    struct lbm_demand demand = {.from = asked->from,
                                .to = asked->to,
                                .from_cluster = asked->from_cluster,
                                .to_cluster = asked->to_cluster,
                                .replaces = asked->replaces,
                                .retry_as_audio = asked->retry_as_audio,
                                .emergency = asked->emergency,
                                .in_progress = asked->in_progress};
    admission_bandwidth(lbm, &asked->media, demand.kbps);
    admission_bandwidth(lbm, &sound, alone);
    demand.audio_kbps = alone[LBM_AUDIO];
    return demand;
}

static const char *end_of(const char *location) {
    return location == NULL ? "" : location[0] == '\0' ? SJ_LOCATION_HUB_NONE : location;
}

void admission_place(const struct lbm_answer *answer, char *out, size_t room) {
    (void)snprintf(out, room, "%s %s has %lld kbps free for %s",
                   answer->short_of->is_link ? "the link" : "the location", answer->short_of->name,
                   (long long)answer->available, lbm_class_words[answer->short_class]);
}

static void say_short(const struct lbm_answer *answer, char *out, size_t room) {
    if (answer->short_of == NULL) {
        (void)snprintf(out, room, "no links lead from one location to the other");
    } else {
        char place[160];
        admission_place(answer, place, sizeof place);
        (void)snprintf(out, room, "%s, %lld are needed", place, (long long)answer->needed);
    }
}

static void tell_refused(struct lbm *lbm, const struct asked *asked,
                         const struct decision *decision) {
    const struct lbm_answer *answer = &decision->answer;
    const sj_bandwidth_refused event = {
        .owner = asked->owner,
        .call_id = asked->call_id,
        .from_location = end_of(asked->from),
        .to_location = end_of(asked->to),
        .place = answer->short_of != NULL ? answer->short_of->name : "",
        .pool = (sj_bandwidth_pool)answer->short_class,
        .needed = answer->needed,
        .available = answer->available,
        .as_audio = decision->outcome == SJ_BANDWIDTH_OUTCOME_ADMITTED_AS_AUDIO,
        .trace_id = asked->trace_id};
    sj_log_limited(lbm->scope, SJ_LOG_WARNING, "not enough bandwidth", "%s", decision->message);
    sj_publish_bandwidth_refused(lbm->scope, lbm->refused, &event);
}

static void tell_overbooked(struct lbm *lbm, const struct asked *asked,
                            const struct decision *decision) {
    const struct lbm_answer *answer = &decision->answer;
    const sj_bandwidth_overbooked event = {
        .owner = asked->owner,
        .call_id = asked->call_id,
        .emergency = asked->emergency,
        .place = answer->short_of != NULL ? answer->short_of->name : "",
        .pool = (sj_bandwidth_pool)answer->short_class,
        .needed = answer->needed,
        .available = answer->available,
        .trace_id = asked->trace_id};
    sj_log_limited(lbm->scope, SJ_LOG_WARNING, "bandwidth is overbooked", "%s", decision->message);
    sj_publish_bandwidth_overbooked(lbm->scope, lbm->overbooked, &event);
}

/* What has been decided, in words, events and the trace. False: it is no decision, and the question
 * has been answered with what is wrong. */
static bool decide(struct lbm *lbm, sj_question *question, const struct asked *asked,
                   struct decision *decision) {
    const struct lbm_answer *answer = &decision->answer;
    char why[200];
    say_short(answer, why, sizeof why);
    switch (answer->outcome) {
    case LBM_ADMITTED: decision->outcome = SJ_BANDWIDTH_OUTCOME_ADMITTED; break;
    case LBM_AS_AUDIO:
        decision->outcome = SJ_BANDWIDTH_OUTCOME_ADMITTED_AS_AUDIO;
        (void)snprintf(decision->message, sizeof decision->message,
                       "Not Enough Bandwidth for video: %s; audio alone is admitted", why);
        break;
    case LBM_OVERBOOKED:
        decision->outcome = SJ_BANDWIDTH_OUTCOME_OVERBOOKED;
        (void)snprintf(decision->message, sizeof decision->message, "%s; %s", why,
                       asked->in_progress && !asked->emergency
                           ? "the call stands already and is counted"
                           : "an emergency call is not refused");
        break;
    case LBM_REFUSED:
    case LBM_NO_PATH:
        decision->outcome = SJ_BANDWIDTH_OUTCOME_REFUSED;
        (void)snprintf(decision->message, sizeof decision->message, "Not Enough Bandwidth: %s",
                       why);
        break;
    case LBM_NO_LOCATION:
        sj_fail(lbm->scope, question, SJ_E_NOT_FOUND,
                "there is no location \"%s\": sojourn lbm topology names those there are",
                answer->missing);
        return false;
    case LBM_CALL_EXISTS:
        sj_fail(lbm->scope, question, SJ_E_EXISTS,
                "%s has reserved bandwidth for call %s already: ask for its change instead",
                asked->owner, asked->call_id);
        return false;
    case LBM_NO_CALL:
        sj_fail(lbm->scope, question, SJ_E_NOT_FOUND,
                "%s has no bandwidth for call %s: reserve it first", asked->owner, asked->call_id);
        return false;
    default:
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for call %s of %s", asked->call_id,
                asked->owner);
        return false;
    }
    if (decision->outcome == SJ_BANDWIDTH_OUTCOME_OVERBOOKED) {
        tell_overbooked(lbm, asked, decision);
    } else if (decision->outcome != SJ_BANDWIDTH_OUTCOME_ADMITTED) {
        tell_refused(lbm, asked, decision);
    }
    if (asked->trace_id[0] == '\0') {
        return true;
    }
    if (answer->nowhere && decision->outcome == SJ_BANDWIDTH_OUTCOME_ADMITTED) {
        sj_trace(lbm->scope, asked->trace_id, "bandwidth: nothing is taken here: %s",
                 sj_given(asked->to_cluster) && lbm_shares(&lbm->network, asked->to_cluster)
                     ? "the cluster that the call goes to counts all of its way"
                     : "the call has no end that is counted here");
    } else {
        sj_trace(lbm->scope, asked->trace_id,
                 "bandwidth %s: audio %lld, video %lld, immersive %lld kbps%s%s",
                 sj_bandwidth_outcome_text(decision->outcome), (long long)answer->kbps[LBM_AUDIO],
                 (long long)answer->kbps[LBM_VIDEO], (long long)answer->kbps[LBM_IMMERSIVE],
                 decision->message[0] != '\0' ? "; " : "", decision->message);
    }
    return true;
}

static void on_reserve(void *user, sj_question *question, const sj_bandwidth_reserve *request) {
    struct lbm *lbm = user;
    const struct lbm_asker asker = asker_of(lbm, request->owner, request->instance);
    const struct asked asked = {
        .owner = request->owner,
        .instance = request->instance,
        .call_id = request->call_id,
        .trace_id = request->trace_id,
        .from = request->from_location,
        .to = request->to_location,
        .from_cluster = request->from_cluster,
        .to_cluster = request->to_cluster,
        .replaces = request->replaces,
        .media = {request->audio_bit_rate, request->video_bit_rate,
                  request->traffic_class == SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE},
        .retry_as_audio = request->retry_video_as_audio,
        .emergency = request->emergency,
        .in_progress = request->in_progress};
    const struct lbm_demand demand = demand_of(lbm, &asked);
    struct decision decision = {0};
    struct lbm_owner *owner;
    if (!renew(lbm, question, &asker, &owner)) {
        return;
    }
    lbm_reserve(&lbm->network, &asker, request->call_id, &demand, &decision.answer);
    if (decide(lbm, question, &asked, &decision)) {
        const struct lbm_answer *answer = &decision.answer;
        const sj_bandwidth_reserve_reply reply = {
            .outcome = decision.outcome,
            .audio = answer->kbps[LBM_AUDIO],
            .video = answer->kbps[LBM_VIDEO],
            .immersive = answer->kbps[LBM_IMMERSIVE],
            .place = answer->short_of != NULL ? answer->short_of->name : "",
            .pool = (sj_bandwidth_pool)answer->short_class,
            .message = decision.message,
            .lease_s = asker.lease_ms / 1000};
        sj_reply_bandwidth_reserve(lbm->scope, question, &reply);
    }
}

/* A proposal that holds, or does not. */
static void settle(struct lbm *lbm, sj_question *question, const struct lbm_asker *asker,
                   const sj_bandwidth_adjust *request) {
    const bool known = request->step == SJ_BANDWIDTH_ADJUST_STEP_CONFIRM
                           ? lbm_confirm(&lbm->network, asker, request->call_id)
                           : lbm_withdraw(&lbm->network, asker, request->call_id);
    if (!known) {
        sj_fail(lbm->scope, question, SJ_E_NOT_FOUND,
                "%s has no bandwidth for call %s: reserve it first", request->owner,
                request->call_id);
        return;
    }
    const sj_bandwidth_adjust_reply reply = {.outcome = SJ_BANDWIDTH_OUTCOME_ADMITTED,
                                             .place = "",
                                             .message = "",
                                             .lease_s = asker->lease_ms / 1000};
    sj_reply_bandwidth_adjust(lbm->scope, question, &reply);
}

static void on_adjust(void *user, sj_question *question, const sj_bandwidth_adjust *request) {
    struct lbm *lbm = user;
    const struct lbm_asker asker = asker_of(lbm, request->owner, request->instance);
    const struct asked asked = {
        .owner = request->owner,
        .instance = request->instance,
        .call_id = request->call_id,
        .trace_id = request->trace_id,
        .from = request->moves ? request->from_location : NULL,
        .to = request->moves ? request->to_location : NULL,
        .from_cluster = request->moves ? request->from_cluster : NULL,
        .to_cluster = request->moves ? request->to_cluster : NULL,
        .media = {request->audio_bit_rate, request->video_bit_rate,
                  request->traffic_class == SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE},
        .retry_as_audio = request->retry_video_as_audio,
        .emergency = request->emergency};
    const struct lbm_demand demand = demand_of(lbm, &asked);
    struct decision decision = {0};
    struct lbm_owner *owner;
    if (!renew(lbm, question, &asker, &owner)) {
        return;
    }
    if (request->step == SJ_BANDWIDTH_ADJUST_STEP_CONFIRM ||
        request->step == SJ_BANDWIDTH_ADJUST_STEP_WITHDRAW) {
        settle(lbm, question, &asker, request);
        return;
    }
    lbm_propose(&lbm->network, &asker, request->call_id, &demand, &decision.answer);
    if (!decide(lbm, question, &asked, &decision)) {
        return;
    }
    if (request->step != SJ_BANDWIDTH_ADJUST_STEP_PROPOSE &&
        decision.outcome != SJ_BANDWIDTH_OUTCOME_REFUSED) {
        (void)lbm_confirm(&lbm->network, &asker, request->call_id);
    }
    const struct lbm_answer *answer = &decision.answer;
    const sj_bandwidth_adjust_reply reply = {
        .outcome = decision.outcome,
        .audio = answer->kbps[LBM_AUDIO],
        .video = answer->kbps[LBM_VIDEO],
        .immersive = answer->kbps[LBM_IMMERSIVE],
        .place = answer->short_of != NULL ? answer->short_of->name : "",
        .pool = (sj_bandwidth_pool)answer->short_class,
        .message = decision.message,
        .lease_s = asker.lease_ms / 1000};
    sj_reply_bandwidth_adjust(lbm->scope, question, &reply);
}

static void on_release(void *user, sj_question *question, const sj_bandwidth_release *request) {
    struct lbm *lbm = user;
    const struct lbm_asker asker = asker_of(lbm, request->owner, request->instance);
    struct lbm_owner *owner;
    if (renew(lbm, question, &asker, &owner)) {
        const sj_bandwidth_release_reply reply = {
            .released = lbm_release(&lbm->network, &asker, request->call_id)};
        sj_reply_bandwidth_release(lbm->scope, question, &reply);
    }
}

static void on_renew(void *user, sj_question *question, const sj_bandwidth_renew *request) {
    struct lbm *lbm = user;
    const struct lbm_asker asker = asker_of(lbm, request->owner, request->instance);
    struct lbm_owner *owner;
    if (renew(lbm, question, &asker, &owner)) {
        const sj_bandwidth_renew_reply reply = {.calls = (int64_t)owner->count,
                                                .lease_s = asker.lease_ms / 1000};
        sj_reply_bandwidth_renew(lbm->scope, question, &reply);
    }
}

static void look(void *user) {
    struct lbm *lbm = user;
    char owner[LBM_OWNER_NAME];
    size_t calls;
    while (lbm_expire(&lbm->network, (int64_t)sj_monotonic_ms(lbm->scope), owner, &calls)) {
        if (calls > 0) {
            tell_given_back(lbm, owner, calls, SJ_BANDWIDTH_GIVEN_BACK_REASON_SILENT);
        }
    }
    metrics_show(lbm);
}

int admission_open(struct lbm *lbm, sj_error *error) {
    if (sj_answer_bandwidth_reserve(lbm->scope, on_reserve, lbm, error) == NULL ||
        sj_answer_bandwidth_adjust(lbm->scope, on_adjust, lbm, error) == NULL ||
        sj_answer_bandwidth_release(lbm->scope, on_release, lbm, error) == NULL ||
        sj_answer_bandwidth_renew(lbm->scope, on_renew, lbm, error) == NULL) {
        return error->code;
    }
    return sj_timer_start(lbm->scope, LOOK_MS, LOOK_MS, look, lbm) != NULL
               ? SJ_OK
               : sj_error_set(error, SJ_E_NO_MEMORY, "no memory for a timer");
}
