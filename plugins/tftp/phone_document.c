/* Writes the elements of SEP<mac>.cnf.xml, of a redirect and of XMLDefault.cnf.xml, in their order.
 */
#include "phone_document.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/base/hash.h>
#include <sojourn/phone_locale.h>

enum {
    FEATURE_LINE = 9,
    FEATURE_SPEED_DIAL = 2,
    FEATURE_BUSY_LAMP_FIELD = 21,
    FEATURE_INTERCOM = 23,
    KPML_BOTH = 3, /* keys are told while the number is dialled, and in the call */
    MOST_PRIORITY = 4,
    MOST_REDIRECTS = 4
};

static void write_text(sj_xml_text *out, const char *element, const char *text) {
    sj_xml_text_element(out, element, text);
    sj_xml_text_bytes(out, "\n", 1);
}

static void write_integer(sj_xml_text *out, const char *element, int64_t value) {
    sj_xml_text_format(out, "<%s>%lld</%s>\n", element, (long long)value, element);
}

static void write_boolean(sj_xml_text *out, const char *element, bool value) {
    sj_xml_text_format(out, "<%s>%s</%s>\n", element, value ? "true" : "false", element);
}

static void write_members(sj_xml_text *out, const struct document_node *nodes, size_t count) {
    sj_xml_text_raw(out, "<callManagerGroup>\n<members>\n");
    for (size_t i = 0; i < count && i <= MOST_PRIORITY; i++) {
        sj_xml_text_format(out, "<member priority=\"%zu\">\n<callManager>\n", i);
        write_text(out, "name", nodes[i].address);
        sj_xml_text_raw(out, "<ports>\n");
        write_integer(out, "ethernetPhonePort", 2000);
        write_integer(out, "sipPort", nodes[i].sip_port);
        write_integer(out, "securedSipPort", nodes[i].sips_port);
        sj_xml_text_raw(out, "</ports>\n");
        write_text(out, "processNodeName", nodes[i].address);
        sj_xml_text_raw(out, "</callManager>\n</member>\n");
    }
    sj_xml_text_raw(out, "</members>\n</callManagerGroup>\n");
}

static void write_line(sj_xml_text *out, const struct document_line *line, size_t button) {
    sj_xml_text_format(out, "<line button=\"%zu\" lineIndex=\"%zu\">\n", button, button);
    write_integer(out, "featureID", line->intercom ? FEATURE_INTERCOM : FEATURE_LINE);
    write_text(out, "featureLabel", line->label[0] != '\0' ? line->label : line->number);
    write_text(out, "proxy", "USECALLMANAGER");
    write_integer(out, "port", 5060);
    write_text(out, "name", line->number);
    write_text(out, "displayName", line->display);
    sj_xml_text_raw(out, "<autoAnswer>\n");
    write_integer(out, "autoAnswerEnabled", line->auto_answer[0] == '\0' ? 2 : 3);
    if (line->auto_answer[0] != '\0') {
        write_text(out, "autoAnswerMode", line->auto_answer);
    }
    sj_xml_text_raw(out, "</autoAnswer>\n");
    write_integer(out, "callWaiting", 3);
    write_boolean(out, "sharedLine", line->shared);
    write_integer(out, "messageWaitingLampPolicy", 1);
    write_integer(out, "messageWaitingAMWI", 0);
    write_text(out, "messagesNumber", line->messages_number);
    write_integer(out, "ringSettingIdle", 4);
    write_integer(out, "ringSettingActive", 5);
    write_text(out, "contact", line->contact);
    sj_xml_text_raw(out, "<forwardCallInfoDisplay>\n");
    write_boolean(out, "callerName", true);
    write_boolean(out, "callerNumber", true);
    write_boolean(out, "redirectedNumber", false);
    write_boolean(out, "dialedNumber", true);
    sj_xml_text_raw(out, "</forwardCallInfoDisplay>\n");
    write_integer(out, "maxNumCalls", line->maximum_calls);
    write_integer(out, "busyTrigger", line->busy_trigger);
    if (line->intercom && line->speed_dial[0] != '\0') {
        write_text(out, "speedDialNumber", line->speed_dial);
    }
    sj_xml_text_raw(out, "</line>\n");
}

