/* Reads and writes Diversion headers. Pure. */
#include "calls/call_diversion.h"
#include "sip/header_values.h"

#include <stdio.h>

static void take_host(const struct sip_uri *uri, const char *own_host, char host[64]) {
    bool plain = uri->host.length > 0 && uri->host.length < 64;
    for (size_t i = 0; plain && i < uri->host.length; i++) {
        const char c = uri->host.at[i];
        plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '.' || c == '-' || c == ':';
    }
    host[0] = '\0';
    if (!plain) {
        (void)snprintf(host, 64, "unknown.invalid"); /* not us in any case */
    } else if (!sip_text_is_nocase(uri->host, own_host)) {
        (void)sip_text_copy(uri->host, host, 64);
    }
}

/* A reason may be a token or a quoted text; what we write again must be one of these. */
static void take_reason(struct sip_text params, char reason[24]) {
    struct sip_text found;
    (void)snprintf(reason, 24, "unknown");
    if (sip_param(params, "reason", &found) && found.length > 0 && found.length < 24) {
        for (size_t i = 0; i < found.length; i++) {
            const char c = found.at[i];
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-')) {
                return;
            }
        }
        (void)sip_text_copy(found, reason, 24);
    }
}

static bool read_one(struct sip_text text, const char *own_host, bool trusted,
                     struct forward_hop *hop) {
    struct sip_name_address party;
    struct sip_uri uri;
    struct sip_text found;
    uint64_t times = 1;
    memset(hop, 0, sizeof *hop);
    if (!sip_name_address_parse(text, &party) || !sip_uri_parse(party.uri, &uri)) {
        return false;
    }
    if (!sip_uri_user(&uri, hop->number, sizeof hop->number)) {
        hop->number[0] = '\0';
    }
    take_host(&uri, own_host, hop->host);
    take_reason(party.params, hop->reason);
    sip_display_copy(party.display, hop->name, sizeof hop->name);
    if (!sip_param(party.params, "counter", &found) || !sip_text_number(found, 1000, &times) ||
        times == 0) {
        times = 1;
    }
    hop->times = (unsigned)times;
    hop->withheld = sip_param(party.params, "privacy", &found) && !sip_text_is_nocase(found, "off");
    hop->unverified =
        !trusted || !sip_param(party.params, "screen", &found) || !sip_text_is_nocase(found, "yes");
    return true;
}

void call_diversion_read(const struct sip_message *message, const char *own_host, bool trusted,
                         struct forward_history *history) {
    struct sip_values values = sip_values_of(message, SIP_DIVERSION);
    struct forward_hop hops[DIVERSIONS_MAX];
    struct sip_text value;
    size_t count = 0;
    while (count < DIVERSIONS_MAX && sip_values_next(&values, &value)) {
        count += read_one(value, own_host, trusted, &hops[count]) ? 1 : 0;
    }
    while (count > 0) { /* the latest stands first; the history begins with the oldest */
        (void)forward_history_add(history, &hops[--count], 0);
    }
}

static void write_number(struct sip_writer *writer, const struct forward_hop *hop,
                         const char *own_host) {
    sip_put_display(writer, hop->name);
    sip_put(writer, "<sip:");
    sip_put_user(writer, hop->number);
    sip_put(writer, hop->number[0] == '\0' ? "" : "@");
    sip_put_host(writer, hop->host[0] == '\0' ? own_host : hop->host, 0);
}

static void write_one(struct sip_writer *writer, const struct forward_hop *hop,
                      const char *own_host, bool trusted) {
    sip_put(writer, "Diversion: ");
    if (hop->withheld && !trusted) {
        sip_put(writer, "\"Anonymous\" <sip:anonymous@anonymous.invalid");
    } else {
        write_number(writer, hop, own_host);
    }
    sip_put(writer, ">;reason=");
    sip_put(writer, hop->reason);
    sip_put(writer, ";counter=");
    sip_put_number(writer, hop->times > 0 ? hop->times : 1);
    sip_put(writer, hop->withheld ? ";privacy=full" : ";privacy=off");
    sip_put(writer, hop->unverified ? ";screen=no\r\n" : ";screen=yes\r\n");
}

void call_diversion_write(struct sip_writer *writer, const struct forward_history *history,
                          const char *own_host, bool trusted, call_hop_told *told, const void *to) {
    const size_t left_out = history->count > DIVERSIONS_MAX ? history->count - DIVERSIONS_MAX : 0;
    for (size_t i = history->count; i-- > 0;) {
        if (i == 0 || i > left_out) {
            struct forward_hop hop = history->hops[i];
            if (told != NULL) {
                told(to, &hop);
            }
            write_one(writer, &hop, own_host, trusted);
        }
    }
}
