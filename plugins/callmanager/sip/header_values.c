/* Cuts the values of a header apart. */
#include "sip/header_values.h"
#include "sip/sip_address.h"

struct sip_values sip_values_of(const struct sip_message *message, enum sip_header_name name) {
    const struct sip_values values = {
        .message = message,
        .name = name,
        .next = message->first[name] < 0 ? message->count : (size_t)message->first[name],
        .rest = {"", 0}};
    return values;
}

/* The length up to the comma that ends the first value. */
static size_t value_length(struct sip_text text) {
    bool quoted = false, bracketed = false;
    size_t i = 0;
    for (; i < text.length && (quoted || bracketed || text.at[i] != ','); i++) {
        if (text.at[i] == '\\' && quoted) {
            i++;
        } else if (text.at[i] == '"' && !bracketed) {
            quoted = !quoted;
        } else if (!quoted && (text.at[i] == '<' || text.at[i] == '>')) {
            bracketed = text.at[i] == '<';
        }
    }
    return i < text.length ? i : text.length;
}

bool sip_values_next(struct sip_values *values, struct sip_text *value) {
    const struct sip_message *message = values->message;
    do {
        while (values->rest.length == 0 && values->next < message->count) {
            if (message->headers[values->next].name == values->name) {
                values->rest = message->headers[values->next].value;
            }
            values->next++;
        }
        value->at = values->rest.at;
        value->length = value_length(values->rest);
        const size_t taken = value->length + (value->length < values->rest.length ? 1 : 0);
        values->rest.at += taken;
        values->rest.length -= taken;
        *value = sip_text_trim(*value);
    } while (value->length == 0 && (values->rest.length > 0 || values->next < message->count));
    return value->length > 0;
}

size_t sip_values_count(const struct sip_message *message, enum sip_header_name name) {
    struct sip_values values = sip_values_of(message, name);
    struct sip_text value;
    size_t count = 0;
    while (sip_values_next(&values, &value)) {
        count++;
    }
    return count;
}

bool sip_values_have(const struct sip_message *message, enum sip_header_name name,
                     const char *token) {
    struct sip_values values = sip_values_of(message, name);
    struct sip_text value;
    while (sip_values_next(&values, &value)) {
        if (sip_text_is_nocase(value, token)) {
            return true;
        }
    }
    return false;
}

/* How closely a range names the type: the type itself, "application/" and all of it, all, or not at
 * all (0). */
static int closeness(const char *type, struct sip_text range) {
    const char *slash = strchr(type, '/');
    const size_t family = slash == NULL ? 0 : (size_t)(slash - type) + 1;
    return sip_text_is_nocase(range, type) ? 3
           : family > 0 && range.length == family + 1 && range.at[family] == '*' &&
                   strncasecmp(range.at, type, family) == 0
               ? 2
           : sip_text_is(range, "*/*") ? 1
                                       : 0;
}

/* q=0, q=0.0, ... */
static bool is_excluded(struct sip_text value) {
    const struct sip_text range = sip_text_token(value);
    struct sip_text params = {value.at + range.length, value.length - range.length}, q;
    params = sip_text_trim(params);
    if (!sip_param(params, "q", &q) || q.length == 0) {
        return false;
    }
    for (size_t i = 0; i < q.length; i++) {
        if (q.at[i] != (i == 1 ? '.' : '0')) {
            return false;
        }
    }
    return true;
}

bool sip_accepts(const struct sip_message *message, const char *type) {
    struct sip_values values = sip_values_of(message, SIP_ACCEPT);
    struct sip_text value;
    int closest = 0;
    bool any = false, accepted = false;
    while (sip_values_next(&values, &value)) {
        const int close = closeness(type, sip_text_token(value));
        if (close > closest) {
            closest = close;
            accepted = !is_excluded(value);
        }
        any = true;
    }
    return !any || accepted;
}

bool sip_tag(const struct sip_message *message, enum sip_header_name to_or_from,
             struct sip_text *tag) {
    struct sip_name_address party;
    return sip_name_address_parse(sip_message_header(message, to_or_from), &party) &&
           sip_param(party.params, "tag", tag);
}

bool sip_is_within_dialog(const struct sip_message *request) {
    struct sip_text tag;
    return sip_tag(request, SIP_TO, &tag);
}

bool sip_event_is(const struct sip_message *message, const char *package) {
    return sip_text_is_nocase(sip_text_token(sip_message_header(message, SIP_EVENT)), package);
}
