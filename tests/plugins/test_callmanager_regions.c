/* Regions in the test kit: what calls within a cluster may use, by the regions of their parties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "parameters/call_manager.h"
#include "resources/device_pool.h"
#include "resources/phone.h"
#include "resources/region.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"

#define SDP(formats) "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 6000 RTP/AVP " formats "\r\n"
#define VIDEO "m=video 6002 RTP/AVP 126\r\nb=TIAS:2000000\r\n"

/* All phones are in the region Site. */
static void one_region(sj_testkit *kit) {
    sj_device_pool *pool = NULL;
    put(kit, &sj_region_meta, "{\"name\":\"Site\"}");
    assert_int_equal(sj_device_pool_get(sj_testkit_scope(kit), "Default", &pool, NULL), SJ_OK);
    pool->region = "Site";
    assert_int_equal(sj_device_pool_put(sj_testkit_scope(kit), pool, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), pool);
    sj_testkit_run(kit);
}

static void has(const char *message, const char *body) {
    const char *found = strstr(message, "\r\n\r\n");
    assert_non_null(found);
    assert_string_equal(found + 4, body);
}

static const char *call(sj_testkit *kit, const char *body) {
    sj_testkit_forget(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "", "application/sdp",
                body);
    return sent_to(kit, bob, "INVITE");
}

static void without_regions_media_pass_as_they_are(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    has(call(kit, SDP("0 8 18") VIDEO), SDP("0 8 18") VIDEO);
}

static void set(sj_testkit *kit, const sj_param_meta *parameter, const char *value) {
    sj_error error = {0};
    if (sj_testkit_set_param(kit, parameter, value, &error) != SJ_OK) {
        fail_msg("%s: %s", value, error.text);
    }
}

/* By the parameters: 64 kbps, video calls of 384. */
static void within_a_region(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    one_region(kit);
    const char *offer = call(kit, SDP("18 0 8") VIDEO);
    has(offer, SDP("0 8 18") "m=video 6002 RTP/AVP 126\r\nb=TIAS:320000\r\n");
    answer(kit, bob, offer, 200, SDP("0"));
    has(expect(kit, alice, "SIP/2.0 200"), SDP("0"));
}

static void parameters_of_calls_within_a_region(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    one_region(kit);
    set(kit, &sj_param_ccm_default_intraregion_max_audio_bit_rate_meta, "8");
    set(kit, &sj_param_ccm_default_intraregion_max_video_call_bit_rate_meta, "0");
    has(call(kit, SDP("18 0 8") VIDEO), SDP("18") "m=video 0 RTP/AVP 126\r\nb=TIAS:2000000\r\n");
}

static void a_region_may_have_a_relationship_with_itself(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    one_region(kit);
    set(kit, &sj_param_ccm_default_intraregion_max_audio_bit_rate_meta, "8");
    put(kit, &sj_region_relation_meta,
        "{\"region\":\"Site\",\"other_region\":\"Site\",\"max_audio_bit_rate\":64,"
        "\"max_video_call_bit_rate\":768,\"audio_codec_preference_list\":\"\"}");
    sj_testkit_run(kit);
    has(call(kit, SDP("18 0 8") VIDEO),
        SDP("18 0 8") "m=video 6002 RTP/AVP 126\r\nb=TIAS:704000\r\n");
}

/* Bob's phone is in the region Abroad. */
static void two_regions(sj_testkit *kit) {
    sj_phone *phone = NULL;
    one_region(kit);
    put(kit, &sj_region_meta, "{\"name\":\"Abroad\"}");
    put(kit, &sj_device_pool_meta, "{\"name\":\"Far\",\"region\":\"Abroad\"}");
    assert_int_equal(sj_phone_get(sj_testkit_scope(kit), "SEP001122334402", &phone, NULL), SJ_OK);
    phone->device_pool = "Far";
    assert_int_equal(sj_phone_put(sj_testkit_scope(kit), phone, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), phone);
    both_register(kit);
}

static void between_regions(void **state) {
    sj_testkit *kit = *state;
    two_regions(kit);
    has(call(kit, SDP("0 8 18")), SDP("18"));
}

/* Bob has a second phone. What one of them offers, when Alice has made no offer, is of no use to
 * her: it is let go, and the other one may still answer. */
static void another_phone_may_still_answer(void **state) {
    sj_testkit *kit = *state;
    static const char *const second = "192.0.2.5";
    char bobs[DIALOG], seconds[DIALOG];
    one_region(kit);
    both_register(kit);
    set(kit, &sj_param_ccm_default_intraregion_max_audio_bit_rate_meta, "8");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco 7841\","
        "\"lines\":[{\"directory_number\":\"1002@Internal\"}]}");
    register_phone(kit, second, "SEP001122334405", "1002", 1, 3600);
    (void)call(kit, "");
    (void)snprintf(bobs, sizeof bobs, "%s", expect(kit, bob, "INVITE"));
    (void)snprintf(seconds, sizeof seconds, "%s", expect(kit, second, "INVITE"));
    answer(kit, bob, bobs, 200, SDP("0 8"));
    (void)expect(kit, bob, "ACK");
    (void)expect(kit, bob, "BYE");
    assert_null(sent_to(kit, second, "CANCEL"));
    assert_null(sent_to(kit, alice, "SIP/2.0 488"));
    answer(kit, second, seconds, 200, SDP("0 18"));
    has(expect(kit, alice, "SIP/2.0 200"), SDP("18"));
}

