/* The call manager's registrations in the test kit: both dialects, refusals, credentials, phones
 * that leave, a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/device.h"
#include "parameters/call_manager.h"
#include "parameters/enterprise.h"
#include "resources/call_manager.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/registration.h"
#include "sip/digest.h"

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
    assert_int_equal(sj_registration_get(sj_testkit_scope(kit), "SEP001122334401", &saved, NULL),
                     SJ_OK);
    assert_string_equal(saved->register_call_id, "reg-SEP001122334401");
    sj_record_free(sj_testkit_scope(kit), saved);
    sj_testkit_forget(kit);
    register_phone(kit, alice, "SEP001122334401", "1001", 2, 3600); /* a refresh is no news */
    assert_null(strstr(header(expect(kit, alice, "SIP/2.0 200 OK"), "Contact"), "newreg"));
    assert_int_equal(sj_testkit_count(kit, "event", "device.registered"), 0);
    sj_testkit_advance(kit, 130000);
    assert_int_equal(sj_testkit_count(kit, "event", "device.unregistered"),
                     0); /* within the grace */
    sj_testkit_advance(kit, 10000);
    assert_non_null(sj_testkit_find(kit, "event", "expired"));
    assert_int_equal(sj_registration_get(sj_testkit_scope(kit), "SEP001122334401", &saved, NULL),
                     SJ_E_NOT_FOUND);
}

static void test_refusals(void **state) {
    sj_testkit *kit = *state;
    register_phone(kit, alice, "SEPFFFFFFFFFFFF", "1001", 1, 3600);
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 404"), "Warning"), "not configured"));
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 2);
    assert_string_equal(header(expect(kit, bob, "SIP/2.0 423"), "Min-Expires"), "5");
    assert_int_equal(sj_testkit_count(kit, "event", "device.registered"), 0);
}

static void carol_asks(sj_testkit *kit, const char *via, int cseq, const char *more) {
    char text[1000];
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: %s\r\nFrom: <sip:1003@x>;tag=1\r\n"
                   "To: <sip:1003@127.0.0.1>\r\nCall-ID: carol\r\nCSeq: %d REGISTER\r\nContact: "
                   "<sip:1003@192.0.2.3:5060>\r\nExpires: 60\r\n%s\r\n",
                   via, cseq, more);
    sj_testkit_forget(kit);
    send_text(kit, "192.0.2.3", 5060, text);
}

/* RFC 3261, 10.3: what is required and not supported is refused by name, before anything is asked
 * of the phone. */
static void test_required_extensions(void **state) {
    static const char via[] = "SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKr";
    sj_testkit *kit = *state;
    carol_asks(kit, via, 1, "Require: gruu\r\n");
    assert_string_equal(header(expect(kit, "192.0.2.3", "SIP/2.0 420"), "Unsupported"), "gruu");
    assert_null(sent_to(kit, "192.0.2.3", "SIP/2.0 401"));
    carol_asks(kit, via, 2, "Require: norefersub, gruu\r\nRequire: outbound ,path\r\n");
    assert_string_equal(header(expect(kit, "192.0.2.3", "SIP/2.0 420"), "Unsupported"),
                        "gruu, outbound, path");
    carol_asks(kit, via, 3, "Require: norefersub\r\nSupported: gruu\r\n");
    assert_non_null(expect(kit, "192.0.2.3", "SIP/2.0 401"));
    carol_asks(kit, "SIP/2.0 nowhere", 4, "");
    assert_null(sent_to(kit, "192.0.2.3", "SIP/2.0 401"));
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

/* A live device without anybody logged in: the phone's log-out profile, which is nothing without
 * the phone. */
static void test_log_out_profile(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP001122334401\",\"log_out_profile\":true,\"device_profile\":\"Lobby\","
        "\"model\":\"Cisco 7841\","
        "\"device_pool\":\"Default\",\"lines\":[{\"directory_number\":\"1002@Internal\"}]}");
    register_phone(kit, alice, "SEP001122334401", "1002", 1, 3600);
    assert_non_null(expect(kit, alice, "SIP/2.0 200 OK"));
    assert_non_null(sj_testkit_find(kit, "event", "\"live\":true"));
    assert_null(sj_testkit_find(kit, "log", "for user"));
    assert_int_equal(sj_phone_delete(sj_testkit_scope(kit), "SEP001122334401", NULL), SJ_OK);
    sj_testkit_advance(kit, 40000);
    assert_non_null(sj_testkit_find(kit, "event", "removed"));
    sj_testkit_forget(kit);
    register_phone(kit, alice, "SEP001122334401", "1002", 2, 3600);
    assert_non_null(expect(kit, alice, "SIP/2.0 404"));
}

