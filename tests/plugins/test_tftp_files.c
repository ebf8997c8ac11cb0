/* The file service in the test kit: which files there are, and what stands in those of phones. */
#include <unistd.h>

#include "tftp_kit.h"

#include "events/phone.h"
#include "parameters/call_manager.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "parameters/tftp.h"
#include "resources/call_manager_group.h"
#include "resources/calling_search_space.h"
#include "resources/common_device_configuration.h"
#include "resources/common_phone_profile.h"
#include "resources/device_pool.h"
#include "resources/enterprise_phone_configuration.h"
#include "resources/live_device.h"
#include "resources/node.h"
#include "resources/partition.h"
#include "resources/phone_model.h"
#include "resources/phone_service.h"
#include "resources/route_pattern.h"
#include "resources/session.h"
#include "resources/sip_profile.h"

/* A phone takes pushed pages from whoever the authentication URL says, and from everybody where
 * there is none: there is always one, and web access is off until somebody wants it. */
static void pages_cannot_be_pushed_by_everybody(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    const sj_node *node = sj_testkit_scope(kit)->host->node;
    char expected[160];
    (void)snprintf(expected, sizeof expected,
                   "<authenticationURL>http://%s:%d/ccmcip/authenticate.jsp</authenticationURL>",
                   node->address, node->http_port);
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, expected));
    assert_non_null(strstr(file, "<webAccess>1</webAccess>"));
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_enterprise_url_authentication_meta,
                                          "http://192.0.2.1/who", &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<authenticationURL>http://192.0.2.1/who</authenticationURL>"));
}

/* Who looks for a colleague is shown a directory where somebody serves one. */
static void corporate_directory_where_one_is_served(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "CorporateDirectory"));
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_enterprise_url_directories_meta,
                                          "http://192.0.2.1/xmldirectory", &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<name>Corporate Directory</name>\n"
                           "<url>Application:Cisco/CorporateDirectory</url>"));
}

/* Category and ASCII name of a phone service: the kind goes into the file, the plain name to
 * displays without the script. */
static void phone_services_by_category_and_model(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_int_equal(
        sj_testkit_put(
            kit, &sj_phone_service_meta,
            "{\"name\":\"電話帳\",\"ascii_name\":\"Directory\",\"url\":\"http://192.0.2.1/d\","
            "\"category\":\"java_midlet\",\"enterprise_subscription\":true}",
            &error),
        SJ_OK);
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP001122334466\",\"model\":\"Cisco 7960\"}",
                                    &error),
                     SJ_OK);
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<phoneService type=\"0\" category=\"1\">\n<name>電話帳</name>"));
    file = fetch(kit, "/SEP001122334466.cnf.xml");
    assert_non_null(
        strstr(file, "<phoneService type=\"0\" category=\"1\">\n<name>Directory</name>"));
}

