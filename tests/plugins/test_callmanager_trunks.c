/* SIP trunks in the test kit: names, servers by NAPTR and SRV, the timers of the SIP profile, and
 * whether destinations can be reached: by OPTIONS and by calls, told by the log, a metric, an event
 * and sip_trunk.status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/sip_trunk.h"
#include "resources/sip_profile.h"
#include "resources/sip_trunk.h"

#define CONTACT "sip:1001@192.0.2.1:5060"
#define TRUNK(more) "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\"," more "}"
#define QUIET_PROFILE                                                                              \
    "{\"name\":\"Quiet\",\"options_ping\":false,\"timer_t1_ms\":200,\"timer_t2_ms\":800,\"invite_" \
    "retries\":2}"

/* ---- a name server ---- */

static sj_dns_record record_of_address(const char *text) {
    sj_dns_record record = {.name = "", .service = "", .flags = ""};
    (void)sj_address_parse(text, 0, &record.address);
    return record;
}

static bool name_server_down;
static const char *host_address = "192.0.2.95";

static void answer_question(void *user, const char *name, sj_dns_type type, sj_dns_answer *answer) {
    static sj_dns_record records[3];
    (void)user;
    memset(records, 0, sizeof records);
    answer->records = records;
    if (name_server_down) {
        answer->status = SJ_E_UNAVAILABLE;
        answer->reason = "the DNS cannot be asked: no name server answers";
        answer->fresh_ms = 10000;
    } else if (type == SJ_DNS_ADDRESSES && strcmp(name, "gw.example") == 0) {
        records[0] = record_of_address("2001:db8::95");
        records[1] = record_of_address(host_address);
        answer->count = 2;
    } else if (type == SJ_DNS_ADDRESSES && strcmp(name, "second.example") == 0) {
        records[0] = record_of_address("192.0.2.96");
        answer->count = 1;
    } else if (type == SJ_DNS_ADDRESSES && strcmp(name, "six.example") == 0) {
        records[0] = record_of_address("2001:db8::95");
        answer->count = 1;
    } else if (type == SJ_DNS_NAPTR && strcmp(name, "provider.example") == 0) {
        records[0] = (sj_dns_record){.name = "_sip._tcp.provider.example",
                                     .service = "SIP+D2T",
                                     .flags = "s",
                                     .priority = 10};
        records[1] = (sj_dns_record){
            .name = "udp.of.provider.example", .service = "sip+d2u", .flags = "S", .priority = 90};
        answer->count = 2;
    } else if (type == SJ_DNS_NAPTR && strcmp(name, "tcp-only.example") == 0) {
        records[0] = (sj_dns_record){
            .name = "_sip._tcp.tcp-only.example", .service = "SIP+D2T", .flags = "s"};
        answer->count = 1;
    } else if (type == SJ_DNS_SRV && strcmp(name, "udp.of.provider.example") == 0) {
        records[0] = (sj_dns_record){
            .name = "second.example", .service = "", .flags = "", .priority = 20, .port = 5072};
        records[1] = (sj_dns_record){
            .name = "gw.example", .service = "", .flags = "", .priority = 10, .port = 5071};
        answer->count = 2;
    } else if (type == SJ_DNS_SRV && strcmp(name, "_sip._udp.none.example") == 0) {
        records[0] = (sj_dns_record){.name = ".", .service = "", .flags = ""};
        answer->count = 1;
    }
    answer->status = answer->count > 0 ? SJ_OK : answer->status;
    answer->reason = answer->count > 0 ? "" : answer->reason;
}

/* ---- helpers ---- */

static int setup_with_names(void **state) {
    const int status = setup(state);
    name_server_down = false;
    host_address = "192.0.2.95";
    if (status == 0) {
        sj_testkit_on_dns(*state, answer_question, NULL);
    }
    return status;
}

static void settle(sj_testkit *kit) {
    sj_testkit_advance(kit, 1100);
}