static void send_credentials(sj_testkit *kit, const char *nonce, int cseq, const char *counter,
                             const char *password) {
    char text[2000], ha1[DIGEST_HEX], response[DIGEST_HEX];
    const unsigned char secret[32] = {0};
    struct digest *with = digest_new(secret);
    struct digest_credentials credentials;
    memset(&credentials, 0, sizeof credentials);
    credentials.nonce = sip_text_of(nonce);
    credentials.uri = sip_text_of("sip:127.0.0.1");
    credentials.nc = sip_text_of(counter);
    credentials.cnonce = sip_text_of("cn");
    credentials.qop = sip_text_of("auth");
    digest_ha1(with, DIGEST_MD5, "carol", SJ_DIGEST_REALM, password, ha1);
    digest_response(with, ha1, sip_text_of("REGISTER"), &credentials, response);
    digest_free(with);
    (void)snprintf(
        text, sizeof text,
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
        "192.0.2.3:5060;branch=z9hG4bK%d\r\nFrom: <sip:1003@x>;tag=1\r\nTo: "
        "<sip:1003@127.0.0.1>\r\nCall-ID: carol\r\nCSeq: %d REGISTER\r\nContact: "
        "<sip:1003@192.0.2.3:5060>\r\nExpires: "
        "60\r\n%s%s%s%s%s%s%s\r\n",
        cseq, cseq,
        nonce[0] != '\0' ? "Authorization: Digest username=\"carol\",realm=\"" SJ_DIGEST_REALM
                           "\",uri=\"sip:127.0.0.1\",nonce=\""
                         : "",
        nonce, nonce[0] != '\0' ? "\",response=\"" : "", nonce[0] != '\0' ? response : "",
        nonce[0] != '\0' ? "\",algorithm=MD5,qop=auth,cnonce=\"cn\",nc=" : "",
        nonce[0] != '\0' ? counter : "", nonce[0] != '\0' ? "\r\n" : "");
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
    send_credentials(kit, nonce, 4, "00000001",
                     "secret"); /* heard before? the first one did not count yet */
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
    (void)expect(kit, bob,
                 "INVITE sip:uuid-1002@192.0.2.2:5060;transport=udp SIP/2.0"); /* without having
                                                                                  registered anew */
}

static int refuse_commit(sj_scope *scope, const char *here, sj_result_fn durable, void *user,
                         sj_error *error) {
    (void)here;
    (void)durable;
    (void)user;
    scope->host->store_rollback(scope);
    return sj_error_set(error, SJ_E_IO, "the disk is full");
}

static int refuse_begin(sj_scope *scope, sj_error *error) {
    (void)scope;
    return sj_error_set(error, SJ_E_IO, "the disk is full");
}

/* A store that takes nothing for an hour is one line a minute, and what it did not take is saved
 * when it takes it. */
static void test_store_that_refuses(void **state) {
    sj_testkit *kit = *state;
    sj_scope *scope = sj_testkit_scope(kit);
    sj_host *host = (sj_host *)(uintptr_t)scope->host;
    const sj_host as_it_was = *host;
    sj_registration *saved = NULL;
    for (int i = 0; i < 2; i++) {
        host->store_begin = i == 0 ? refuse_begin : as_it_was.store_begin;
        host->store_commit = i == 1 ? refuse_commit : as_it_was.store_commit;
        register_phone(kit, alice, "SEP001122334401", "1001", i + 1, 3600);
        sj_testkit_advance(kit, 90000);
        assert_in_range(sj_testkit_count(kit, "log", "registrations are not saved"), 1, 3);
        assert_int_equal(sj_registration_get(scope, "SEP001122334401", &saved, NULL),
                         SJ_E_NOT_FOUND);
        host->store_begin = as_it_was.store_begin;
        host->store_commit = as_it_was.store_commit;
        sj_testkit_advance(kit, 2000);
        assert_int_equal(sj_registration_get(scope, "SEP001122334401", &saved, NULL), SJ_OK);
        sj_record_free(scope, saved);
        sj_testkit_advance(kit, 60000); /* it expires: the next is a new one */
        assert_int_equal(sj_registration_get(scope, "SEP001122334401", &saved, NULL),
                         SJ_E_NOT_FOUND);
        sj_testkit_forget(kit);
    }
}