static void write_file(const char *directory, const char *name, const char *content) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(content, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

/* Whichever allocation fails: who asks for a file of the directory gets an answer. */
static void answered_when_memory_is_short(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    char directory[] = "/tmp/tftp-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    write_file(directory, "term.loads", "one");
    for (long n = 1; n <= 30; n++) {
        sj_testkit_request request = {.path = "/term.loads", .port = http_port(kit)};
        sj_testkit_fail_allocation(kit, n);
        const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
        sj_testkit_advance(kit, 10);
        sj_testkit_fail_allocation(kit, 0);
        if (reply->status == 0) {
            fail_msg("allocation %ld fails: no answer", n);
        }
    }
    assert_string_equal(fetch(kit, "/term.loads"), "one");
    (void)snprintf(path, sizeof path, "%s/term.loads", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* The file directory: kept while it stays as it was, read again when it changed; links below the
 * directory are followed, a link that leads out is refused and the log says so. */
static void files_of_the_directory(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    char directory[] = "/tmp/tftp-XXXXXX", link[64], path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    write_file(directory, "term.loads", "one");
    assert_string_equal(fetch(kit, "/term.loads"), "one");
    assert_string_equal(fetch(kit, "/term.loads"), "one");
    write_file(directory, "term.loads", "two, longer");
    assert_string_equal(fetch(kit, "/term.loads"), "two, longer");
    (void)snprintf(link, sizeof link, "%s/latest.loads", directory);
    assert_int_equal(symlink("term.loads", link), 0);
    assert_string_equal(fetch(kit, "/latest.loads"), "two, longer");
    assert_null(sj_testkit_find(kit, "log", "leads out"));
    (void)snprintf(path, sizeof path, "%s/out.loads", directory);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(status_of(kit, "/out.loads"), 404);
    assert_int_equal(status_of(kit, "/out.loads"), 404);
    assert_non_null(sj_testkit_find(kit, "log", "out.loads is a symbolic link that leads out of"));
    assert_int_equal(status_of(kit, "/none.loads"), 404);
    (void)unlink(link);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/term.loads", directory);
    (void)unlink(path);
    assert_int_equal(status_of(kit, "/term.loads"), 404);
    assert_int_equal(rmdir(directory), 0);
}

/* DR<device>.xml says what the phone may dial; other files that are called so are the
 * administrator's. */
/* What is placed in the directory is served as it is, whatever it is called, but for files of
 * phones that are configured here; and a phone's own is found in small letters too. */
static void placed_files_of_any_name(void **state) {
    static const char *const names[] = {"ITLFile.tlv", "SEP001122334455.cnf.xml.sgn",
                                        "SPDefault.cnf.xml", "SEP001122334477.cnf.xml",
                                        "Glockenspiel für Büros.raw"};
    sj_testkit *kit = *state;
    sj_error error;
    char directory[] = "/tmp/tftp-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    write_file(directory, "SEP001122334455.cnf.xml", "placed");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "/%s", names[i]);
        assert_int_equal(status_of(kit, path), 404);
        write_file(directory, names[i], names[i]);
        assert_string_equal(fetch(kit, path), names[i]);
    }
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<fullConfig>true"));
    (void)snprintf(path, sizeof path, "%s/SEP001122334455.cnf.xml", directory);
    assert_int_equal(unlink(path), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP00AABBCCDDEE\",\"model\":\"Cisco 7841\"}",
                                    &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/sep00aabbccddee.cnf.xml"), "<fullConfig>true"));
}

struct told_setting {
    const char *setting; /* which is looked for */
    char value[64], source[96];
};

static void on_settings(void *user, int status, const sj_error *error,
                        const sj_phone_settings_reply *reply) {
    struct told_setting *told = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    for (size_t i = 0; i < reply->settings_count; i++) {
        if (strcmp(reply->settings[i].setting, told->setting) == 0) {
            (void)snprintf(told->value, sizeof told->value, "%s", reply->settings[i].value);
            (void)snprintf(told->source, sizeof told->source, "%s", reply->settings[i].source);
        }
    }
}

static void setting_is(sj_testkit *kit, const char *setting, const char *value,
                       const char *source) {
    struct told_setting told = {.setting = setting};
    const sj_phone_settings request = {.device_name = "SEP001122334455"};
    assert_int_equal(
        sj_ask_phone_settings(sj_testkit_scope(kit), &request, 0, on_settings, &told, NULL), SJ_OK);
    sj_testkit_run(kit);
    assert_string_equal(told.value, value);
    assert_string_equal(told.source, source);
}

/* Softkeys come from the template that a phone names, unless a file of its name is placed; those of
 * a phone that names none are those of Standard User. A visitor has what the record here says. */
static void softkey_templates(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    static const char visitor[] =
        "{\"name\":\"SEP00FF00FF00FF\",\"emcc\":true,\"model\":\"Cisco 8851\",\"device_pool\":"
        "\"Default\",\"phone_security_profile\":\"Standard SIP Non-Secure Profile\","
        "\"softkey_template\":\"Standard Feature\","
        "\"sip_profile\":\"Standard SIP Profile\",\"common_phone_profile\":\"Standard Common Phone "
        "Profile\"}";
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<softKeyFile>SKStandard_User.xml</softKeyFile>"));
    setting_is(kit, "Softkey Template", "Standard User", "default of the cluster");
    assert_int_equal(sj_testkit_put(kit, &sj_live_device_meta, visitor, &error), SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP00FF00FF00FF.cnf.xml"),
                           "<softKeyFile>SKStandard_Feature.xml</softKeyFile>"));
    char directory[] = "/tmp/tftp-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                                    "\"softkey_template\":\"Standard User\"}",
                                    &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<softKeyFile>SKStandard_User.xml</softKeyFile>"));
    const char *file = fetch(kit, "/SKStandard_User.xml");
    assert_non_null(strstr(file, "<softKeyDef keyID=\"CFwdAll\">\n<tag>5</tag>\n"
                                 "<eventID>5</eventID>\n<helpID>305</helpID>\n"));
    assert_non_null(strstr(file, "<softKeySet id=\"Digits After First\">\n"
                                 "<softKey keyID=\"&lt;&lt;\"/>\n<softKey keyID=\"EndCall\"/>\n"));
    assert_non_null(strstr(file, "<softKeySet id=\"Remote In Use\">\n</softKeySet>"));
    assert_int_equal(status_of(kit, "/SKNobodys.xml"), 404);
    write_file(directory, "SKStandard_User.xml", "placed");
    assert_string_equal(fetch(kit, "/SKStandard_User.xml"), "placed");
    (void)snprintf(path, sizeof path, "%s/SKStandard_User.xml", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* A setting of the phone counts before that of its common phone profile, and that before the
 * enterprise's; what is set nowhere stays out of the file. */
static void settings_of_enterprise_profile_and_phone(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    setting_is(kit, "Web Access", "disabled", "common phone profile");
    setting_is(kit, "PC Port", "not set", "default of the phone");
    assert_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<pcPort>"));
    assert_int_equal(sj_testkit_put(kit, &sj_enterprise_phone_configuration_meta,
                                    "{\"web_access\":\"enabled\",\"pc_port\":\"disabled\"}",
                                    &error),
                     SJ_OK);
    setting_is(kit, "Web Access", "disabled", "common phone profile");
    setting_is(kit, "PC Port", "disabled", "enterprise phone configuration");
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<pcPort>1</pcPort>"));
    assert_int_equal(sj_testkit_put(kit, &sj_common_phone_profile_meta,
                                    "{\"name\":\"Standard Common Phone Profile\","
                                    "\"override_web_access\":false,\"pc_port\":\"enabled\"}",
                                    &error),
                     SJ_OK);
    setting_is(kit, "Web Access", "enabled", "enterprise phone configuration");
    setting_is(kit, "PC Port", "enabled", "common phone profile");
    setting_is(kit, "SSH Access", "disabled", "common phone profile");
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                                    "\"web_access\":\"disabled\"}",
                                    &error),
                     SJ_OK);
    setting_is(kit, "Web Access", "disabled", "phone");
    setting_is(kit, "Time Zone", "Etc/GMT", "date/time group CMLocal");
    setting_is(kit, "Network Locale", "not set", "default of the phone");
    setting_is(kit, "User Locale", "not set", "default of the phone");
    setting_is(kit, "Phone Load Name", "not set", "the phone keeps its own");
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<pcPort>0</pcPort>"));
    assert_non_null(strstr(file, "<webAccess>1</webAccess>"));
    assert_int_equal(sj_testkit_put(kit, &sj_common_device_configuration_meta,
                                    "{\"name\":\"German\",\"user_locale\":\"German_Germany\"}",
                                    &error),
                     SJ_OK);
    assert_int_equal(
        sj_testkit_put(kit, &sj_phone_meta,
                       "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                       "\"common_device_configuration\":\"German\",\"load_information\":"
                       "\"own\",\"softkey_template\":\"Standard User\"}",
                       &error),
        SJ_OK);
    setting_is(kit, "User Locale", "German_Germany", "common device configuration German");
    setting_is(kit, "Softkey Template", "Standard User", "phone");
    setting_is(kit, "Phone Load Name", "own", "phone");
}

struct record {
    const sj_resource_meta *meta;
    const char *json;
};

static void put_all(sj_testkit *kit, const struct record *records, size_t count) {
    sj_error error = {0};
    for (size_t i = 0; i < count; i++) {
        if (sj_testkit_put(kit, records[i].meta, records[i].json, &error) != SJ_OK) {
            fail_msg("%s: %s", records[i].json, error.text);
        }
    }
}

/* Phones whose lines have the same calling search spaces share a template, until something of it
 * changes; others have one of their own. */
static void dial_templates_by_calling_search_space(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    static const struct record records[] = {
        {&sj_partition_meta, "{\"name\":\"Far\"}"},
        {&sj_calling_search_space_meta, "{\"name\":\"Far\",\"partitions\":[\"Far\"]}"},
        {&sj_route_pattern_meta, "{\"pattern\":\"9.!\",\"partition\":\"Far\",\"block\":true}"},
        {&sj_route_pattern_meta, "{\"pattern\":\"112\",\"block\":true,\"urgent_priority\":true}"},
        {&sj_phone_meta, "{\"name\":\"SEP00AABBCCDD01\",\"model\":\"Cisco 7841\",\"lines\":["
                         "{\"directory_number\":\"4001\"}]}"},
        {&sj_phone_meta, "{\"name\":\"SEP00AABBCCDD02\",\"model\":\"Cisco 7841\","
                         "\"calling_search_space\":\"Far\",\"lines\":["
                         "{\"directory_number\":\"4001\"}]}"},
    };
    put_all(kit, records, sizeof records / sizeof records[0]);
    char *near = strdup(fetch(kit, "/DRSEP00AABBCCDD01.xml"));
    assert_string_equal(fetch(kit, "/DRSEP001122334455.xml"), near);
    assert_non_null(strstr(near, "<TEMPLATE match=\"112\" timeout=\"0\"/>"));
    assert_null(strstr(near, "match=\"9*\""));
    assert_non_null(
        strstr(fetch(kit, "/DRSEP00AABBCCDD02.xml"), "<TEMPLATE match=\"9*\" timeout=\"15\"/>"));
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_ccm_t302_timer_meta, "4000", &error),
                     SJ_OK);
    assert_non_null(
        strstr(fetch(kit, "/DRSEP00AABBCCDD02.xml"), "<TEMPLATE match=\"9*\" timeout=\"4\"/>"));
    free(near);
}

