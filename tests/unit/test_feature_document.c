/* What plain phones switch with as-feature-event, and what they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phones/feature_document.h"

static void test_read(void **state) {
    static const struct {
        const char *text;
        enum feature_change_kind kind;
        bool on;
        const char *destination;
    } cases[] = {
        {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><SetDoNotDisturb "
         "xmlns=\"urn:x\"><device/><doNotDisturbOn>true</"
         "doNotDisturbOn></SetDoNotDisturb>",
         FEATURE_DO_NOT_DISTURB, true, ""},
        {"<c:SetDoNotDisturb><c:doNotDisturbOn> false </c:doNotDisturbOn></c:SetDoNotDisturb>",
         FEATURE_DO_NOT_DISTURB, false, ""},
        {"<SetForwarding><device>1</device><forwardingType>forwardImmediate</"
         "forwardingType><activateForward>true</"
         "activateForward><forwardDN> 4002 </forwardDN></SetForwarding>",
         FEATURE_FORWARD_ALL, true, "4002"},
        {"<SetForwarding><forwardingType>forwardImmediate</forwardingType><activateForward>false</"
         "activateForward><forwardDN/"
         "></"
         "SetForwarding>",
         FEATURE_FORWARD_ALL, false, ""},
        {"<SetForwarding><forwardingType>forwardBusy</forwardingType><activateForward>true</"
         "activateForward><forwardDN>1</"
         "forwardDN></SetForwarding>",
         FEATURE_UNKNOWN, false, ""},
        {"<SetForwarding><forwardingType>forwardImmediate</forwardingType><activateForward>true</"
         "activateForward><forwardDN>sip:a@b"
         "</forwardDN></SetForwarding>",
         FEATURE_UNKNOWN, false, ""},
        {"<SetForwarding><forwardingType>forwardImmediate</forwardingType><activateForward>true</"
         "activateForward></"
         "SetForwarding>",
         FEATURE_UNKNOWN, false, ""},
        {"<SetDoNotDisturbance/>", FEATURE_UNKNOWN, false, ""},
        {"<SetDoNotDisturb", FEATURE_UNKNOWN, false, ""},
        {"", FEATURE_UNKNOWN, false, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct feature_change change = feature_document_read(sip_text_of(cases[i].text));
        if (change.kind != cases[i].kind ||
            (change.kind != FEATURE_UNKNOWN && change.on != cases[i].on) ||
            (change.kind == FEATURE_FORWARD_ALL &&
             strcmp(change.destination, cases[i].destination) != 0)) {
            fail_msg("wrongly read: %s", cases[i].text);
        }
    }
}

/* No byte behind the text is read, wherever it is cut. */
static void test_cuts(void **state) {
    static const char whole[] = "<a:SetForwarding><a:forwardingType>forwardImmediate</"
                                "a:forwardingType><activateForward>true"
                                "</activateForward><forwardDN>4002</forwardDN></a:SetForwarding>";
    (void)state;
    for (size_t length = 0; length < sizeof whole; length++) {
        char *cut = test_malloc(length + 1);
        const struct sip_text text = {cut, length};
        memcpy(cut, whole, length);
        (void)feature_document_read(text);
        test_free(cut);
    }
}

static void test_write(void **state) {
    char text[800];
    struct sip_writer out;
    (void)state;
    sip_writer_init(&out, text, sizeof text - 1);
    feature_document_put_do_not_disturb(&out, "4<&>1", true);
    feature_document_put_forward_all(&out, "4001", "#31*");
    text[out.used] = '\0';
    assert_non_null(
        strstr(text, "<device>4&lt;&amp;&gt;1</device>\r\n<doNotDisturbOn>true</doNotDisturbOn>"));
    assert_non_null(
        strstr(text, "<forwardStatus>true</forwardStatus>\r\n<forwardTo>#31*</forwardTo>"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