struct answered {
    int status;
    int64_t total;
    char address[64];
};

static void on_list(void *user, int status, const sj_error *error,
                    const sj_registrations_list_reply *reply) {
    struct answered *result = user;
    (void)error;
    result->status = status;
    result->total = reply == NULL ? -1 : reply->total;
}

static void on_lookup(void *user, int status, const sj_error *error,
                      const sj_registration_lookup_reply *reply) {
    struct answered *result = user;
    (void)error;
    (void)snprintf(result->address, sizeof result->address, "%.60s",
                   status == SJ_OK ? reply->address : "");
}

/* Registrations of other phones, saved as if they had come before; they are read before those of
 * Alice and Bob. */
static void save_many(sj_testkit *kit, int count) {
    sj_scope *scope = sj_testkit_scope(kit);
    sj_error error = {0};
    assert_int_equal(sj_store_begin(scope, &error), SJ_OK);
    for (int i = 0; i < count; i++) {
        char name[40], json[120];
        (void)snprintf(name, sizeof name, "SEP000000000%03d", i);
        (void)snprintf(json, sizeof json, "{\"name\":\"%s\",\"model\":\"Cisco 7841\"}", name);
        put(kit, &sj_phone_meta, json);
        sj_registration record = {.device_name = name,
                                  .node = scope->host->node->name,
                                  .address = "192.0.2.200",
                                  .port = 1024 + i,
                                  .contact = "sip:x@192.0.2.200",
                                  .user_agent = "Cisco-CP7841/12.1.1",
                                  .register_call_id = "saved",
                                  .user_id = "",
                                  .registered_at = sj_wall_ms(scope),
                                  .expires_at = sj_wall_ms(scope) + 3600000};
        assert_int_equal(sj_registration_put(scope, &record, SJ_PUT_ANY, &error), SJ_OK);
    }
    assert_int_equal(sj_store_commit(scope, NULL, NULL, &error), SJ_OK);
}

/* Many saved registrations are read in slices. Until all are read nothing is concluded from those
 * that are missing: SIP waits, or is repeated, one phone is read when it is asked for, and a list
 * is refused. */
static void test_start_in_slices(void **state) {
    static const char *const options =
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.77:5060;branch=z9hG4bKo\r\n"
        "Max-Forwards: 70\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: o\r\n"
        "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    sj_testkit *kit = *state;
    sj_scope *scope = sj_testkit_scope(kit);
    const sj_registrations_list all = {.limit = 0};
    const sj_registration_lookup of_bob = {.device_name = "SEP001122334402", .address = ""};
    sj_error error = {0};
    struct answered result = {0};
    sj_testkit_peer *peer;
    both_register(kit);
    sj_testkit_advance(kit, 2000);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
    save_many(kit, 500);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_forget(kit);
    peer = sj_testkit_connect(kit, PORT, "192.0.2.77", 5060);
    sj_testkit_write(peer, options, strlen(options));
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    assert_null(sent_to(kit, alice, "SIP/2.0"));
    assert_string_equal(sj_testkit_received(peer, NULL), "");
    assert_int_equal(sj_ask_registrations_list(scope, &all, 0, on_list, &result, &error), SJ_OK);
    assert_int_equal(sj_ask_registration_lookup(scope, &of_bob, 0, on_lookup, &result, &error),
                     SJ_OK);
    sj_testkit_run(kit);
    assert_string_equal(result.address, bob);
    assert_int_equal(result.status, SJ_E_UNAVAILABLE);
    assert_int_equal(result.total, -1);
    sj_testkit_advance(kit, 20);
    assert_non_null(strstr(sj_testkit_received(peer, NULL), "SIP/2.0 "));
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    (void)expect(kit, bob, "INVITE sip:uuid-1002@192.0.2.2:5060;transport=udp SIP/2.0");
    assert_int_equal(sj_ask_registrations_list(scope, &all, 0, on_list, &result, &error), SJ_OK);
    sj_testkit_run(kit);
    assert_int_equal(result.status, SJ_OK);
    assert_int_equal(result.total, 502);
}

