/* Softkeys as phones send them, and bodies that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phones/softkey_event.h"

#define TYPE "application/x-cisco-remotecc-request+xml"
#define PARK                                                                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-request>\n<softkeyeventmsg>\n"  \
    "<softkeyevent>Park</softkeyevent>\n<dialogid>\n<callid>00a1-1@192.0.2.1</callid>\n<localtag>" \
    "mine</localtag>\n<remotetag>yours</remotetag>\n</dialogid>\n<linenumber>0</linenumber>\n"     \
    "<consultdialogid><callid>other</callid></consultdialogid></softkeyeventmsg>\n"                \
    "</x-cisco-remotecc-request>\n"

static bool read_event(const char *type, const char *body, struct softkey_event *event) {
    return softkey_event_read(sip_text_of(type), sip_text_of(body), event);
}

static void a_key_in_a_call(void **state) {
    struct softkey_event event;
    (void)state;
    assert_true(read_event(TYPE ";charset=utf-8", PARK, &event));
    assert_string_equal(event.key, "Park");
    assert_string_equal(event.dialog.call_id, "00a1-1@192.0.2.1");
    assert_string_equal(event.dialog.to_tag, "mine");
    assert_string_equal(event.dialog.from_tag, "yours");
    assert_true(read_event("multipart/mixed;boundary=b",
                           "--b\r\nContent-Type: " TYPE "\r\n\r\n" PARK "\r\n--b--\r\n", &event));
    assert_string_equal(event.dialog.to_tag, "mine");
}

static void a_key_for_two_calls(void **state) {
    struct softkey_event event;
    (void)state;
    assert_true(read_event(
        TYPE,
        "<softkeyevent>Conference</softkeyevent><dialogid><callid>1</callid><localtag>a</localtag>"
        "<remotetag>b</remotetag></dialogid><consultdialogid><callid>2</callid><localtag>c"
        "</localtag><remotetag>d</remotetag></consultdialogid>",
        &event));
    assert_string_equal(event.dialog.call_id, "1");
    assert_string_equal(event.consulted.call_id, "2");
    assert_string_equal(event.consulted.to_tag, "c");
    assert_string_equal(event.consulted.from_tag, "d");
    assert_true(read_event(TYPE, PARK, &event)); /* without tags it names no call */
    assert_string_equal(event.consulted.call_id, "");
}

static void a_key_without_call(void **state) {
    struct softkey_event event;
    (void)state;
    assert_true(read_event(TYPE, "<softkeyevent>HLog</softkeyevent>", &event));
    assert_string_equal(event.key, "HLog");
    assert_string_equal(event.dialog.call_id, "");
}

#define PAGE_TYPE "multipart/mixed; boundary=b"
#define PAGE(application, content)                                                                 \
    "--b\r\nContent-Type: " TYPE "\r\n\r\n<x-cisco-remotecc-request><datapassthroughreq>"          \
    "<applicationid>" application "</applicationid></datapassthroughreq>"                          \
    "</x-cisco-remotecc-request>\r\n--b\r\nContent-Type: application/x-cisco-remotecc-cm+xml"      \
    "\r\n\r\n" content "\r\n--b--\r\n"

/* Of a page that it was sent; one of another application, and one that has no such key. */
static void a_key_of_a_page(void **state) {
    struct softkey_event event;
    (void)state;
    assert_true(read_event(PAGE_TYPE, PAGE("2", "CallBackDial/0"), &event));
    assert_string_equal(event.key, CALL_BACK_DIAL);
    assert_string_equal(event.dialog.call_id, "");
    assert_true(read_event(PAGE_TYPE, PAGE("2", "<userdata>CallBackCancel</userdata>"), &event));
    assert_string_equal(event.key, CALL_BACK_CANCEL);
    assert_false(read_event(PAGE_TYPE, PAGE("3", "CallBackDial"), &event));
    assert_false(read_event(PAGE_TYPE, PAGE("1", "Remove"), &event)); /* of no conference */
    assert_true(read_event(PAGE_TYPE, PAGE("1</applicationid><confid>7</confid><x>", "\r\n 12\r\n"),
                           &event));
    assert_string_equal(event.key, CONFERENCE_PAGE);
    assert_int_equal(event.conference, 7);
    assert_string_equal(event.choice, "12");
    assert_false(
        read_event(PAGE_TYPE, PAGE("1</applicationid><confid>x</confid><x>", "12"), &event));
    assert_false(read_event(
        PAGE_TYPE, PAGE("1</applicationid><confid>7</confid><x>", "more than there is room for"),
        &event));
    assert_false(read_event(PAGE_TYPE, PAGE("2", "Exit"), &event));
    assert_false(read_event(TYPE, "<applicationid>2</applicationid>CallBackDial", &event));
}

static void no_key(void **state) {
    static const char *const bodies[] = {
        "",
        "<softkeyevent",
        "<softkeyevent>",
        "<softkeyevent></softkeyevent>",
        "<softkeyevent>Park</softkeyevent><dialogid><callid>1</callid>",
        "<softkeyevent>a key whose name is much longer than any that there is</softkeyevent>",
        "<optionsind></optionsind>"};
    struct softkey_event event;
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_false(read_event(TYPE, bodies[i], &event));
    }
    assert_false(read_event("application/sdp", PARK, &event));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_in_a_call),
        cmocka_unit_test(a_key_for_two_calls),
        cmocka_unit_test(a_key_without_call),
        cmocka_unit_test(a_key_of_a_page),
        cmocka_unit_test(no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
