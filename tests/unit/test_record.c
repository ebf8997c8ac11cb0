/* Records through their metadata: defaults, copies, comparison, keys, validation, JSON both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/base/nearest.h>
#include <sojourn/base/utf8.h>

#include "host/record/formats.h"
#include "host/record/json.h"
#include "host/record/record.h"
#include "host/record/validate.h"
#include "messages/intercluster.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/session.h"

static sj_phone *phone_from(const char *json, sj_error *error) {
    void *record = NULL;
    int status = sj_host_record_from_json(sj_phone_meta.record, json, strlen(json), &record, error);
    assert_int_equal(status, error->code);
    assert_true((status == SJ_OK) == (record != NULL));
    return record;
}

static const char bob[] =
    "{\"name\":\"SEP000000000001\",\"model\":\"Cisco 8841\",\"description\":\"caf\\u00e9\","
    "\"expansion_modules\":[\"A\",\"\"],"
    "\"lines\":[{\"directory_number\":\"1001@PT\",\"display\":\"Bob\"},{\"directory_number\":"
    "\"1002\"}]}";

static void reads_json_with_defaults(void **state) {
    sj_error error = {0};
    sj_phone *phone = phone_from(bob, &error);
    (void)state;
    assert_string_equal(phone->name, "SEP000000000001");
    assert_string_equal(phone->description, "café");
    assert_string_equal(phone->device_pool, "Default");
    assert_string_equal(phone->phone_security_profile, "Standard SIP Non-Secure Profile");
    assert_int_equal(phone->lines_count, 2);
    assert_string_equal(phone->lines[0].directory_number, "1001@PT");
    assert_string_equal(phone->lines[1].display, "");
    assert_int_equal(phone->expansion_modules_count, 2);
    assert_string_equal(phone->expansion_modules[1], "");
    assert_string_equal(phone->logout_profile, "");
    sj_host_record_free(phone);
}

static void writes_what_it_read(void **state) {
    sj_error error = {0};
    sj_phone *phone = phone_from(bob, &error), *again;
    char *json = sj_host_record_to_json(sj_phone_meta.record, phone), *json_again;
    (void)state;
    assert_non_null(strstr(json, "\"description\":\"café\""));
    again = phone_from(json, &error);
    assert_true(sj_record_equal(sj_phone_meta.record, phone, again));
    json_again = sj_host_record_to_json(sj_phone_meta.record, again);
    assert_string_equal(json, json_again);
    sj_host_text_free(json);
    sj_host_text_free(json_again);
    sj_host_record_free(phone);
    sj_host_record_free(again);
}

static void copies_are_whole(void **state) {
    sj_error error = {0};
    sj_phone *phone = phone_from(bob, &error), *copy = sj_record_copy(sj_phone_meta.record, phone);
    (void)state;
    assert_true(sj_record_equal(sj_phone_meta.record, phone, copy));
    assert_ptr_not_equal(phone->lines, copy->lines);
    sj_host_record_free(phone);
    assert_string_equal(copy->lines[0].display, "Bob");
    copy->protocol = SJ_DEVICE_PROTOCOL_SCCP;
    phone = phone_from(bob, &error);
    assert_false(sj_record_equal(sj_phone_meta.record, phone, copy));
    sj_host_record_free(phone);
    sj_host_record_free(copy);
}

static void null_is_taken_as_empty(void **state) {
    sj_phone phone;
    sj_phone *copy;
    char *json;
    (void)state;
    memset(&phone, 0, sizeof phone);
    phone.name = "SEP1";
    copy = sj_record_copy(sj_phone_meta.record, &phone);
    assert_string_equal(copy->description, "");
    json = sj_host_record_to_json(sj_phone_meta.record, &phone);
    assert_non_null(strstr(json, "\"description\":\"\""));
    sj_host_text_free(json);
    sj_host_record_free(copy);
}

static void keys(void **state) {
    sj_directory_number number;
    sj_phone phone;
    char key[SJ_KEY_MAX];
    sj_error error;
    (void)state;
    memset(&number, 0, sizeof number);
    number.pattern = "1001";
    assert_int_equal(sj_resource_key(&sj_directory_number_meta, &number, key, &error), SJ_OK);
    assert_string_equal(key, "1001");
    number.partition = "PT-Internal";
    assert_int_equal(sj_resource_key(&sj_directory_number_meta, &number, key, &error), SJ_OK);
    assert_string_equal(key, "1001@PT-Internal");
    memset(&phone, 0, sizeof phone);
    assert_int_equal(sj_resource_key(&sj_phone_meta, &phone, key, &error), SJ_E_INVALID);
    assert_string_equal(error.field, "name");
}

/* Each wrong body, the field at fault and a part of the sentence. */
static void wrong_bodies(void **state) {
    static const struct {
        const char *json, *field, *part;
    } wrong[] = {
        {"", "", "expected JSON"},
        {"{\"name\":", "", "line 1"},
        {"[1]", "", "expected an object (phone), got a list"},
        {"{\"name\":\"SEP1\\u0000\",\"model\":\"x\"}", "", "\\u0000"},
        {"{\"model\":\"x\"}", "name", "required"},
        {"{\"name\":1,\"model\":\"x\"}", "name", "expected a text, got the number 1"},
        {"{\"name\":\"SEP 1\",\"model\":\"x\"}", "name", "expected at most 128 letters"},
        {"{\"name\":\"SEP1\",\"model\":\"x\",\"descripton\":\"y\"}", "descripton",
         "did you mean description?"},
        {"{\"name\":\"SEP1\",\"name\":\"SEP2\",\"model\":\"x\"}", "name", "twice"},
        {"{\"name\":\"SEP1\",\"model\":\"x\",\"protocol\":\"H323\"}", "protocol",
         "one of \"SIP\", \"SCCP\", got the text \"H323\""},
        {"{\"name\":\"SEP1\",\"model\":\"x\",\"enable_extension_mobility\":\"yes\"}",
         "enable_extension_mobility", "true or false"},
        {"{\"name\":\"SEP1\",\"model\":\"x\",\"lines\":{\"a\":1}}", "lines",
         "expected a list of objects, such as [{\"directory_number\":...}] in JSON, got an object"},
        {"{\"name\":\"SEP1\",\"model\":\"x\",\"lines\":[{},{\"directory_numbr\":\"1\"}]}",
         "lines[1].directory_numbr", "did you mean directory_number?"},
        {"{\"name\":\"SEP1\",\"model\":\"x\",\"lines\":[{\"directory_number\":7}]}",
         "lines[0].directory_number", "got the number 7"},
        {"{\"name\":\"SEP1\",\"model\":\"x\",\"expansion_modules\":[\"a\",\"b\",\"c\",\"d\"]}",
         "expansion_modules", "at most 3 items, got 4"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        sj_error error = {0};
        assert_null(phone_from(wrong[i].json, &error));
        assert_int_equal(error.code, SJ_E_INVALID);
        assert_string_equal(error.field, wrong[i].field);
        if (strstr(error.text, wrong[i].part) == NULL) {
            fail_msg("\"%s\" does not hold \"%s\"", error.text, wrong[i].part);
        }
    }
}

static void collects_all_problems(void **state) {
    static const char json[] = "{\"nam\":\"x\",\"model\":3,\"protocol\":1,\"lines\":7}";
    struct sj_arena arena = {0};
    struct sj_problems problems;
    struct sj_json_reader reader = {&arena, &problems, NULL, 0};
    (void)state;
    sj_problems_init(&problems, SJ_PROBLEMS_MAX);
    assert_null(sj_record_parse(&reader, sj_phone_meta.record, json, strlen(json)));
    assert_int_equal(problems.count, 5);
    assert_string_equal(problems.list[3].field, "lines");
    assert_string_equal(problems.list[4].field,
                        "name"); /* required; nothing more is said of the places above */
    sj_arena_free(&arena);
}

/* What has the wrong form does not hide what is out of range. */
static void forms_and_ranges_are_named_together(void **state) {
    static const char json[] =
        "{\"name\":\"SEP 1\",\"model\":3,\"lines\":[{\"directory_number\":7},"
        "{\"directory_number\":\"1\",\"maximum_calls\":0}]}";
    static const char *const fields[] = {"model", "lines[0].directory_number", "name",
                                         "lines[1].maximum_calls"};
    struct sj_arena arena = {0};
    struct sj_problems problems;
    struct sj_json_reader reader = {&arena, &problems, NULL, 0};
    (void)state;
    sj_problems_init(&problems, SJ_PROBLEMS_MAX);
    assert_null(sj_record_parse(&reader, sj_phone_meta.record, json, strlen(json)));
    assert_int_equal(problems.total, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(problems.list[i].field, fields[i]);
    }
    sj_arena_free(&arena);
}

/* Characters that make two names look alike, or turn round what is shown. */
static void nothing_invisible_stands_in_a_line(void **state) {
    static const char *const marks[] = {
        "\xe2\x80\xae", "\xe2\x80\x8f", "\xe2\x81\xa6", "\xe2\x80\xa8", "\xc2\x85",
        "\xef\xbb\xbf", "\xd8\x9c",     "\xc2\xad",     "\x7f",         "\xf3\xa0\x80\xa1"};
    struct sj_arena arena = {0};
    struct sj_problems problems;
    struct sj_json_reader reader = {&arena, &problems, NULL, SJ_JSON_ONE_LINE};
    char json[128];
    (void)state;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        char name[32];
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"SEP1\",\"model\":\"x\",\"description\":\"a%sb\"}", marks[i]);
        sj_problems_init(&problems, SJ_PROBLEMS_MAX);
        assert_null(sj_record_parse(&reader, sj_phone_meta.record, json, strlen(json)));
        assert_string_equal(problems.list[0].field, "description");
        (void)snprintf(name, sizeof name, "a%sb", marks[i]);
        assert_non_null(sj_format_check("name", name));
        assert_non_null(sj_format_check("user_id", name));
    }
    /* Joiners stand in words, but in no key. */
    assert_non_null(sj_format_check("name", "a\xe2\x80\x8c"
                                            "b"));
    sj_problems_init(&problems, SJ_PROBLEMS_MAX);
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"SEP1\",\"model\":\"x\",\"description\":\"a\xe2\x80\x8c%s\"}", "b");
    assert_non_null(sj_record_parse(&reader, sj_phone_meta.record, json, strlen(json)));
    sj_arena_free(&arena);
}

