/* Phones that must show a certificate. */
#include "phones/secure_phone.h"
#include "sip/tls_identity.h"

#include <stdio.h>

static const uint64_t warn_again_ms = (uint64_t)60 * 1000;

/* Refusals come as often as a phone tries: one line a minute. */
static void warn(struct call_manager *manager, const struct device *device,
                 const struct sip_flow *flow, const char *why) {
    const uint64_t now = sj_monotonic_ms(manager->scope);
    char address[SJ_ADDRESS_TEXT];
    const int port = sj_address_format(&flow->remote, address, sizeof address);
    if (manager->secure_phone_warned_ms != 0 &&
        now - manager->secure_phone_warned_ms < warn_again_ms) {
        sj_log_debug(manager->scope, "phone %s is refused from %s port %d: %s", device->name,
                     address, port, why);
        manager->secure_phones_unwarned++;
        return;
    }
    sj_log_warning(
        manager->scope,
        "phone %s is refused from %s port %d: %s (%u more refused since the last warning)",
        device->name, address, port, why, manager->secure_phones_unwarned);
    manager->secure_phone_warned_ms = now;
    manager->secure_phones_unwarned = 0;
}

const char *secure_phone_fault(struct call_manager *manager, const struct device *device,
                               const struct sip_flow *flow, char text[SECURE_PHONE_FAULT]) {
    sj_tls_peer peer;
    sj_error error;
    text[0] = '\0';
    if (!device_is_secure(device)) {
        return text;
    }
    if (flow->transport != SJ_SIP_TRANSPORT_TLS) {
        (void)snprintf(text, SECURE_PHONE_FAULT,
                       "Its security profile asks for TLS with a certificate, and it came over %s",
                       sip_transport_text(flow->transport));
    } else if (!sip_transport_peer(&manager->transport, flow, &peer)) {
        (void)snprintf(text, SECURE_PHONE_FAULT, "Its TLS connection was closed");
    } else if (!peer.certificate) {
        (void)snprintf(text, SECURE_PHONE_FAULT,
                       "Its security profile asks for a certificate, and it shows none");
    } else if (!tls_identity_is_device(&peer, device->name)) {
        char names[120];
        tls_identity_describe(&peer, names, sizeof names);
        (void)snprintf(text, SECURE_PHONE_FAULT, "Its certificate names another device: %s", names);
    } else if (sip_transport_verify(&manager->transport, flow, "phones", &error) != SJ_OK) {
        (void)snprintf(text, SECURE_PHONE_FAULT,
                       "Its certificate is not from a phone authority imported here: %.140s",
                       error.text);
    }
    if (text[0] != '\0') {
        warn(manager, device, flow, text);
    }
    return text;
}
