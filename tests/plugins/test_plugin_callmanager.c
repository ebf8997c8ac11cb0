/* The call manager in the test kit: registrations in both dialects, calls between phones, visitors' emergency calls out and in,
 * resets, configuration that changes meanwhile, and messages that mean harm. Everything over UDP; the phones are played by the
 * test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <sojourn/testkit.h>

#include "digest.h"
#include "events/call.h"
#include "events/device.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/intercluster_service_profile.h"
#include "resources/live_device.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/registration.h"
#include "resources/remote_cluster.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/session.h"
#include "resources/sip_trunk.h"
#include "resources/sip_trunk_security_profile.h"

extern const sj_plugin sj_plugin_descriptor;

enum { PORT = 5060 };
static const char *const alice = "192.0.2.1", *const bob = "192.0.2.2", *const gateway = "192.0.2.90",
                         *const remote = "198.51.100.1";

static void put(sj_testkit *kit, const sj_resource_meta *meta, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        fail_msg("%s: %s %s", json, error.field, error.text);
    }
}

static void lay_down(sj_testkit *kit) {
    char ha1[DIGEST_HEX], user[300];
    const unsigned char secret[32] = {0};
    digest *with = digest_new(secret);
    digest_ha1(with, "carol", SJ_DIGEST_REALM, "secret", ha1);
    digest_free(with);
    put(kit, &sj_partition_meta, "{\"name\":\"Internal\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"PSTN\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"Emergency\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Phones\",\"partitions\":[\"Internal\"]}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"All\",\"partitions\":[\"Internal\",\"PSTN\"]}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Adjunct\",\"partitions\":[\"Emergency\"]}");
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"alerting_name\":\"Alice\"}");
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"alerting_name\":\"Bob\"}");
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1003\",\"partition\":\"Internal\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"All\",\"lines\":[{\"directory_number\":"
        "\"1001@Internal\",\"display\":\"Alice A\"}]}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334402\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"Phones\",\"lines\":[{\"directory_number\":"
        "\"1002@Internal\",\"display\":\"Bob B\"}]}");
    (void)snprintf(user, sizeof user, "{\"user_id\":\"carol\",\"last_name\":\"C\",\"digest_credentials\":\"%s\"}", ha1);
    put(kit, &sj_end_user_meta, user);
    put(kit, &sj_phone_meta,
        "{\"name\":\"carol-phone\",\"model\":\"Third-party SIP Device (Basic)\",\"phone_security_profile\":\"Standard SIP "
        "Digest "
        "Profile\",\"digest_user\":\"carol\",\"lines\":[{\"directory_number\":\"1003@Internal\"}]}");
    put(kit, &sj_sip_trunk_security_profile_meta, "{\"name\":\"UDP\",\"outgoing_transport\":\"udp\"}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{"
        "\"address\":"
        "\"192.0.2.90\"},{\"address\":\"192.0.2.91\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.!\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\",\"discard_digits\":\"pre_dot\"}");
}

static void emcc_world(sj_testkit *kit) {
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"EMCC\",\"trunk_service_type\":\"extension_mobility_cross_clusters\",\"calling_search_space\":\"All\"}");
    put(kit, &sj_intercluster_service_profile_meta,
        "{\"emcc_active\":true,\"pstn_access_active\":true,\"pstn_access_sip_trunk\":\"EMCC\"}");
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"br\",\"fully_qualified_name\":\"br.example\",\"emcc\":true,\"pstn_access\":true}");
    put(kit, &sj_remote_cluster_status_meta,
        "{\"cluster_id\":\"br\",\"sip_port\":5070,\"sip_transport\":\"udp\",\"services\":[{\"service\":\"pstn_access\","
        "\"remote_activated\":\"yes\",\"addresses\":[\"198.51.100.1\"]}]}");
    put(kit, &sj_route_list_meta,
        "{\"name\":\"By place\",\"members\":[{\"route_group\":\"Standard Local Route "
        "Group\",\"discard_digits\":\"pre_dot\"}]}");
    put(kit, &sj_route_pattern_meta, "{\"pattern\":\"9.999\",\"partition\":\"Emergency\",\"route_list\":\"By place\"}");
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP00AABBCCDD01\",\"emcc\":true,\"visiting_cluster_id\":\"br\",\"user_id\":\"alice\",\"model\":\"Cisco "
        "7841\","
        "\"device_pool\":\"Default\",\"calling_search_spaces\":[\"Adjunct\",\"All\"],\"adjunct_calling_search_space\":"
        "\"Adjunct\","
        "\"lines\":[{\"directory_number\":\"1001@Internal\",\"display\":\"Alice A\"}],\"line_calling_search_spaces\":[\"\"]}");
}

static int setup(void **state) {
    sj_error error = {0};
    sj_testkit *kit = sj_testkit_open(NULL);
    *state = kit;
    lay_down(kit);
    if (sj_testkit_start(kit, &sj_plugin_descriptor, &error) != SJ_OK) {
        print_error("%s\n", error.text);
        return 1;
    }
    return 0;
}

static int teardown(void **state) {
    sj_error error = {0};
    const int status = sj_testkit_end(*state, &error);
    if (status != SJ_OK) {
        print_error("%s\n", error.text);
    }
    return status;
}

/* ---- phones played by the test ---- */

