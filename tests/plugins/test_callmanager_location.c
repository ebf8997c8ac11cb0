/* Location conveyance in the test kit: whose place goes with a call, over which trunk, through
 * which filter, and what comes in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "parameters/enterprise.h"
#include "resources/device_pool.h"
#include "resources/geolocation.h"
#include "resources/geolocation_filter.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/route_pattern.h"
#include "resources/session.h"
#include "resources/sip_trunk.h"

static const char *const visitor = "203.0.113.5";

#define GATEWAY(more)                                                                              \
    "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_profile\":"    \
    "\"UDP\",\"destinations\":[{"                                                                  \
    "\"address\":\"192.0.2.90\"}]" more "}"

static void begin(sj_testkit *kit) {
    put(kit, &sj_geolocation_meta,
        "{\"name\":\"Desk\",\"address\":{\"country\":\"US\",\"community_name\":\"San "
        "Jose\",\"floor\":\"3\"}}");
    put(kit, &sj_geolocation_meta,
        "{\"name\":\"Site\",\"address\":{\"country\":\"US\",\"community_name\":\"Milpitas\"}}");
    put(kit, &sj_geolocation_meta, "{\"name\":\"Anywhere\",\"address\":{\"country\":\"US\"}}");
    put(kit, &sj_geolocation_filter_meta,
        "{\"name\":\"City\",\"use_country\":true,\"use_community_name\":true}");
    put(kit, &sj_geolocation_filter_meta, "{\"name\":\"Country\",\"use_country\":true}");
    put(kit, &sj_sip_trunk_meta, GATEWAY(",\"send_geolocation\":true"));
    emcc_world(kit);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"EMCC\",\"trunk_service_type\":\"extension_mobility_cross_clusters\",\"calling_"
        "search_space\":\"All\","
        "\"send_geolocation\":true}");
}

static void set(sj_testkit *kit, const sj_param_meta *parameter, const char *value) {
    sj_error error = {0};
    if (sj_testkit_set_param(kit, parameter, value, &error) != SJ_OK) {
        fail_msg("%s: %s", value, error.text);
    }
}

/* The INVITE to a trunk: with a place it is too long for a datagram, and goes as one when no
 * connection has come about (sip_transaction_length.c). */
static const char *offered(sj_testkit *kit, const char *who) {
    if (sent_to(kit, who, "INVITE") == NULL) {
        sj_testkit_advance(kit, 1100);
    }
    return expect(kit, who, "INVITE");
}

/* The INVITE bears a place with these elements, announced as RFC 6442 has it, and the offer. */
static void bears(const char *text, const char *elements) {
    char id[200], wanted[300];
    const char *named = header(text, "Geolocation");
    assert_int_equal(sscanf(named, "<cid:%190[^>]>", id), 1);
    (void)snprintf(wanted, sizeof wanted, "\r\nContent-ID: <%s>\r\n", id);
    assert_non_null(strstr(text, wanted));
    assert_string_equal(header(text, "Geolocation-Routing"), "no");
    assert_memory_equal(header(text, "Content-Type"), "multipart/mixed;boundary=sojourn-", 33);
    (void)snprintf(wanted, sizeof wanted, "<ca:civicAddress>%s</ca:civicAddress>", elements);
    if (strstr(text, wanted) == NULL) {
        fail_msg("expected %s in %s", wanted, text);
    }
}

static void bears_none(const char *text) {
    assert_string_equal(header(text, "Geolocation"), "");
    assert_null(strstr(text, "pidf"));
}

static const char *call_gateway(sj_testkit *kit, const char *digits) {
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", digits, "1001", "");
    return offered(kit, gateway);
}

