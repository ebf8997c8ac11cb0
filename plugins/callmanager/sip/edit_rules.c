/* Judges what a policy asks of a message, name by name and value by value. */
#include "sip/edit_rules.h"
#include "sip/header_values.h"

#include <stdio.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* Of the transaction, of the dialog, or of the body. */
static const char *const fixed[] = {
    "Via",          "Call-ID",       "CSeq",           "Max-Forwards", "Route",
    "Record-Route", "Contact",       "Content-Length", "Content-Type", "Content-Encoding",
    "Require",      "Proxy-Require", "RSeq",           "RAck",         "X-Sojourn-Emcc",
};

static const char *const secret[] = {"Authorization", "Proxy-Authorization", "WWW-Authenticate",
                                     "Proxy-Authenticate"};

static const char *const kept[] = {"From", "To"}; /* can be set, with the same tag */

/* Without them requests of their kind say nothing. */
static const char *const needed[] = {"Event", "Subscription-State", "Refer-To"};

/* Each message has one at most: of two nobody knows which counts. */
static const char *const single[] = {
    "Event",
    "Subscription-State",
    "Refer-To",
    "Refer-Sub",
    "Referred-By",
    "Replaces",
    "Join",
    "Target-Dialog",
    "Expires",
    "Min-Expires",
    "Session-Expires",
    "Min-SE",
    "Retry-After",
    "Date",
    "Timestamp",
    "Subject",
    "Priority",
    "Organization",
    "Reply-To",
    "User-Agent",
    "Server",
    "MIME-Version",
    "SIP-ETag",
    "SIP-If-Match",
    "Content-Disposition",
};

/* Their values are addresses, or begin with a number. */
static const char *const addresses[] = {
    "From",
    "To",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Remote-Party-ID",
    "Diversion",
    "Refer-To",
    "Referred-By",
    "Reply-To",
    "History-Info",
};
static const char *const numbers[] = {"Expires", "Min-Expires", "Session-Expires", "Min-SE",
                                      "Retry-After"};

