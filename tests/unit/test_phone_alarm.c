/* Alarms of phones: as real ones send them, and such as no phone sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "phones/phone_alarm.h"

static struct phone_alarm read_alarm(const char *body) {
    struct phone_alarm alarm;
    phone_alarm_read(sip_text_of(body), &alarm);
    return alarm;
}

static void test_trust_lists(void **state) {
    const struct phone_alarm alarm = read_alarm(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<x-cisco-alarm>\r\n<Alarm "
        "Name=\"DeviceTLInfo\">\r\n<ParameterList>\r\n<String "
        "name=\"DeviceName\">SEP001122334401</String>\r\n<String "
        "name=\"IPv4Address\">192.0.2.1</String>\r\n<String name=\"CTL_Signature\"></String>\r\n"
        "<String name=\"ITL_Signature\">3F 2A 00 FF</String>\r\n<String "
        "name=\"ITL_TFTP_Server\">10.1.1.1</String>\r\n<Enum "
        "name=\"StatusCode\">1</Enum>\r\n</ParameterList></Alarm></x-cisco-alarm>");
    (void)state;
    assert_string_equal(alarm.name, "DeviceTLInfo");
    assert_string_equal(alarm.device_name, "SEP001122334401");
    assert_true(alarm.trust);
    assert_string_equal(alarm.text, "ITL 3F2A00FF of 10.1.1.1, CTL none, StatusCode 1");
}

static void test_out_of_service(void **state) {
    const struct phone_alarm alarm = read_alarm(
        "<Alarm Name=\"LastOutOfServiceInformation\"><ParameterList><String "
        "name=\"DeviceName\">SEP1</String><String name=\"LastTimeTLS\">0</String><Enum "
        "name=\"ReasonForOutOfService\" >10\r\nx</Enum><String name=\"empty\"/></ParameterList>");
    (void)state;
    assert_false(alarm.trust);
    assert_string_equal(alarm.text, "LastOutOfServiceInformation: LastTimeTLS=0, "
                                    "ReasonForOutOfService=10  x");
}

static void test_broken(void **state) {
    static const char *const bodies[] = {"",
                                         "Name=\"",
                                         "<Alarm Name=\"X",
                                         " name=\"",
                                         " name=\"DeviceName\"",
                                         " name=\"DeviceName\">",
                                         "<String name=\"DeviceName>SEP1</String>"};
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_string_equal(read_alarm(bodies[i]).device_name, "");
    }
    char wide[4000] = "<Alarm Name=\"A\"><String name=\"k\">";
    memset(wide + strlen(wide), 'v', 3000);
    assert_int_equal(strlen(read_alarm(wide).text), ALARM_TEXT - 1);
}

static void test_reason(void **state) {
    char text[ALARM_TEXT];
    (void)state;
    assert_true(phone_alarm_of_reason(
        sip_text_of("SIP;cause=200;text=\"cisco-alarm:23 Name=SEP001122334401 ActiveLoad=a.loads "
                    "Last=reset-restart\""),
        text));
    assert_string_equal(text, "cisco-alarm:23 ActiveLoad=a.loads Last=reset-restart");
    assert_true(phone_alarm_of_reason(sip_text_of("cisco-alarm:"), text));
    assert_false(phone_alarm_of_reason(sip_text_of("SIP;cause=200;text=\"done\""), text));
    assert_false(phone_alarm_of_reason(sip_text_of(""), text));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trust_lists), cmocka_unit_test(test_out_of_service),
        cmocka_unit_test(test_broken), cmocka_unit_test(test_reason)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