/* When nobody is left the caller is told why. */
static void nobody_has_a_codec(void **state) {
    sj_testkit *kit = *state;
    one_region(kit);
    both_register(kit);
    set(kit, &sj_param_ccm_default_intraregion_max_audio_bit_rate_meta, "8");
    answer(kit, bob, call(kit, ""), 200, SDP("0 8"));
    (void)expect(kit, bob, "BYE");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 488"), "PCMU"));
}

/* A blind transfer of Bob's call with `other`; what the target offers, as it reaches that. */
static const char *put_through(sj_testkit *kit, const char *target, const char *other) {
    char dialog[DIALOG];
    turned_round(expect(kit, bob, "ACK"), dialog);
    sj_testkit_forget(kit);
    refer_to(kit, bob, 101, dialog, "<sip:1004@127.0.0.1>", "");
    answer(kit, target, expect(kit, target, "INVITE"), 200, SDP("0 8 18"));
    sj_testkit_advance(kit, 60);
    return expect(kit, other, "INVITE");
}

/* What Alice and Bob may use says nothing of Alice and Dave, to whom Bob puts her through. */
static void a_transfer_is_between_other_regions(void **state) {
    sj_testkit *kit = *state;
    dave_registers(kit);
    two_regions(kit);
    answer(kit, bob, call(kit, SDP("0 8 18")), 200, SDP("18"));
    within(kit, alice, "ACK", 1, expect(kit, alice, "SIP/2.0 200"));
    has(put_through(kit, dave, alice), SDP("0 8 18"));
}

/* A visitor who is put through stays within the EMCC region. */
static void a_transfer_of_a_visitor_is_within_the_emcc_region(void **state) {
    sj_testkit *kit = *state;
    emcc_world(kit);
    dave_registers(kit);
    both_register(kit);
    register_phone(kit, "203.0.113.5", "SEP00AABBCCDD01", "1001", 1, 3600);
    sj_testkit_forget(kit);
    invite_with(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "1002", "1001", "",
                "application/sdp", SDP("0 18"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("18"));
    within(kit, "203.0.113.5", "ACK", 1, expect(kit, "203.0.113.5", "SIP/2.0 200"));
    has(put_through(kit, dave, "203.0.113.5"), SDP("18"));
}

static void nothing_fits(void **state) {
    sj_testkit *kit = *state;
    two_regions(kit);
    assert_null(call(kit, SDP("0 8")));
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 488"), "Warning"),
                           "Maximum Audio Bit Rate of 8 kbps between the regions Site and Abroad: "
                           "PCMU 64 kbps, PCMA 64 kbps"));
}

/* Whichever of them stands first. */
static void a_relationship_holds_in_both_directions(void **state) {
    sj_testkit *kit = *state;
    two_regions(kit);
    put(kit, &sj_region_relation_meta,
        "{\"region\":\"Abroad\",\"other_region\":\"Site\",\"max_audio_bit_rate\":64}");
    sj_testkit_run(kit);
    has(call(kit, SDP("0 8 18")), SDP("0 8 18"));
}

/* To the gateway, which is in another region: an emergency call loses no codec. */
static void emergency_calls_lose_no_codec(void **state) {
    sj_testkit *kit = *state;
    one_region(kit);
    put(kit, &sj_region_meta, "{\"name\":\"Gateways\"}");
    put(kit, &sj_device_pool_meta, "{\"name\":\"Gateways\",\"region\":\"Gateways\"}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"device_pool\":\"Gateways\",\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.112\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"discard_digits\":\"pre_dot\",\"emergency_services_number\":true}");
    both_register(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "94912345", "1001", "", "application/sdp",
                SDP("0 18"));
    has(expect(kit, gateway, "INVITE"), SDP("18"));
    sj_testkit_forget(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "9112", "1001", "", "application/sdp",
                SDP("0 8"));
    has(expect(kit, gateway, "INVITE"), SDP("0 8"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_regions_media_pass_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(within_a_region, setup, teardown),
        cmocka_unit_test_setup_teardown(parameters_of_calls_within_a_region, setup, teardown),
        cmocka_unit_test_setup_teardown(a_region_may_have_a_relationship_with_itself, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(between_regions, setup, teardown),
        cmocka_unit_test_setup_teardown(a_transfer_is_between_other_regions, setup, teardown),
        cmocka_unit_test_setup_teardown(a_transfer_of_a_visitor_is_within_the_emcc_region, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_fits, setup, teardown),
        cmocka_unit_test_setup_teardown(another_phone_may_still_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_has_a_codec, setup, teardown),
        cmocka_unit_test_setup_teardown(a_relationship_holds_in_both_directions, setup, teardown),
        cmocka_unit_test_setup_teardown(emergency_calls_lose_no_codec, setup, teardown)};
    return cmocka_run_group_tests_name("regions", tests, NULL, NULL);
}
