/* See phone_document.h. */
#include "phone_document.h"

#include <string.h>

enum { FEATURE_LINE = 9, FEATURE_SPEED_DIAL = 2, MOST_PRIORITY = 4, MOST_REDIRECTS = 4 };

static void write_integer(text_buffer *out, const char *element, int64_t value) {
    text_buffer_format(out, "<%s>%lld</%s>\n", element, (long long)value, element);
}

static void write_boolean(text_buffer *out, const char *element, bool value) {
    text_buffer_format(out, "<%s>%s</%s>\n", element, value ? "true" : "false", element);
}

static void write_members(text_buffer *out, const document_node *nodes, size_t count) {
    text_buffer_format(out, "<callManagerGroup>\n<members>\n");
    for (size_t i = 0; i < count && i <= MOST_PRIORITY; i++) {
        text_buffer_format(out, "<member priority=\"%zu\">\n<callManager>\n", i);
        text_buffer_element(out, "name", nodes[i].address);
        text_buffer_format(out, "<ports>\n");
        write_integer(out, "ethernetPhonePort", 2000);
        write_integer(out, "sipPort", nodes[i].sip_port);
        write_integer(out, "securedSipPort", nodes[i].sips_port);
        text_buffer_format(out, "</ports>\n");
        text_buffer_element(out, "processNodeName", nodes[i].address);
        text_buffer_format(out, "</callManager>\n</member>\n");
    }
    text_buffer_format(out, "</members>\n</callManagerGroup>\n");
}

static void write_line(text_buffer *out, const document_line *line, size_t button) {
    text_buffer_format(out, "<line button=\"%zu\" lineIndex=\"%zu\">\n", button, button);
    write_integer(out, "featureID", FEATURE_LINE);
    text_buffer_element(out, "featureLabel", line->label[0] != '\0' ? line->label : line->number);
    text_buffer_element(out, "proxy", "USECALLMANAGER");
    write_integer(out, "port", 5060);
    text_buffer_element(out, "name", line->number);
    text_buffer_element(out, "displayName", line->display);
    text_buffer_format(out, "<autoAnswer>\n<autoAnswerEnabled>2</autoAnswerEnabled>\n</autoAnswer>\n");
    write_integer(out, "callWaiting", 3);
    text_buffer_element(out, "contact", line->number);
    write_boolean(out, "sharedLine", false);
    write_integer(out, "messageWaitingLampPolicy", 1);
    text_buffer_element(out, "messagesNumber", "");
    write_integer(out, "ringSettingIdle", 4);
    write_integer(out, "ringSettingActive", 5);
    text_buffer_format(out, "<forwardCallInfoDisplay>\n");
    write_boolean(out, "callerName", true);
    write_boolean(out, "callerNumber", true);
    write_boolean(out, "redirectedNumber", false);
    write_boolean(out, "dialedNumber", true);
    text_buffer_format(out, "</forwardCallInfoDisplay>\n");
    write_integer(out, "maxNumCalls", line->maximum_calls);
    write_integer(out, "busyTrigger", line->busy_trigger);
    text_buffer_format(out, "</line>\n");
}

static void write_speed_dial(text_buffer *out, const document_speed_dial *dial, size_t button) {
    text_buffer_format(out, "<line button=\"%zu\">\n", button);
    write_integer(out, "featureID", FEATURE_SPEED_DIAL);
    text_buffer_element(out, "featureLabel", dial->label[0] != '\0' ? dial->label : dial->number);
    text_buffer_element(out, "speedDialNumber", dial->number);
    text_buffer_format(out, "</line>\n");
}