static void send_text(sj_testkit *kit, const char *from, int port, const char *text) {
    assert_int_equal(sj_testkit_datagram(kit, PORT, from, port, text, strlen(text)), SJ_OK);
    sj_testkit_run(kit);
}

/* The newest datagram to that address that begins with `head`, as text; NULL when there is none. */
static const char *sent_to(sj_testkit *kit, const char *address, const char *head) {
    static char found[8192];
    bool any = false;
    sj_address to;
    const void *data;
    size_t length;
    for (size_t i = 0; sj_testkit_datagram_sent(kit, i, &to, &data, &length); i++) {
        char text[SJ_ADDRESS_TEXT];
        (void)sj_address_format(&to, text, sizeof text);
        if (strcmp(text, address) == 0 && length < sizeof found && length >= strlen(head) &&
            memcmp(data, head, strlen(head)) == 0) {
            memcpy(found, data, length);
            found[length] = '\0';
            any = true;
        }
    }
    return any ? found : NULL;
}

static const char *expect(sj_testkit *kit, const char *address, const char *head) {
    const char *text = sent_to(kit, address, head);
    if (text == NULL) {
        sj_testkit_print(kit);
        fail_msg("nothing was sent to %s that begins with \"%s\"", address, head);
    }
    return text;
}

/* The value of a header in a message, in a ring of buffers. */
static const char *header(const char *message, const char *name) {
    static char values[8][600];
    static unsigned turn;
    char key[64];
    const char *at, *end;
    char *value = values[turn++ % 8];
    (void)snprintf(key, sizeof key, "\r\n%s: ", name);
    at = strstr(message, key);
    value[0] = '\0';
    if (at != NULL) {
        at += strlen(key);
        end = strstr(at, "\r\n");
        (void)snprintf(value, 600, "%.*s", (int)(end - at), at);
    }
    return value;
}

static void register_phone(sj_testkit *kit, const char *from, const char *device, const char *number, int cseq, int expires) {
    char text[1500];
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKr%d\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:%s@x>;tag=1\r\n"
                   "To: <sip:%s@x>\r\nCall-ID: reg-%s\r\nCSeq: %d REGISTER\r\nUser-Agent: Cisco-CP7841/12.1.1\r\nContact: "
                   "<sip:uuid-%s@%s:5060;"
                   "transport=udp>;+u.sip!devicename.ccm.cisco.com=\"%s\";+u.sip!model.ccm.cisco.com=\"622\"\r\nExpires: %d\r\n"
                   "Content-Length: 0\r\n\r\n",
                   from, cseq, number, number, device, cseq, number, from, device, expires);
    send_text(kit, from, 5060, text);
}

