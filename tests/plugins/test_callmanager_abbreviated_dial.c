/* The key AbbrDial: speed dials that are called by their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/live_device.h"
#include "resources/phone.h"

static void press(sj_testkit *kit, const char *from, const char *number, const char *place) {
    char uri[100], contact[100];
    (void)snprintf(uri, sizeof uri, "x-cisco-serviceuri-abbrdial%s", place);
    (void)snprintf(contact, sizeof contact, "uuid-%s@%s:5060", number, from);
    sj_testkit_forget(kit);
    invite(kit, from, contact, uri, number, "");
}

static void alice_has_speed_dials(sj_testkit *kit) {
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"lines\":[{\"directory_number\":\"1001@Internal\"}],\"speed_dials\":[{\"number\":"
        "\"1002\"},{\"number\":\"91234\",\"label\":\"Outside\",\"busy_lamp_field\":true}]}");
    both_register(kit);
}

/* As if the number had been keyed in, by whatever way that goes. */
static void a_place_is_called(void **state) {
    sj_testkit *kit = *state;
    alice_has_speed_dials(kit);
    press(kit, alice, "1001", "-1");
    assert_non_null(strstr(expect(kit, bob, "INVITE"), "\r\nTo: <sip:1002@"));
    const char *event = sj_testkit_find(kit, "event", "call.started");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"dialled_number\":\"1002\""));
    answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    (void)expect(kit, alice, "SIP/2.0 486");
    press(kit, alice, "1001", "-2");
    assert_non_null(strstr(expect(kit, gateway, "INVITE"), "INVITE sip:1234@"));
}

/* Nothing stands there: the phone is refused as it expects it, and shows why. */
static void no_such_place(void **state) {
    static const struct {
        const char *place, *why;
    } wrong[] = {{"-3", "There is no speed dial 3"},
                 {"-0", "There is no speed dial 0"},
                 {"", "The place of a speed dial is expected before AbbrDial"},
                 {"-", "The place of a speed dial is expected before AbbrDial"},
                 {"-1x", "The place of a speed dial is expected before AbbrDial"},
                 {"-99999999999999999999", "The place of a speed dial is expected"}};
    sj_testkit *kit = *state;
    alice_has_speed_dials(kit);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        press(kit, alice, "1001", wrong[i].place);
        assert_non_null(strstr(expect(kit, alice, "SIP/2.0 503"), wrong[i].why));
        assert_non_null(strstr(expect(kit, alice, "REFER"), wrong[i].why));
    }
    press(kit, bob, "1002", "-1"); /* he has none */
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 503"), "There is no speed dial 1"));
    press(kit, gateway, "pstn", "-1");
    assert_non_null(strstr(expect(kit, gateway, "SIP/2.0 503"), "Only a phone of this cluster"));
    press(kit, alice, "1001", "s-1"); /* another feature */
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 503"), "not offered"));
}

/* During a session they are the user's. */
static void of_who_is_logged_in(void **state) {
    sj_testkit *kit = *state;
    alice_has_speed_dials(kit);
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP001122334401\",\"user_id\":\"carol\",\"protocol\":\"SIP\",\"lines\":[{"
        "\"directory_number\":\"1001@Internal\"}],\"line_calling_search_spaces\":[\"All\"],"
        "\"speed_dials\":[{\"number\":\"95678\"}]}");
    register_phone(kit, alice, "SEP001122334401", "1001", 2, 3600);
    press(kit, alice, "1001", "-1");
    assert_non_null(strstr(expect(kit, gateway, "INVITE"), "INVITE sip:5678@"));
    press(kit, alice, "1001", "-2");
    (void)expect(kit, alice, "SIP/2.0 503");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_place_is_called),
        CASE(no_such_place),
        CASE(of_who_is_logged_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