/* A user's profile made for a larger phone: the file has the lines for which there are keys. */
static void lines_of_the_model(void **state) {
    sj_testkit *kit = *state;
    static const struct record live = {
        &sj_live_device_meta,
        "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 7821\",\"device_pool\":\"Default\","
        "\"phone_security_profile\":\"Standard SIP Non-Secure Profile\",\"sip_profile\":\"Standard "
        "SIP Profile\",\"common_phone_profile\":\"Standard Common Phone Profile\",\"lines\":["
        "{\"directory_number\":\"4001\",\"label\":\"one\"},{\"directory_number\":\"4001\","
        "\"label\":\"two\"},{\"directory_number\":\"4001\",\"label\":\"three\"}]}"};
    put_all(kit, &live, 1);
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<featureLabel>two<"));
    assert_null(strstr(file, "<featureLabel>three<"));
}

static void shared_is(sj_testkit *kit, const char *path, bool shared) {
    const char *file = fetch(kit, path);
    const char *expected =
        shared ? "<sharedLine>true</sharedLine>" : "<sharedLine>false</sharedLine>";
    if (strstr(file, expected) == NULL) {
        fail_msg("%s has no %s", path, expected);
    }
}

/* A number on two phones, until one of them has another; on a phone of another cluster where its
 * user is logged in; and not on the phone whose lines a login has taken away. */