static void answer(sj_testkit *kit, const char *from, const char *request, int status, const char *body) {
    char text[3000];
    const char *to = header(request, "To");
    (void)snprintf(
        text, sizeof text,
        "SIP/2.0 %d X\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:peer@%s:5060>\r\n%s"
        "Content-Length: %zu\r\n\r\n%s",
        status, header(request, "Via"), header(request, "From"), to, strstr(to, "tag=") == NULL ? ";tag=peer" : "",
        header(request, "Call-ID"), header(request, "CSeq"), from, body[0] != '\0' ? "Content-Type: application/sdp\r\n" : "",
        strlen(body), body);
    send_text(kit, from, 5060, text);
}

static void invite(sj_testkit *kit, const char *from, const char *contact, const char *number, const char *caller,
                   const char *more) {
    char text[2000];
    (void)snprintf(
        text, sizeof text,
        "INVITE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKi%s\r\nMax-Forwards: 70\r\nFrom: \"Me\" "
        "<sip:%s@x>;tag=mine\r\nTo: <sip:%s@x>\r\nCall-ID: call-%s-%s\r\nCSeq: 1 INVITE\r\nContact: "
        "<sip:%s>\r\n%sContent-Type: "
        "application/sdp\r\nContent-Length: 9\r\n\r\noffer-sdp",
        number, from, number, caller, number, caller, number, contact, more);
    send_text(kit, from, 5060, text);
}

/* A request of the caller within its dialog, from an answer it got. */
static void within(sj_testkit *kit, const char *from, const char *method, int cseq, const char *dialog) {
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "%s sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\nFrom: "
                   "%s\r\nTo: %s\r\n"
                   "Call-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
                   method, from, method, cseq, header(dialog, "From"), header(dialog, "To"), header(dialog, "Call-ID"), cseq,
                   method);
    send_text(kit, from, 5060, text);
}

static void both_register(sj_testkit *kit) {
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    assert_non_null(expect(kit, bob, "SIP/2.0 200"));
    sj_testkit_forget(kit);
}

/* ---- registrations ---- */

static void test_register(void **state) {
    sj_testkit *kit = *state;
    const char *text;
    sj_registration *saved = NULL;
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    text = expect(kit, alice, "SIP/2.0 200 OK");
    assert_non_null(strstr(header(text, "Contact"), ";expires=120;x-cisco-newreg"));
    assert_string_equal(header(text, "Expires"), "120");
    assert_non_null(strstr(header(text, "Date"), "2026"));
    assert_non_null(sj_testkit_find(kit, "event", "device.registered"));
    assert_non_null(sj_testkit_find(kit, "event", "\"model_number\":622"));
    sj_testkit_advance(kit, 2000);
    assert_int_equal(sj_registration_get(sj_testkit_scope(kit), "SEP001122334401", &saved, NULL), SJ_OK);
    assert_string_equal(saved->register_call_id, "reg-SEP001122334401");
    sj_record_free(sj_testkit_scope(kit), saved);
    sj_testkit_forget(kit);
    register_phone(kit, alice, "SEP001122334401", "1001", 2, 3600); /* a refresh is no news */
    assert_null(strstr(header(expect(kit, alice, "SIP/2.0 200 OK"), "Contact"), "newreg"));
    assert_int_equal(sj_testkit_count(kit, "event", "device.registered"), 0);
    sj_testkit_advance(kit, 130000);
    assert_int_equal(sj_testkit_count(kit, "event", "device.unregistered"), 0); /* within the grace */
    sj_testkit_advance(kit, 10000);
    assert_non_null(sj_testkit_find(kit, "event", "expired"));
    assert_int_equal(sj_registration_get(sj_testkit_scope(kit), "SEP001122334401", &saved, NULL), SJ_E_NOT_FOUND);
}

