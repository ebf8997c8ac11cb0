/* Reads the headers of session timers. */
#include "sip/session_expires.h"
#include "sip/header_values.h"
#include "sip/sip_address.h"

bool session_expires_read(const struct sip_message *message, struct session_expires *expires) {
    const struct sip_text value = sip_message_header(message, SIP_SESSION_EXPIRES);
    struct sip_text refresher;
    uint64_t interval_s = 0;
    if (!sip_text_number(sip_text_token(value), 0x7fffffffu, &interval_s)) {
        return false;
    }
    expires->interval_s = (uint32_t)interval_s;
    expires->refresher = REFRESHER_UNSAID;
    if (sip_param(value, "refresher", &refresher)) {
        expires->refresher = sip_text_is_nocase(refresher, "uac")   ? REFRESHER_UAC
                             : sip_text_is_nocase(refresher, "uas") ? REFRESHER_UAS
                                                                    : REFRESHER_UNSAID;
    }
    return true;
}

uint32_t session_expires_shortest(const struct sip_message *message) {
    uint64_t shortest_s = SESSION_SHORTEST_S;
    (void)sip_text_number(sip_text_token(sip_message_header(message, SIP_MIN_SE)), 0x7fffffffu,
                          &shortest_s);
    return shortest_s < SESSION_SHORTEST_S ? SESSION_SHORTEST_S
           : shortest_s > 0x7fffffffu      ? 0x7fffffffu
                                           : (uint32_t)shortest_s;
}

int session_expires_fault(const struct sip_message *request, uint32_t shortest_s) {
    struct session_expires expires;
    if (request->first[SIP_SESSION_EXPIRES] < 0 ||
        (request->method != SIP_INVITE && request->method != SIP_UPDATE)) {
        return 0;
    }
    if (!session_expires_read(request, &expires)) {
        return 400;
    }
    return expires.interval_s < shortest_s && sip_values_have(request, SIP_SUPPORTED, "timer") ? 422
                                                                                               : 0;
}