static void shared_lines(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    static const struct record two[] = {
        {&sj_directory_number_meta, "{\"pattern\":\"4002\"}"},
        {&sj_phone_meta, "{\"name\":\"SEP00AABBCCDD01\",\"model\":\"Cisco 7841\",\"lines\":["
                         "{\"directory_number\":\"4001\"}]}"}};
    static const struct record other = {
        &sj_phone_meta, "{\"name\":\"SEP00AABBCCDD01\",\"model\":\"Cisco 7841\",\"lines\":["
                        "{\"directory_number\":\"4002\"}]}"};
    static const struct record visitor = {
        &sj_live_device_meta,
        "{\"name\":\"SEP00FF00FF00FF\",\"emcc\":true,\"model\":\"Cisco 8851\",\"device_pool\":"
        "\"Default\",\"phone_security_profile\":\"Standard SIP Non-Secure Profile\","
        "\"sip_profile\":\"Standard SIP Profile\",\"common_phone_profile\":\"Standard Common Phone "
        "Profile\",\"lines\":[{\"directory_number\":\"4001\"}]}"};
    static const struct record borrowed = {
        &sj_live_device_meta,
        "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\",\"device_pool\":\"Default\","
        "\"phone_security_profile\":\"Standard SIP Non-Secure Profile\",\"sip_profile\":\"Standard "
        "SIP Profile\",\"common_phone_profile\":\"Standard Common Phone Profile\",\"lines\":["
        "{\"directory_number\":\"4002\"}]}"};
    shared_is(kit, "/SEP001122334455.cnf.xml", false);
    put_all(kit, two, 2);
    shared_is(kit, "/SEP001122334455.cnf.xml", true);
    shared_is(kit, "/SEP00AABBCCDD01.cnf.xml", true);
    put_all(kit, &other, 1);
    shared_is(kit, "/SEP001122334455.cnf.xml", false);
    shared_is(kit, "/SEP00AABBCCDD01.cnf.xml", false);
    put_all(kit, &visitor, 1);
    shared_is(kit, "/SEP001122334455.cnf.xml", true);
    shared_is(kit, "/SEP00FF00FF00FF.cnf.xml", true);
    put_all(kit, &borrowed, 1);
    shared_is(kit, "/SEP00FF00FF00FF.cnf.xml", false);
    shared_is(kit, "/SEP00AABBCCDD01.cnf.xml", true);
    assert_int_equal(sj_live_device_delete(sj_testkit_scope(kit), "SEP001122334455", &error),
                     SJ_OK);
    sj_testkit_run(kit);
    shared_is(kit, "/SEP00FF00FF00FF.cnf.xml", true);
    shared_is(kit, "/SEP00AABBCCDD01.cnf.xml", false);
    for (int i = 0; i < 20; i++) { /* more than are looked at one by one */
        char json[160];
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"SEP00AABBCC00%02d\",\"model\":\"Cisco 7841\",\"lines\":[{"
                       "\"directory_number\":\"4002\"}]}",
                       i);
        assert_int_equal(sj_testkit_put(kit, &sj_phone_meta, json, &error), SJ_OK);
    }
    shared_is(kit, "/SEP00AABBCCDD01.cnf.xml", true);
}