static void alice_dials(sj_testkit *kit, const char *number) {
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 120);
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, number, "1001", "");
}

static void alice_calls(sj_testkit *kit) {
    alice_dials(kit, "9555");
}

static bool told;
static sj_sip_trunk_status_reply_trunk row;
static sj_sip_trunk_status_reply_trunk_destination destinations[16];
static char words[16][320], reason_of_row[320];

static void on_status(void *user, int status, const sj_error *error,
                      const sj_sip_trunk_status_reply *reply) {
    *(int *)user = status;
    (void)error;
    told = true;
    if (status == SJ_OK && reply->trunks_count > 0) {
        row = reply->trunks[0];
        (void)snprintf(reason_of_row, sizeof reason_of_row, "%s", row.reason);
        for (size_t i = 0; i < row.destinations_count && i < 16; i++) {
            destinations[i] = row.destinations[i];
            (void)snprintf(words[i], sizeof words[i], "%s", row.destinations[i].reason);
        }
    }
}

static int ask_status(sj_testkit *kit, const char *name, bool ask) {
    static int status;
    const sj_sip_trunk_status request = {.name = name, .ask = ask};
    sj_error error;
    told = false;
    memset(&row, 0, sizeof row);
    assert_int_equal(
        sj_ask_sip_trunk_status(sj_testkit_scope(kit), &request, 0, on_status, &status, &error),
        SJ_OK);
    sj_testkit_run(kit);
    return status;
}

/* ---- names ---- */

static void a_host_name_is_called_at_its_address(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{\"address\":\"gw."
              "example\",\"port\":5080}]"));
    settle(kit);
    alice_calls(kit);
    assert_non_null(expect(kit, "192.0.2.95", "INVITE sip:555@gw.example:5080 SIP/2.0"));
    /* and calls from there come in over the trunk */
    sj_testkit_forget(kit);
    invite(kit, "192.0.2.95", "sip:1@192.0.2.95:5080", "1001", "333", "");
    assert_non_null(expect(kit, alice, "INVITE"));
    invite(kit, "192.0.2.94", "sip:1@192.0.2.94:5080", "1001", "334", "");
    assert_non_null(expect(kit, "192.0.2.94", "SIP/2.0 403"));
}

static void an_address_that_changes_is_followed(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{\"address\":\"gw."
              "example\",\"port\":5080}]"));
    settle(kit);
    host_address = "192.0.2.97";
    sj_testkit_advance(kit, 40000);
    alice_calls(kit);
    assert_non_null(expect(kit, "192.0.2.97", "INVITE sip:555@gw.example:5080 SIP/2.0"));
    name_server_down = true; /* what was known holds */
    sj_testkit_advance(kit, 40000);
    assert_non_null(sj_testkit_find(kit, "log", "using the last known ones"));
    alice_dials(kit, "9556");
    assert_non_null(expect(kit, "192.0.2.97", "INVITE sip:556@gw.example:5080 SIP/2.0"));
}

static void naptr_and_srv_lead_to_servers_in_order(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_trunk_security_profile\":\"UDP\",\"destination_address_is_srv\":true,"
              "\"destinations\":[{\"address\":"
              "\"provider.example\"}]"));
    settle(kit);
    alice_calls(kit);
    assert_non_null(expect(kit, "192.0.2.95", "INVITE sip:555@provider.example SIP/2.0"));
    sj_testkit_advance(kit, 4100); /* it is silent: the next server */
    assert_non_null(expect(kit, "192.0.2.96", "INVITE sip:555@provider.example SIP/2.0"));
}