static bool is_among(struct sip_text name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (sip_text_is_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

bool sip_header_is_secret(struct sip_text name) {
    return is_among(sip_long_name(name), secret, COUNT(secret));
}

static bool refuse(char *why, size_t room, const char *what, const char *name) {
    (void)snprintf(why, room, "%s %.60s", what, name);
    return false;
}

static bool is_fixed(struct sip_text name) {
    return is_among(name, fixed, COUNT(fixed)) || is_among(name, secret, COUNT(secret));
}

/* ---- values ---- */

static bool is_token(struct sip_text name) {
    for (size_t i = 0; i < name.length; i++) {
        if (!sip_is_token_char(name.at[i])) {
            return false;
        }
    }
    return name.length > 0;
}

static bool is_one_line(struct sip_text value) {
    for (size_t i = 0; i < value.length; i++) {
        const unsigned char c = (unsigned char)value.at[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return value.length > 0;
}

/* One address; or several, of headers other than From and To. */
static bool are_addresses(struct sip_text value, bool alone) {
    struct sip_name_address address;
    struct sip_uri uri;
    do {
        if (!sip_name_address_parse(value, &address) || !sip_uri_parse(address.uri, &uri)) {
            return false;
        }
        value = sip_text_trim(address.rest);
    } while (value.length > 0 && !alone);
    return value.length == 0;
}

static bool begins_with_number(struct sip_text value) {
    struct sip_text digits = {value.at, 0};
    uint64_t number;
    while (digits.length < value.length && value.at[digits.length] >= '0' &&
           value.at[digits.length] <= '9') {
        digits.length++;
    }
    return sip_text_number(digits, UINT32_MAX, &number) &&
           (digits.length == value.length || strchr("; \t(", value.at[digits.length]) != NULL);
}

static bool may_put(const struct sip_edit_header *header, char *why, size_t room) {
    const struct sip_text name = sip_long_name(sip_text_of(header->name)),
                          value = sip_text_trim(sip_text_of(header->value));
    if (!is_token(name)) {
        return refuse(why, room, "this is no header's name:", header->name);
    }
    if (is_fixed(name)) {
        return refuse(why, room, "a policy cannot change", header->name);
    }
    if (!is_one_line(value)) {
        return refuse(why, room, "the value is empty, or has more than one line: that of",
                      header->name);
    }
    if (is_among(name, addresses, COUNT(addresses)) &&
        !are_addresses(value, is_among(name, kept, COUNT(kept)))) {
        return refuse(why, room, "the value is no address: that of", header->name);
    }
    if (is_among(name, numbers, COUNT(numbers)) && !begins_with_number(value)) {
        return refuse(why, room, "the value is no number of seconds: that of", header->name);
    }
    return true;
}

/* ---- what is asked for ---- */

/* Where requests of this method can go. A number is an address only for who begins a call; sips
 * goes with the connection, which stays. */
static bool may_go_to(const struct sip_message *message, const char *text) {
    struct sip_uri before, uri;
    if (!message->request || !sip_uri_parse(sip_text_of(text), &uri) || uri.headers.length > 0) {
        return false;
    }
    if (sip_text_is_nocase(uri.scheme, "tel")) {
        return message->method == SIP_INVITE && !sip_is_within_dialog(message);
    }
    const bool sips = sip_text_is_nocase(uri.scheme, "sips");
    return (sips || sip_text_is_nocase(uri.scheme, "sip")) &&
           sip_uri_parse(message->uri, &before) &&
           sips == sip_text_is_nocase(before.scheme, "sips");
}

static bool may_remove(const char *name, char *why, size_t room) {
    const struct sip_text full = sip_long_name(sip_text_of(name));
    return (!is_fixed(full) && !is_among(full, kept, COUNT(kept)) &&
            !is_among(full, needed, COUNT(needed))) ||
           refuse(why, room, "a policy cannot remove", name);
}

/* Each takes the place of all with its name. */
static bool is_set_again(const struct sip_edits *edits, size_t index) {
    const struct sip_text name = sip_long_name(sip_text_of(edits->set[index].name));
    for (size_t i = 0; i < index; i++) {
        const struct sip_text other = sip_long_name(sip_text_of(edits->set[i].name));
        if (sip_text_equal_nocase(name, other)) {
            return true;
        }
    }
    return false;
}

bool edit_rules_allow(const struct sip_message *message, const struct sip_edits *edits, char *why,
                      size_t room) {
    for (size_t i = 0; i < edits->remove_count; i++) {
        if (!may_remove(edits->remove[i], why, room)) {
            return false;
        }
    }
    for (size_t i = 0; i < edits->set_count; i++) {
        if (!may_put(&edits->set[i], why, room)) {
            return false;
        }
        if (is_set_again(edits, i)) {
            return refuse(why, room, "this is set twice:", edits->set[i].name);
        }
    }
    for (size_t i = 0; i < edits->add_count; i++) {
        const char *name = edits->add[i].name;
        if (is_among(sip_long_name(sip_text_of(name)), kept, COUNT(kept))) {
            return refuse(why, room, "there is only one", name);
        }
        if (!may_put(&edits->add[i], why, room)) {
            return false;
        }
    }
    if (edits->request_uri[0] != '\0' && !may_go_to(message, edits->request_uri)) {
        return refuse(why, room,
                      "this cannot be the request URI (a sip URI, or sips where it was one, or for "
                      "a call a tel URI):",
                      edits->request_uri);
    }
    if (edits->sdp[0] != '\0' &&
        !sip_text_is_nocase(sip_text_token(sip_message_header(message, SIP_CONTENT_TYPE)),
                            "application/sdp")) {
        return refuse(why, room, "the body is no session description, but", "of another type");
    }
    return true;
}

/* ---- what has become of it ---- */

static bool has_same_tag(const struct sip_message *before, const struct sip_message *after,
                         enum sip_header_name name) {
    struct sip_text old = {"", 0}, now = {"", 0};
    struct sip_name_address address;
    (void)sip_tag(before, name, &old);
    (void)sip_tag(after, name, &now);
    return sip_text_equal(old, now) &&
           sip_name_address_parse(sip_message_header(after, name), &address);
}

static bool stands_twice(const struct sip_message *message, const char *wanted) {
    const struct sip_text name = sip_long_name(sip_text_of(wanted));
    size_t at = sip_lines_begin(message), count = 0;
    struct sip_line line;
    while (sip_lines_next(message, &at, &line)) {
        count += sip_text_equal_nocase(sip_long_name(line.name), name) ? 1 : 0;
    }
    return count > 1;
}

bool edit_rules_accept(const struct sip_message *before, const struct sip_edits *edits,
                       const struct sip_message *after, char *why, size_t room) {
    if (!has_same_tag(before, after, SIP_FROM) || !has_same_tag(before, after, SIP_TO)) {
        return refuse(why, room, "the address and the tag of From and To stay as they are,",
                      "but one does not");
    }
    for (size_t i = 0; i < edits->add_count; i++) {
        const char *name = edits->add[i].name;
        if (is_among(sip_long_name(sip_text_of(name)), single, COUNT(single)) &&
            stands_twice(after, name)) {
            return refuse(why, room, "there is only one", name);
        }
    }
    return true;
}
