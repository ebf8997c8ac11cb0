/* Reads the headers of a REGISTER, each once. */
#include "phones/register_facts.h"

enum { UNASKED_S = 3600, SIP_PORT = 5060 };

/* "urn:uuid:00000000-0000-0000-0000-0011aabbccdd" names SEP0011AABBCCDD. */
static void name_from_instance(struct sip_text instance, char name[130]) {
    size_t used = 3;
    if (instance.length >= 2 && instance.at[0] == '<') {
        instance.at++;
        instance.length -= 2;
    }
    if (instance.length < 12 ||
        strncasecmp(instance.at, "urn:uuid:00000000-0000-0000-0000-", 33) != 0 ||
        instance.length != 45) {
        return;
    }
    memcpy(name, "SEP", 3);
    for (size_t i = 33; i < 45; i++) {
        const char c = instance.at[i];
        name[used++] = (char)(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
    }
    name[used] = '\0';
}

/* Where `what` begins in the text; NULL when it is not there. */
static const char *find(struct sip_text text, const char *what) {
    const size_t length = strlen(what);
    for (size_t i = 0; i + length <= text.length; i++) {
        if (text.at[i] == what[0] && memcmp(text.at + i, what, length) == 0) {
            return text.at + i;
        }
    }
    return NULL;
}

/* Reason: SIP;cause=200;text="cisco-alarm:23 Name=SEP... ActiveLoad=..." */
static void name_from_reason(struct sip_text reason, char name[130]) {
    static const char key[] = " Name=";
    const char *end = reason.at + reason.length, *at = find(reason, key);
    if (at != NULL && at + sizeof key - 1 < end) {
        struct sip_text found = {at + sizeof key - 1, 0};
        while (found.at + found.length < end && found.at[found.length] != ' ' &&
               found.at[found.length] != '"') {
            found.length++;
        }
        (void)sip_text_copy(found, name, 130);
    }
}

static bool is_device_name(const char *name) {
    for (; *name != '\0'; name++) {
        if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
              (*name >= '0' && *name <= '9') || *name == '.' || *name == '_' || *name == '-')) {
            return false;
        }
    }
    return true;
}

static void read_contact_params(struct sip_text params, struct register_facts *facts) {
    struct sip_text found;
    uint64_t number = 0;
    facts->keep_alive = sip_param(params, "cisco-keep-alive", &found);
    if (sip_param(params, "expires", &found)) {
        facts->expires_s =
            sip_text_number(found, 0xffffffffu, &number) ? (uint32_t)number : UNASKED_S;
    }
    if (sip_param(params, "+u.sip!devicename.ccm.cisco.com", &found)) {
        facts->named =
            sip_text_copy(found, facts->device_name, sizeof facts->device_name) && found.length > 0;
    }
    if (!facts->named && sip_param(params, "+sip.instance", &found)) {
        name_from_instance(found, facts->device_name);
        facts->named = facts->device_name[0] != '\0';
    }
    if (sip_param(params, "+u.sip!model.ccm.cisco.com", &found) &&
        sip_text_number(found, 0xffffffu, &number)) {
        facts->model_number = (uint32_t)number;
    }
}

static bool read_contact(const struct sip_message *message, struct register_facts *facts) {
    const struct sip_text value = sip_message_header(message, SIP_CONTACT);
    struct sip_uri uri;
    if (message->first[SIP_CONTACT] < 0) {
        return true;
    }
    if (sip_text_is(value, "*")) {
        facts->star = true;
        return message->first[SIP_EXPIRES] >= 0 && facts->expires_s == 0;
    }
    if (!sip_name_address_parse(value, &facts->contact)) {
        return false;
    }
    facts->has_contact = true;
    facts->contact_at_address = sip_uri_parse(facts->contact.uri, &uri) &&
                                sip_uri_address(&uri, SIP_PORT, &facts->contact_address);
    read_contact_params(facts->contact.params, facts);
    return true;
}

bool register_facts_read(const struct sip_message *message, struct register_facts *facts) {
    struct sip_name_address to;
    struct sip_uri uri;
    uint64_t number = 0;
    memset(facts, 0, sizeof *facts);
    facts->call_id = sip_message_header(message, SIP_CALL_ID);
    facts->user_agent = sip_message_header(message, SIP_USER_AGENT);
    facts->cseq = message->cseq;
    facts->has_body = message->body.length > 0;
    facts->remote_control = find(message->body, "<x-cisco-remotecc-request>") != NULL;
    facts->expires_s = UNASKED_S;
    if (message->first[SIP_EXPIRES] >= 0 &&
        sip_text_number(sip_message_header(message, SIP_EXPIRES), 0xffffffffu, &number)) {
        facts->expires_s = (uint32_t)number;
    }
    if (!sip_name_address_parse(sip_message_header(message, SIP_TO), &to) ||
        !sip_uri_parse(to.uri, &uri) || !read_contact(message, facts) ||
        !sip_unescape(uri.user, facts->user, sizeof facts->user)) {
        return false;
    }
    facts->user_may_be_device = is_device_name(facts->user);
    if (!facts->named) {
        name_from_reason(sip_message_header(message, SIP_REASON), facts->device_name);
        facts->named = facts->device_name[0] != '\0';
    }
    return is_device_name(facts->device_name);
}