static void what_leads_nowhere_is_said(void **state) {
    static const struct {
        const char *trunk, *reason;
    } cases[] = {
        {"\"destinations\":[{\"address\":\"nowhere.example\"}]", "the DNS knows no such name"},
        {"\"destinations\":[{\"address\":\"six.example\"}]",
         "six.example has no IPv4 address, the only kind that this node uses"},
        {"\"destination_address_is_srv\":true,\"destinations\":[{\"address\":\"tcp-only.example\"}"
         "]",
         "the NAPTR records of tcp-only.example name no server for SIP over UDP"},
        {"\"destination_address_is_srv\":true,\"destinations\":[{\"address\":\"none.example\"}]",
         "_sip._udp.none.example: the DNS says that the service does not exist"},
    };
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char number[] = {'9', '5', '5', (char)('0' + i), '\0'};
        char json[400];
        (void)snprintf(json, sizeof json, TRUNK("\"sip_trunk_security_profile\":\"UDP\",%s"),
                       cases[i].trunk);
        put(kit, &sj_sip_trunk_meta, json);
        settle(kit);
        assert_non_null(sj_testkit_find(kit, "log", cases[i].reason));
        assert_non_null(sj_testkit_find(kit, "event", "sip_trunk.changed"));
        alice_dials(kit, number);
        assert_non_null(strstr(expect(kit, alice, "SIP/2.0 503"), cases[i].reason));
        assert_int_equal(ask_status(kit, "Gateway", false), SJ_OK);
        assert_int_equal(row.state, SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_NO_SERVICE);
        assert_string_equal(words[0], cases[i].reason);
    }
}

/* ---- reachable or not ---- */

static void pings_tell_who_lives(void **state) {
    sj_testkit *kit = *state;
    settle(kit);
    const char *text = expect(kit, gateway, "OPTIONS sip:192.0.2.90:5060 SIP/2.0");
    answer(kit, gateway, text, 200, "");
    answer(kit, "192.0.2.91", expect(kit, "192.0.2.91", "OPTIONS"), 503, "");
    assert_non_null(
        sj_testkit_find(kit, "log", "trunk Gateway is reached at 192.0.2.90 port 5060 over UDP"));
    assert_non_null(sj_testkit_find(
        kit, "log",
        "warning callmanager: trunk Gateway cannot be reached at 192.0.2.91 port 5060 over UDP: it "
        "answers OPTIONS with 503 Service Unavailable"));
    assert_int_equal(ask_status(kit, "Gateway", false), SJ_OK);
    assert_int_equal(row.state, SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_PARTIAL_SERVICE);
    assert_true(row.options_ping);
    assert_int_equal(destinations[0].state, SJ_TRUNK_REACH_REACHABLE);
    assert_int_equal(destinations[1].state, SJ_TRUNK_REACH_UNREACHABLE);
    assert_int_equal(destinations[1].observed_by,
                     SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_DESTINATION_OBSERVED_BY_OPTIONS);
    assert_true(destinations[1].since > 0 && destinations[1].observed_at >= destinations[1].since);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 61000); /* who lives is asked each minute, who does not every two */
    text = expect(kit, gateway, "OPTIONS");
    assert_null(sent_to(kit, "192.0.2.91", "OPTIONS"));
    answer(kit, gateway, text, 404, ""); /* an answer is a sign of life */
    assert_null(sj_testkit_find(kit, "event", "sip_trunk.changed"));
    sj_testkit_advance(kit, 61000);
    answer(kit, "192.0.2.91", expect(kit, "192.0.2.91", "OPTIONS"), 200, "");
    assert_non_null(sj_testkit_find(
        kit, "log", "trunk Gateway is reached again at 192.0.2.91 port 5060 over UDP"));
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 130000); /* silence: repeated six times, then it is said once */
    assert_int_equal(sj_testkit_count(kit, "event", "\"reachable\":false"), 2);
    assert_int_equal(
        sj_testkit_count(kit, "log",
                         "warning callmanager: trunk Gateway cannot be reached at 192.0.2.90"),
        1);
    assert_true(sj_testkit_count(kit, "udp", "192.0.2.90:5060 OPTIONS") >= 7);
    assert_int_equal(ask_status(kit, "Gateway", false), SJ_OK);
    assert_int_equal(row.state, SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_NO_SERVICE);
    assert_string_equal(reason_of_row, "192.0.2.91 port 5060 over UDP: it does not answer OPTIONS");
}

