/* Reads by the names of elements, whatever their prefixes. Pure. */
#include "phones/feature_document.h"

static bool is_name_end(char c) {
    return sip_is_space(c) || c == '>' || c == '/';
}

/* Behind the start tag of the first element of that local name, from *at on; false when there is
 * none. */
static bool find_element(struct sip_text document, const char *name, size_t *at) {
    const size_t length = strlen(name);
    for (size_t i = *at; i + length + 1 < document.length; i++) {
        size_t start = i + 1;
        if (document.at[i] != '<') {
            continue;
        }
        /* No name goes beyond the next '<': looking further for each of them would take a second
         * for 48 KB of them. */
        while (start < document.length && !is_name_end(document.at[start]) &&
               document.at[start] != ':' && document.at[start] != '<') {
            start++;
        }
        start = start < document.length && document.at[start] == ':' ? start + 1 : i + 1;
        if (start + length < document.length && memcmp(document.at + start, name, length) == 0 &&
            is_name_end(document.at[start + length])) {
            const char *end = memchr(document.at + start, '>', document.length - start);
            if (end == NULL) {
                return false;
            }
            *at = (size_t)(end + 1 - document.at);
            return true;
        }
    }
    return false;
}

/* The text of an element up to the next tag, trimmed; empty when there is none. */
static struct sip_text text_in(struct sip_text document, size_t start, const char *name) {
    struct sip_text text = {"", 0};
    if (find_element(document, name, &start)) {
        text.at = document.at + start;
        while (start + text.length < document.length && text.at[text.length] != '<') {
            text.length++;
        }
    }
    return sip_text_trim(text);
}

static bool take_destination(struct sip_text text, char destination[DIGITS_MAX]) {
    for (size_t i = 0; i < text.length; i++) {
        if (strchr("0123456789*#+", text.at[i]) == NULL || text.at[i] == '\0') {
            return false;
        }
    }
    return text.length > 0 && text.length <= 50 && sip_text_copy(text, destination, DIGITS_MAX);
}

struct feature_change feature_document_read(struct sip_text document) {
    struct feature_change change = {FEATURE_UNKNOWN, false, ""};
    size_t at = 0;
    if (find_element(document, "SetDoNotDisturb", &at)) {
        change.kind = FEATURE_DO_NOT_DISTURB;
        change.on = sip_text_is_nocase(text_in(document, at, "doNotDisturbOn"), "true");
        return change;
    }
    at = 0;
    if (find_element(document, "SetForwarding", &at) &&
        sip_text_is_nocase(text_in(document, at, "forwardingType"), "forwardImmediate")) {
        change.on = sip_text_is_nocase(text_in(document, at, "activateForward"), "true");
        if (!change.on ||
            take_destination(text_in(document, at, "forwardDN"), change.destination)) {
            change.kind = FEATURE_FORWARD_ALL;
        }
    }
    return change;
}

static void put_text(struct sip_writer *out, const char *text) {
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': sip_put(out, "&amp;"); break;
        case '<': sip_put(out, "&lt;"); break;
        case '>': sip_put(out, "&gt;"); break;
        default: sip_put_bytes(out, text, 1); break;
        }
    }
}

static void put_head(struct sip_writer *out, const char *event, const char *number) {
    sip_put(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<");
    sip_put(out, event);
    sip_put(
        out,
        " xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\">\r\n<device>");
    put_text(out, number);
    sip_put(out, "</device>\r\n");
}

void feature_document_put_do_not_disturb(struct sip_writer *out, const char *number, bool on) {
    put_head(out, "DoNotDisturbEvent", number);
    sip_put(out, on ? "<doNotDisturbOn>true</doNotDisturbOn>\r\n"
                    : "<doNotDisturbOn>false</doNotDisturbOn>\r\n");
    sip_put(out, "</DoNotDisturbEvent>\r\n");
}

void feature_document_put_forward_all(struct sip_writer *out, const char *number,
                                      const char *destination) {
    put_head(out, "ForwardingEvent", number);
    sip_put(out, "<forwardingType>forwardImmediate</forwardingType>\r\n<forwardStatus>");
    sip_put(out, destination[0] != '\0' ? "true" : "false");
    sip_put(out, "</forwardStatus>\r\n<forwardTo>");
    put_text(out, destination);
    sip_put(out, "</forwardTo>\r\n</ForwardingEvent>\r\n");
}