static void test_refusals(void **state) {
    sj_testkit *kit = *state;
    register_phone(kit, alice, "SEPFFFFFFFFFFFF", "1001", 1, 3600);
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 404"), "Warning"), "not configured"));
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco "
        "7841\",\"protocol\":\"SCCP\",\"lines\":[{\"directory_number\":\"1001@Internal\"}]}");
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 403"), "Warning"), "SCCP"));
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 2);
    assert_string_equal(header(expect(kit, bob, "SIP/2.0 423"), "Min-Expires"), "5");
    assert_int_equal(sj_testkit_count(kit, "event", "device.registered"), 0);
}

static void test_leaving(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    register_phone(kit, alice, "SEP001122334401", "1001", 2, 0);
    assert_non_null(expect(kit, alice, "SIP/2.0 200 OK"));
    assert_non_null(sj_testkit_find(kit, "event", "by_phone"));
    sj_testkit_forget(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 2, 3600);
    sj_testkit_forget(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600); /* older than one seen */
    assert_non_null(expect(kit, bob, "SIP/2.0 500"));
    assert_int_equal(sj_phone_delete(sj_testkit_scope(kit), "SEP001122334402", NULL), SJ_OK);
    sj_testkit_advance(kit, 40000);
    assert_non_null(sj_testkit_find(kit, "event", "removed"));
}

static void send_credentials(sj_testkit *kit, const char *nonce, int cseq, const char *counter, const char *password) {
    char text[2000], ha1[DIGEST_HEX], response[DIGEST_HEX];
    const unsigned char secret[32] = {0};
    digest *with = digest_new(secret);
    digest_credentials credentials;
    memset(&credentials, 0, sizeof credentials);
    credentials.nonce = sip_text_of(nonce);
    credentials.uri = sip_text_of("sip:127.0.0.1");
    credentials.nc = sip_text_of(counter);
    credentials.cnonce = sip_text_of("cn");
    credentials.qop = sip_text_of("auth");
    digest_ha1(with, "carol", SJ_DIGEST_REALM, password, ha1);
    digest_response(with, ha1, sip_text_of("REGISTER"), &credentials, response);
    digest_free(with);
    (void)snprintf(
        text, sizeof text,
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bK%d\r\nFrom: <sip:1003@x>;tag=1\r\nTo: "
        "<sip:1003@x>\r\nCall-ID: carol\r\nCSeq: %d REGISTER\r\nContact: <sip:1003@192.0.2.3:5060>\r\nExpires: "
        "60\r\n%s%s%s%s%s%s%s\r\n",
        cseq, cseq,
        nonce[0] != '\0' ? "Authorization: Digest username=\"carol\",realm=\"" SJ_DIGEST_REALM
                           "\",uri=\"sip:127.0.0.1\",nonce=\""
                         : "",
        nonce, nonce[0] != '\0' ? "\",response=\"" : "", nonce[0] != '\0' ? response : "",
        nonce[0] != '\0' ? "\",algorithm=MD5,qop=auth,cnonce=\"cn\",nc=" : "", nonce[0] != '\0' ? counter : "",
        nonce[0] != '\0' ? "\r\n" : "");
    send_text(kit, "192.0.2.3", 5060, text);
}

static void nonce_of(sj_testkit *kit, char nonce[80]) {
    const char *challenge = header(expect(kit, "192.0.2.3", "SIP/2.0 401"), "WWW-Authenticate");
    assert_int_equal(sscanf(strstr(challenge, "nonce=\"") + 7, "%79[^\"]", nonce), 1);
}