static void who_does_not_live_is_tried_last(void **state) {
    sj_testkit *kit = *state;
    settle(kit);
    answer(kit, gateway, expect(kit, gateway, "OPTIONS"), 503, "");
    answer(kit, "192.0.2.91", expect(kit, "192.0.2.91", "OPTIONS"), 200, "");
    alice_calls(kit);
    assert_non_null(expect(kit, "192.0.2.91", "INVITE sip:555@"));
    assert_null(sent_to(kit, gateway, "INVITE"));
    sj_testkit_advance(kit, 4100);
    assert_non_null(expect(kit, gateway, "INVITE sip:555@"));
}

/* The factory's security profile has calls leave over TCP, to a gateway that speaks UDP only. */
static void a_refused_connection_is_said_as_such(void **state) {
    sj_testkit *kit = *state;
    sj_testkit_peer *peer;
    put(kit, &sj_sip_profile_meta, QUIET_PROFILE);
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_profile\":\"Quiet\",\"destinations\":[{\"address\":\"192.0.2.90\"}]"));
    settle(kit);
    alice_calls(kit);
    peer = sj_testkit_outgoing(kit, 0);
    assert_non_null(peer);
    sj_testkit_hang_up(peer, SJ_E_UNAVAILABLE, "connection refused");
    sj_testkit_advance(kit, 100);
    assert_non_null(sj_testkit_find(
        kit, "log",
        "warning callmanager: trunk Gateway cannot be reached at 192.0.2.90 port 5060 over TCP: "
        "connection refused"));
    assert_null(sj_testkit_find(kit, "log", "408"));
    const char *text = expect(kit, alice, "SIP/2.0 503");
    assert_non_null(strstr(
        text, "Gateway cannot be reached at 192.0.2.90 port 5060 over TCP: connection refused"));
    assert_non_null(sj_testkit_find(kit, "event", "sip_trunk.changed"));
    assert_non_null(sj_testkit_find(kit, "event", "\"observed_by\":\"call\""));
    assert_int_equal(ask_status(kit, "", false), SJ_OK);
    assert_int_equal(row.state, SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_NO_SERVICE);
    assert_false(row.options_ping);
    assert_string_equal(words[0], "192.0.2.90 port 5060 over TCP: connection refused");
}

/* Nobody listens on the gateway's port: the next destination is called at once. */
static void a_closed_port_is_said_as_such(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_sip_profile_meta, QUIET_PROFILE);
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_profile\":\"Quiet\",\"sip_trunk_security_profile\":\"UDP\","
              "\"destinations\":[{\"address\":\"192.0.2.90\"},{\"address\":\"192.0.2.91\"}]"));
    settle(kit);
    alice_calls(kit);
    const char *text = expect(kit, gateway, "INVITE");
    assert_int_equal(
        sj_testkit_undelivered(kit, 5060, gateway, 5060, text, 200, "connection refused"), SJ_OK);
    sj_testkit_advance(kit, 40);
    assert_non_null(sj_testkit_find(
        kit, "log",
        "warning callmanager: trunk Gateway cannot be reached at 192.0.2.90 port 5060 over UDP: "
        "connection refused"));
    assert_int_equal(ask_status(kit, "", false), SJ_OK);
    assert_string_equal(words[0], "192.0.2.90 port 5060 over UDP: connection refused");
    text = expect(kit, "192.0.2.91", "INVITE sip:555@");
    assert_int_equal(
        sj_testkit_undelivered(kit, 5060, "192.0.2.91", 5060, text, 200, "host is unreachable"),
        SJ_OK);
    sj_testkit_advance(kit, 40);
    assert_non_null(
        strstr(expect(kit, alice, "SIP/2.0 503"),
               "Gateway cannot be reached at 192.0.2.91 port 5060 over UDP: host is unreachable"));
    assert_int_equal(ask_status(kit, "", false), SJ_OK);
    assert_int_equal(row.state, SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_NO_SERVICE);
}

