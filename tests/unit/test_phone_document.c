/* Phone documents: valid against our own XSD, escaped, and with a version stamp that changes
 * exactly when the content does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include "file_cache.h"
#include "phone_document.h"

static const struct document_node nodes[] = {{"127.0.1.1", 5060, 5061}, {"127.0.1.2", 5060, 5061}};
static const struct document_line lines[] = {
    {"4001", "", "Alice \"A\" <Archer> & Söhne", "c1", "4900", "", "", 4, 2, false, true},
    {"+4420", "Line 2", "", "c2", "", "Auto Answer with Headset", "", 2, 1, false, false}};
static const struct document_speed_dial dials[] = {{"0", "Operator", false, false},
                                                   {"4002", "Bob", true, true}};
static const struct document_service services[] = {
    {"Extension Mobility",
     "http://127.0.1.1:8080/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#", "", "", "", 0, 0}};
static const struct document_module modules[] = {{"CKEM", "", 36}};
static const struct document_setting settings[] = {{"pcPort", 1}, {"webAccess", 0}};
static const char *const ntp_servers[] = {"192.0.2.1", "time.example"};

static struct phone_document sample(void) {
    return (struct phone_document){
        .device_name = "SEP001122334455",
        .user_id = "alice",
        .owner_id = "alice",
        .date_template = "D/M/Y",
        .time_zone = "GMT Standard/Daylight Time",
        .olson_time_zone = "Europe/London",
        .ntp_servers = ntp_servers,
        .ntp_servers_count = 2,
        .nodes = nodes,
        .nodes_count = 2,
        .lines = lines,
        .lines_count = 2,
        .speed_dials = dials,
        .speed_dials_count = 2,
        .services = services,
        .services_count = 1,
        .expansion_modules = modules,
        .expansion_modules_count = 1,
        .load_information = "",
        .user_locale = "English_United_States",
        .user_locale_number = 1,
        .network_locale = "France",
        .external_number_mask = "+442079304001",
        .dial_template_file = "DR0011.xml",
        .t302_ms = 15000,
        .transport = 1,
        .security_mode = 1,
        .invite_expires_s = 180,
        .register_expires_s = 3600,
        .register_delta_s = 5,
        .keep_alive_expires_s = 120,
        .t1_ms = 500,
        .t2_ms = 4000,
        .invite_retries = 6,
        .non_invite_retries = 10,
        .start_media_port = 16384,
        .stop_media_port = 32766,
        .dtmf_payload_type = 101,
        .settings = settings,
        .settings_count = 2,
        .softkey_file = "SKReception.xml",
        .always_use_prime_line = true,
        .join_across_lines = true,
        .single_button_barge = 2,
        .dnd_call_alert = 5,
        .mlpp_domain = "00000A",
        .mlpp_indication = "On",
        .mlpp_preemption = "Forceful",
        .url_authentication = "",
        .url_services = "",
        .url_directories = "",
    };
}

static xmlDocPtr parse(const sj_xml_text *text) {
    xmlDocPtr document = xmlReadMemory(text->data, (int)text->length, "phone.xml", NULL,
                                       XML_PARSE_NONET | XML_PARSE_NOERROR);
    assert_non_null(document);
    return document;
}

static void assert_valid(const sj_xml_text *text) {
    xmlDocPtr document = parse(text);
    xmlSchemaParserCtxtPtr reader = xmlSchemaNewParserCtxt(XSD);
    xmlSchemaPtr schema = xmlSchemaParse(reader);
    assert_non_null(schema);
    xmlSchemaValidCtxtPtr validator = xmlSchemaNewValidCtxt(schema);
    assert_int_equal(xmlSchemaValidateDoc(validator, document), 0);
    xmlSchemaFreeValidCtxt(validator);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(reader);
    xmlFreeDoc(document);
}

static void full_document_is_valid(void **state) {
    (void)state;
    sj_xml_text text = {0};
    struct phone_document document = sample();
    phone_document_write(&text, &document);
    assert_false(text.failed);
    assert_valid(&text);
    assert_non_null(strstr(
        text.data, "<displayName>Alice &quot;A&quot; &lt;Archer&gt; &amp; Söhne</displayName>"));
    assert_non_null(strstr(text.data, "device=#DEVICENAME#&amp;EMCC=#EMCC#</url>"));
    assert_non_null(strstr(text.data, "<featureLabel>4001</featureLabel>"));
    assert_non_null(strstr(text.data, "<softKeyFile>SKReception.xml</softKeyFile>"));
    const char *second_line = strstr(text.data, "lineIndex=\"2\"");
    assert_in_range(strstr(text.data, "<sharedLine>true</sharedLine>"), text.data, second_line);
    assert_non_null(strstr(second_line, "<sharedLine>false</sharedLine>"));
    assert_non_null(strstr(text.data, "<alwaysUsePrimeLine>true</alwaysUsePrimeLine>"));
    assert_non_null(
        strstr(text.data, "<alwaysUsePrimeLineVoiceMail>false</alwaysUsePrimeLineVoiceMail>"));
    assert_non_null(
        strstr(text.data,
               "<singleButtonBarge>2</singleButtonBarge>\n<joinAcrossLines>1</joinAcrossLines>"));
    assert_non_null(strstr(text.data, "<dndCallAlert>5</dndCallAlert>"));
    assert_non_null(strstr(text.data,
                           "<timeZone>GMT Standard/Daylight Time</timeZone>\n"
                           "<olsonTimeZone>Europe/London</olsonTimeZone>\n<ntps>\n<ntp>\n"
                           "<name>192.0.2.1</name>\n<ntpMode>Unicast</ntpMode>"));
    assert_non_null(strstr(text.data, "<deviceType>CKEM</deviceType>\n<deviceLine>36<"));
    assert_non_null(strstr(text.data, "<phoneService type=\"1\" category=\"0\">\n"
                                      "<name>Missed Calls</name>\n"
                                      "<url>Application:Cisco/MissedCalls</url>\n"));
    assert_non_null(strstr(text.data, "<networkLocale>France</networkLocale>"));
    assert_non_null(strstr(text.data, "<MissedCallLoggingOption>11</MissedCallLoggingOption>"));
    assert_non_null(strstr(
        text.data,
        "<mlppDomainId>00000A</mlppDomainId>\n<mlppIndicationStatus>On</mlppIndicationStatus>\n"
        "<preemption>Forceful</preemption>"));
    free(text.data);
}

/* An intercom line is a line with a feature of its own, and the number that its key calls. */
static void intercom_line(void **state) {
    (void)state;
    const struct document_line line = {"7001", "", "", "c",  "",   "Auto Answer with Speakerphone",
                                       "7002", 1,  1,  true, false};
    struct phone_document document = sample();
    document.lines = &line;
    document.lines_count = 1;
    sj_xml_text text = {0};
    phone_document_write(&text, &document);
    assert_valid(&text);
    assert_non_null(strstr(text.data, "lineIndex=\"1\">\n<featureID>23</featureID>"));
    assert_non_null(strstr(text.data, "<busyTrigger>1</busyTrigger>\n"
                                      "<speedDialNumber>7002</speedDialNumber>\n</line>"));
    free(text.data);
}