static void test_phones(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    both_register(kit);
    bears_none(call_gateway(kit, "91230")); /* no place is known */
    set(kit, &sj_param_enterprise_default_geolocation_meta, "Anywhere");
    const char *text = call_gateway(kit, "91231");
    bears(text, "<ca:country>US</ca:country>");
    assert_non_null(strstr(text, "Content-Type: application/sdp\r\n\r\noffer-sdp\r\n--sojourn-"));
    assert_non_null(strstr(text, "entity=\"sip:1001@"));
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "91239", "1001", "Privacy: id\r\n");
    assert_non_null(strstr(offered(kit, gateway), "entity=\"sip:anonymous@"));
    put(kit, &sj_device_pool_meta, "{\"name\":\"Default\",\"geolocation\":\"Site\"}");
    bears(call_gateway(kit, "91232"), "<ca:country>US</ca:country><ca:A3>Milpitas</ca:A3>");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"All\",\"geolocation\":\"Desk\","
        "\"lines\":[{\"directory_number\":\"1001@Internal\",\"display\":\"Alice A\"}]}");
    bears(call_gateway(kit, "91233"),
          "<ca:country>US</ca:country><ca:A3>San Jose</ca:A3><ca:FLR>3</ca:FLR>");
    /* Filters: the enterprise's, and before it the trunk's. */
    set(kit, &sj_param_enterprise_default_geolocation_filter_meta, "City");
    bears(call_gateway(kit, "91234"), "<ca:country>US</ca:country><ca:A3>San Jose</ca:A3>");
    put(kit, &sj_sip_trunk_meta,
        GATEWAY(",\"send_geolocation\":true,\"geolocation_filter\":\"Country\""));
    bears(call_gateway(kit, "91235"), "<ca:country>US</ca:country>");
    put(kit, &sj_sip_trunk_meta, GATEWAY(""));
    text = call_gateway(kit, "91236");
    bears_none(text);
    assert_string_equal(header(text, "Content-Type"), "application/sdp");
}

/* A far side that refuses such bodies gets the call without. */
static void test_refused_place(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    both_register(kit);
    set(kit, &sj_param_enterprise_default_geolocation_meta, "Anywhere");
    bears(call_gateway(kit, "91230"), "<ca:country>US</ca:country>");
    answer(kit, gateway, offered(kit, gateway), 415, "");
    const char *text = offered(kit, gateway);
    bears_none(text);
    assert_non_null(strstr(text, "\r\n\r\noffer-sdp"));
    answer(kit, gateway, text, 415, "");
    (void)expect(kit, alice, "SIP/2.0 415");
}

/* A visitor's emergency call goes to the visited cluster with the place that this one told at
 * login, never with one of home. */
static void test_visitor_out(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    set(kit, &sj_param_enterprise_default_geolocation_meta, "Anywhere");
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP00AABBCCDD01\",\"kind\":\"home\",\"user_id\":\"alice\",\"remote_"
        "cluster_id\":\"br\"}");
    register_phone(kit, visitor, "SEP00AABBCCDD01", "1001", 1, 3600);
    invite(kit, visitor, "uuid-1001@203.0.113.5:5060", "9999", "1001", "");
    bears_none(offered(kit, remote));
    sj_live_device *live = NULL;
    assert_int_equal(sj_live_device_get(sj_testkit_scope(kit), "SEP00AABBCCDD01", &live, NULL),
                     SJ_OK);
    sj_live_device told = *live;
    told.geolocation.country = "GB";
    told.geolocation.street = "Cheapside";
    assert_int_equal(sj_live_device_put(sj_testkit_scope(kit), &told, SJ_PUT_ANY, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), live);
    sj_testkit_forget(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.998\",\"partition\":\"Emergency\",\"route_list\":\"By place\"}");
    invite_with(kit, visitor, "uuid-1001@203.0.113.5:5060", "9998", "1001", "", "", "");
    const char *text = offered(kit, remote);
    bears(text, "<ca:country>GB</ca:country><ca:RD>Cheapside</ca:RD>");
    assert_null(strstr(text, "application/sdp")); /* the offer is to come later */
}

#define PLACE                                                                                      \
    "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "                                             \
    "xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\" entity=\"pres:x\">"                        \
    "<tuple id=\"a\"><status><gp:geopriv><gp:location-info><c:civicAddress "                       \
    "xmlns:c=\"urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr\"><c:country>DE</"                  \
    "c:country><c:RD>Am "                                                                          \
    "Markt</c:RD></c:civicAddress>"                                                                \
    "</gp:location-info></gp:geopriv></status></tuple></presence>"