static void test_digest(void **state) {
    sj_testkit *kit = *state;
    char nonce[80], second[80];
    send_credentials(kit, "", 1, "", "");
    nonce_of(kit, nonce);
    send_credentials(kit, nonce, 2, "00000001", "wrong");
    (void)expect(kit, "192.0.2.3", "SIP/2.0 403");
    send_credentials(kit, nonce, 3, "00000001", "secret");
    (void)expect(kit, "192.0.2.3", "SIP/2.0 200");
    assert_non_null(sj_testkit_find(kit, "event", "carol-phone"));
    sj_testkit_forget(kit);
    send_credentials(kit, nonce, 4, "00000001", "secret"); /* heard before? the first one did not count yet */
    send_credentials(kit, nonce, 5, "00000002", "secret");
    sj_testkit_forget(kit);
    send_credentials(kit, nonce, 6, "00000002", "secret"); /* a replay */
    assert_non_null(strstr(expect(kit, "192.0.2.3", "SIP/2.0 401"), "stale=true"));
    nonce_of(kit, second);
    assert_string_not_equal(nonce, second);
    sj_testkit_advance(kit, 50000);
    sj_testkit_forget(kit);
    send_credentials(kit, second, 7, "00000001", "secret");
    (void)expect(kit, "192.0.2.3", "SIP/2.0 200");
}

static void test_restart(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    both_register(kit);
    sj_testkit_advance(kit, 2000);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    (void)expect(kit, bob, "INVITE sip:uuid-1002@192.0.2.2:5060;transport=udp SIP/2.0"); /* without having registered anew */
}

/* ---- calls ---- */

static void test_call(void **state) {
    sj_testkit *kit = *state;
    const char *text;
    char dialog[3000];
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 100");
    text = expect(kit, bob, "INVITE sip:uuid-1002@192.0.2.2:5060;transport=udp SIP/2.0");
    assert_non_null(strstr(text, "\r\n\r\noffer-sdp"));
    assert_non_null(strstr(header(text, "From"), "\"Alice A\" <sip:1001@"));
    assert_non_null(strstr(header(text, "Remote-Party-ID"), "party=calling"));
    assert_string_equal(header(text, "Max-Forwards"), "69");
    assert_non_null(sj_testkit_find(kit, "event", "call.started"));
    answer(kit, bob, text, 180, "");
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 180"), "Remote-Party-ID"), "\"Bob\" <sip:1002@"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer-sdp");
    text = expect(kit, alice, "SIP/2.0 200");
    assert_non_null(strstr(text, "\r\n\r\nanswer-sdp"));
    (void)snprintf(dialog, sizeof dialog, "%s", text);
    assert_null(sent_to(kit, bob, "ACK"));
    within(kit, alice, "ACK", 1, dialog);
    (void)expect(kit, bob, "ACK sip:peer@192.0.2.2:5060 SIP/2.0");
    assert_non_null(sj_testkit_find(kit, "event", "call.answered"));
    sj_testkit_forget(kit);
    answer(kit, bob, "\r\nX: ", 200, ""); /* nonsense in between */
    within(kit, alice, "INFO", 2, dialog);
    answer(kit, bob, expect(kit, bob, "INFO"), 200, "");
    (void)expect(kit, alice, "SIP/2.0 200");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 15 * 60 * 1000 + 100); /* is it still alive? */
    assert_null(sj_testkit_find(kit, "event", "call.ended"));
    answer(kit, alice, expect(kit, alice, "OPTIONS"), 200, "");
    answer(kit, bob, expect(kit, bob, "OPTIONS"), 200, "");
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, dialog);
    (void)expect(kit, alice, "SIP/2.0 200");
    answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
    assert_non_null(sj_testkit_find(kit, "event", "\"answered\":true"));
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, dialog); /* repeated: answered the same */
    (void)expect(kit, alice, "SIP/2.0 200");
    within(kit, alice, "INFO", 4, dialog);
    (void)expect(kit, alice, "SIP/2.0 481");
}