static void broken_text_stays_well_formed(void **state) {
    (void)state;
    struct document_line odd = {"1\x01\xff\xc0\x80\xed\xa0\x80",
                                "\xf5\x80\x80\x80",
                                "ok\xe2\x82",
                                "",
                                "",
                                "",
                                "",
                                1,
                                1,
                                false,
                                false};
    struct phone_document document = sample();
    document.lines = &odd;
    document.lines_count = 1;
    sj_xml_text text = {0};
    phone_document_write(&text, &document);
    xmlFreeDoc(parse(&text));
    free(text.data);
}

static char *stamp_of(const struct phone_document *document) {
    sj_xml_text text = {0};
    phone_document_write(&text, document);
    char *start = strstr(text.data, "<versionStamp>");
    assert_non_null(start);
    char *stamp = strndup(start, strcspn(start, "\n"));
    free(text.data);
    return stamp;
}

static void stamp_follows_the_content(void **state) {
    (void)state;
    struct phone_document document = sample();
    char *first = stamp_of(&document), *again = stamp_of(&document);
    document.user_id = "bob";
    char *other = stamp_of(&document);
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    free(first);
    free(again);
    free(other);
}

static void redirect_is_valid(void **state) {
    (void)state;
    static const char *const addresses[] = {"127.0.1.1", "127.0.1.2", "127.0.1.3", "127.0.1.4",
                                            "127.0.1.5"};
    struct redirect_document redirect = {
        "emccMode",
        "tempTftpAddress",
        "visitingLogoutURI",
        addresses,
        5,
        "http://127.0.2.1:8080/emapp/EMAppServlet?device=SEP001122334455&doLogout=true"};
    sj_xml_text text = {0};
    redirect_document_write(&text, &redirect);
    assert_valid(&text);
    assert_non_null(strstr(text.data, "<tempTftpAddress4>127.0.1.4</tempTftpAddress4>"));
    assert_null(strstr(text.data, "127.0.1.5"));
    free(text.data);
}

static void element_names(void **state) {
    (void)state;
    assert_true(document_element_name("tempTftpAddress"));
    assert_true(document_element_name("_a-1.b"));
    assert_false(document_element_name(""));
    assert_false(document_element_name("1a"));
    assert_false(document_element_name("a b"));
    assert_false(document_element_name("a><b"));
}

static void cache_forgets_what_it_should(void **state) {
    (void)state;
    struct file_cache *cache = calloc(1, sizeof *cache);
    struct file *one = file_new(strdup("one"), 3, "");
    file_cache_keep(cache, "a", one);
    assert_int_equal(one->references, 2);
    struct file *found = file_cache_find(cache, "a");
    assert_ptr_equal(found, one);
    file_release(found);
    assert_null(file_cache_find(cache, "b"));
    file_cache_forget(cache, "a");
    assert_null(file_cache_find(cache, "a"));
    assert_int_equal(one->references, 1);
    file_cache_keep(cache, "a", one);
    file_cache_forget_all(cache);
    assert_null(file_cache_find(cache, "a"));
    file_cache_free(cache);
    assert_int_equal(one->references, 1);
    file_release(one);
    free(cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_document_is_valid),
        cmocka_unit_test(intercom_line),
        cmocka_unit_test(broken_text_stays_well_formed),
        cmocka_unit_test(stamp_follows_the_content),
        cmocka_unit_test(redirect_is_valid),
        cmocka_unit_test(element_names),
        cmocka_unit_test(cache_forgets_what_it_should),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
