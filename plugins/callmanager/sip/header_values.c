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