/* A line whose number is in an intercom partition: one call, which the phone answers by itself. */
static void intercom_lines(void **state) {
    sj_testkit *kit = *state;
    static const struct record records[] = {
        {&sj_partition_meta, "{\"name\":\"Intercom\",\"usage\":\"intercom\"}"},
        {&sj_directory_number_meta, "{\"pattern\":\"7001\",\"partition\":\"Intercom\"}"},
        {&sj_phone_meta,
         "{\"name\":\"SEP00AABBCCDD01\",\"model\":\"Cisco 8851\",\"lines\":["
         "{\"directory_number\":\"7001@Intercom\",\"speed_dial\":\"7002\",\"maximum_calls\":4}]}"}};
    put_all(kit, records, sizeof records / sizeof records[0]);
    const char *file = fetch(kit, "/SEP00AABBCCDD01.cnf.xml");
    assert_non_null(strstr(file, "<featureID>23</featureID>\n<featureLabel>7001</featureLabel>"));
    assert_non_null(strstr(file, "<autoAnswerEnabled>3</autoAnswerEnabled>\n"
                                 "<autoAnswerMode>Auto Answer with Speakerphone</autoAnswerMode>"));
    assert_non_null(strstr(file, "<maxNumCalls>1</maxNumCalls>\n<busyTrigger>1</busyTrigger>\n"
                                 "<speedDialNumber>7002</speedDialNumber>\n"));
}

