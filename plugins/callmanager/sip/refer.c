/* Reads Refer-To, the headers inside its URI, and Replaces. */
#include "sip/refer.h"
#include "sip/header_values.h"

/* False when it is empty, too long, or holds what ends a text. */
static bool copy_word(struct sip_text word, char *copy, size_t room) {
    return word.length > 0 && memchr(word.at, '\0', word.length) == NULL &&
           sip_text_copy(word, copy, room);
}

bool sip_replaces_parse(struct sip_text value, struct sip_replaces *replaces) {
    struct sip_text params = value, tag;
    memset(replaces, 0, sizeof *replaces);
    while (params.length > 0 && params.at[0] != ';') {
        params.at++;
        params.length--;
    }
    if (!copy_word(sip_text_token(sip_text_trim(value)), replaces->call_id,
                   sizeof replaces->call_id) ||
        !sip_param(params, "to-tag", &tag) ||
        !copy_word(tag, replaces->to_tag, sizeof replaces->to_tag) ||
        !sip_param(params, "from-tag", &tag) ||
        !copy_word(tag, replaces->from_tag, sizeof replaces->from_tag)) {
        return false;
    }
    replaces->early_only = sip_param(params, "early-only", &tag);
    return true;
}

/* The value of a header inside a URI, "Name=value&Name=value"; false when it is not there. */
static bool uri_header(struct sip_text headers, const char *name, struct sip_text *value) {
    while (headers.length > 0) {
        struct sip_text entry = {headers.at, 0}, key;
        while (entry.length < headers.length && headers.at[entry.length] != '&') {
            entry.length++;
        }
        const size_t taken = entry.length < headers.length ? entry.length + 1 : entry.length;
        headers.at += taken;
        headers.length -= taken;
        key = (struct sip_text){entry.at, 0};
        while (key.length < entry.length && entry.at[key.length] != '=') {
            key.length++;
        }
        if (sip_text_is_nocase(key, name)) {
            const size_t before = key.length < entry.length ? key.length + 1 : key.length;
            *value = (struct sip_text){entry.at + before, entry.length - before};
            return true;
        }
    }
    return false;
}

const char *sip_refer_read(const struct sip_message *request, struct sip_refer *refer,
                           int *status) {
    struct sip_name_address target;
    struct sip_text value, method;
    char replaces[sizeof refer->replaces + 64];
    memset(refer, 0, sizeof *refer);
    *status = 400;
    if (sip_values_count(request, SIP_REFER_TO) != 1 ||
        !sip_name_address_parse(sip_message_header(request, SIP_REFER_TO), &target) ||
        !sip_uri_parse(target.uri, &refer->target)) {
        return "Exactly one Refer-To that can be read is expected";
    }
    if (!sip_text_is_nocase(refer->target.scheme, "sip") &&
        !sip_text_is_nocase(refer->target.scheme, "sips") &&
        !sip_text_is_nocase(refer->target.scheme, "tel")) {
        *status = 416;
        return "Refer-To is to be a sip, sips or tel URI";
    }
    if (sip_param(refer->target.params, "method", &method) &&
        !sip_text_is_nocase(method, "INVITE")) {
        *status = 603;
        return "Only an INVITE can be referred to";
    }
    refer->silent =
        sip_text_is_nocase(sip_text_token(sip_message_header(request, SIP_REFER_SUB)), "false");
    refer->attended = uri_header(refer->target.headers, "Replaces", &value);
    if (refer->attended && (!sip_unescape(value, replaces, sizeof replaces) ||
                            !sip_replaces_parse(sip_text_of(replaces), &refer->replaces))) {
        return "Replaces in Refer-To cannot be read";
    }
    *status = 0;
    return NULL;
}
