/* What phones publish: Do Not Disturb or not, and documents that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phones/presence_document.h"

#define HEAD                                                                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<presence "                                     \
    "xmlns=\"urn:ietf:params:xml:ns:pidf\" "                                                       \
    "xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" "                                         \
    "xmlns:e=\"urn:ietf:params:xml:ns:pidf:status:rpid\" "                                         \
    "xmlns:ce=\"urn:cisco:params:xml:ns:pidf:rpid\" entity=\"sip:4001@h\">\r\n"
#define TAIL "<tuple id=\"1\"><status><basic>open</basic></status></tuple>\r\n</presence>\r\n"

static void test_documents(void **state) {
    static const struct {
        const char *text;
        bool good, do_not_disturb;
    } cases[] = {
        {HEAD "<dm:person><e:activities><ce:dnd/></e:activities></dm:person>" TAIL, true, true},
        {HEAD "<dm:person><e:activities><ce:dnd></ce:dnd></e:activities></dm:person>" TAIL, true,
         true},
        {HEAD "<dm:person><e:activities/></dm:person>" TAIL, true, false},
        {HEAD "<dm:person><e:activities></e:activities></dm:person>" TAIL, true, false},
        {HEAD "<dm:person><e:activities><ce:alerting/></e:activities></dm:person>" TAIL, true,
         false},
        {HEAD "<dm:person><activities\n><dnd\t/></activities ></dm:person>" TAIL, true,
         true},                               /* blanks, no prefixes */
        {HEAD "<ce:dnd/>" TAIL, true, false}, /* not an activity */
        {HEAD "<!-- <e:activities><ce:dnd/></e:activities> -->" TAIL, true, false},
        {HEAD "<note><![CDATA[<e:activities><ce:dnd/></e:activities>]]></note>" TAIL, true, false},
        {HEAD "<note a=\"<e:activities>\" b='/>'>&lt;dnd/&gt;</note>" TAIL, true, false},
        {"", false, false},
        {"dnd", false, false},
        {HEAD "<e:activities><ce:dnd/>" TAIL, false, false}, /* crossed */
        {HEAD, false, false},                                /* cut short */
        {HEAD "<e:activities", false, false},
        {"<!DOCTYPE presence [<!ENTITY a \"b\">]><presence></presence>", false, false},
        {"<html><activities><dnd/></activities></html>", false, false},
        {"<presence></presence><presence></presence>", false, false},
        {"<presence></presence>behind", false, false},
        {"<presence/>", false, false},
        {"<presence>< /></presence>", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool do_not_disturb = false;
        if (presence_document_read(sip_text_of(cases[i].text), &do_not_disturb) != cases[i].good ||
            (cases[i].good && do_not_disturb != cases[i].do_not_disturb)) {
            fail_msg("wrongly read: %s", cases[i].text);
        }
    }
}

/* Every beginning of a document ends where it is cut. */
static void test_cuts(void **state) {
    static const char whole[] =
        HEAD "<!-- c --><dm:person><e:activities><ce:dnd/></e:activities></dm:person>" TAIL;
    const size_t root_end = strlen(whole) - 2;
    (void)state;
    for (size_t length = 0; length < root_end; length++) {
        char *cut = test_malloc(length + 1); /* no byte behind it may be read */
        const struct sip_text text = {cut, length};
        bool do_not_disturb;
        memcpy(cut, whole, length);
        assert_false(presence_document_read(text, &do_not_disturb));
        test_free(cut);
    }
}

static void test_depth(void **state) {
    char text[4000];
    size_t used = (size_t)snprintf(text, sizeof text, "<presence>");
    bool do_not_disturb;
    (void)state;
    for (int i = 0; i < 200; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "<a>");
    }
    assert_false(presence_document_read(sip_text_of(text), &do_not_disturb));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