static void test_reinvite(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer-sdp");
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "INVITE", 2, dialog); /* before the ACK: not now */
    (void)expect(kit, alice, "SIP/2.0 491");
    within(kit, alice, "ACK", 1, dialog);
    sj_testkit_forget(kit);
    within(kit, alice, "INVITE", 3, dialog);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "held-sdp");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "held-sdp"));
    within(kit, alice, "ACK", 3, dialog);
    (void)expect(kit, bob, "ACK");
    sj_testkit_forget(kit);
    within(kit, alice, "UPDATE", 4, dialog);
    answer(kit, bob, expect(kit, bob, "UPDATE"), 481, ""); /* Bob's phone has forgotten the call */
    (void)expect(kit, alice, "SIP/2.0 481");
    (void)expect(kit, alice, "BYE");
    assert_non_null(sj_testkit_find(kit, "event", "call.ended"));
}

static void test_no_answer(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_advance(kit, 181000);
    (void)expect(kit, alice, "SIP/2.0 480");
    (void)expect(kit, bob, "CANCEL");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "late"); /* it had answered all the same */
    (void)expect(kit, bob, "ACK");
    (void)expect(kit, bob, "BYE");
}

static void test_refused_calls(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "5555", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 404");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1003", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 480");
    invite(kit, "203.0.113.66", "x@203.0.113.66", "1001", "1002", "");
    (void)expect(kit, "203.0.113.66", "SIP/2.0 403");
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "91234", "1002", ""); /* not within Bob's reach */
    (void)expect(kit, bob, "SIP/2.0 404");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "Require: 100rel\r\n");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 420"), "Unsupported"), "100rel");
}

/* The first destination of the trunk says nothing, the second one takes the call. Then the dial plan changes. */
static void test_trunk(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "91234", "1001", "");
    (void)expect(kit, gateway, "INVITE sip:1234@192.0.2.90:5060 SIP/2.0");
    sj_testkit_advance(kit, 4100);
    answer(kit, "192.0.2.91", expect(kit, "192.0.2.91", "INVITE sip:1234@192.0.2.91:5060 SIP/2.0"), 503, "");
    (void)expect(kit, alice, "SIP/2.0 503");
    put(kit, &sj_route_pattern_meta, "{\"pattern\":\"9.!\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\",\"block\":true}");
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "95678", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 403");
    assert_int_equal(sj_route_pattern_delete(sj_testkit_scope(kit), "9.!@PSTN", NULL), SJ_OK);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "95679", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 404");
    invite(kit, gateway, "pstn@192.0.2.90", "1001", "5551234", "");
    assert_non_null(strstr(header(expect(kit, alice, "INVITE"), "P-Asserted-Identity"), "\"Me\" <sip:5551234@"));
}

/* ---- visitors ---- */

static void test_visitor_calls_out(void **state) {
    sj_testkit *kit = *state;
    const char *text;
    emcc_world(kit);
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP00AABBCCDD01\",\"kind\":\"home\",\"user_id\":\"alice\",\"remote_cluster_id\":\"br\",\"lease_"
        "id\":\"lease7\"}");
    register_phone(kit, "203.0.113.5", "SEP00AABBCCDD01", "1001", 1, 3600);
    assert_non_null(sj_testkit_find(kit, "event", "\"live\":true"));
    invite(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "9999", "1001", "");
    text = expect(kit, remote, "INVITE sip:999@198.51.100.1:5070 SIP/2.0");
    assert_string_equal(header(text, "X-Sojourn-Emcc"), "device=SEP00AABBCCDD01;lease=lease7;cluster=hq");
    assert_non_null(strstr(header(text, "P-Asserted-Identity"), "\"Alice A\" <sip:1001@"));
    assert_non_null(sj_testkit_find(kit, "event", "\"remote_cluster_id\":\"br\""));
    answer(kit, remote, text, 200, "answer-sdp");
    (void)expect(kit, "203.0.113.5", "SIP/2.0 200");
}