static void write_speed_dial(sj_xml_text *out, const struct document_speed_dial *dial, size_t index,
                             size_t button) {
    sj_xml_text_format(out, "<line button=\"%zu\">\n", button);
    write_integer(out, "featureID",
                  dial->busy_lamp_field ? FEATURE_BUSY_LAMP_FIELD : FEATURE_SPEED_DIAL);
    write_text(out, "featureLabel", dial->label[0] != '\0' ? dial->label : dial->number);
    write_text(out, "speedDialNumber", dial->number);
    write_integer(out, "speedDialIndex", (int64_t)index);
    if (dial->busy_lamp_field && dial->call_pickup) {
        write_integer(out, "featureOptionMask", 1);
    }
    sj_xml_text_raw(out, "</line>\n");
}

/* The keys: first the lines, then the speed dials. */
static void write_keys(sj_xml_text *out, const struct phone_document *document) {
    sj_xml_text_raw(out, "<sipLines>\n");
    for (size_t i = 0; i < document->lines_count; i++) {
        write_line(out, &document->lines[i], i + 1);
    }
    for (size_t i = 0; i < document->speed_dials_count; i++) {
        write_speed_dial(out, &document->speed_dials[i], i + 1, document->lines_count + i + 1);
    }
    sj_xml_text_raw(out, "</sipLines>\n");
}

static void write_sip_stack(sj_xml_text *out, const struct phone_document *document) {
    sj_xml_text_raw(out, "<sipStack>\n");
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
    write_text(out, "userInfo", "None");
    sj_xml_text_raw(out, "</sipStack>\n");
}

/* Every proxy is the call manager that the phone is registered with. */
static void write_proxies(sj_xml_text *out) {
    static const char *const proxies[][2] = {{"backupProxy", "backupProxyPort"},
                                             {"emergencyProxy", "emergencyProxyPort"},
                                             {"outboundProxy", "outboundProxyPort"}};
    sj_xml_text_raw(out, "<sipProxies>\n");
    for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++) {
        write_text(out, proxies[i][0], "USECALLMANAGER");
        write_integer(out, proxies[i][1], 5060);
    }
    write_boolean(out, "registerWithProxy", true);
    sj_xml_text_raw(out, "</sipProxies>\n");
}

/* A phone has a key only when it knows here what the key calls. */
static void write_call_features(sj_xml_text *out) {
    sj_xml_text_raw(out, "<sipCallFeatures>\n");
    write_boolean(out, "cnfJoinEnabled", true);
    write_text(out, "callForwardURI", "x-cisco-serviceuri-cfwdall");
    write_text(out, "callPickupURI", "x-cisco-serviceuri-pickup");
    write_text(out, "callPickupListURI", "x-cisco-serviceuri-opickup");
    write_text(out, "callPickupGroupURI", "x-cisco-serviceuri-gpickup");
    write_text(out, "meetMeServiceURI", "x-cisco-serviceuri-meetme");
    write_text(out, "abbreviatedDialURI", "x-cisco-serviceuri-abbrdial");
    write_boolean(out, "rfc2543Hold", false);
    write_integer(out, "callHoldRingback", 2);
    write_integer(out, "URIDialingDisplayPreference", 1);
    write_boolean(out, "localCfwdEnable", true);
    write_boolean(out, "semiAttendedTransfer", true);
    write_integer(out, "anonymousCallBlock", 2);
    write_integer(out, "callerIdBlocking", 2);
    write_integer(out, "dndControl", 0);
    write_boolean(out, "remoteCcEnable", true);
    write_boolean(out, "retainForwardInformation", false);
    sj_xml_text_raw(out, "</sipCallFeatures>\n");
}

