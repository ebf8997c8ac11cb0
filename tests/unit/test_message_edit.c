/* What a policy may do to a message, and what it may not: the kinds of answers that would make a
 * message another one's, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/sdp.h"
#include "sip/message_edit.h"

#define HEAD                                                                                       \
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: "                  \
    "<sip:b@y>\r\nCall-ID: c@x\r\nCSeq: 7 "
#define INVITE "INVITE sip:b@y SIP/2.0\r\n" HEAD "INVITE\r\nSubject: s\r\n\r\n"

static char why[240], edited[SIP_MESSAGE_MAX];

/* The edited text, "" when it is refused. */
static const char *edit(const char *text, const struct sip_edits *edits) {
    struct sip_message message;
    struct sip_writer writer;
    why[0] = '\0';
    assert_true(sip_message_parse(text, strlen(text), &message));
    assert_null(message.fault);
    sip_writer_init(&writer, edited, sizeof edited);
    if (!sip_message_edit(&message, edits, &writer, why, sizeof why)) {
        return "";
    }
    edited[writer.used] = '\0';
    return edited;
}

static bool goes_to(const char *text, const char *uri) {
    const struct sip_edits edits = {.request_uri = uri, .sdp = ""};
    const char *now = edit(text, &edits);
    return now[0] != '\0' && strstr(now, uri) != NULL;
}

static void test_request_uri(void **state) {
    static const char options[] = "OPTIONS sip:b@y SIP/2.0\r\n" HEAD "OPTIONS\r\n\r\n";
    static const char sips[] = "INVITE sips:b@y SIP/2.0\r\n" HEAD "INVITE\r\n\r\n";
    static const char within[] =
        "INVITE sip:b@y SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: "
        "<sip:a@x>;tag=1\r\nTo: <sip:b@y>;tag=2\r\nCall-ID: c@x\r\nCSeq: 7 "
        "INVITE\r\n\r\n";
    static const char response[] = "SIP/2.0 200 OK\r\n" HEAD "INVITE\r\n\r\n";
    static const char *const none[] = {"http://b.example/",
                                       "mailto:b@y",
                                       "urn:service:sos",
                                       "sip:",
                                       "sip:b@",
                                       "sip:@y",
                                       "sip:b@y?Subject=x",
                                       "sip:b@y:port",
                                       "b@y",
                                       "sip:\xc3\xa4@y",
                                       "sip:\"b\"@y",
                                       "sip:b c@y",
                                       "sip:b@y\r\nVia: z",
                                       "tel:",
                                       "<sip:b@y>"};
    (void)state;
    assert_true(goes_to(INVITE, "sip:c@z:5070;transport=tcp"));
    assert_true(goes_to(INVITE, "tel:+441632960001;phone-context=x"));
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(goes_to(INVITE, none[i]));
        assert_non_null(strstr(why, i == 9 || i == 10 ? "a character that must be escaped"
                                                      : "cannot be the request URI"));
    }
    assert_false(goes_to(options, "tel:+441632960001"));
    assert_false(goes_to(within, "tel:+441632960001"));
    assert_true(goes_to(within, "sip:c@z"));
    assert_false(goes_to(INVITE, "sips:b@y")); /* the connection is there already */
    assert_false(goes_to(sips, "sip:b@y"));
    assert_true(goes_to(sips, "sips:c@z"));
    assert_false(goes_to(response, "sip:c@z"));
}

