/* Regions in calls. Reads parameters; writes into the call manager's buffer for bodies. */
#include "calls/call_media.h"
#include "calls/call_discretion.h"
#include "calls/call_region.h"
#include "calls/intercom.h"
#include "media/sdp_keys.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

static struct sdp_limits *emcc_limits(struct call *call) {
    const struct region_limits emcc = call_region_emcc(call->manager);
    if (call->limits != NULL) {
        return call->limits;
    }
    call->limits = malloc(sizeof *call->limits);
    if (call->limits == NULL) {
        return NULL;
    }
    call->limits->audio_bit_rate = (int32_t)emcc.audio_kbps * 1000;
    call->limits->video_bit_rate = (int32_t)emcc.video_kbps * 1000;
    if (!call_region_set_order(call->manager, emcc.codecs, call->limits)) {
        sj_log_warning(call->manager->scope,
                       "the audio codec preference list %s does not exist: codecs keep the order "
                       "of the phones",
                       emcc.codecs);
    }
    return call->limits;
}

void call_media_free(struct call *call) {
    free(call->limits);
    free(call->refusal);
    free(call->location);
}

/* `limit`: its name and how much it is, "... of 8 kbps". */
static void refuse(struct call *call, enum sdp_verdict verdict, const struct sdp_report *report,
                   const char *limit) {
    char text[480];
    if (verdict == SDP_KEYS_MUST_GO) {
        (void)snprintf(text, sizeof text,
                       "The media are encrypted, and one party is not reached over TLS: their keys "
                       "do not go in the "
                       "clear");
    } else if (verdict == SDP_NO_AUDIO) {
        (void)snprintf(text, sizeof text, "No audio codec is within the %s: %s", limit,
                       report->removed[0] == '\0' ? "none was offered" : report->removed);
    } else {
        (void)snprintf(text, sizeof text,
                       "The session description is too large to be fitted into the region");
    }
    free(call->refusal);
    call->refusal = strdup(text);
    call_trace(call, "refused with 488: %s", text);
    sj_log_info(call->manager->scope, "the call from %s to %s cannot have media: %s",
                call_told_caller(call), call->dialled, text);
    sj_metric_add(call->manager->scope, call->manager->metric_region_refusals, 1);
}

static bool over_tls(const struct call_leg *leg) {
    return leg->flow.transport == SJ_SIP_TRANSPORT_TLS;
}

/* Which limits hold: the EMCC region's for calls of visitors, else those of the parties' regions.
 * False: out of memory. */
static bool find_limits(struct call *call, struct call_leg *callee, struct sdp_limits **limits) {
    if (!call->caller->emcc && !callee->emcc) {
        return call_region_limits(call, callee, limits);
    }
    *limits = emcc_limits(call);
    if (*limits != NULL) {
        (*limits)->larger_audio_last = call->caller->returns || callee->returns;
    }
    return *limits != NULL;
}

static void name_limit(const struct call *call, const struct call_leg *callee,
                       const struct sdp_limits *limits, char *out, size_t room) {
    const int kbps = limits == NULL ? 0 : (int)(limits->audio_bit_rate / 1000);
    if (limits == call->limits) {
        (void)snprintf(out, room, "EMCC Region Max Audio Bit Rate of %d kbps", kbps);
    } else {
        char between[140];
        call_region_words(call, callee, between, sizeof between);
        (void)snprintf(out, room, "Maximum Audio Bit Rate of %d kbps %s", kbps, between);
    }
}

/* The body as it may go on, without a word to anybody. `limits`: what it was held to. */
static enum sdp_verdict fit(struct call *call, struct call_leg *from, struct call_leg *to,
                            struct message_body body, struct message_body *result,
                            struct sdp_report *report, struct sdp_limits **limits) {
    struct call_leg *callee = from->caller ? to : from;
    struct sdp_limits voice;
    struct sip_writer out;
    struct message_body_rules rules = {.no_keys = over_tls(from) != over_tls(to),
                                       .plain_allowed = from->srtp_fallback,
                                       .one_way = call->whispers,
                                       .direction = intercom_direction(call, from)};
    *limits = NULL;
    memset(report, 0, sizeof *report);
    if (body.content.length > 0 && !find_limits(call, callee, limits)) {
        return SDP_UNREADABLE;
    }
    rules.limits = *limits;
    if (callee->audio_only) {
        if (*limits != NULL) {
            voice = **limits;
        } else {
            sdp_limits_set_order(&voice, NULL, 0);
            voice.audio_bit_rate = AUDIO_RATE_UNKNOWN;
            voice.larger_audio_last = true;
        }
        voice.video_bit_rate = 0;
        rules.limits = &voice;
    }
    sip_writer_init(&out, call->manager->body, sizeof call->manager->body);
    return message_body_fit(&rules, body, &out, result, report);
}