/* The template of an intercom line has what its own calling search space reaches. */
static void dial_template_of_an_intercom_line(void **state) {
    sj_testkit *kit = *state;
    static const struct record records[] = {
        {&sj_partition_meta, "{\"name\":\"Intercom\",\"usage\":\"intercom\"}"},
        {&sj_partition_meta, "{\"name\":\"Far\"}"},
        {&sj_calling_search_space_meta, "{\"name\":\"Far\",\"partitions\":[\"Far\"]}"},
        {&sj_route_pattern_meta, "{\"pattern\":\"9.!\",\"partition\":\"Far\",\"block\":true}"},
        {&sj_directory_number_meta, "{\"pattern\":\"7001\",\"partition\":\"Intercom\"}"},
        {&sj_phone_meta,
         "{\"name\":\"SEP00AABBCCDD01\",\"model\":\"Cisco 8851\",\"calling_search_space\":\"Far\","
         "\"lines\":[{\"directory_number\":\"4001\"},{\"directory_number\":\"7001@Intercom\"}]}"}};
    put_all(kit, records, sizeof records / sizeof records[0]);
    const char *template = fetch(kit, "/DRSEP00AABBCCDD01.xml");
    assert_non_null(strstr(template, "<TEMPLATE match=\"9*\" line=\"1\" timeout=\"15\"/>"));
    assert_null(strstr(template, "match=\"9*\" line=\"2\""));
}

/* Numbers of locales are those that a source has; the parameter adds others, and corrects them. */
static void locale_numbers(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    static const struct record german[] = {
        {&sj_device_pool_meta, "{\"name\":\"Berlin\",\"network_locale\":\"Germany\"}"},
        {&sj_phone_meta, "{\"name\":\"SEP00AABBCCDD01\",\"model\":\"Cisco 7841\",\"device_pool\":"
                         "\"Berlin\",\"user_locale\":\"German_Germany\"}"}};
    put_all(kit, german, 2);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<name>English_United_States</name>\n<uid>1</uid>"));
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<name>United_States</name>\n<uid>64</uid>"));
    assert_non_null(
        strstr(fetch(kit, "/SEP00AABBCCDD01.cnf.xml"), "<name>German_Germany</name>\n<uid></uid>"));
    assert_non_null(
        strstr(fetch(kit, "/SEP00AABBCCDD01.cnf.xml"), "<name>Germany</name>\n<uid></uid>"));
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_tftp_locale_numbers_meta,
                                          "German_Germany=3, Germany=15 nonsense United_States=x",
                                          &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP00AABBCCDD01.cnf.xml"),
                           "<name>German_Germany</name>\n<uid>3</uid>"));
    assert_non_null(
        strstr(fetch(kit, "/SEP00AABBCCDD01.cnf.xml"), "<name>Germany</name>\n<uid>15</uid>"));
    assert_non_null(sj_testkit_find(kit, "log", "got \"nonsense"));
}

