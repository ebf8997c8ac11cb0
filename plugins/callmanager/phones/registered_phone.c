/* Finds the registered phone that sent a request, by its address and by what it says of itself, and
 * checks its proofs. */
#include "phones/registered_phone.h"
#include "phones/authorization.h"
#include "phones/registrations.h"
#include "phones/secure_phone.h"

#include <sojourn/base/hex.h>

struct registration *registered_phone_by_number(struct call_manager *manager,
                                                const struct sip_message *request,
                                                const struct sip_flow *flow, const char *number) {
    struct registration *any = NULL;
    struct sip_name_address contact;
    const bool has_contact =
        sip_name_address_parse(sip_message_header(request, SIP_CONTACT), &contact);
    for (struct registration *registration = registration_from(manager->registrations, flow, NULL);
         registration != NULL;
         registration = registration_from(manager->registrations, flow, registration)) {
        const struct device_line *line = device_line_by_number(registration->device, number);
        if (has_contact && sip_text_is(contact.uri, registration->contact)) {
            return registration;
        }
        if (any == NULL || (line != NULL && strcmp(line_number(line), number) == 0)) {
            any = registration;
        }
    }
    if (any == NULL && has_contact) {
        struct registration *named = registration_by_contact(manager->registrations, contact.uri);
        sj_address same = named == NULL ? flow->remote : named->flow.remote;
        if (same.any.sa_family == AF_INET6) {
            same.v6.sin6_port = flow->remote.v6.sin6_port;
        } else {
            same.v4.sin_port = flow->remote.v4.sin_port;
        }
        any = sj_address_equal(&same, &flow->remote)
                  ? named
                  : NULL; /* another port of the phone's address */
    }
    return any;
}

/* "0011aabbccdd" names SEP0011AABBCCDD. */
static bool name_from_mac(const char *user, char name[16]) {
    size_t length = 0;
    memcpy(name, "SEP", 4);
    for (; user[length] != '\0' && length < 13; length++) {
        const char c = user[length];
        if (sj_hex_value(c) < 0 || length == 12) {
            return false;
        }
        name[3 + length] = (char)(c >= 'a' ? c - 'a' + 'A' : c);
    }
    name[3 + length] = '\0';
    return length == 12;
}

/* The phone that a request outside of calls comes from: it names itself by its MAC address or a
 * number of its in From, and is registered from that place. NULL: there is none. */
static struct registration *registered_phone_of_request(struct call_manager *manager,
                                                        const struct sip_message *request,
                                                        const struct sip_flow *flow) {
    char user[DIGITS_MAX], name[16];
    sip_address_user(sip_message_header(request, SIP_FROM), user, sizeof user);
    if (name_from_mac(user, name)) {
        struct registration *named = registration_find(manager->registrations, name);
        if (named != NULL) {
            return sip_flow_same_host(&named->flow, flow) ? named : NULL;
        }
    }
    return registered_phone_by_number(manager, request, flow, user);
}

struct registration *registered_phone_authorise(struct call_manager *manager,
                                                const struct sip_message *request,
                                                const struct sip_flow *flow) {
    struct registration *phone = registered_phone_of_request(manager, request, flow);
    const struct device *device = phone == NULL ? NULL : registrations_device(manager, phone);
    char fault[SECURE_PHONE_FAULT];
    if (device == NULL) {
        sip_answer(manager, request, flow, 403, "No phone is registered from this address");
        return NULL;
    }
    if (secure_phone_fault(manager, device, flow, fault)[0] != '\0') {
        sip_answer(manager, request, flow, 403, fault);
        return NULL;
    }
    if (device->digest &&
        !phone->cisco) { /* Cisco's phones do not answer such challenges: their address has to do */
        struct nonce_mark proof;
        return authorization_prove(manager, request, flow, device, phone, &proof) ? phone : NULL;
    }
    return phone;
}