static void test_visitor_returns(void **state) {
    sj_testkit *kit = *state;
    static const char emcc[] = "X-Sojourn-Emcc: device=SEP001122334401;lease=lease9;cluster=br\r\n";
    emcc_world(kit);
    invite(kit, remote, "x@198.51.100.1", "9112", "44", emcc); /* nobody is logged in */
    (void)expect(kit, remote, "SIP/2.0 403");
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP001122334401\",\"kind\":\"visiting\",\"user_id\":\"bea\",\"remote_cluster_id\":\"br\",\"lease_"
        "id\":\"lease9\"}");
    invite(kit, "203.0.113.66", "x@203.0.113.66", "9113", "44", emcc); /* not from that cluster */
    (void)expect(kit, "203.0.113.66", "SIP/2.0 403");
    invite(kit, remote, "x@198.51.100.1", "9114", "44", "X-Sojourn-Emcc: device=SEP001122334401;lease=other;cluster=br\r\n");
    (void)expect(kit, remote, "SIP/2.0 403");
    invite(kit, remote, "x@198.51.100.1", "9115", "44", emcc);
    const char *text = expect(kit, gateway, "INVITE sip:115@192.0.2.90:5060 SIP/2.0");
    assert_non_null(strstr(header(text, "From"), "\"Me\" <sip:44@"));
}

/* ---- requests ---- */

typedef struct reset_result {
    int status, status_code;
    bool done;
} reset_result;

static void on_reset(void *user, int status, const sj_error *error, const sj_device_reset_reply *reply) {
    reset_result *result = user;
    (void)error;
    result->done = true;
    result->status = status;
    result->status_code = reply == NULL ? 0 : (int)reply->status_code;
}

static void test_reset(void **state) {
    sj_testkit *kit = *state;
    reset_result result = {0, 0, false};
    sj_device_reset request;
    sj_error error = {0};
    const char *text;
    memset(&request, 0, sizeof request);
    request.device_name = "SEP001122334401";
    request.mode = SJ_DEVICE_RESET_MODE_RESTART;
    request.trace_id = "";
    assert_int_equal(sj_ask_device_reset(sj_testkit_scope(kit), &request, 0, on_reset, &result, &error), SJ_OK);
    sj_testkit_run(kit);
    assert_true(result.done);
    assert_int_equal(result.status, SJ_E_NOT_FOUND);
    both_register(kit);
    result.done = false;
    assert_int_equal(sj_ask_device_reset(sj_testkit_scope(kit), &request, 0, on_reset, &result, &error), SJ_OK);
    sj_testkit_run(kit);
    text = expect(kit, alice, "NOTIFY sip:uuid-1001@192.0.2.1:5060;transport=udp SIP/2.0");
    assert_string_equal(header(text, "Event"), "service-control");
    assert_non_null(strstr(text, "\r\n\r\naction=restart\r\nRegisterCallId={reg-SEP001122334401}\r\n"));
    answer(kit, alice, text, 200, "");
    assert_true(result.done);
    assert_int_equal(result.status, SJ_OK);
    assert_int_equal(result.status_code, 200);
}

static char route_outcome[64];

static void on_route(void *user, int status, const sj_error *error, const sj_route_test_reply *reply) {
    (void)user;
    (void)error;
    (void)snprintf(route_outcome, sizeof route_outcome, "%s %s", status == SJ_OK ? reply->outcome : "failed",
                   status == SJ_OK ? reply->pattern : "");
}

static void test_route(void **state) {
    sj_testkit *kit = *state;
    static const char *const cases[][3] = {
        {"SEP001122334401", "91234", "trunk 9.!"},
        {"SEP001122334402", "91234", "no_match "},
        {"SEP001122334402", "1001", "phone 1001"},
        {"SEP00AABBCCDD01", "9999", "return_to_visiting_cluster 9.999"},
        {"nobody", "9999", "failed "},
    };
    emcc_world(kit);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_route_test request = {cases[i][0], cases[i][1]};
        sj_error error = {0};
        assert_int_equal(sj_ask_route_test(sj_testkit_scope(kit), &request, 0, on_route, NULL, &error), SJ_OK);
        sj_testkit_run(kit);
        assert_string_equal(route_outcome, cases[i][2]);
    }
}

