/* What is told of calls and phones from their messages, in the test kit: call.trace, call.list,
 * phone.capture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/call.h"
#include "events/cdr.h"
#include "events/device.h"
#include "events/phone.h"
#include "parameters/call_manager.h"

static char told[60000]; /* the answer as text, one thing a line */
static char call_id[20], trace_id[40];
static int told_status;

static void on_list(void *user, int status, const sj_error *error,
                    const sj_call_list_reply *reply) {
    (void)user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    (void)snprintf(told, sizeof told, "%lld in all\n", (long long)reply->total);
    for (size_t i = 0; i < reply->calls_count; i++) {
        const sj_call_list_reply_entry *call = &reply->calls[i];
        const size_t used = strlen(told);
        (void)snprintf(told + used, sizeof told - used, "%s of %s to %s of %s%s\n",
                       call->calling_number, call->calling_device, call->called_number,
                       call->called_device, call->answered > 0 ? ", answered" : "");
        (void)snprintf(call_id, sizeof call_id, "%s", reply->calls[0].call_id); /* the newest */
    }
}

static const char *listed(sj_testkit *kit) {
    const sj_call_list request = {.limit = 10};
    assert_int_equal(sj_ask_call_list(sj_testkit_scope(kit), &request, 0, on_list, NULL, NULL),
                     SJ_OK);
    sj_testkit_run(kit);
    return told;
}

static void on_trace(void *user, int status, const sj_error *error,
                     const sj_call_trace_reply *reply) {
    sj_text text = {0};
    (void)user;
    told_status = status;
    if (status != SJ_OK) {
        (void)snprintf(told, sizeof told, "%s", error->text);
        return;
    }
    (void)snprintf(call_id, sizeof call_id, "%s", reply->call_id);
    (void)snprintf(trace_id, sizeof trace_id, "%s", reply->trace_id);
    sj_text_printf(&text, "%s\n", reply->ended ? "over" : "goes on");
    for (size_t i = 0; i < reply->notes_count; i++) {
        sj_text_printf(&text, "note %s\n", reply->notes[i]);
    }
    for (size_t i = 0; i < reply->parties_count; i++) {
        const sj_call_trace_reply_party *party = &reply->parties[i];
        sj_text_printf(&text, "party %s%s%s %s at %s:%lld by %s\n", party->caller ? "from " : "",
                       party->trunk ? "trunk " : "", party->name, party->number, party->address,
                       (long long)party->port, party->sip_call_id);
    }
    for (size_t i = 0; i < reply->lines_count; i++) {
        const sj_call_trace_reply_line *line = &reply->lines[i];
        assert_true(i == 0 || line->at >= reply->lines[i - 1].at);
        if (line->kind == SJ_CALL_TRACE_REPLY_LINE_KIND_STEP) {
            sj_text_printf(&text, "step %s\n", line->text);
        } else {
            sj_text_printf(&text, "%s %s: %s (%s)%s%s%s%s%s\n", line->received ? "from" : "to",
                           reply->parties[line->party].name, line->text, line->cseq,
                           line->session[0] != '\0' ? " " : "", line->session,
                           line->reason[0] != '\0' ? " " : "", line->reason,
                           line->repeated ? " again" : "");
        }
    }
    (void)snprintf(told, sizeof told, "%s", text.data);
    sj_text_clear(&text);
}

static const char *traced(sj_testkit *kit, const char *id) {
    const sj_call_trace request = {.id = id};
    assert_int_equal(sj_ask_call_trace(sj_testkit_scope(kit), &request, 0, on_trace, NULL, NULL),
                     SJ_OK);
    sj_testkit_run(kit);
    return told;
}

#define HAS(text, needle)                                                                          \
    do {                                                                                           \
        if (strstr((text), (needle)) == NULL) {                                                    \
            fail_msg("%s\nis not in\n%s", (needle), (text));                                       \
        }                                                                                          \
    } while (0)

