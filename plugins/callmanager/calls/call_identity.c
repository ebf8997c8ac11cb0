/* Reads and writes who a party is. Pure. */
#include "calls/call_identity.h"
#include "sip/header_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define ANONYMOUS "anonymous"

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

static bool is_one_of(struct sip_text word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (sip_text_is_nocase(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* The next word of a Privacy header, from *at on. False: there is none. */
static bool next_word(struct sip_text values, size_t *at, struct sip_text *word) {
    static const char between[] = ";, \t";
    while (*at < values.length && strchr(between, values.at[*at]) != NULL) {
        (*at)++;
    }
    *word = (struct sip_text){values.at + *at, 0};
    while (*at < values.length && strchr(between, values.at[*at]) == NULL) {
        (*at)++;
        word->length++;
    }
    return word->length > 0;
}

/* Whether a Privacy header (RFC 3323, RFC 3325) asks to withhold who calls. */
static bool asks_for_privacy(struct sip_text values) {
    static const char *const asking[] = {"id", "user", "header"};
    struct sip_text word;
    size_t at = 0;
    while (next_word(values, &at, &word)) {
        if (is_one_of(word, asking, sizeof asking / sizeof asking[0])) {
            return true;
        }
    }
    return false;
}

bool call_identity_privacy_exceeds(const struct sip_message *request) {
    static const char *const given[] = {"id", "user", "header", "none", "critical"};
    struct sip_values values = sip_values_of(request, SIP_PRIVACY);
    struct sip_text value, word;
    bool critical = false, beyond = false;
    while (sip_values_next(&values, &value)) {
        size_t at = 0;
        while (next_word(value, &at, &word)) {
            critical = critical || sip_text_is_nocase(word, "critical");
            beyond = beyond || !is_one_of(word, given, sizeof given / sizeof given[0]);
        }
    }
    return critical && beyond;
}

static struct call_withheld together(struct call_withheld first, struct call_withheld second) {
    return (struct call_withheld){first.number || second.number, first.name || second.name};
}

/* What the privacy of a Remote-Party-ID asks to withhold. */
static struct call_withheld party_privacy(struct sip_text privacy) {
    const bool any = !sip_text_is_nocase(privacy, "off");
    return (struct call_withheld){any && !sip_text_is_nocase(privacy, "name"),
                                  any && !sip_text_is_nocase(privacy, "uri")};
}

/* What of that which is asserted is to be withheld. */
static struct call_withheld asserted_privacy(const struct sip_message *request) {
    static const struct call_withheld all = {true, true};
    struct call_withheld withheld = {false, false};
    struct sip_name_address party;
    struct sip_text privacy;
    struct sip_values values = sip_values_of(request, SIP_PRIVACY);
    struct sip_text value;
    while (sip_values_next(&values, &value)) {
        if (asks_for_privacy(value)) {
            return all;
        }
    }
    values = sip_values_of(request, SIP_REMOTE_PARTY_ID);
    while (sip_values_next(&values, &value)) {
        if (sip_name_address_parse(value, &party) && sip_param(party.params, "privacy", &privacy)) {
            withheld = together(withheld, party_privacy(privacy));
        }
    }
    return withheld;
}

struct call_withheld call_identity_withheld(const struct sip_message *request) {
    char from[DIGITS_MAX];
    sip_address_user(sip_message_header(request, SIP_FROM), from, sizeof from);
    const bool anonymous = strcasecmp(from, ANONYMOUS) == 0;
    return together(asserted_privacy(request), (struct call_withheld){anonymous, anonymous});
}

/* Of a URI whose user part is in `number`: the number that comes with it, and itself. */
static void read_uri(const struct sip_uri *address, char number[DIGITS_MAX],
                     char uri[DIRECTORY_URI]) {
    char beside[DIGITS_MAX];
    struct sip_text value;
    if (is_domain(address) && address->host.length < DIRECTORY_URI - DIGITS_MAX) {
        (void)snprintf(uri, DIRECTORY_URI, "%s@%.*s", number, (int)address->host.length,
                       address->host.at);
    }
    if (sip_param(address->params, "x-cisco-number", &value) &&
        sip_unescape(value, beside, sizeof beside) && beside[0] != '\0' &&
        digits_are_number(beside)) {
        memcpy(number, beside, sizeof beside);
    }
}

/* Whether what a header says of its sender counts. */
static bool is_trusted(enum sip_header_name header, sj_sip_trunk_trust_received_identity trust) {
    return header == SIP_FROM || trust == SJ_SIP_TRUNK_TRUST_RECEIVED_IDENTITY_TRUST_ALL ||
           (header == SIP_P_ASSERTED_IDENTITY &&
            trust == SJ_SIP_TRUNK_TRUST_RECEIVED_IDENTITY_TRUST_PAI_ONLY);
}

/* Whether the sender vouches for what it says there: of a Remote-Party-ID it says so itself. */
static bool is_vouched_for(enum sip_header_name header, struct sip_text params) {
    struct sip_text screen;
    return header == SIP_P_ASSERTED_IDENTITY ||
           (header == SIP_REMOTE_PARTY_ID && sip_param(params, "screen", &screen) &&
            sip_text_is_nocase(screen, "yes"));
}

/* From the first of so many headers that names somebody and is trusted. */
static void read_from(const struct sip_message *message, size_t count,
                      sj_sip_trunk_trust_received_identity trust, char number[DIGITS_MAX],
                      char name[CALL_NAME], char uri[DIRECTORY_URI], bool *verified) {
    static const enum sip_header_name headers[] = {SIP_P_ASSERTED_IDENTITY, SIP_REMOTE_PARTY_ID,
                                                   SIP_FROM};
    number[0] = name[0] = uri[0] = '\0';
    *verified = false;
    for (size_t i = 0; i < count && number[0] == '\0'; i++) {
        struct sip_name_address party;
        struct sip_uri address;
        if (!is_trusted(headers[i], trust) ||
            !sip_name_address_parse(sip_message_header(message, headers[i]), &party)) {
            continue;
        }
        *verified = is_vouched_for(headers[i], party.params);
        sip_display_copy(party.display, name, CALL_NAME);
        if (!sip_uri_parse(party.uri, &address) || !sip_uri_user(&address, number, DIGITS_MAX)) {
            number[0] = '\0';
        } else if (strcasecmp(number, ANONYMOUS) == 0) {
            number[0] = name[0] = '\0';
        } else if (!digits_are_number(number)) {
            read_uri(&address, number, uri);
        }
    }
}

void call_identity_read(const struct sip_message *request,
                        sj_sip_trunk_trust_received_identity trust, char number[DIGITS_MAX],
                        char name[CALL_NAME], char uri[DIRECTORY_URI], bool *verified) {
    enum { ASSERTED_AND_FROM = 3 };
    read_from(request, ASSERTED_AND_FROM, trust, number, name, uri, verified);
}

bool call_identity_read_asserted(const struct sip_message *message,
                                 sj_sip_trunk_trust_received_identity trust,
                                 char number[DIGITS_MAX], char name[CALL_NAME],
                                 char uri[DIRECTORY_URI], struct call_withheld *withheld,
                                 bool *verified) {
    enum { ASSERTED = 2 };
    read_from(message, ASSERTED, trust, number, name, uri, verified);
    *withheld = asserted_privacy(message);
    return number[0] != '\0';
}

/* ---- writing ---- */

bool call_identity_keeps_uri(const char *original, const char *number) {
    const size_t before = strlen(original), after = strlen(number);
    return before > 0 && after >= before && strcmp(number + after - before, original) == 0;
}

/* How much of the URI is its user part; 0: the number is told. */
static size_t told_user(const struct call_identity *identity) {
    const char *at = strrchr(identity->uri, '@');
    return identity->number[0] == '\0' || at == NULL || identity->withheld.number ||
                   identity->format ==
                       SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_DN_ONLY
               ? 0
               : (size_t)(at - identity->uri);
}

sj_sip_trunk_calling_and_connected_party_info_format
call_identity_format(sj_sip_trunk_calling_and_connected_party_info_format format, bool helps,
                     const char *number) {
    return helps && digits_are_number(number)
               ? SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_DN_ONLY
               : format;
}

bool call_identity_is_uri_alone(const struct call_identity *identity) {
    return identity->format ==
               SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_URI_ONLY &&
           told_user(identity) > 0;
}

char *call_identity_user(const struct call_identity *identity) {
    if (identity->withheld.number) {
        return strdup("");
    }
    /* With the number beside it, requests within the call go to the number as ever. */
    return call_identity_is_uri_alone(identity) ? strndup(identity->uri, told_user(identity))
                                                : strdup(identity->number);
}

/* `callback` NULL: none is told. */
static void put(struct sip_writer *writer, const struct call_identity *identity,
                const char *own_address, const char *callback) {
    const size_t length = told_user(identity);
    char user[DIRECTORY_URI];
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
        sip_put(writer, identity->number[0] == '\0' ? ANONYMOUS "@" : "@");
        sip_put_host(writer, own_address, 0);
    }
    if (callback != NULL && !identity->withheld.number) {
        sip_put(writer, ";x-cisco-callback-number=");
        sip_put_user(writer, callback);
    }
    sip_put(writer, ">");
}

void call_identity_put_from(struct sip_writer *writer, const struct call_identity *identity,
                            const char *own_address) {
    sip_put_display(writer, identity->withheld.name ? "Anonymous" : identity->name);
    if (identity->withheld.number) {
        sip_put(writer, "<sip:" ANONYMOUS "@anonymous.invalid>");
    } else {
        put(writer, identity, own_address, NULL);
    }
}

void call_identity_put_headers(struct sip_writer *writer, const struct call_identity *identity,
                               const char *own_address, const char *party) {
    const struct call_withheld withheld = identity->withheld;
    if (!(identity->asserted_identity || identity->remote_party_id) ||
        identity->number[0] == '\0' || (withheld.number && !digits_are_number(identity->number))) {
        return; /* of a withheld URI its user part is no number */
    }
    /* Privacy says nothing of a name alone. */
    const char *name = withheld.name && !withheld.number ? "" : identity->name;
    if (identity->asserted_identity) {
        sip_put(writer, "P-Asserted-Identity: ");
        sip_put_display(writer, name);
        put(writer, identity, own_address, NULL);
        sip_put(writer, "\r\n");
    }
    if (identity->remote_party_id) {
        sip_put(writer, "Remote-Party-ID: ");
        sip_put_display(writer, name);
        put(writer, identity, own_address, identity->callback);
        sip_put(writer, ";party=");
        sip_put(writer, party);
        sip_put(writer, identity->verified ? ";screen=yes;privacy=" : ";screen=no;privacy=");
        sip_put(writer, withheld.number && withheld.name ? "full"
                        : withheld.number                ? "uri"
                        : withheld.name                  ? "name"
                                                         : "off");
        sip_put(writer, "\r\n");
    }
    sip_put(writer, withheld.number ? "Privacy: id\r\n" : "");
}