/* Whoever does not see what passes can say what it likes. */
static void a_forged_word_of_a_closed_port_ends_nothing(void **state) {
    sj_testkit *kit = *state;
    char forged[8192];
    put(kit, &sj_sip_profile_meta, QUIET_PROFILE);
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_profile\":\"Quiet\",\"sip_trunk_security_profile\":\"UDP\","
              "\"destinations\":[{\"address\":\"192.0.2.90\"}]"));
    settle(kit);
    alice_calls(kit);
    const char *text = expect(kit, gateway, "INVITE");
    (void)snprintf(forged, sizeof forged, "%s", text);
    char *branch = strstr(forged, "z9hG4bK") + 7;
    *branch = *branch == 'a' ? 'b' : 'a';
    (void)sj_testkit_undelivered(kit, 5060, gateway, 5060, forged, 200, "connection refused");
    (void)sj_testkit_undelivered(kit, 5060, gateway, 5060, "", 0, "connection refused");
    (void)sj_testkit_undelivered(kit, 5060, gateway, 5062, text, 200, "connection refused");
    sj_testkit_advance(kit, 40);
    assert_null(sent_to(kit, alice, "SIP/2.0 503"));
    answer(kit, gateway, text, 180, "");
    (void)sj_testkit_undelivered(kit, 5060, gateway, 5060, text, 200, "connection refused");
    sj_testkit_advance(kit, 40);
    assert_non_null(sent_to(kit, alice, "SIP/2.0 180"));
    assert_null(sent_to(kit, alice, "SIP/2.0 503"));
}

/* A phone that is being restarted stays registered, and is called again. */
static void a_phone_with_a_closed_port_stays_registered(void **state) {
    sj_testkit *kit = *state;
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 120);
    for (int i = 0; i < 2; i++) {
        alice_dials(kit, "1002");
        const char *text = expect(kit, bob, "INVITE");
        assert_int_equal(
            sj_testkit_undelivered(kit, 5060, bob, 5060, text, 200, "connection refused"), SJ_OK);
        sj_testkit_advance(kit, 40);
        (void)expect(kit, alice, "SIP/2.0 503");
        assert_non_null(sj_testkit_find(kit, "log", "over UDP: connection refused"));
        sj_testkit_advance(kit, 33000); /* nobody acknowledges: the refusal is repeated */
    }
}

static void a_name_that_nobody_has_is_told(void **state) {
    sj_testkit *kit = *state;
    assert_int_equal(ask_status(kit, "Nobody", true), SJ_E_NOT_FOUND);
}

static void asking_waits_for_the_answers(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_sip_profile_meta, QUIET_PROFILE);
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_profile\":\"Quiet\",\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{"
              "\"address\":\"192.0.2.90\"},{"
              "\"address\":\"192.0.2.91\"}]"));
    settle(kit);
    assert_int_equal(ask_status(kit, "Gateway", false), SJ_OK);
    assert_true(told);
    assert_int_equal(row.state, SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_UNKNOWN);
    sj_testkit_forget(kit);
    (void)ask_status(kit, "Gateway", true);
    assert_false(told);
    answer(kit, gateway, expect(kit, gateway, "OPTIONS"), 200, "");
    assert_false(told);
    sj_testkit_advance(kit, 4000);
    assert_true(told);
    assert_int_equal(row.state, SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_PARTIAL_SERVICE);
    assert_string_equal(words[1], "192.0.2.91 port 5060 over UDP: it does not answer OPTIONS");
}

/* The plugin is stopped while OPTIONS and a question are under way: the kit's end finds nothing
 * left. */
static void a_stop_in_between_leaves_nothing(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"destinations\":[{\"address\":\"gw.example\"},{\"address\":\"192.0.2.90\"}]"));
    (void)ask_status(kit, "", true);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
}