static void test_values(void **state) {
    static const struct {
        struct sip_edit_header header;
        const char *why;
    } cases[] = {
        {{"", "x"}, "no header's name"},
        {{"Sub ject", "x"}, "no header's name"},
        {{"Subject:", "x"}, "no header's name"},
        {{"Subject\r\nVia", "x"}, "no header's name"},
        {{"Subject", ""}, "empty, or has more than one line: that of Subject"},
        {{"Subject", "  "}, "empty, or has more than one line"},
        {{"Subject", "a\nVia: b"}, "more than one line"},
        {{"Subject", "a\rb"}, "more than one line"},
        {{"Subject", "a\x01"}, "more than one line"},
        {{"Content-Length", "3"}, "cannot change Content-Length"},
        {{"l", "3"}, "cannot change l"},
        {{"v", "SIP/2.0/UDP z"}, "cannot change v"},
        {{"CSeq", "8 INVITE"}, "cannot change CSeq"},
        {{"Authorization", "Digest"}, "cannot change Authorization"},
        {{"From", "<sip:a@x>;tag=1, <sip:b@x>"}, "no address: that of From"},
        {{"f", "<<"}, "no address: that of f"},
        {{"From", "<sip:a@x>;tag=2"}, "stay as they are"},
        {{"P-Asserted-Identity", "somebody"}, "no address: that of P-Asserted-Identity"},
        {{"P-Asserted-Identity", "<sip:1@x>, <"}, "no address"},
        {{"Diversion", "<sip:@x>"}, "no address"},
        {{"Min-SE", "soon"}, "no number of seconds: that of Min-SE"},
        {{"x", "-90"}, "no number of seconds: that of x"},
        {{"Expires", "99999999999"}, "no number of seconds"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct sip_edits set = {
            .request_uri = "", .set = &cases[i].header, .set_count = 1, .sdp = ""};
        assert_string_equal(edit(INVITE, &set), "");
        if (strstr(why, cases[i].why) == NULL) {
            fail_msg("%s: %s is refused otherwise: %s", cases[i].header.name, cases[i].header.value,
                     why);
        }
    }
    static const struct sip_edit_header fine[] = {
        {"P-Asserted-Identity", "\"A\" <sip:1@x>, <tel:+44163296>"},
        {"Session-Expires", "1800;refresher=uac"},
        {"From", "\"A, B\" <sip:a@x>;tag=1"}};
    const struct sip_edits set = {.request_uri = "", .set = fine, .set_count = 3, .sdp = ""};
    assert_non_null(strstr(edit(INVITE, &set), "refresher=uac"));
}

/* Of two nobody knows which counts. */
static void test_twice(void **state) {
    static const struct sip_edit_header from[] = {{"From", "<sip:a@x>;tag=1"},
                                                  {"f", "<sip:c@x>;tag=1"}};
    static const struct sip_edit_header subject = {"s", "again"}, to = {"t", "<sip:b@y>"},
                                        own = {"X-Own", "2"};
    static const struct sip_edit_header priority[] = {{"Priority", "urgent"},
                                                      {"priority", "normal"}};
    (void)state;
    struct sip_edits edits = {.request_uri = "", .set = from, .set_count = 2, .sdp = ""};
    assert_string_equal(edit(INVITE, &edits), "");
    assert_string_equal(why, "this is set twice: f");
    edits = (struct sip_edits){.request_uri = "", .add = &to, .add_count = 1, .sdp = ""};
    assert_string_equal(edit(INVITE, &edits), "");
    assert_string_equal(why, "there is only one t");
    edits.add = &subject;
    assert_string_equal(edit(INVITE, &edits), "");
    assert_string_equal(why, "there is only one s");
    edits.add = priority;
    edits.add_count = 2;
    assert_string_equal(edit(INVITE, &edits), "");
    edits.add_count = 1;
    assert_non_null(strstr(edit(INVITE, &edits), "Priority: urgent"));
    edits.add = &own;
    assert_non_null(strstr(edit(INVITE, &edits), "X-Own: 2"));
    edits = (struct sip_edits){.request_uri = "", .set = &subject, .set_count = 1, .sdp = ""};
    assert_non_null(strstr(edit(INVITE, &edits), "s: again")); /* in the place of the other */
    assert_null(strstr(edited, "Subject"));
}

static void test_removed(void **state) {
    static const char *const stay[] = {"Via", "f",    "TO",      "Event", "Subscription-State",
                                       "r",   "CSeq", "Contact", "Route"};
    (void)state;
    for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++) {
        const struct sip_edits edits = {
            .request_uri = "", .remove = &stay[i], .remove_count = 1, .sdp = ""};
        assert_string_equal(edit(INVITE, &edits), "");
        assert_non_null(strstr(why, "a policy cannot remove"));
    }
    static const char *const compact[] = {"s"};
    const struct sip_edits edits = {
        .request_uri = "", .remove = compact, .remove_count = 1, .sdp = ""};
    assert_null(strstr(edit(INVITE, &edits), "Subject"));
    assert_string_not_equal(edited, "");
}

static void test_session_descriptions(void **state) {
#define BEGIN "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
    static const char *const none[] = {
        "",
        "no description",
        "v=1\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n",
        "o=- 1 1 IN IP4 192.0.2.1\r\nv=0\r\ns=-\r\nt=0 0\r\n",
        BEGIN,
        BEGIN "m=audio 4000 RTP/AVP 0\r\nt=0 0\r\n",
        BEGIN "t=0 0\r\nm=audio 4000 RTP/AVP\r\n",
        BEGIN "t=0 0\r\nm=audio\r\n",
        BEGIN "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\nand more\r\n",
        BEGIN "t=0 0\r\nv=0\r\n",
        BEGIN "t=0 0\r\n\r\nm=audio 4000 RTP/AVP 0\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        if (sdp_fault(sip_text_of(none[i])) == NULL) {
            fail_msg("this is a session description: %s", none[i]);
        }
    }
    assert_null(sdp_fault(sip_text_of(BEGIN "t=0 0\r\n")));
    assert_null(sdp_fault(sip_text_of(BEGIN "c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP "
                                            "0 101\r\na=sendrecv\r\nm=video 0 RTP/AVP 97\r\n")));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_request_uri),
                                       cmocka_unit_test(test_values), cmocka_unit_test(test_twice),
                                       cmocka_unit_test(test_removed),
                                       cmocka_unit_test(test_session_descriptions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