static void write_sip_profile(text_buffer *out, const phone_document *document) {
    text_buffer_format(out, "<sipProfile>\n<sipProxies>\n");
    write_boolean(out, "registerWithProxy", true);
    text_buffer_format(out, "</sipProxies>\n<sipCallFeatures>\n");
    write_boolean(out, "cnfJoinEnabled", true);
    text_buffer_element(out, "callForwardURI", "x-cisco-serviceuri-cfwdall");
    write_boolean(out, "rfc2543Hold", false);
    write_integer(out, "callHoldRingback", 2);
    write_boolean(out, "localCfwdEnable", true);
    write_boolean(out, "semiAttendedTransfer", true);
    write_integer(out, "anonymousCallBlock", 2);
    write_integer(out, "callerIdBlocking", 2);
    write_integer(out, "dndControl", 0);
    write_boolean(out, "remoteCcEnable", true);
    text_buffer_format(out, "</sipCallFeatures>\n<sipStack>\n");
    write_integer(out, "sipInviteRetx", document->invite_retries);
    write_integer(out, "sipRetx", document->non_invite_retries);
    write_integer(out, "timerInviteExpires", document->invite_expires_s);
    write_integer(out, "timerRegisterExpires", document->register_expires_s);
    write_integer(out, "timerRegisterDelta", document->register_delta_s);
    write_integer(out, "timerKeepAliveExpires", document->keep_alive_expires_s);
    write_integer(out, "timerSubscribeExpires", 120);
    write_integer(out, "timerSubscribeDelta", 5);
    write_integer(out, "timerT1", document->t1_ms);
    write_integer(out, "timerT2", document->t2_ms);
    write_integer(out, "maxRedirects", 70);
    write_boolean(out, "remotePartyID", true);
    text_buffer_element(out, "userInfo", "None");
    text_buffer_format(out, "</sipStack>\n");
    write_integer(out, "autoAnswerTimer", 1);
    write_boolean(out, "autoAnswerAltBehavior", false);
    write_boolean(out, "autoAnswerOverride", true);
    write_boolean(out, "transferOnhookEnabled", false);
    write_boolean(out, "enableVad", false);
    text_buffer_element(out, "preferredCodec", "none");
    write_integer(out, "dtmfAvtPayload", document->dtmf_payload_type);
    write_integer(out, "dtmfDbLevel", 3);
    text_buffer_element(out, "dtmfOutofBand", "avt");
    write_boolean(out, "alwaysUsePrimeLine", false);
    write_boolean(out, "alwaysUsePrimeLineVoiceMail", false);
    write_integer(out, "kpml", 0);
    text_buffer_element(out, "phoneLabel", document->lines_count > 0 ? document->lines[0].display : "");
    write_integer(out, "stutterMsgWaiting", 2);
    write_boolean(out, "callStats", true);
    write_integer(out, "offhookToFirstDigitTimer", 15000);
    write_integer(out, "silentPeriodBetweenCallWaitingBursts", 10);
    write_boolean(out, "disableLocalSpeedDialConfig", true);
    write_integer(out, "startMediaPort", document->start_media_port);
    write_integer(out, "stopMediaPort", document->stop_media_port);
    text_buffer_format(out, "<sipLines>\n");
    for (size_t i = 0; i < document->lines_count; i++) {
        write_line(out, &document->lines[i], i + 1);
    }
    for (size_t i = 0; i < document->speed_dials_count; i++) {
        write_speed_dial(out, &document->speed_dials[i], document->lines_count + i + 1);
    }
    text_buffer_format(out, "</sipLines>\n");
    write_integer(out, "voipControlPort", 5060);
    write_integer(out, "dscpForAudio", 184);
    write_integer(out, "ringSettingBusyStationPolicy", 0);
    text_buffer_element(out, "dialTemplate", "");
    text_buffer_element(out, "softKeyFile", "");
    text_buffer_format(out, "</sipProfile>\n");
}

static void write_services(text_buffer *out, const phone_document *document) {
    text_buffer_element(out, "authenticationURL", document->url_authentication);
    text_buffer_element(out, "directoryURL", document->url_directories);
    text_buffer_element(out, "servicesURL", document->url_services);
    text_buffer_format(out, "<phoneServices useHTTPS=\"%s\">\n", document->security_mode > 1 ? "true" : "false");
    write_integer(out, "provisioning", 2);
    for (size_t i = 0; i < document->services_count; i++) {
        const document_service *service = &document->services[i];
        bool secure = document->security_mode > 1 && service->secure_url[0] != '\0';
        text_buffer_format(out, "<phoneService type=\"%d\" category=\"0\">\n", service->type);
        text_buffer_element(out, "name", service->name);
        text_buffer_element(out, "url", secure ? service->secure_url : service->url);
        text_buffer_element(out, "vendor", service->vendor);
        text_buffer_element(out, "version", service->version);
        text_buffer_format(out, "</phoneService>\n");
    }
    text_buffer_format(out, "</phoneServices>\n");
}