/* Phones reach the nodes in the families in which these have addresses. */
static void addresses_of_both_families(void **state) {
    sj_testkit *kit = *state;
    static const struct record phone[] = {
        {&sj_common_device_configuration_meta,
         "{\"name\":\"Six\",\"ip_addressing_mode\":\"ipv6_only\"}"},
        {&sj_phone_meta, "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                         "\"common_device_configuration\":\"Six\"}"}};
    static const struct record node[] = {
        {&sj_cluster_node_meta, "{\"name\":\"six\",\"address\":\"2001:db8::1\"}"},
        {&sj_call_manager_group_meta, "{\"name\":\"Default\",\"nodes\":[\"six\"]}"}};
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<ipAddressMode>0</ipAddressMode>\n<allowAutoConfig>"));
    put_all(kit, phone, 2);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<ipAddressMode>2</ipAddressMode>")); /* the node has IPv4 alone */
    put_all(kit, node, 2);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<ipAddressMode>1</ipAddressMode>\n<allowAutoConfig>true<"));
}

/* Of a node with both the phone is told the address of the family that it is to use. */
static void addresses_by_phone(void **state) {
    sj_testkit *kit = *state;
    static const struct record both[] = {
        {&sj_common_device_configuration_meta,
         "{\"name\":\"Six\",\"ip_addressing_mode\":\"ipv6_only\"}"},
        {&sj_common_device_configuration_meta,
         "{\"name\":\"Both\",\"ip_addressing_mode\":\"ipv4_and_ipv6\"}"},
        {&sj_cluster_node_meta, "{\"name\":\"both\",\"address\":\"2001:db8::1\","
                                "\"further_addresses\":[\"192.0.2.7\",\"192.0.2.8\"]}"},
        {&sj_call_manager_group_meta, "{\"name\":\"Default\",\"nodes\":[\"both\"]}"}};
    put_all(kit, both, 4);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<processNodeName>192.0.2.7</processNodeName>"));
    assert_non_null(
        strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<ipAddressMode>0</ipAddressMode>"));
    static const struct record six = {&sj_phone_meta,
                                      "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                                      "\"common_device_configuration\":\"Six\"}"};
    put_all(kit, &six, 1);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<processNodeName>2001:db8::1</processNodeName>"));
    assert_non_null(
        strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<ipAddressMode>1</ipAddressMode>"));
    static const struct record two = {&sj_phone_meta,
                                      "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                                      "\"common_device_configuration\":\"Both\"}"};
    put_all(kit, &two, 1);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<processNodeName>192.0.2.7</processNodeName>")); /* preferred */
    assert_non_null(
        strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<ipAddressMode>2</ipAddressMode>"));
}

/* A phone that is asked for digits has no template to dial by. */
static void digit_by_digit(void **state) {
    sj_testkit *kit = *state;
    static const struct record records[] = {
        {&sj_sip_profile_meta, "{\"name\":\"Digits\",\"digit_by_digit\":true}"},
        {&sj_phone_meta, "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                         "\"sip_profile\":\"Digits\"}"}};
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<kpml>0</kpml>"));
    assert_non_null(strstr(file, "<dialTemplate>DRSEP001122334455.xml</dialTemplate>"));
    put_all(kit, records, 2);
    file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<kpml>3</kpml>"));
    assert_non_null(strstr(file, "<dialTemplate></dialTemplate>"));
}

/* A phone that names no firmware has that of its model, and so has one that nobody knows yet. */
static void firmware_of_models(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_null(strstr(fetch(kit, "/XMLDefault.cnf.xml"), "<loadInformation"));
    assert_non_null(
        strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<loadInformation></loadInformation>"));
    assert_int_equal(sj_testkit_put(kit, &sj_phone_model_meta,
                                    "{\"name\":\"Cisco 8851\",\"number\":684,\"load_information\":"
                                    "\"sip88xx.12-5-1SR2-2\"}",
                                    &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/XMLDefault.cnf.xml"),
                           "<loadInformation684 model=\"Cisco 8851\">sip88xx.12-5-1SR2-2"
                           "</loadInformation684>\n</Default>"));
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<loadInformation>sip88xx.12-5-1SR2-2</loadInformation>"));
}

static void dial_templates(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    char directory[] = "/tmp/tftp-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<dialTemplate>DRSEP001122334455.xml</dialTemplate>"));
    assert_non_null(
        strstr(fetch(kit, "/DRSEP001122334455.xml"), "<TEMPLATE match=\"4...\" timeout=\"0\"/>"));
    assert_int_equal(
        sj_testkit_put(kit, &sj_directory_number_meta, "{\"pattern\":\"40012\"}", &error), SJ_OK);
    assert_non_null(
        strstr(fetch(kit, "/DRSEP001122334455.xml"), "<TEMPLATE match=\"4...\" timeout=\"15\"/>"));
    assert_int_equal(status_of(kit, "/DRSEP001122334456.xml"), 404);
    write_file(directory, "DRown.xml", "<dialTemplate/>");
    assert_string_equal(fetch(kit, "/DRown.xml"), "<dialTemplate/>");
    (void)snprintf(path, sizeof path, "%s/DRown.xml", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void visitor_is_redirected_and_comes_back(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<fullConfig>true"));
    assert_int_equal(sj_testkit_put(kit, &sj_session_meta,
                                    "{\"device_name\":\"SEP001122334455\",\"kind\":\"visiting\","
                                    "\"user_id\":\"bob\",\"remote_cluster_id\":\"HQ\","
                                    "\"home_tftp\":[\"127.9.9.9\",\"127.9.9.10\"],\"trace_id\":"
                                    "\"0af7651916cd43dd8448eb211c80319c\"}",
                                    &error),
                     SJ_OK);
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<emccMode>true</emccMode>"));
    assert_non_null(strstr(file, "<tempTftpAddress2>127.9.9.10</tempTftpAddress2>"));
    assert_non_null(strstr(
        file, "device=SEP001122334455&amp;doLogout=true&amp;homeLost=true</visitingLogoutURI>"));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_emcc_redirect_mode_element_meta, "crossMode", &error),
        SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<crossMode>true</crossMode>"));
    assert_int_equal(sj_session_delete(sj_testkit_scope(kit), "SEP001122334455", &error), SJ_OK);
    sj_testkit_run(kit);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<fullConfig>true"));
}

static void wrong_element_name_is_refused_when_it_is_given(void **state) {
    sj_testkit *kit = *state;
    static const char *const wrong[] = {"a b", "", "1st", "<emccMode>"};
    sj_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(
            sj_testkit_set_param(kit, &sj_param_emcc_redirect_mode_element_meta, wrong[i], &error),
            SJ_E_INVALID);
    }
    assert_int_equal(
        sj_testkit_put(
            kit, &sj_session_meta,
            "{\"device_name\":\"SEP001122334455\",\"kind\":\"visiting\",\"user_id\":\"bob\"}",
            &error),
        SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<emccMode>true</emccMode>"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(pages_cannot_be_pushed_by_everybody),
        TEST(phone_services_by_category_and_model),
        TEST(corporate_directory_where_one_is_served),
        TEST(files_of_the_directory),
        TEST(answered_when_memory_is_short),
        TEST(placed_files_of_any_name),
        TEST(softkey_templates),
        TEST(settings_of_enterprise_profile_and_phone),
        TEST(dial_templates_by_calling_search_space),
        TEST(lines_of_the_model),
        TEST(shared_lines),
        TEST(intercom_lines),
        TEST(dial_template_of_an_intercom_line),
        TEST(locale_numbers),
        TEST(addresses_of_both_families),
        TEST(addresses_by_phone),
        TEST(digit_by_digit),
        TEST(firmware_of_models),
        TEST(dial_templates),
        TEST(visitor_is_redirected_and_comes_back),
        TEST(wrong_element_name_is_refused_when_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