static const char offer[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 "
                            "0\r\nm=audio 4000 RTP/AVP 0 18\r\n";
static const char reply_sdp[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 "
                                "192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";

/* Alice calls Bob, who answers. */
static void talk(sj_testkit *kit, char dialog[DIALOG]) {
    both_register(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "", "application/sdp",
                offer);
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, reply_sdp);
    (void)snprintf(dialog, DIALOG, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
}

static void test_a_call(void **state) {
    sj_testkit *kit = *state;
    char dialog[DIALOG], id[20], trace[40];
    talk(kit, dialog);
    HAS(listed(kit), "1 in all\n1001 of SEP001122334401 to 1002 of SEP001122334402, answered\n");
    (void)snprintf(id, sizeof id, "%s", call_id);
    HAS(traced(kit, id), "goes on\nparty from SEP001122334401 1001 at 192.0.2.1:5060 by "
                         "call-1001-1002\nparty SEP001122334402 1002 at 192.0.2.2:5060 by ");
    within(kit, alice, "BYE", 2, dialog);
    answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
    within(kit, alice, "BYE", 2, dialog); /* over UDP: its answer was lost */
    traced(kit, id);
    HAS(told, "over\nparty from ");
    HAS(told, "from SEP001122334401: INVITE sip:1002@127.0.0.1 (1 INVITE) offer: PCMU, G729 at "
              "192.0.2.1:4000\n"
              "step SEP001122334401 dials 1002\n"
              "to SEP001122334401: 100 Trying (1 INVITE)\n"
              "step 1002 matches 1002 in partition \"Internal\"");
    HAS(told, "\n"
              "to SEP001122334402: INVITE sip:uuid-1002@192.0.2.2:5060;transport=udp (");
    HAS(told, "step 1002 is offered to SEP001122334402 as 1002\n");
    HAS(told, "from SEP001122334402: 200 X (100 INVITE) answer: PCMU at 192.0.2.2:5000\n");
    HAS(told, "to SEP001122334401: 200 OK (1 INVITE) answer: PCMU at 192.0.2.2:5000\n");
    HAS(told, "from SEP001122334401: BYE (2 BYE)\n");
    HAS(told, "to SEP001122334402: BYE (101 BYE) Q.850;cause=16\n");
    HAS(told, "has ended, by SEP001122334401: 200 ");
    HAS(told, "from SEP001122334401: BYE (2 BYE) again\n");
    assert_null(strstr(told, "REGISTER"));
    assert_null(strstr(told, "note "));
    (void)snprintf(trace, sizeof trace, "%s", trace_id);
    HAS(traced(kit, trace), "over\n");
    assert_string_equal(call_id, id);
    HAS(traced(kit, "call-1001-1002"), "over\n");
    assert_string_equal(call_id, id);
    const sj_cdr_call_numbered numbered = {.call_id = id, .number = 417}; /* as Cisco CDR Agent */
    sj_scope *scope = sj_testkit_scope(kit);
    sj_publish_cdr_call_numbered(scope, sj_cdr_call_numbered_topic(scope, NULL), &numbered);
    HAS(traced(kit, "417"), "over\n");
    assert_string_equal(call_id, id);
    (void)traced(kit, "41");
    assert_int_equal(told_status, SJ_E_NOT_FOUND);
    HAS(listed(kit), "0 in all\n");
}

/* An offer in the 200, answered in the ACK; a caller that is refused. */
static void test_delayed_offer(void **state) {
    sj_testkit *kit = *state;
    char dialog[DIALOG];
    both_register(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "", "", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, reply_sdp);
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within_with(kit, alice, "ACK", 1, dialog, offer);
    HAS(traced(kit, "call-1001-1002"),
        "from SEP001122334402: 200 X (100 INVITE) offer: PCMU at 192.0.2.2:5000\n");
    HAS(told, "to SEP001122334402: ACK (100 ACK) answer: PCMU, G729 at 192.0.2.1:4000\n");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "7777", "1001", "");
    HAS(traced(kit, "call-1001-7777"), "to SEP001122334401: 404 ");
    HAS(told, "has ended: 404 ");
}

/* A transfer gives a call another party: its dialog is the call's then. */
static void test_transferred(void **state) {
    sj_testkit *kit = *state;
    char dialog[DIALOG];
    talk(kit, dialog);
    dave_registers(kit);
    refer_to(kit, alice, 2, dialog, "sip:1004@127.0.0.1", "");
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, reply_sdp);
    listed(kit);
    sj_testkit_advance(kit, 60);
    answer(kit, bob, expect(kit, bob, "INVITE sip:peer@"), 200, reply_sdp);
    HAS(traced(kit, call_id), "step SEP001122334401 transfers 1002: 100\n");
    HAS(told, "party from SEP001122334402 1002 at 192.0.2.2:5060 by ");
    HAS(told, "party SEP001122334404 1004 at 192.0.2.4:5060 by ");
    HAS(traced(kit, "call-1001-1002"), "from SEP001122334401: REFER to ");
    HAS(told, "to SEP001122334401: NOTIFY SIP/2.0 100 Trying");
}