/* What could never work is refused where it is given. */
static void test_phones_that_cannot_be(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    assert_int_equal(
        sj_testkit_put(
            kit, &sj_phone_meta,
            "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 7841\",\"protocol\":\"SCCP\"}",
            &error),
        SJ_E_INVALID);
    assert_string_equal(error.field, "protocol");
    assert_non_null(strstr(error.text, "no service of this node speaks SCCP"));
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP001122334411\",\"model\":\"Cisco "
                                    "7811\",\"lines\":[{\"directory_number\":"
                                    "\"1001@Internal\"},{\"directory_number\":\"1002@Internal\"}]}",
                                    &error),
                     SJ_E_INVALID);
    assert_string_equal(error.field, "lines");
    assert_non_null(strstr(error.text, "at most 1 line,"));
}

/* A user's profile may have more lines than the phone has keys: the first ones are served. */
static void test_lines_that_fit(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_phone_meta, "{\"name\":\"SEP001122334411\",\"model\":\"Cisco 7811\"}");
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP001122334411\",\"user_id\":\"carol\",\"model\":\"Cisco "
        "7811\",\"device_pool\":\"Default\",\"lines\":["
        "{\"directory_number\":\"1001@Internal\"},{\"directory_number\":\"1002@Internal\"}]}");
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    register_phone(kit, "192.0.2.11", "SEP001122334411", "1001", 1, 3600);
    (void)expect(kit, "192.0.2.11", "SIP/2.0 200");
    assert_non_null(sj_testkit_find(kit, "log", "has 2 lines; a Cisco 7811 has keys for 1"));
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", "");
    (void)expect(kit, "192.0.2.11", "INVITE");
    sj_testkit_forget(kit);
    invite(kit, "192.0.2.11", "uuid-1001@192.0.2.11:5060", "1002", "1001", "");
    assert_null(sent_to(kit, "192.0.2.11", "INVITE"));
}

static void auto_registers(sj_testkit *kit, const char *range) {
    char json[400];
    sj_error error = {0};
    put(kit, &sj_phone_meta,
        "{\"name\":\"AutoTemplate\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"All\",\"lines\":[{\"directory_number\":"
        "\"1001@Internal\",\"display\":\"New\",\"busy_trigger\":1}]}");
    (void)snprintf(
        json, sizeof json,
        "{\"name\":\"%s\",%s,\"partition\":\"Internal\",\"template_device\":\"AutoTemplate\"}",
        sj_testkit_scope(kit)->host->node->name, range);
    put(kit, &sj_call_manager_meta, json);
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_auto_registration_meta, "true", &error), SJ_OK);
}