/* ---- timers ---- */

static void the_sip_profiles_timers_hold(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_sip_profile_meta, QUIET_PROFILE);
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_profile\":\"Quiet\",\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{"
              "\"address\":\"192.0.2.90\"}"
              "]"));
    settle(kit);
    alice_calls(kit);
    assert_string_equal(header(expect(kit, gateway, "INVITE"), "Expires"), "180");
    sj_testkit_advance(kit, 1300); /* 200 + 400 + 800 ms */
    assert_int_equal(sj_testkit_count(kit, "udp", "192.0.2.90:5060 INVITE"), 3);
    assert_null(sent_to(kit, alice, "SIP/2.0 408"));
    sj_testkit_advance(kit, 200);
    assert_int_equal(sj_testkit_count(kit, "udp", "192.0.2.90:5060 INVITE"), 3);
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 408"), "it does not answer"));
}

static void a_call_rings_no_longer_than_the_profile_says(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_sip_profile_meta,
        "{\"name\":\"Short\",\"options_ping\":false,\"timer_invite_expires_s\":20}");
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_profile\":\"Short\",\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{"
              "\"address\":\"192.0.2.90\"}"
              "]"));
    settle(kit);
    alice_calls(kit);
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 180, "");
    sj_testkit_advance(kit, 19000);
    assert_null(sent_to(kit, gateway, "CANCEL"));
    sj_testkit_advance(kit, 1500);
    assert_non_null(expect(kit, gateway, "CANCEL"));
    assert_non_null(expect(kit, alice, "SIP/2.0 480"));
}

/* A trunk that takes no call without an offer: the node has none of its own to make. */
static void a_trunk_may_take_no_call_without_an_offer(void **state) {
    sj_testkit *kit = *state;
    static const char *const options[] = {"best_effort", "mandatory"};
    both_register(kit);
    for (size_t i = 0; i < 2; i++) {
        char text[300], number[10];
        (void)snprintf(
            text, sizeof text,
            "{\"name\":\"Offers\",\"options_ping\":false,\"early_offer_support\":\"%s\"}",
            options[i]);
        put(kit, &sj_sip_profile_meta, text);
        put(kit, &sj_sip_trunk_meta,
            "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_profile\":\"Offers\","
            "\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{\"address\":"
            "\"192.0.2.90\"}]}");
        sj_testkit_run(kit);
        sj_testkit_forget(kit);
        (void)snprintf(number, sizeof number, "9123%zu", i);
        invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", number, "1001", "", "", "");
        if (i == 0) {
            assert_string_equal(header(expect(kit, gateway, "INVITE"), "Content-Length"), "0");
            answer(kit, gateway, expect(kit, gateway, "INVITE"), 486, "");
        } else {
            assert_non_null(
                strstr(expect(kit, alice, "SIP/2.0 488"), "takes no call without an offer"));
            assert_null(sent_to(kit, gateway, "INVITE"));
        }
    }
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "91239", "1001", "");
    assert_non_null(strstr(expect(kit, gateway, "INVITE"), "offer-sdp"));
}

/* ---- requests that are too long for a datagram (RFC 3261 18.1.1) ---- */

static void long_world(sj_testkit *kit) {
    both_register(kit);
    put(kit, &sj_sip_profile_meta, QUIET_PROFILE);
    put(kit, &sj_sip_trunk_meta,
        TRUNK("\"sip_profile\":\"Quiet\",\"sip_trunk_security_profile\":\"UDP\","
              "\"destinations\":[{\"address\":\"192.0.2.90\"}]"));
    settle(kit);
}

static void long_call(sj_testkit *kit, const char *number) {
    char offer[1500];
    memset(offer, 'x', sizeof offer - 1);
    offer[sizeof offer - 1] = '\0';
    sj_testkit_forget(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", number, "1001", "", "application/sdp",
                offer);
}