/* 32 hex digits over the content, FNV-1a from two starting points. */
static void write_stamp(text_buffer *out, size_t from) {
    uint64_t hash[2] = {0xcbf29ce484222325u, 0x84222325cbf29ce4u};
    for (size_t i = from; i < out->length; i++) {
        hash[0] = (hash[0] ^ (unsigned char)out->data[i]) * 0x100000001b3u;
        hash[1] = (hash[1] ^ (unsigned char)(out->data[i] + 1)) * 0x100000001b3u;
    }
    text_buffer_format(out, "<versionStamp>{%016llx-%016llx}</versionStamp>\n", (unsigned long long)hash[0],
                       (unsigned long long)hash[1]);
}

void phone_document_write(text_buffer *out, const phone_document *document) {
    size_t start = out->length;
    text_buffer_format(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n");
    write_boolean(out, "fullConfig", true);
    text_buffer_element(out, "deviceProtocol", "SIP");
    write_integer(out, "ipAddressMode", 0);
    text_buffer_format(out, "<devicePool>\n<dateTimeSetting>\n");
    text_buffer_element(out, "dateTemplate", document->date_template);
    text_buffer_element(out, "timeZone", document->time_zone);
    text_buffer_format(out, "</dateTimeSetting>\n");
    write_members(out, document->nodes, document->nodes_count);
    write_integer(out, "connectionMonitorDuration", 120);
    text_buffer_format(out, "</devicePool>\n");
    write_sip_profile(out, document);
    text_buffer_element(out, "MissedCallLoggingOption", "1");
    text_buffer_format(out, "<commonProfile>\n<phonePassword></phonePassword>\n");
    write_boolean(out, "backgroundImageAccess", true);
    write_integer(out, "callLogBlfEnabled", 2);
    text_buffer_format(out, "</commonProfile>\n");
    text_buffer_element(out, "loadInformation", document->load_information);
    text_buffer_format(out, "<vendorConfig>\n");
    write_integer(out, "videoCapability", document->video ? 1 : 0);
    write_integer(out, "webAccess", document->web_access ? 0 : 1);
    write_integer(out, "sshAccess", document->ssh_access ? 0 : 1);
    text_buffer_format(out, "</vendorConfig>\n");
    if (document->expansion_modules_count > 0) {
        text_buffer_format(out, "<addOnModules>\n");
        for (size_t i = 0; i < document->expansion_modules_count; i++) {
            text_buffer_format(out, "<addOnModule idx=\"%zu\">\n", i + 1);
            text_buffer_element(out, "loadInformation", document->expansion_modules[i]);
            text_buffer_format(out, "</addOnModule>\n");
        }
        text_buffer_format(out, "</addOnModules>\n");
    }
    text_buffer_format(out, "<userLocale>\n");
    text_buffer_element(out, "name", document->user_locale[0] != '\0' ? document->user_locale : "English_United_States");
    text_buffer_format(out, "</userLocale>\n");
    text_buffer_element(out, "networkLocale", "United_States");
    write_integer(out, "deviceSecurityMode", document->security_mode);
    write_services(out, document);
    write_integer(out, "transportLayerProtocol", document->transport);
    write_boolean(out, "advertiseG722Codec", true);
    write_integer(out, "capfAuthMode", 0);
    write_boolean(out, "encrConfig", false);
    text_buffer_element(out, "userId", document->user_id);
    text_buffer_element(out, "ownerId", document->owner_id);
    write_stamp(out, start);
    text_buffer_format(out, "</device>\n");
}

bool document_element_name(const char *name) {
    if (!((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z') || name[0] == '_')) {
        return false;
    }
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == strlen(name);
}

void redirect_document_write(text_buffer *out, const redirect_document *document) {
    size_t start = out->length;
    text_buffer_format(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n");
    write_boolean(out, "fullConfig", false);
    text_buffer_element(out, "deviceProtocol", "SIP");
    write_boolean(out, document->mode_element, true);
    for (size_t i = 0; i < document->addresses_count && i < MOST_REDIRECTS; i++) {
        text_buffer_format(out, "<%s%zu>", document->address_element, i + 1);
        text_buffer_xml(out, document->addresses[i]);
        text_buffer_format(out, "</%s%zu>\n", document->address_element, i + 1);
    }
    text_buffer_element(out, document->logout_element, document->logout_url);
    write_boolean(out, "encrConfig", false);
    write_stamp(out, start);
    text_buffer_format(out, "</device>\n");
}

void default_document_write(text_buffer *out, const document_node *nodes, size_t nodes_count) {
    text_buffer_format(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Default>\n");
    write_members(out, nodes, nodes_count);
    text_buffer_format(out, "</Default>\n");
}