static void write_sip_profile(sj_xml_text *out, const struct phone_document *document) {
    sj_xml_text_raw(out, "<sipProfile>\n");
    write_proxies(out);
    write_call_features(out);
    write_sip_stack(out, document);
    write_integer(out, "autoAnswerTimer", 1);
    write_boolean(out, "autoAnswerAltBehavior", false);
    write_boolean(out, "autoAnswerOverride", true);
    write_boolean(out, "transferOnhookEnabled", document->transfer_on_hook);
    write_boolean(out, "enableVad", false);
    write_text(out, "preferredCodec", "none");
    write_integer(out, "dtmfAvtPayload", document->dtmf_payload_type);
    write_integer(out, "dtmfDbLevel", 3);
    write_text(out, "dtmfOutofBand", "avt");
    write_integer(out, "kpml", document->digit_by_digit ? KPML_BOTH : 0);
    write_text(out, "phoneLabel", document->lines_count > 0 ? document->lines[0].display : "");
    write_integer(out, "stutterMsgWaiting", 2);
    write_boolean(out, "callStats", true);
    write_integer(out, "offhookToFirstDigitTimer", 15000);
    write_integer(out, "T302Timer", document->t302_ms);
    write_integer(out, "silentPeriodBetweenCallWaitingBursts", 10);
    write_boolean(out, "disableLocalSpeedDialConfig", true);
    write_boolean(out, "poundEndOfDial", false);
    write_integer(out, "startMediaPort", document->start_media_port);
    write_integer(out, "stopMediaPort", document->stop_media_port);
    write_keys(out, document);
    write_text(out, "externalNumberMask", document->external_number_mask);
    write_integer(out, "voipControlPort", 5060);
    write_integer(out, "dscpForAudio", 184);
    write_integer(out, "dscpVideo", 136);
    write_integer(out, "dscpForTelepresence", 136);
    write_integer(out, "ringSettingBusyStationPolicy", 0);
    write_text(out, "dialTemplate", document->digit_by_digit ? "" : document->dial_template_file);
    write_text(out, "softKeyFile", document->softkey_file);
    write_boolean(out, "alwaysUsePrimeLine", document->always_use_prime_line);
    write_boolean(out, "alwaysUsePrimeLineVoiceMail",
                  document->always_use_prime_line_for_voice_message);
    sj_xml_text_raw(out, "</sipProfile>\n");
}

static void write_service(sj_xml_text *out, const struct document_service *service,
                          const char *url) {
    sj_xml_text_format(out, "<phoneService type=\"%d\" category=\"%d\">\n", service->type,
                       service->category);
    write_text(out, "name", service->name);
    write_text(out, "url", url);
    write_text(out, "vendor", service->vendor);
    write_text(out, "version", service->version);
    sj_xml_text_raw(out, "</phoneService>\n");
}

/* The services of the phone's record, then what phones have built in: a list that is given is all
 * that they show. The Corporate Directory is one that the directory URL serves; there is no
 * personal one. */
