/* Regions in calls. Reads parameters; writes into the call manager's buffer for bodies. */
#include "calls/call_media.h"
#include "calls/call_region.h"
#include "media/sdp_keys.h"
#include "parameters/emcc.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

static struct sdp_limits *emcc_limits(struct call *call) {
    sj_scope *scope = call->manager->scope;
    const char *name = sj_param_emcc_region_audio_codec_preference_list(scope);
    if (call->limits != NULL) {
        return call->limits;
    }
    call->limits = malloc(sizeof *call->limits);
    if (call->limits == NULL) {
        return NULL;
    }
    call->limits->audio_bit_rate = (int32_t)sj_param_emcc_region_max_audio_bit_rate(scope) * 1000;
    call->limits->video_bit_rate =
        (int32_t)sj_param_emcc_region_max_video_call_bit_rate(scope) * 1000;
    if (!call_region_set_order(call->manager, name, call->limits)) {
        sj_log_warning(scope,
                       "the audio codec preference list %s does not exist: codecs keep the order "
                       "of the phones",
                       name);
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
    sj_log_info(call->manager->scope, "the call from %s to %s cannot have media: %s", call->calling,
                call->dialled, text);
    sj_metric_add(call->manager->scope, call->manager->metric_region_refusals, 1);
}

static bool over_tls(const struct call_leg *leg) {
    return leg->flow.transport == SJ_SIP_TRANSPORT_TLS;
}

/* Whether the session descriptions in a body are of encrypted media. */
static bool is_encrypted(const struct message_body *body) {
    struct multipart reader;
    struct multipart_part part;
    if (media_type_is(body->type, MEDIA_SDP)) {
        return sdp_keys_encrypted(body->content);
    }
    if (multipart_begin(body->type, body->content, &reader)) {
        while (multipart_next(&reader, &part)) {
            if (media_type_is(part.type, MEDIA_SDP)) {
                return sdp_keys_encrypted(part.content);
            }
        }
    }
    return false;
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

static bool pass(struct call *call, struct call_leg *from, struct call_leg *to,
                 struct message_body body, struct message_body *result) {
    struct call_leg *callee = from->caller ? to : from;
    struct sdp_limits *limits = NULL;
    enum sdp_verdict verdict = SDP_UNREADABLE;
    struct sdp_report report = {"", false, false};
    struct sip_writer out;
    sip_writer_init(&out, call->manager->body, sizeof call->manager->body);
    if (body.content.length == 0 || find_limits(call, callee, &limits)) {
        const struct message_body_rules rules = {.limits = limits,
                                                 .no_keys = over_tls(from) != over_tls(to),
                                                 .plain_allowed = from->srtp_fallback};
        verdict = message_body_fit(&rules, body, &out, result, &report);
    }
    if (verdict == SDP_NO_AUDIO || verdict == SDP_UNREADABLE || verdict == SDP_KEYS_MUST_GO) {
        char limit[240];
        name_limit(call, callee, limits, limit, sizeof limit);
        refuse(call, verdict, &report, limit);
        return false;
    }
    if (report.removed[0] != '\0' || report.video_limited || report.video_refused) {
        call_trace(call, "%s: %s%s%s", limits == call->limits ? "EMCC region" : "regions",
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
    if (!pass(call, from, to, body, result)) {
        return false;
    }
    if (result->content.length > 0) {
        call->encrypted = over_tls(from) && over_tls(to) && is_encrypted(result);
    }
    return true;
}

bool call_media_pass(struct call *call, struct call_leg *from, struct call_leg *to,
                     const struct sip_message *message, struct message_body *result) {
    const struct message_body body = {sip_message_header(message, SIP_CONTENT_TYPE), message->body};
    return pass_and_note(call, from, to, body, result);
}

bool call_media_offer(struct call *call, struct call_leg *callee, struct message_body *result) {
    const struct message_body body = {sip_text_of(sj_or_empty(call->offer_type)),
                                      {call->offer, call->offer_length}};
    return pass_and_note(call, call->caller, callee, body, result);
}