static void set_megabytes(sj_testkit *kit, const char *megabytes) {
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_sip_message_buffer_meta, megabytes, NULL), SJ_OK);
    sj_testkit_run(kit);
}

static void test_what_is_not_kept(void **state) {
    sj_testkit *kit = *state;
    char dialog[DIALOG], id[20], text[400];
    HAS(traced(kit, "nobody"),
        "no call nobody: none that goes on has this id, trace id, Call-ID or ");
    assert_int_equal(told_status, SJ_E_NOT_FOUND);
    talk(kit, dialog);
    listed(kit);
    (void)snprintf(id, sizeof id, "%s", call_id);
    sj_testkit_advance(kit, 2000);
    set_megabytes(kit, "1");
    within_with(kit, alice, "INFO", 2, dialog, "");
    HAS(traced(kit, id), "were not kept.\nparty from SEP001122334401");
    HAS(told, "from SEP001122334401: INFO (2 INFO)\n");
    assert_null(strstr(told, "INVITE"));
    for (int i = 0; i < 1500; i++) {
        (void)snprintf(text, sizeof text, "%d", 5000 + i);
        invite(kit, alice, "uuid-1001@192.0.2.1:5060", text, "1001", "");
        sj_testkit_forget(kit);
    }
    HAS(traced(kit, id), "are no longer kept.\nparty from SEP001122334401");
    assert_null(strstr(told, "INFO"));
    (void)traced(kit, "call-1001-5000");
    assert_int_equal(told_status, SJ_E_NOT_FOUND);
    HAS(traced(kit, "call-1001-6499"), "over\n");
    set_megabytes(kit, "0");
    HAS(traced(kit, id), "no SIP messages are kept: the service parameter SIP Message Buffer is 0");
    assert_int_equal(told_status, SJ_E_UNAVAILABLE);
    within(kit, alice, "BYE", 3, dialog);
    HAS(listed(kit), "0 in all\n");
}

/* ---- phone.capture ---- */

static char captured[200000]; /* decoded */
static size_t captured_length;
static int64_t packets, next;

static void decode(const char *text) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0, count = 0;
    captured_length = 0;
    for (; *text != '\0' && *text != '='; text++) {
        bits = (bits << 6 | (unsigned)(strchr(digits, *text) - digits)) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            captured[captured_length++] = (char)(bits >> count & 0xff);
        }
    }
}

static void on_capture(void *user, int status, const sj_error *error,
                       const sj_phone_capture_reply *reply) {
    (void)user;
    told_status = status;
    if (status != SJ_OK) {
        (void)snprintf(told, sizeof told, "%s", error->text);
        return;
    }
    decode(reply->data);
    assert_false(reply->more);
    packets = reply->packets;
    next = reply->next;
}

static void capture(sj_testkit *kit, const char *device_name, int64_t from) {
    const sj_phone_capture request = {.device_name = device_name, .from = from};
    assert_int_equal(
        sj_ask_phone_capture(sj_testkit_scope(kit), &request, 0, on_capture, NULL, NULL), SJ_OK);
    sj_testkit_run(kit);
}