static void write_services(sj_xml_text *out, const struct phone_document *document) {
    enum { DIRECTORIES = 1, MESSAGES = 2 };
    static const struct document_service built_in[] = {
        {"Missed Calls", "Application:Cisco/MissedCalls", "", "", "", DIRECTORIES, 0},
        {"Received Calls", "Application:Cisco/ReceivedCalls", "", "", "", DIRECTORIES, 0},
        {"Placed Calls", "Application:Cisco/PlacedCalls", "", "", "", DIRECTORIES, 0},
        {"Voicemail", "Application:Cisco/Voicemail", "", "", "", MESSAGES, 0},
        {"Corporate Directory", "Application:Cisco/CorporateDirectory", "", "", "", DIRECTORIES, 0},
    };
    const size_t last = document->url_directories[0] == '\0' ? 1 : 0; /* left out */
    sj_xml_text_format(out, "<phoneServices useHTTPS=\"%s\">\n",
                       document->security_mode > 1 ? "true" : "false");
    write_integer(out, "provisioning", 2);
    for (size_t i = 0; i < document->services_count; i++) {
        const struct document_service *service = &document->services[i];
        const bool secure = document->security_mode > 1 && service->secure_url[0] != '\0';
        write_service(out, service, secure ? service->secure_url : service->url);
    }
    for (size_t i = 0; i + last < sizeof built_in / sizeof built_in[0]; i++) {
        write_service(out, &built_in[i], built_in[i].url);
    }
    sj_xml_text_raw(out, "</phoneServices>\n");
}

/* A version stamp has the form that the vendor's call manager gives it, ten digits and a UUID. It
 * is made from the content: two plain hashes from different starting points, the second of each
 * byte plus one. It stands amid what it is made from, and so is written over this in the end. */
#define EMPTY_STAMP "0000000000-00000000-0000-0000-0000-000000000000"

static size_t write_empty_stamp(sj_xml_text *out) {
    sj_xml_text_raw(out, "<versionStamp>");
    const size_t place = out->length;
    sj_xml_text_raw(out, EMPTY_STAMP "</versionStamp>\n");
    return place;
}

static void stamp(sj_xml_text *out, size_t from, size_t place) {
    char text[sizeof EMPTY_STAMP];
    if (out->failed) {
        return;
    }
    const uint64_t first = sj_hash_bytes(out->data + from, out->length - from);
    uint64_t second = UINT64_C(0x84222325cbf29ce4);
    for (size_t i = from; i < out->length; i++) {
        const unsigned char next = (unsigned char)(out->data[i] + 1);
        second = sj_hash_more(second, &next, 1);
    }
    (void)snprintf(text, sizeof text, "%010llu-%08llx-%04llx-8%03llx-%04llx-%012llx",
                   (unsigned long long)(first % UINT64_C(10000000000)),
                   (unsigned long long)(first >> 32), (unsigned long long)(first >> 16 & 0xffff),
                   (unsigned long long)(first & 0xfff),
                   (unsigned long long)(0x8000 | (second >> 48 & 0x3fff)),
                   (unsigned long long)(second & UINT64_C(0xffffffffffff)));
    memcpy(out->data + place, text, sizeof text - 1);
}

static void write_clock(sj_xml_text *out, const struct phone_document *document) {
    sj_xml_text_raw(out, "<dateTimeSetting>\n");
    write_text(out, "dateTemplate", document->date_template);
    write_text(out, "timeZone", document->time_zone);
    write_text(out, "olsonTimeZone", document->olson_time_zone);
    if (document->ntp_servers_count > 0) {
        sj_xml_text_raw(out, "<ntps>\n");
        for (size_t i = 0; i < document->ntp_servers_count; i++) {
            sj_xml_text_raw(out, "<ntp>\n");
            write_text(out, "name", document->ntp_servers[i]);
            write_text(out, "ntpMode", "Unicast");
            sj_xml_text_raw(out, "</ntp>\n");
        }
        sj_xml_text_raw(out, "</ntps>\n");
    }
    sj_xml_text_raw(out, "</dateTimeSetting>\n");
}

static void write_modules(sj_xml_text *out, const struct phone_document *document) {
    if (document->expansion_modules_count == 0) {
        return;
    }
    sj_xml_text_raw(out, "<addOnModules>\n");
    for (size_t i = 0; i < document->expansion_modules_count; i++) {
        const struct document_module *module = &document->expansion_modules[i];
        sj_xml_text_format(out, "<addOnModule idx=\"%zu\">\n", i + 1);
        write_text(out, "deviceType", module->device_type);
        write_integer(out, "deviceLine", module->lines);
        write_text(out, "loadInformation", module->load_information);
        sj_xml_text_raw(out, "</addOnModule>\n");
    }
    sj_xml_text_raw(out, "</addOnModules>\n");
}