static bool may_not_go(enum sdp_verdict verdict) {
    return verdict == SDP_NO_AUDIO || verdict == SDP_UNREADABLE || verdict == SDP_KEYS_MUST_GO;
}

static bool pass(struct call *call, struct call_leg *from, struct call_leg *to,
                 struct message_body body, struct message_body *result) {
    struct sdp_limits *limits;
    struct sdp_report report;
    const enum sdp_verdict verdict = fit(call, from, to, body, result, &report, &limits);
    if (may_not_go(verdict)) {
        char limit[240];
        name_limit(call, from->caller ? to : from, limits, limit, sizeof limit);
        refuse(call, verdict, &report, limit);
        return false;
    }
    if (report.removed[0] != '\0' || report.video_limited || report.video_refused) {
        call_trace(call, "%s: %s%s%s",
                   limits == NULL           ? "bandwidth"
                   : limits == call->limits ? "EMCC region"
                                            : "regions",
                   report.removed[0] != '\0' ? "without " : "", report.removed,
                   report.video_refused   ? ", no video"
                   : report.video_limited ? ", video limited"
                                          : "");
    }
    return true;
}

/* The last description that passes is the answer, or an offer that is still to be answered. */
static bool pass_and_note(struct call *call, struct call_leg *from, struct call_leg *to,
                          struct message_body body, struct message_body *result) {
    struct call_leg *callee = from->caller ? to : from;
    if (!pass(call, from, to, body, result)) {
        return false;
    }
    if (result->content.length > 0) {
        struct sdp room;
        const struct sdp *description = sdp_read(message_body_description(*result), &room);
        struct sdp_rates *rates =
            from->caller ? &callee->rates_of_caller : &callee->rates_of_callee;
        *rates = sdp_rates_of(description);
        from->media = sdp_point_of(description);
        call->encrypted = over_tls(from) && over_tls(to) && sdp_keys_encrypted(description);
    }
    return true;
}

struct message_body call_media_body(const struct sip_message *message) {
    return (struct message_body){sip_message_header(message, SIP_CONTENT_TYPE), message->body};
}

bool call_media_pass_body(struct call *call, struct call_leg *from, struct call_leg *to,
                          const struct message_body *body, bool offer,
                          struct message_body *result) {
    struct call_leg *callee = from->caller ? to : from;
    if (offer) {
        callee->caller_offers = from->caller;
    }
    return pass_and_note(call, from, to, *body, result);
}

bool call_media_pass(struct call *call, struct call_leg *from, struct call_leg *to,
                     const struct sip_message *message, struct message_body *result) {
    struct call_leg *callee = from->caller ? to : from;
    if (message->request && (message->method == SIP_INVITE ||
                             ((message->method == SIP_UPDATE || message->method == SIP_PRACK) &&
                              message->body.length > 0))) {
        callee->caller_offers = from->caller == (message->body.length > 0);
    }
    return pass_and_note(call, from, to, call_media_body(message), result);
}

static struct message_body first_offer(const struct call *call) {
    return (struct message_body){sip_text_of(sj_or_empty(call->offer_type)),
                                 {call->offer, call->offer_length}};
}

bool call_media_offer(struct call *call, struct call_leg *callee, struct message_body *result) {
    callee->caller_offers = call->offer_length > 0;
    return pass_and_note(call, call->caller, callee, first_offer(call), result);
}

bool call_media_first_rates(struct call_leg *callee, struct call_rates *rates) {
    struct call *call = callee->call;
    struct sdp_limits *limits;
    struct sdp_report report;
    struct message_body result;
    struct sdp description;
    struct sdp_rates offer = {RATE_G711, RATE_G711, 0};
    if (call->offer_length == 0) { /* whom it calls will make the offer */
        if (!find_limits(call, callee, &limits)) {
            return false;
        }
        if (limits != NULL && limits->audio_bit_rate < RATE_G711) {
            offer.audio_most = limits->audio_bit_rate;
        }
    } else {
        if (may_not_go(
                fit(call, call->caller, callee, first_offer(call), &result, &report, &limits))) {
            return false;
        }
        offer = sdp_rates_of(sdp_read(message_body_description(result), &description));
    }
    *rates = call_rates_of(&offer, NULL);
    return true;
}

bool call_media_offer_rates(struct call_leg *from, struct call_leg *to,
                            const struct sip_message *message, struct sdp_rates *rates) {
    struct call *call = from->call;
    struct call_leg *callee = from->caller ? to : from;
    struct sdp_limits *limits;
    struct sdp_report report;
    struct message_body result;
    struct sdp description;
    callee->audio_only = false; /* there may be bandwidth for video by now */
    if (message->body.length == 0 ||
        may_not_go(fit(call, from, to, call_media_body(message), &result, &report, &limits))) {
        return false;
    }
    *rates = sdp_rates_of(sdp_read(message_body_description(result), &description));
    return true;
}