static bool has(const char *text) {
    return memmem(captured, captured_length, text, strlen(text)) != NULL;
}

static void serve(sj_testkit *kit, const char *file, sj_file_served_transport transport,
                  int64_t bytes) {
    sj_scope *scope = sj_testkit_scope(kit);
    const sj_file_served event = {.name = file,
                                  .device_name = "SEP001122334401",
                                  .address = alice,
                                  .transport = transport,
                                  .bytes = bytes,
                                  .found = bytes > 0,
                                  .trace_id = "",
                                  .answer = bytes > 0 ? "" : "File not found"};
    sj_publish_file_served(scope, sj_file_served_topic(scope, NULL), &event);
    sj_testkit_run(kit);
}

static void test_capture(void **state) {
    sj_testkit *kit = *state;
    char dialog[DIALOG];
    talk(kit, dialog);
    serve(kit, "SEP001122334401.cnf.xml", SJ_FILE_SERVED_TRANSPORT_HTTP, 4312);
    serve(kit, "CTLSEP001122334401.tlv", SJ_FILE_SERVED_TRANSPORT_TFTP, 0);
    capture(kit, "sep001122334401", 0);
    assert_true(has("REGISTER sip:127.0.0.1") && has("INVITE sip:1002@") && has("180 Ringing"));
    assert_true(has("GET /SEP001122334401.cnf.xml HTTP/1.1") && has("X-Length-Of-File: 4312"));
    assert_true(has("CTLSEP001122334401.tlv") && has("File not found"));
    assert_false(has("SEP001122334402"));
    assert_true(packets >= 9);
    capture(kit, "SEP001122334401", next); /* what follows */
    assert_int_equal(packets, 0);
    assert_int_equal(captured_length, 0);
    within(kit, alice, "INFO", 2, dialog);
    capture(kit, "SEP001122334401", next);
    assert_int_equal(packets, 1);
    assert_true(has("INFO sip:x@127.0.0.1"));
    /* Who is not registered yet, and is refused. */
    register_phone(kit, "192.0.2.66", "SEPFFFFFFFFFFFF", "1001", 1, 3600);
    capture(kit, "SEPFFFFFFFFFFFF", 0);
    assert_int_equal(packets, 2);
    assert_true(has("SIP/2.0 404"));
    set_megabytes(kit, "0");
    capture(kit, "SEP001122334401", 0);
    assert_int_equal(told_status, SJ_E_UNAVAILABLE);
}

/* Nothing secret gets into the buffer. */
static void test_no_secrets(void **state) {
    sj_testkit *kit = *state;
    char body[600];
    both_register(kit);
    (void)snprintf(body, sizeof body, "%sa=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\n",
                   offer);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001",
                "Authorization: Digest username=\"a\", response=\"0123456789abcdef\"\r\n",
                "application/sdp", body);
    capture(kit, "SEP001122334401", 0);
    assert_true(has("response=\"xxxxxxxxxxxxxxxx\"") && has("inline:xxxxxxxx"));
    assert_false(has("0123456789abcdef") || has("c2VjcmV0"));
}

/* A message may begin with line breaks: it is kept from its first line on, and read as the others.
 */
static void test_line_breaks_before(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    send_text(
        kit, alice, 5060,
        "\r\n\r\nOPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
        "192.0.2.1:5060;branch=z9hG4bK-b\r\n"
        "From: <sip:1001@127.0.0.1>;tag=b\r\nTo: <sip:127.0.0.1>\r\nCall-ID: breaks\r\n"
        "CSeq: 7 OPTIONS\r\nAuthorization : Digest username=\"a\",\r\n response=\"0123456789\"\r\n"
        "Content-Type: application/dtmf\r\nContent-Length: 4\r\n\r\n4711");
    capture(kit, "SEP001122334401", 0);
    assert_true(has("username=\"a\",\r\n response=\"xxxxxxxxxx\""));
    assert_false(has("\r\nOPTIONS ") || has("0123456789") || has("4711"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_delayed_offer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_transferred, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_capture, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_secrets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_line_breaks_before, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