/* Phones take an empty number, which foreign files have where nobody knew it. */
static void write_number_if_known(sj_xml_text *out, const char *element, int number) {
    if (number > 0) {
        write_integer(out, element, number);
    } else {
        write_text(out, element, "");
    }
}

static void write_locales(sj_xml_text *out, const struct phone_document *document) {
    const char *locale = document->user_locale;
    const char *network = document->network_locale;
    char code[SJ_LANGUAGE_CODE_ROOM];
    (void)sj_user_locale_code(locale, code);
    sj_xml_text_raw(out, "<userLocale>\n");
    write_text(out, "name", locale);
    write_number_if_known(out, "uid", document->user_locale_number);
    write_text(out, "langCode", code);
    write_text(out, "version", "1.0.0.0-1");
    write_text(out, "winCharSet", sj_user_locale_character_set(locale));
    sj_xml_text_raw(out, "</userLocale>\n");
    write_text(out, "networkLocale", network);
    sj_xml_text_raw(out, "<networkLocaleInfo>\n");
    write_text(out, "name", network);
    write_number_if_known(out, "uid", document->network_locale_number);
    write_text(out, "version", "1.0.0.0-1");
    sj_xml_text_raw(out, "</networkLocaleInfo>\n");
}

static void write_missed_call_logging(sj_xml_text *out, size_t lines) {
    sj_xml_text_raw(out, "<MissedCallLoggingOption>");
    for (size_t i = 0; i < lines || i == 0; i++) {
        sj_xml_text_raw(out, "1"); /* of each line */
    }
    sj_xml_text_raw(out, "</MissedCallLoggingOption>\n");
}

static void write_addressing(sj_xml_text *out, int ip_address_mode) {
    enum { V6_ONLY = 1 };
    const int64_t family = ip_address_mode == V6_ONLY ? 1 : 0;
    write_integer(out, "ipAddressMode", ip_address_mode);
    write_boolean(out, "allowAutoConfig", true);
    write_boolean(out, "dadEnable", true);
    write_boolean(out, "redirectEnable", false);
    write_boolean(out, "echoMultiEnable", false);
    write_integer(out, "ipPreferenceModeControl", family);
    write_integer(out, "ipMediaAddressFamilyPreference", family);
}

/* The addresses of an XML page each, "" where none is configured. */
static void write_urls(sj_xml_text *out, const struct phone_document *document) {
    write_integer(out, "idleTimeout", 0);
    write_text(out, "authenticationURL", document->url_authentication);
    write_text(out, "directoryURL", document->url_directories);
    write_text(out, "idleURL", "");
    write_text(out, "informationURL", "");
    write_text(out, "messagesURL", "");
    write_text(out, "proxyServerURL", "");
    write_text(out, "servicesURL", document->url_services);
}

