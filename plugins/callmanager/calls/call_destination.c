/* Reads whom a URI names: the one reader for calls, transfers and those who ask what a call would
 * do. */
#include "calls/call_destination.h"
#include "calls/sip_profiles.h"
#include "phones/registration_table.h"
#include "sip/sip_writer.h"

#include <sojourn/base/text.h>

#include <stdio.h>

/* How the caller's SIP profile reads what was dialled. A phone's is read only where profiles
 * differ.
 */
static sj_sip_profile_dial_string_interpretation
interpretation_of(struct call_manager *manager, const struct call_origin *origin) {
    const sj_list_link *link = NULL;
    const sj_sip_profile *profile;
    bool all_alike = true;
    if (origin->trunk.trunk != NULL) {
        profile = dial_plan_get(&manager->plan, PLAN_SIP_PROFILE, origin->trunk.trunk->sip_profile);
        return profile == NULL ? SJ_SIP_PROFILE_DIAL_STRING_INTERPRETATION_DIGITS
                               : profile->dial_string_interpretation;
    }
    while ((profile = dial_plan_walk(&manager->plan, PLAN_SIP_PROFILE, &link)) != NULL) {
        all_alike = all_alike && profile->dial_string_interpretation ==
                                     SJ_SIP_PROFILE_DIAL_STRING_INTERPRETATION_DIGITS;
    }
    if (!all_alike && origin->device != NULL) {
        profile = sip_profile_of_phone(manager, origin->device->name);
    }
    return profile == NULL ? SJ_SIP_PROFILE_DIAL_STRING_INTERPRETATION_DIGITS
                           : profile->dial_string_interpretation;
}

bool call_destination_dialled(const struct sip_uri *uri, char dialled[DIGITS_MAX]) {
    return sip_uri_user(uri, dialled, DIGITS_MAX) && dialled[0] != '\0';
}

const char *call_destination_feature(const char *dialled) {
    static const char service[] = "x-cisco-serviceuri-";
    const size_t length = sizeof service - 1;
    return strncmp(dialled, service, length) == 0 ? dialled + length : NULL;
}

void call_destination_read(struct call_manager *manager, const struct sip_uri *uri,
                           const struct call_origin *origin, const char *dialled,
                           struct call_destination *destination) {
    struct sip_text kind;
    memset(destination, 0, sizeof *destination);
    (void)snprintf(destination->digits, sizeof destination->digits, "%s", dialled);
    destination->sips = sip_text_is_nocase(uri->scheme, "sips");
    if (!sip_text_is_nocase(uri->scheme, "tel") &&
        !(sip_param(uri->params, "user", &kind) && sip_text_is_nocase(kind, "phone")) &&
        !dial_string_is_number(interpretation_of(manager, origin), dialled)) {
        (void)sip_text_copy(uri->host, destination->host, sizeof destination->host);
    }
}

/* ---- a sips URI (RFC 5630) ---- */

/* How a caller's calls come that is only asked about: as it is registered, or else as its security
 * profile has it. Of a caller that is no device nothing is known. */
static bool would_come_in_clear(const struct call_manager *manager,
                                const struct call_origin *origin) {
    const struct device *device = origin->device;
    const struct registration *registration =
        device == NULL ? NULL : registration_find(manager->registrations, device->name);
    if (registration != NULL) {
        return registration->flow.transport != SJ_SIP_TRANSPORT_TLS;
    }
    return device != NULL ? device->name[0] != '\0' && !device_is_secure(device)
                          : origin->trunk.trunk != NULL &&
                                !trunk_wants_tls(manager, origin->trunk.trunk->name, false);
}

const char *call_destination_refusal(const struct call_manager *manager,
                                     const struct call_destination *destination,
                                     const struct call_origin *origin,
                                     const struct sip_flow *flow) {
    const bool in_clear =
        destination->sips && (flow != NULL ? flow->transport != SJ_SIP_TRANSPORT_TLS
                                           : would_come_in_clear(manager, origin));
    return in_clear ? "A sips URI asks for TLS, and the call did not come over it" : "";
}

bool call_destination_unreached(bool sips, const struct call_target *target, char *why,
                                size_t room) {
    const bool secure = target->assumed != NULL ? device_is_secure(target->assumed)
                                                : target->flow.transport == SJ_SIP_TRANSPORT_TLS;
    if (!sips || secure) {
        return false;
    }
    (void)snprintf(why, room, "The call asks for TLS (sips), and %s is reached %s%s",
                   target->device_name, target->assumed != NULL ? "in the clear" : "over ",
                   target->assumed != NULL ? "" : sip_transport_text(target->flow.transport));
    return true;
}

/* ---- what is typed ---- */

static bool has_scheme(const char *typed) {
    static const char *const schemes[] = {"sip:", "sips:", "tel:"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strncasecmp(typed, schemes[i], strlen(schemes[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* What a phone makes of what its user types: a URI is sent as it is, anything else as the user part
 * of one, at the cluster's address when it has no host. False: it has no room. */
static bool request_uri(const struct call_manager *manager, const char *typed, char *uri,
                        size_t room) {
    struct sip_writer writer;
    char user[DIGITS_MAX];
    const char *at = strchr(typed, '@');
    const size_t length = at != NULL ? (size_t)(at - typed) : strcspn(typed, ";");
    if (has_scheme(typed)) {
        return (size_t)snprintf(uri, room, "%s", typed) < room;
    }
    if (length >= sizeof user) {
        return false;
    }
    (void)snprintf(user, sizeof user, "%.*s", (int)length, typed);
    sip_writer_init(&writer, uri, room - 1);
    sip_put(&writer, "sip:");
    sip_put_user(&writer, user);
    if (at == NULL) {
        sip_put(&writer, "@");
        sip_put_host(&writer, manager->address, 0);
    }
    sip_put(&writer, typed + length);
    uri[writer.used] = '\0';
    return !writer.overflow;
}

int call_destination_typed(struct call_manager *manager, const char *typed,
                           const struct call_origin *origin, const char *route_string,
                           struct call_destination *destination, sj_error *error) {
    char text[DESTINATION_URI], dialled[DIGITS_MAX];
    struct sip_uri uri;
    if (!request_uri(manager, typed, text, sizeof text) ||
        !sip_uri_parse(sip_text_of(text), &uri) || uri.host.length >= DIRECTORY_URI ||
        !call_destination_dialled(&uri, dialled)) {
        return sj_error_field(
            error, SJ_E_INVALID, "digits",
            "expected a number of at most %d digits, or a URI such as "
            "bob@example.com, sip:bob@example.com or tel:+4930100, got \"%.100s\"",
            DIGITS_MAX - 1, typed);
    }
    if (call_destination_feature(dialled) != NULL) {
        return sj_error_field(error, SJ_E_INVALID, "digits",
                              "expected what is called: %s is what a softkey sends", dialled);
    }
    call_destination_read(manager, &uri, origin, dialled, destination);
    (void)snprintf(destination->route_string, sizeof destination->route_string, "%s",
                   sj_or_empty(route_string));
    return SJ_OK;
}
