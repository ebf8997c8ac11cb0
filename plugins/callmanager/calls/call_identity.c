/* Reads and writes who a party is. Pure. */
#include "calls/call_identity.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- reading ---- */

/* A domain name, and no address: only these can be called back from elsewhere. */
static bool is_domain(const struct sip_uri *uri) {
    sj_address address;
    for (size_t i = 0; i < uri->host.length; i++) {
        const char c = uri->host.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '-')) {
            return false;
        }
    }
    return uri->host.length > 0 && !sip_uri_address(uri, 5060, &address);
}

/* Whether a Privacy header (RFC 3323, RFC 3325) asks to withhold who calls. */
static bool asks_for_privacy(struct sip_text values) {
    static const char *const asking[] = {"id", "user", "header"};
    for (size_t i = 0; i < values.length; i++) {
        struct sip_text value = {values.at + i, 0};
        while (i + value.length < values.length &&
               strchr(";, \t", value.at[value.length]) == NULL) {
            value.length++;
        }
        for (size_t j = 0; j < sizeof asking / sizeof asking[0]; j++) {
            if (sip_text_is_nocase(value, asking[j])) {
                return true;
            }
        }
        i += value.length;
    }
    return false;
}

static bool is_withheld(const struct sip_message *request) {
    struct sip_name_address party;
    struct sip_text privacy;
    char from[DIGITS_MAX];
    for (size_t i = 0; i < request->count; i++) {
        const struct sip_text value = request->headers[i].value;
        if (request->headers[i].name == SIP_PRIVACY && asks_for_privacy(value)) {
            return true;
        }
        if (request->headers[i].name == SIP_REMOTE_PARTY_ID &&
            sip_name_address_parse(value, &party) && sip_param(party.params, "privacy", &privacy) &&
            !sip_text_is_nocase(privacy, "off")) {
            return true;
        }
    }
    sip_address_user(sip_message_header(request, SIP_FROM), from, sizeof from);
    return strcasecmp(from, "anonymous") == 0;
}

/* Of a URI whose user part is in `number`: the number that comes with it, and itself. */
static void read_uri(const struct sip_message *request, const struct sip_uri *address,
                     char number[DIGITS_MAX], char uri[DIRECTORY_URI]) {
    char beside[DIGITS_MAX];
    struct sip_text value;
    if (is_domain(address) && address->host.length < DIRECTORY_URI - DIGITS_MAX &&
        !is_withheld(request)) {
        (void)snprintf(uri, DIRECTORY_URI, "%s@%.*s", number, (int)address->host.length,
                       address->host.at);
    }
    if (sip_param(address->params, "x-cisco-number", &value) &&
        sip_unescape(value, beside, sizeof beside) && beside[0] != '\0' &&
        digits_are_number(beside)) {
        memcpy(number, beside, sizeof beside);
    }
}

void call_identity_read(const struct sip_message *request, char number[DIGITS_MAX],
                        char name[CALL_NAME], char uri[DIRECTORY_URI]) {
    static const enum sip_header_name headers[] = {SIP_P_ASSERTED_IDENTITY, SIP_REMOTE_PARTY_ID,
                                                   SIP_FROM};
    number[0] = name[0] = uri[0] = '\0';
    for (size_t i = 0; i < 3 && number[0] == '\0'; i++) {
        struct sip_name_address party;
        struct sip_uri address;
        if (!sip_name_address_parse(sip_message_header(request, headers[i]), &party)) {
            continue;
        }
        sip_display_copy(party.display, name, CALL_NAME);
        if (!sip_uri_parse(party.uri, &address) ||
            !sip_unescape(address.user, number, DIGITS_MAX)) {
            number[0] = '\0';
        } else if (!digits_are_number(number)) {
            read_uri(request, &address, number, uri);
        }
    }
}

/* ---- writing ---- */

bool call_identity_keeps_uri(const char *original, const char *number) {
    const size_t before = strlen(original), after = strlen(number);
    return before > 0 && after >= before && strcmp(number + after - before, original) == 0;
}

/* How much of the URI is its user part; 0: the number is told. */
static size_t told_user(const struct call_identity *identity) {
    const char *at = strrchr(identity->uri, '@');
    return identity->number[0] == '\0' || at == NULL ||
                   identity->format ==
                       SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_DN_ONLY
               ? 0
               : (size_t)(at - identity->uri);
}

char *call_identity_user(const struct call_identity *identity) {
    /* With the number beside it, requests within the call go to the number as ever. */
    return identity->format ==
                       SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_URI_ONLY &&
                   told_user(identity) > 0
               ? strndup(identity->uri, told_user(identity))
               : strdup(identity->number);
}

void call_identity_put(struct sip_writer *writer, const struct call_identity *identity,
                       const char *own_address) {
    const size_t length = told_user(identity);
    char user[DIRECTORY_URI];
    sip_put_display(writer, identity->name);
    sip_put(writer, "<sip:");
    if (length > 0) {
        (void)snprintf(user, sizeof user, "%.*s", (int)length, identity->uri);
        sip_put_user(writer, user);
        sip_put(writer, identity->uri + length);
        if (identity->format ==
                SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_URI_AND_DN &&
            digits_are_number(identity->number)) {
            sip_put(writer, ";x-cisco-number=");
            sip_put_user(writer, identity->number);
        }
    } else {
        sip_put_user(writer, identity->number);
        sip_put(writer, identity->number[0] == '\0' ? "anonymous@" : "@");
        sip_put_host(writer, own_address, 0);
    }
    sip_put(writer, ">");
}

void call_identity_put_headers(struct sip_writer *writer, const struct call_identity *identity,
                               const char *own_address, const char *party) {
    if (identity->number[0] == '\0') {
        return;
    }
    sip_put(writer, "P-Asserted-Identity: ");
    call_identity_put(writer, identity, own_address);
    sip_put(writer, "\r\nRemote-Party-ID: ");
    call_identity_put(writer, identity, own_address);
    sip_put(writer, ";party=");
    sip_put(writer, party);
    sip_put(writer, ";screen=yes;privacy=off\r\n");
}