void phone_document_write(sj_xml_text *out, const struct phone_document *document) {
    const size_t start = out->length;
    sj_xml_text_raw(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n");
    write_boolean(out, "fullConfig", true);
    write_text(out, "deviceProtocol", "SIP");
    write_text(out, "sshUserId", "");
    write_text(out, "sshPassword", "");
    write_addressing(out, document->ip_address_mode);
    sj_xml_text_raw(out, "<devicePool>\n");
    write_clock(out, document);
    write_members(out, document->nodes, document->nodes_count);
    write_text(out, "mlppDomainId",
               document->mlpp_domain[0] != '\0' ? document->mlpp_domain : "-1");
    write_text(out, "mlppIndicationStatus", document->mlpp_indication);
    write_text(out, "preemption", document->mlpp_preemption);
    write_integer(out, "connectionMonitorDuration", 120);
    sj_xml_text_raw(out, "</devicePool>\n");
    write_sip_profile(out, document);
    write_missed_call_logging(out, document->lines_count);
    sj_xml_text_raw(out, "<commonProfile>\n<phonePassword></phonePassword>\n");
    write_boolean(out, "backgroundImageAccess", true);
    write_integer(out, "callLogBlfEnabled", 2);
    sj_xml_text_raw(out, "</commonProfile>\n");
    write_text(out, "loadInformation", document->load_information);
    write_text(out, "inactiveLoadInformation", "");
    sj_xml_text_raw(out, "<vendorConfig>\n");
    for (size_t i = 0; i < document->settings_count; i++) {
        write_integer(out, document->settings[i].name, document->settings[i].value);
    }
    sj_xml_text_raw(out, "</vendorConfig>\n");
    write_modules(out, document);
    const size_t place = write_empty_stamp(out);
    write_locales(out, document);
    write_integer(out, "deviceSecurityMode", document->security_mode);
    write_urls(out, document);
    write_integer(out, "transportLayerProtocol", document->transport);
    write_integer(out, "dialToneSetting", 1);
    write_integer(out, "dndCallAlert", document->dnd_call_alert);
    write_integer(out, "phonePersonalization", 1);
    write_integer(out, "rollover", 0);
    write_integer(out, "singleButtonBarge", document->single_button_barge);
    write_integer(out, "joinAcrossLines", document->join_across_lines ? 1 : 0);
    write_boolean(out, "autoCallPickupEnable", document->auto_call_pickup);
    write_integer(out, "blfAudibleAlertSettingOfIdleStation", 0);
    write_integer(out, "blfAudibleAlertSettingOfBusyStation", 0);
    write_integer(out, "capfAuthMode", 0);
    write_boolean(out, "encrConfig", false);
    write_integer(out, "advertiseG722Codec", 1);
    write_integer(out, "TLSResumptionTimer", 3600);
    write_text(out, "userId", document->user_id);
    write_text(out, "ownerId", document->owner_id);
    write_services(out, document);
    sj_xml_text_raw(out, "</device>\n");
    stamp(out, start, place);
}

bool document_element_name(const char *name) {
    if (!((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z') ||
          name[0] == '_')) {
        return false;
    }
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
           strlen(name);
}

void redirect_document_write(sj_xml_text *out, const struct redirect_document *document) {
    const size_t start = out->length;
    sj_xml_text_raw(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n");
    write_boolean(out, "fullConfig", false);
    write_text(out, "deviceProtocol", "SIP");
    write_boolean(out, document->mode_element, true);
    for (size_t i = 0; i < document->addresses_count && i < MOST_REDIRECTS; i++) {
        sj_xml_text_format(out, "<%s%zu>", document->address_element, i + 1);
        sj_xml_text_escaped(out, document->addresses[i]);
        sj_xml_text_format(out, "</%s%zu>\n", document->address_element, i + 1);
    }
    write_text(out, document->logout_element, document->logout_url);
    write_boolean(out, "encrConfig", false);
    const size_t place = write_empty_stamp(out);
    sj_xml_text_raw(out, "</device>\n");
    stamp(out, start, place);
}

void default_document_write(sj_xml_text *out, const struct document_node *nodes, size_t nodes_count,
                            const struct document_load *loads, size_t loads_count) {
    sj_xml_text_raw(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Default>\n");
    write_members(out, nodes, nodes_count);
    for (size_t i = 0; i < loads_count; i++) {
        sj_xml_text_format(out, "<loadInformation%lld", (long long)loads[i].number);
        sj_xml_text_attribute(out, "model", loads[i].model);
        sj_xml_text_raw(out, ">");
        sj_xml_text_escaped(out, loads[i].load_information);
        sj_xml_text_format(out, "</loadInformation%lld>\n", (long long)loads[i].number);
    }
    sj_xml_text_raw(out, "</Default>\n");
}