/* ---- harm ---- */

static void test_torture(void **state) {
    static const char *const names[] = {
        "wsinv",      "intmeth",  "esc01",      "escnull",    "esc02",    "lwsdisp",   "longreq", "dblreq",   "semiuri",
        "transports", "mpart01",  "unreason",   "noreason",   "badinv01", "clerr",     "ncl",     "scalar02", "scalarlg",
        "quotbal",    "ltgtruri", "lwsruri",    "lwsstart",   "trws",     "escruri",   "baddate", "regbadct", "badaspec",
        "baddn",      "badvers",  "mismatch01", "mismatch02", "bigcode",  "badbranch", "insuf",   "unkscm",   "novelsc",
        "unksm2",     "bext01",   "invut",      "regaut01",   "multi01",  "mcl01",     "bcast",   "zeromf",   "cparam01",
        "cparam02",   "regescrt", "sdp01",      "inv2543",
    };
    sj_testkit *kit = *state;
    size_t found = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512], text[20000];
        FILE *file;
        size_t length;
        (void)snprintf(path, sizeof path, "%s/%s.dat", RFC4475_DIRECTORY, names[i]);
        file = fopen(path, "rb");
        if (file == NULL) {
            continue;
        }
        found++;
        length = fread(text, 1, sizeof text, file);
        (void)fclose(file);
        sj_testkit_forget(kit);
        assert_int_equal(sj_testkit_datagram(kit, PORT, "203.0.113.7", 5060, text, length), SJ_OK);
        sj_testkit_run(kit);
        assert_true(sj_testkit_count(kit, "udp", NULL) <= 1); /* answered once, or not at all */
        assert_int_equal(sj_testkit_count(kit, "udp", "SIP/2.0 2"), strncmp(text, "OPTIONS", 7) == 0 &&
                                                                        sj_testkit_count(kit, "udp", NULL) == 1 &&
                                                                        sj_testkit_find(kit, "udp", "SIP/2.0 200") != NULL);
    }
    if (found == 0) {
        print_message("the messages of RFC 4475 are not at hand (%s): skipped\n", RFC4475_DIRECTORY);
        skip();
    }
}

/* Streams: any cut of the bytes, pings, endless headers. */
static void test_stream(void **state) {
    sj_testkit *kit = *state;
    static const char options[] =
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 203.0.113.8:4444;branch=z9hG4bKo\r\nFrom: <sip:a@x>;tag=1\r\n"
        "To: <sip:b@y>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    sj_testkit_peer *peer = sj_testkit_connect(kit, PORT, "203.0.113.8", 4444);
    size_t length = 0;
    char *endless = malloc(20000);
    assert_non_null(peer);
    sj_testkit_write(peer, "\r\n\r\n", 4);
    assert_string_equal(sj_testkit_received(peer, &length), "\r\n");
    for (size_t i = 0; i < sizeof options - 1; i++) {
        sj_testkit_write(peer, options + i, 1);
    }
    assert_non_null(strstr(sj_testkit_received(peer, &length), "SIP/2.0 200 OK"));
    memset(endless, 'a', 20000);
    sj_testkit_write(peer, endless, 20000);
    sj_testkit_run(kit);
    assert_true(sj_testkit_closed(peer));
    peer = sj_testkit_connect(kit, PORT, "203.0.113.8", 4445);
    sj_testkit_advance(kit, 60000); /* says nothing */
    assert_true(sj_testkit_closed(peer));
    free(endless);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_register),      TEST(test_refusals), TEST(test_leaving),           TEST(test_digest),
        TEST(test_restart),       TEST(test_call),     TEST(test_reinvite),          TEST(test_no_answer),
        TEST(test_refused_calls), TEST(test_trunk),    TEST(test_visitor_calls_out), TEST(test_visitor_returns),
        TEST(test_reset),         TEST(test_route),    TEST(test_torture),           TEST(test_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