#define PARTS(place)                                                                               \
    "--b\r\nContent-Type: application/sdp\r\n\r\noffer-sdp\r\n--b\r\nContent-Type: "               \
    "application/pidf+xml\r\nContent-ID: "                                                         \
    "<here@x>\r\n\r\n" place "\r\n--b--\r\n"
#define ANNOUNCED "Geolocation: <cid:here@x>;inserted-by=\"x\";routing-allowed=no\r\n"

static void come_in(sj_testkit *kit, const char *number, const char *more, const char *body) {
    invite_with(kit, remote, "x@198.51.100.1", number, "44", more, "multipart/mixed;boundary=b",
                body);
}

/* What came with a call goes on over a trunk that sends places, and to nobody else. */
static void test_passed_on(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    both_register(kit);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Provider\",\"calling_search_space\":\"All\",\"geolocation\":\"Desk\","
        "\"destinations\":[{\"address\":"
        "\"198.51.100.1\"}]}");
    come_in(kit, "91230", ANNOUNCED, PARTS(PLACE));
    const char *text = offered(kit, gateway);
    assert_non_null(strstr(text, PLACE)); /* without a filter, to the letter */
    assert_non_null(strstr(header(text, "Geolocation"), "<cid:"));
    put(kit, &sj_sip_trunk_meta,
        GATEWAY(",\"send_geolocation\":true,\"geolocation_filter\":\"Country\""));
    come_in(kit, "91231", ANNOUNCED, PARTS(PLACE));
    bears(offered(kit, gateway), "<ca:country>DE</ca:country>");
    come_in(kit, "1002", ANNOUNCED, PARTS(PLACE)); /* to a phone */
    text = expect(kit, bob, "INVITE");
    bears_none(text);
    assert_string_equal(header(text, "Content-Type"), "application/sdp");
    put(kit, &sj_sip_trunk_meta, GATEWAY(",\"send_geolocation\":true"));
    /* Without one, with one that is broken or not there: the trunk's own. The call goes on in any
     * case. */
    static const struct {
        const char *number, *more, *body;
    } others[] = {
        {"91240", "", PARTS("<presence")},
        {"91241", "Geolocation: <cid:elsewhere@x>\r\n", PARTS(PLACE)},
        {"91242", "Geolocation: <sip:location@198.51.100.1>\r\n", PARTS(PLACE)},
        {"91243", "Geolocation: ;;;\r\n", PARTS(PLACE)},
        {"91244", ANNOUNCED,
         PARTS("<!DOCTYPE p [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" PLACE)},
        {"91245", ANNOUNCED, "--b\r\nContent-Type: application/sdp\r\n\r\noffer-sdp\r\n"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        sj_testkit_forget(kit);
        come_in(kit, others[i].number, others[i].more, others[i].body);
        text = offered(kit, gateway);
        bears(text, "<ca:country>US</ca:country><ca:A3>San Jose</ca:A3><ca:FLR>3</ca:FLR>");
        assert_non_null(strstr(text, "offer-sdp"));
    }
}

static void come_back(sj_testkit *kit, const char *number, const char *body) {
    invite_from_cluster(kit, number, "SEP001122334401", "l", ANNOUNCED,
                        "multipart/mixed;boundary=b", body);
}

/* At the visited cluster the phone's own place counts before the one that home sent back. */
static void test_visitor_returns(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP001122334401\",\"kind\":\"visiting\",\"user_id\":\"bea\",\"remote_"
        "cluster_id\":\"br\",\"lease_"
        "id\":\"l\"}");
    come_back(kit, "9112", PARTS(PLACE));
    assert_non_null(strstr(offered(kit, gateway), PLACE)); /* nothing better is known */
    put(kit, &sj_device_pool_meta, "{\"name\":\"Default\",\"geolocation\":\"Site\"}");
    come_back(kit, "9113", PARTS(PLACE));
    bears(offered(kit, gateway), "<ca:country>US</ca:country><ca:A3>Milpitas</ca:A3>");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_phones, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_visitor_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_passed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_visitor_returns, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
