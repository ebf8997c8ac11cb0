/* 20,000 transfers, 20,000 calls that are parked and retrieved, half of them with monitoring,
 * 20,000 that hunt, and 20,000 call backs, one after the other: what is allocated does not grow
 * (once the rings of traces are full), and no call is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../probes/usage.h"
#include "callmanager_kit.h"
#include "resources/call_park.h"
#include "resources/hunt.h"

enum { TRANSFERS = 20000, WARM = 10000, GROWTH = 64 * 1024 };

static void call_bob(sj_testkit *kit, int serial) {
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "INVITE sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKcall%d\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:1001@x>;tag=mine\r\nTo: <sip:1002@x>\r\nCall-ID: call-%d\r\nCSeq: 1 "
                   "INVITE\r\nContact: <sip:uuid-1001@%s:5060>\r\nContent-Type: "
                   "application/sdp\r\nContent-Length: 9\r\n\r\noffer-sdp",
                   alice, serial, serial, alice);
    sj_testkit_forget(kit);
    send_text(kit, alice, 5060, text);
}

/* Alice calls Bob, who puts her through to Dave, blindly or, every third time, to no avail. */
static void transfer_once(sj_testkit *kit, int serial) {
    char alice_bob[DIALOG], bob_alice[DIALOG];
    const bool refuses = serial % 3 == 0;
    call_bob(kit, serial);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer");
    (void)snprintf(alice_bob, sizeof alice_bob, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    turned_round(expect(kit, bob, "ACK"), bob_alice);
    sj_testkit_forget(kit);
    refer_to(kit, bob, 1000 + serial, bob_alice, "<sip:1004@127.0.0.1>", "");
    answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
    answer(kit, dave, expect(kit, dave, "INVITE"), refuses ? 486 : 200, refuses ? "" : "offer");
    if (!refuses) {
        sj_testkit_advance(kit, 40);
        answer(kit, alice, expect(kit, alice, "INVITE"), 200, "answer");
        answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
    }
    answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
    within(kit, alice, "BYE", 1000 + serial, alice_bob);
    answer(kit, refuses ? bob : dave, expect(kit, refuses ? bob : dave, "BYE"), 200, "");
}

/* They register anew, and old transactions end. */
static void go_on(sj_testkit *kit, int serial) {
    sj_testkit_advance(kit, 40000);
    dave_registers(kit);
    register_phone(kit, alice, "SEP001122334401", "1001", 2 + serial, 3600);
    register_phone(kit, bob, "SEP001122334402", "1002", 2 + serial, 3600);
    register_phone(kit, dave, "SEP001122334404", "1004", 2 + serial, 3600);
}

static void call_from(sj_testkit *kit, const char *from, const char *number, const char *to,
                      int serial) {
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "INVITE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKtake%d\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:%s@x>;tag=mine\r\nTo: <sip:%s@x>\r\nCall-ID: take-%d\r\nCSeq: 1 "
                   "INVITE\r\nContact: <sip:uuid-%s@%s:5060>\r\nContent-Type: "
                   "application/sdp\r\nContent-Length: 9\r\n\r\noffer-sdp",
                   to, from, serial, number, to, serial, number, from);
    sj_testkit_forget(kit);
    send_text(kit, from, 5060, text);
}

/* By transfer, or with the key that monitors. */
static void park_at_bob(sj_testkit *kit, int serial, bool monitored, const char *bob_alice) {
    if (monitored) {
        press_softkey(kit, bob, "1002", "ParkMonitor", bob_alice);
    } else {
        refer_to(kit, bob, 1000 + serial, bob_alice, "<sip:501@127.0.0.1>", "");
        answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
    }
    sj_testkit_advance(kit, 40);
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, "offer");
    answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
    answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
    if (monitored) {
        answer(kit, bob, expect(kit, bob, "REFER"), 202, "");
    }
}

/* Alice calls Bob, who parks her at 501; Dave takes her from there, or, every third time, she hangs
 * up. */
static void park_once(sj_testkit *kit, int serial) {
    char alice_bob[DIALOG], bob_alice[DIALOG], dave_alice[DIALOG];
    const bool gives_up = serial % 3 == 0, monitored = serial % 2 == 0;
    call_bob(kit, serial);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer");
    (void)snprintf(alice_bob, sizeof alice_bob, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    turned_round(expect(kit, bob, "ACK"), bob_alice);
    sj_testkit_forget(kit);
    park_at_bob(kit, serial, monitored, bob_alice);
    if (!gives_up) {
        call_from(kit, dave, "1004", "501", serial);
        sj_testkit_advance(kit, 40);
        answer(kit, alice, expect(kit, alice, "INVITE"), 200, "answer");
        (void)snprintf(dave_alice, sizeof dave_alice, "%s", expect(kit, dave, "SIP/2.0 200"));
        within(kit, dave, "ACK", 1, dave_alice);
        if (monitored) {
            answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
        }
    }
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 1000 + serial, alice_bob);
    if (!gives_up) {
        answer(kit, dave, expect(kit, dave, "BYE"), 200, "");
    } else if (monitored) {
        answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
    }
}

