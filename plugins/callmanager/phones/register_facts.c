/* Reads the headers of a REGISTER, each once. */
#include "phones/register_facts.h"
#include "sip/header_values.h"

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

static void read_contact_params(struct sip_text params, struct register_facts *facts,
                                struct register_contact *contact) {
    struct sip_text found;
    uint64_t number = 0;
    facts->keep_alive = facts->keep_alive || sip_param(params, "cisco-keep-alive", &found);
    if (sip_param(params, "expires", &found)) {
        contact->expires_s =
            sip_text_number(found, 0xffffffffu, &number) ? (uint32_t)number : UNASKED_S;
    }
    if (!facts->named && sip_param(params, "+u.sip!devicename.ccm.cisco.com", &found)) {
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

static bool read_contact(struct sip_text value, uint32_t expires_s, struct register_facts *facts) {
    struct register_contact *contact = &facts->contacts[facts->contact_count];
    struct sip_uri uri;
    if (facts->contact_count == REGISTER_CONTACTS_MAX ||
        !sip_name_address_parse(value, &contact->address) ||
        !sip_uri_parse(contact->address.uri, &uri) || uri.host.length == 0) {
        return false;
    }
    contact->expires_s = expires_s;
    contact->at_address = sip_uri_address(&uri, SIP_PORT, &contact->host);
    read_contact_params(contact->address.params, facts, contact);
    facts->contact_count++;
    return true;
}

/* Contact: * stands alone, and takes all off (RFC 3261 10.3, 6). */
static bool read_contacts(const struct sip_message *message, uint32_t expires_s,
                          struct register_facts *facts) {
    struct sip_values values = sip_values_of(message, SIP_CONTACT);
    struct sip_text value;
    while (sip_values_next(&values, &value)) {
        if (facts->star || (sip_text_is(value, "*") && facts->contact_count > 0)) {
            return false;
        }
        facts->star = sip_text_is(value, "*");
        if (facts->star ? expires_s > 0 : !read_contact(value, expires_s, facts)) {
            return false;
        }
    }
    return true;
}

const struct register_contact *register_facts_binding(const struct register_facts *facts) {
    for (size_t i = 0; i < facts->contact_count; i++) {
        if (facts->contacts[i].expires_s > 0) {
            return &facts->contacts[i];
        }
    }
    return NULL;
}

size_t register_facts_bindings(const struct register_facts *facts) {
    size_t count = 0;
    for (size_t i = 0; i < facts->contact_count; i++) {
        count += facts->contacts[i].expires_s > 0 ? 1 : 0;
    }
    return count;
}

bool register_facts_read(const struct sip_message *message, struct register_facts *facts) {
    struct sip_name_address to;
    struct sip_uri uri;
    uint64_t expires_s = UNASKED_S;
    memset(facts, 0,
           offsetof(struct register_facts, contacts)); /* each contact is set as it is read */
    facts->call_id = sip_message_header(message, SIP_CALL_ID);
    facts->user_agent = sip_message_header(message, SIP_USER_AGENT);
    facts->cseq = message->cseq;
    facts->has_body = message->body.length > 0;
    facts->remote_control = find(message->body, "<x-cisco-remotecc-request>") != NULL;
    (void)sip_text_number(sip_message_header(message, SIP_EXPIRES), 0xffffffffu, &expires_s);
    if (!sip_name_address_parse(sip_message_header(message, SIP_TO), &to) ||
        !sip_uri_parse(to.uri, &uri) || !read_contacts(message, (uint32_t)expires_s, facts)) {
        return false;
    }
    if (!sip_unescape(uri.user, facts->user, sizeof facts->user)) {
        facts->user[0] = '\0'; /* valid, as a null character is, and nobody's here */
    }
    facts->user_may_be_device = is_device_name(facts->user);
    if (!facts->named) {
        name_from_reason(sip_message_header(message, SIP_REASON), facts->device_name);
        facts->named = facts->device_name[0] != '\0';
    }
    return is_device_name(facts->device_name);
}