static void test_auto_registration(void **state) {
    sj_testkit *kit = *state;
    sj_phone *made = NULL;
    sj_error error = {0};
    register_phone(kit, alice, "SEP0011223344A1", "1001", 1, 3600);
    (void)expect(kit, alice, "SIP/2.0 404"); /* off by default */
    auto_registers(kit,
                   "\"starting_directory_number\":\"1003\",\"ending_directory_number\":\"1005\"");
    sj_testkit_forget(kit);
    register_phone(kit, alice, "SEP0011223344A1", "1001", 2, 3600);
    sj_testkit_advance(kit, 100);
    (void)expect(kit, alice, "SIP/2.0 200");
    assert_int_equal(sj_phone_get(sj_testkit_scope(kit), "SEP0011223344A1", &made, NULL), SJ_OK);
    assert_string_equal(made->lines[0].directory_number, "1004@Internal"); /* 1003 is taken */
    assert_string_equal(made->calling_search_space, "All");
    assert_int_equal(made->lines[0].busy_trigger, 1);
    sj_record_free(sj_testkit_scope(kit), made);
    assert_non_null(sj_testkit_find(
        kit, "log", "phone SEP0011223344A1 is auto-registered with the number 1004"));
    register_phone(kit, bob, "SEP0011223344A2", "1001", 1, 3600);
    sj_testkit_advance(kit, 100);
    (void)expect(kit, bob, "SIP/2.0 200");
    register_phone(kit, "192.0.2.5", "SEP0011223344A3", "1001", 1, 3600);
    assert_non_null(strstr(expect(kit, "192.0.2.5", "SIP/2.0 404"),
                           "All directory numbers for auto-registration are in use"));
    register_phone(kit, "192.0.2.6", "some-name", "1001", 1, 3600);
    assert_non_null(strstr(expect(kit, "192.0.2.6", "SIP/2.0 404"), "SEP and twelve hex digits"));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_enterprise_cluster_security_mode_meta, "mixed", &error),
        SJ_OK);
    register_phone(kit, "192.0.2.7", "SEP0011223344A4", "1001", 1, 3600);
    assert_non_null(strstr(expect(kit, "192.0.2.7", "SIP/2.0 404"), "mixed mode"));
}

/* One laptop does not use the numbers up. */
static void test_auto_registration_is_limited(void **state) {
    sj_testkit *kit = *state;
    auto_registers(kit,
                   "\"starting_directory_number\":\"3000\",\"ending_directory_number\":\"3999\"");
    for (int i = 0; i < 100; i++) {
        char name[20];
        (void)snprintf(name, sizeof name, "SEP0011223355%02X", (unsigned)i);
        register_phone(kit, "203.0.113.9", name, "1", 1, 3600);
    }
    sj_testkit_advance(kit, 100);
    assert_int_equal(sj_testkit_count(kit, "event", "device.registered"), 3);
}

/* Durations do not follow a clock that is set. The kit's clocks are one, so that this looks at what
 * is answered. */
static void test_expiry_is_monotonic(void **state) {
    sj_testkit *kit = *state;
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    sj_testkit_advance(kit, 50000);
    sj_testkit_forget(kit);
    register_phone(kit, alice, "SEP001122334401", "1001", 1,
                   3600); /* repeated: what is left of the time */
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 200"), "Expires"), "70");
}

/* Every allocation of a registration may fail: the phone is registered or it is not, it can
 * register afterwards, and what was there before stays. */
static void test_short_memory(void **state) {
    sj_testkit *kit = *state;
    int cseq = 1;
    for (int i = 1; i < 40; i++) {
        sj_testkit_fail_allocation(kit, i);
        register_phone(kit, alice, "SEP001122334401", "1001", cseq++, 3600);
        sj_testkit_fail_allocation(kit, 0);
        register_phone(kit, alice, "SEP001122334401", "1001", cseq++, 3600);
        assert_non_null(sent_to(kit, alice, "SIP/2.0 200"));
        sj_testkit_fail_allocation(kit, i % 8 + 1);
        register_phone(kit, alice, "SEP001122334401", i % 2 == 0 ? "1001" : "other", cseq++,
                       3600); /* another contact */
        sj_testkit_fail_allocation(kit, 0);
        sj_testkit_advance(kit, 1500);
        sj_testkit_forget(kit);
        if (i % 5 == 0) {
            register_phone(kit, alice, "SEP001122334401", "1001", cseq++, 0);
        }
    }
    register_phone(kit, alice, "SEP001122334401", "1001", cseq++, 3600);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 136000); /* its timer runs: nothing stays for ever */
    assert_non_null(sj_testkit_find(kit, "event", "expired"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_register, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_required_extensions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leaving, setup, teardown),
        cmocka_unit_test_setup_teardown(test_log_out_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_start_in_slices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_store_that_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_phones_that_cannot_be, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_that_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_auto_registration, setup, teardown),
        cmocka_unit_test_setup_teardown(test_auto_registration_is_limited, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expiry_is_monotonic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_short_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