static void a_long_request_goes_over_a_connection(void **state) {
    sj_testkit *kit = *state;
    sj_address to;
    char address[SJ_ADDRESS_TEXT], text[4000];
    long_world(kit);
    long_call(kit, "91234");
    sj_testkit_peer *peer = sj_testkit_outgoing(kit, 0);
    assert_non_null(peer);
    sj_testkit_destination(peer, &to);
    assert_int_equal(sj_address_format(&to, address, sizeof address), 5060);
    assert_string_equal(address, "192.0.2.90");
    assert_null(sent_to(kit, "192.0.2.90", "INVITE"));
    sj_testkit_accept(peer);
    sj_testkit_run(kit);
    (void)snprintf(text, sizeof text, "%s", sj_testkit_received(peer, NULL));
    assert_memory_equal(header(text, "Via"), "SIP/2.0/TCP ", 12);
    char answer_text[2000];
    (void)snprintf(answer_text, sizeof answer_text,
                   "SIP/2.0 486 Busy Here\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=p\r\nCall-ID: "
                   "%s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
                   header(text, "Via"), header(text, "From"), header(text, "To"),
                   header(text, "Call-ID"), header(text, "CSeq"));
    sj_testkit_write(peer, answer_text, strlen(answer_text));
    (void)expect(kit, alice, "SIP/2.0 486");
    assert_non_null(strstr(sj_testkit_received(peer, NULL), "ACK sip:1234@"));
    sj_testkit_advance(kit, 10000);
    assert_null(sent_to(kit, "192.0.2.90", "INVITE"));
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "95678", "1001", ""); /* a short one */
    (void)expect(kit, "192.0.2.90", "INVITE");
}

/* Refused, or no sign of life: as a datagram, and the next one at once. */
static void a_long_request_falls_back(void **state) {
    sj_testkit *kit = *state;
    for (int i = 0; i < 2; i++) {
        long_world(kit);
        long_call(kit, i == 0 ? "91234" : "91235");
        sj_testkit_peer *peer = sj_testkit_outgoing(kit, (size_t)i);
        assert_non_null(peer);
        if (i == 0) {
            sj_testkit_hang_up(peer, SJ_E_UNAVAILABLE, "connection refused");
        } else {
            sj_testkit_advance(kit, 800);
            assert_null(sent_to(kit, "192.0.2.90", "INVITE"));
        }
        sj_testkit_advance(kit, 200);
        const char *offer = expect(kit, "192.0.2.90", "INVITE");
        assert_memory_equal(header(offer, "Via"), "SIP/2.0/UDP ", 12);
        assert_non_null(sj_testkit_find(kit, "log", "takes no connection for a request"));
        answer(kit, "192.0.2.90", offer, 486, "");
        (void)expect(kit, alice, "SIP/2.0 486");
        long_call(kit, i == 0 ? "91236" : "91237");
        answer(kit, "192.0.2.90", expect(kit, "192.0.2.90", "INVITE"), 486, "");
        sj_testkit_advance(kit, 301000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_host_name_is_called_at_its_address, setup_with_names,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_address_that_changes_is_followed, setup_with_names,
                                        teardown),
        cmocka_unit_test_setup_teardown(naptr_and_srv_lead_to_servers_in_order, setup_with_names,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_leads_nowhere_is_said, setup_with_names, teardown),
        cmocka_unit_test_setup_teardown(pings_tell_who_lives, setup, teardown),
        cmocka_unit_test_setup_teardown(who_does_not_live_is_tried_last, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_connection_is_said_as_such, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_port_is_said_as_such, setup, teardown),
        cmocka_unit_test_setup_teardown(a_forged_word_of_a_closed_port_ends_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_phone_with_a_closed_port_stays_registered, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_name_that_nobody_has_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(asking_waits_for_the_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_in_between_leaves_nothing, setup_with_names,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_trunk_may_take_no_call_without_an_offer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_request_goes_over_a_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_request_falls_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_sip_profiles_timers_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_rings_no_longer_than_the_profile_says, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