static void parks(void **state) {
    sj_testkit *kit = *state;
    long before = 0;
    put(kit, &sj_call_park_number_meta, "{\"pattern\":\"501\",\"partition\":\"Internal\"}");
    for (int i = 0; i < TRANSFERS; i++) {
        if (i % 500 == 0) {
            go_on(kit, i);
        }
        if (i == WARM) {
            sj_testkit_forget(kit);
            before = usage_bytes();
        }
        park_once(kit, i);
    }
    sj_testkit_advance(kit, 40000);
    sj_testkit_forget(kit);
    const long grown = usage_bytes() - before;
    print_message("%d calls parked: %ld bytes more than after %d\n", TRANSFERS, grown, WARM);
    assert_true(grown < GROWTH);
    assert_null(sj_testkit_find(kit, "event", "call.ended"));
}

/* Alice calls the pilot: who of Bob and Dave has been idle longest refuses, and the other one
 * answers, or, every third time, refuses, too. */
static void hunt_once(sj_testkit *kit, int serial) {
    char dialog[DIALOG];
    const bool refuse = serial % 3 == 0;
    call_from(kit, alice, "1001", "7000", serial);
    const char *first = sent_to(kit, bob, "INVITE") != NULL ? bob : dave,
               *second = first == bob ? dave : bob;
    answer(kit, first, expect(kit, first, "INVITE"), 486, "");
    answer(kit, second, expect(kit, second, "INVITE"), refuse ? 486 : 200, refuse ? "" : "answer");
    if (refuse) {
        (void)expect(kit, alice, "SIP/2.0 486");
        return;
    }
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 1000 + serial, dialog);
    answer(kit, second, expect(kit, second, "BYE"), 200, "");
}

static void hunts(void **state) {
    sj_testkit *kit = *state;
    long before = 0;
    go_on(kit, 0);
    put(kit, &sj_line_group_meta,
        "{\"name\":\"Sales\",\"members\":[\"1002@Internal\",\"1004@Internal\"]}");
    put(kit, &sj_hunt_list_meta, "{\"name\":\"Sales\",\"members\":[\"Sales\"]}");
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Sales\"}");
    for (int i = 1; i <= TRANSFERS; i++) {
        if (i % 500 == 0) {
            go_on(kit, i);
        }
        if (i == WARM) {
            sj_testkit_forget(kit);
            before = usage_bytes();
        }
        hunt_once(kit, i);
    }
    sj_testkit_advance(kit, 40000);
    sj_testkit_forget(kit);
    const long grown = usage_bytes() - before;
    print_message("%d calls have hunted: %ld bytes more than after %d\n", TRANSFERS, grown, WARM);
    assert_true(grown < GROWTH);
    assert_null(sj_testkit_find(kit, "event", "call.ended"));
}

/* Alice calls Bob, who is busy, and asks to be told; she cancels, or now and then is told and
 * calls.
 */
static void call_back_once(sj_testkit *kit, int serial) {
    static const char no_call[] =
        "X\r\nFrom: <sip:1001@x>;tag=over\r\nTo: <sip:1002@x>;tag=over\r\nCall-ID: over\r\n\r\n";
    const bool told = serial % 20 == 0;
    char body[600];
    call_bob(kit, serial);
    answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    (void)expect(kit, alice, "SIP/2.0 486");
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    answer(kit, alice, expect(kit, alice, "REFER"), 202, "");
    if (told) {
        sj_testkit_forget(kit);
        sj_testkit_advance(kit, 2500);
        assert_non_null(sj_testkit_find(kit, "udp", "1002 has become available."));
    }
    (void)snprintf(body, sizeof body,
                   "--b\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\n\r\n"
                   "<datapassthroughreq><applicationid>2</applicationid></datapassthroughreq>\r\n"
                   "--b\r\nContent-Type: application/x-cisco-remotecc-cm+xml\r\n\r\n%s\r\n--b--",
                   told ? "CallBackDial" : "CallBackCancel");
    sj_testkit_forget(kit);
    send_remote_control(kit, alice, "1001", "multipart/mixed; boundary=b", body);
    (void)expect(kit, alice, "SIP/2.0 202");
}

static void call_backs(void **state) {
    sj_testkit *kit = *state;
    long before = 0;
    for (int i = 1; i <= TRANSFERS; i++) {
        if (i % 500 == 1) {
            go_on(kit, i);
        }
        if (i == WARM) {
            sj_testkit_forget(kit);
            before = usage_bytes();
        }
        call_back_once(kit, i);
    }
    sj_testkit_advance(kit, 40000);
    sj_testkit_forget(kit);
    const long grown = usage_bytes() - before;
    print_message("%d call backs: %ld bytes more than after %d\n", TRANSFERS, grown, WARM);
    assert_true(grown < GROWTH);
}

static void transfers(void **state) {
    sj_testkit *kit = *state;
    long before = 0;
    for (int i = 0; i < TRANSFERS; i++) {
        if (i % 500 == 0) {
            go_on(kit, i);
        }
        if (i == WARM) {
            sj_testkit_forget(kit);
            before = usage_bytes();
        }
        transfer_once(kit, i);
    }
    sj_testkit_advance(kit, 40000);
    sj_testkit_forget(kit);
    const long grown = usage_bytes() - before;
    print_message("%d transfers: %ld bytes more than after %d\n", TRANSFERS, grown, WARM);
    assert_true(grown < GROWTH);
    assert_null(sj_testkit_find(kit, "event", "call.ended"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(transfers, setup, teardown),
        cmocka_unit_test_setup_teardown(parks, setup, teardown),
        cmocka_unit_test_setup_teardown(hunts, setup, teardown),
        cmocka_unit_test_setup_teardown(call_backs, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