static void secrets_are_never_shown(void **state) {
    sj_end_user user;
    char *json;
    (void)state;
    memset(&user, 0, sizeof user);
    user.user_id = "alice";
    user.pin = "$argon2id$v=19$hash";
    json = sj_host_record_to_json(sj_end_user_meta.record, &user);
    assert_null(strstr(json, "argon2id"));
    assert_null(strstr(json, "\"pin\""));
    sj_host_text_free(json);
}

static void partial_keeps_the_rest(void **state) {
    static const char json[] = "{\"description\":\"new\",\"calling_search_space\":null}";
    sj_error error = {0};
    sj_phone *phone = phone_from(bob, &error);
    struct sj_arena arena = {0};
    struct sj_problems problems;
    struct sj_json_reader reader = {&arena, &problems, NULL, SJ_JSON_PARTIAL};
    cJSON *parsed = sj_json_parse(json, strlen(json), &error);
    (void)state;
    sj_problems_init(&problems, 1);
    sj_record_read(&reader, sj_phone_meta.record, parsed, NULL, phone);
    assert_int_equal(problems.total, 0);
    assert_string_equal(phone->description, "new");
    assert_string_equal(phone->calling_search_space, "");
    assert_int_equal(phone->lines_count, 2);
    cJSON_Delete(parsed);
    sj_host_record_free(phone);
    sj_arena_free(&arena);
}

static void times_and_minutes(void **state) {
    sj_error error = {0};
    void *record = NULL;
    sj_session *session;
    char *json;
    int64_t value;
    char text[SJ_TIME_TEXT];
    static const char body[] = "{\"device_name\":\"SEP1\",\"user_id\":\"alice\",\"login_time\":"
                               "\"2026-01-31T08:00:00+01:00\"}";
    (void)state;
    assert_int_equal(
        sj_host_record_from_json(sj_session_meta.record, body, strlen(body), &record, &error),
        SJ_OK);
    session = record;
    assert_true(session->login_time == INT64_C(1769842800000));
    json = sj_host_record_to_json(sj_session_meta.record, session);
    assert_non_null(strstr(json, "\"login_time\":\"2026-01-31T07:00:00Z\""));
    assert_non_null(strstr(json, "\"expires_at\":null"));
    sj_host_text_free(json);
    sj_host_record_free(session);
    assert_true(sj_minutes_parse("008:30", &value));
    assert_int_equal(value, 510);
    assert_false(sj_minutes_parse("8:75", &value));
    assert_true(sj_minutes_parse(":30", &value) && value == 30);
    assert_true(sj_minutes_parse("0", &value) && value == 0);
    assert_false(sj_minutes_parse("25", &value));
    assert_false(sj_minutes_parse("", &value));
    assert_false(sj_minutes_parse(":", &value));
    assert_false(sj_minutes_parse("25:", &value));
    assert_false(sj_time_parse("2026-02-30T08:00:00Z", &value));
    assert_false(sj_time_parse("2026-01-31", &value));
    assert_true(sj_time_parse("0506-01-31T08:00:00Z", &value));
    sj_time_text(value, text);
    assert_string_equal(text, "0506-01-31T08:00:00Z");
    assert_false(sj_time_parse("0000-01-01T00:00:00Z", &value));
    sj_time_text(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    sj_time_text(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void messages_ignore_what_they_do_not_know(void **state) {
    static const char body[] = "{\"not_there_yet\":{\"a\":[1,2]}}";
    struct sj_arena arena = {0};
    struct sj_problems problems;
    struct sj_json_reader reader = {&arena, &problems, NULL, SJ_JSON_IGNORE_UNKNOWN};
    (void)state;
    sj_problems_init(&problems, 1);
    (void)sj_record_parse(&reader, &sj_civic_address_meta, body, strlen(body));
    assert_int_equal(problems.total, 0);
    sj_arena_free(&arena);
}

static void formats(void **state) {
    static const struct {
        const char *format, *text;
        bool good;
    } cases[] = {
        {"name", "Device pool HQ", true},
        {"name", " x", false},
        {"name", "a<b", false},
        {"device_name", "SEP00aF_-.", true},
        {"device_name", "", false},
        {"device_name", "a/b", false},
        {"hostname", "hq.example.com", true},
        {"hostname", "::1", true},
        {"hostname", "300.1.1.1", false},
        {"hostname", "a..b", false},
        {"hostname", "-a", false},
        {"address", "10.0.0.1", true},
        {"address", "10.0.0", false},
        {"url", "https://h:8443/x?y", true},
        {"url", "h/x", false},
        {"url", "http:///x", false},
        {"url", "file:///var/x", true},
        {"digits", "*12#+", true},
        {"digits", "12a", false},
        {"dial_pattern", "9.[2-9]XX!", true},
        {"dial_pattern", "\\+1XX", true},
        {"dial_pattern", "[12", false},
        {"dial_pattern", "[]", false},
        {"dial_pattern", "9.@", false},
        {"dial_pattern", "12[5-3]", false},
        {"dial_pattern", "XX..", false},
        {"dial_pattern", "[-1]", false},
        {"dial_pattern", "[1-]", false},
        {"dial_pattern", "+49", false},
        {"dial_pattern", ".", false},
        {"dial_pattern", "0.!", true},
        {"dial_pattern", "[^13]XX", true},
        {"mask", "\\+4420XXXX", true},
        {"mask", "XX!", false},
        {"mask", "[12]X", false},
        {"web_url", "https://phones.example.com/x", true},
        {"web_url", "HTTP://x", true},
        {"web_url", "htp://x", false},
        {"web_url", "sftp://x/", false},
        {"web_url", "http://", false},
        {"advertised_pattern", "54XX*#", true},
        {"advertised_pattern", "+4954!", true},
        {"advertised_pattern", "!", true},
        {"advertised_pattern", "+", false},
        {"advertised_pattern", "5!4", false},
        {"advertised_pattern", "5!!", false},
        {"advertised_pattern", "5[1-4]", false},
        {"new_password", "a long \xC3\xA4 password", true},
        {"new_password", "a\tb", false},
        {"new_password", "            ", false},
        {"new_password", "           b", true},
        {"new_password", "", true},
        {"domain_pattern", "b.example.com", true},
        {"domain_pattern", "*.example.com", true},
        {"domain_pattern", "*", true},
        {"domain_pattern", "192.0.2.1", true},
        {"domain_pattern", "192.0.2.0/24", true},
        {"domain_pattern", "192.0.2.0/33", false},
        {"domain_pattern", "192.0.2/24", false},
        {"domain_pattern", "256.0.2.0/24", false},
        {"domain_pattern", "192.0.02.0/24", false}, /* which nothing would match */
        {"domain_pattern", "192.0.2.0/", false},
        {"domain_pattern", "192.0.2.0/024", false},
        {"domain_pattern", "192.0.2", false},
        {"domain_pattern", "256.0.2.1", false},
        {"domain_pattern", "192.0.2.01", false},
        {"domain_pattern", "1.example", true},
        {"domain_pattern", "a.*.example", false},
        {"domain_pattern", "*example", false},
        {"domain_pattern", "a..example", false},
        {"domain_pattern", ".example", false},
        {"domain_pattern", "example-", false},
        {"domain_pattern", "a@example", false},
        {"domain_pattern", "", false},
        {"host_key", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", true},
        {"host_key", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", true},
        {"host_key", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", true},
        {"host_key", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF", false},
        {"host_key", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA", false},
        {"host_key", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV", false}, /* more than 32 bytes */
        {"host_key", "SHA256:", false},
        {"host_key", "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", false},
        {"time_zone", "Europe/London", true},
        {"time_zone", "Europe/Londn", false},
        {"time_zone", "europe/london", false},
        {"time_zone", "Etc/GMT+3", true},
        {"date_template", "M/D/YA", true},
        {"date_template", "D.M.Y", true},
        {"date_template", "ZZZ", false},
        {"date_template", "D/D/Y", false},
        {"date_template", "D/M.Y", false},
        {"time_of_day", "00:00", true},
        {"time_of_day", "24:00", true},
        {"time_of_day", "24:01", false},
        {"time_of_day", "08:60", false},
        {"time_of_day", "8:30", false},
        {"time_of_day", "08-30", false},
        {"dial_pattern", "12+", true},
        {"dial_pattern", "?", false},
        {"cluster_id", "HQ-1", true},
        {"cluster_id", "H Q", false},
        {"country", "DE", true},
        {"country", "DEU", false},
        {"locale", "English_United_States", true},
        {"locale", "_x", false},
        {"user_id", "alice", true},
        {"user_id", "a:b", false},
        {"path", "a/b..c", true},
        {"path", "a/../b", false},
        {"hex", "00fF", true},
        {"hex", "0g", false},
        {"role", "Standard CCM Super Users", true},
        {"role", "Nope", false},
        {"host_list", "192.0.2.1; ::1;phones.example.com", true},
        {"host_list", "127.0.0.0/24", false},
        {"host_list", "1.2.3.4-5", false},
        {"host_list", "192.0.2.1;10.0.0", false},
        {"pin", "0815", true},
        {"pin", "12a45", false},
        {"pin", "12#45", false},
        {"xml_name", "_a.b-1", true},
        {"xml_name", "a b<c", false},
        {"xml_name", "1a", false},
        {"xml_name", "x:a", false},
        {"xml_name", "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool good = sj_format_check(cases[i].format, cases[i].text) == NULL;
        if (good != cases[i].good) {
            fail_msg("%s \"%s\": %d", cases[i].format, cases[i].text, good);
        }
    }
    assert_false(sj_utf8_valid_text("\xc0\x80", 2));
    assert_false(sj_utf8_valid_text("\xed\xa0\x80", 3));
    assert_false(sj_utf8_valid_text("a\xe2\x82", 3));
    assert_true(sj_utf8_valid_text("\xf0\x9f\x93\x9e", 4));
}

static void nearest_words(void **state) {
    struct sj_nearest nearest;
    (void)state;
    sj_nearest_begin(&nearest, "deivce-pools");
    sj_nearest_offer(&nearest, "device_pools");
    sj_nearest_offer(&nearest, "device_profiles");
    assert_string_equal(nearest.best, "device_pools");
    sj_nearest_begin(&nearest, "zzz");
    sj_nearest_offer(&nearest, "phones");
    assert_null(nearest.best);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_json_with_defaults),
        cmocka_unit_test(writes_what_it_read),
        cmocka_unit_test(copies_are_whole),
        cmocka_unit_test(null_is_taken_as_empty),
        cmocka_unit_test(keys),
        cmocka_unit_test(wrong_bodies),
        cmocka_unit_test(collects_all_problems),
        cmocka_unit_test(forms_and_ranges_are_named_together),
        cmocka_unit_test(nothing_invisible_stands_in_a_line),
        cmocka_unit_test(secrets_are_never_shown),
        cmocka_unit_test(partial_keeps_the_rest),
        cmocka_unit_test(times_and_minutes),
        cmocka_unit_test(messages_ignore_what_they_do_not_know),
        cmocka_unit_test(formats),
        cmocka_unit_test(nearest_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
