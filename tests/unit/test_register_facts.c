/* What a REGISTER says: names in the dialects of Cisco's phones, Contact and times, and what cannot
 * be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/net.h>

#include "phones/register_judge.h"

static char text[2000]; /* the facts point into it */

/* A REGISTER of sip:TO with more header lines and a body. */
static bool read_to(const char *to, const char *headers, const char *body,
                    struct register_facts *facts) {
    struct sip_message message;
    (void)snprintf(
        text, sizeof text,
        "REGISTER sip:node SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\nFrom: "
        "<sip:2001@node>;tag=1\r\n"
        "To: <sip:%s>\r\nCall-ID: call-1\r\nCSeq: 7 REGISTER\r\n%sContent-Length: %zu\r\n\r\n%s",
        to, headers, strlen(body), body);
    assert_true(sip_message_parse(text, strlen(text), &message));
    assert_null(message.fault);
    return register_facts_read(&message, facts);
}

static bool read(const char *headers, struct register_facts *facts) {
    return read_to("2001@node", headers, "", facts);
}

static void test_plain(void **state) {
    struct register_facts facts;
    char address[SJ_ADDRESS_TEXT];
    (void)state;
    assert_true(
        read("Contact: <sip:2001@192.0.2.1:5062>;q=1\r\nUser-Agent: Plain/1\r\nExpires: 90\r\n",
             &facts));
    assert_false(facts.named);
    assert_string_equal(facts.device_name, "");
    assert_string_equal(facts.user, "2001");
    assert_true(facts.user_may_be_device && facts.contact_count == 1 && !facts.star &&
                !facts.keep_alive);
    assert_true(sip_text_is(facts.contacts[0].address.uri, "sip:2001@192.0.2.1:5062"));
    assert_true(facts.contacts[0].at_address);
    assert_int_equal(sj_address_format(&facts.contacts[0].host, address, sizeof address), 5062);
    assert_string_equal(address, "192.0.2.1");
    assert_true(sip_text_is(facts.call_id, "call-1") && sip_text_is(facts.user_agent, "Plain/1"));
    assert_int_equal(facts.cseq, 7);
    assert_int_equal(facts.contacts[0].expires_s, 90);
    assert_int_equal(facts.model_number, 0);
    assert_true(!facts.has_body && !facts.remote_control);
}

static void test_names(void **state) {
    struct register_facts facts;
    (void)state;
    assert_true(read("Contact: <sip:a@192.0.2.1>;+u.sip!devicename.ccm.cisco.com=\"SEP00AA\";"
                     "+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-0011aabbccdd>\";+u.sip!"
                     "model.ccm.cisco.com=\"622\"\r\n",
                     &facts));
    assert_true(facts.named);
    assert_string_equal(facts.device_name, "SEP00AA");
    assert_int_equal(facts.model_number, 622);
    assert_true(read(
        "Contact: "
        "<sip:a@192.0.2.1>;+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-0011aabbccdd>\"\r\n",
        &facts));
    assert_true(facts.named);
    assert_string_equal(facts.device_name, "SEP0011AABBCCDD");
    /* An instance of another kind names none. */
    assert_true(read(
        "Contact: "
        "<sip:a@192.0.2.1>;+sip.instance=\"<urn:uuid:12345678-0000-0000-0000-0011aabbccdd>\"\r\n",
        &facts));
    assert_false(facts.named);
    assert_true(read("Reason: SIP;cause=200;text=\"cisco-alarm:23 Name=SEP00BB ActiveLoad=x\"\r\n",
                     &facts));
    assert_true(facts.named && facts.contact_count == 0);
    assert_string_equal(facts.device_name, "SEP00BB");
    assert_true(read("Reason: SIP;cause=200;text=\"cisco-alarm:23 Name=\r\n", &facts));
    assert_false(facts.named);
}

static void test_times(void **state) {
    struct register_facts facts;
    (void)state;
    assert_true(read("Contact: <sip:a@192.0.2.1>\r\n", &facts));
    assert_int_equal(facts.contacts[0].expires_s, 3600);
    /* The Contact's own time counts before the header, and nonsense is as good as none. */
    assert_true(read("Contact: <sip:a@192.0.2.1>;expires=20\r\nExpires: 90\r\n", &facts));
    assert_int_equal(facts.contacts[0].expires_s, 20);
    assert_true(read("Contact: <sip:a@192.0.2.1>;expires=soon\r\nExpires: 90\r\n", &facts));
    assert_int_equal(facts.contacts[0].expires_s, 3600);
    assert_true(read("Contact: <sip:a@192.0.2.1>;cisco-keep-alive\r\nExpires: 0\r\n", &facts));
    assert_true(facts.keep_alive);
    assert_int_equal(facts.contacts[0].expires_s, 0);
    assert_true(read("Contact: *\r\nExpires: 0\r\n", &facts));
    assert_true(facts.star && facts.contact_count == 0);
}

/* Each Contact counts for itself, in one line or in several (RFC 3261 10.2). */
static void test_several_contacts(void **state) {
    struct register_facts facts;
    (void)state;
    assert_true(read("Contact: <sip:a@192.0.2.1>;expires=0, <sip:b@192.0.2.1>;q=0.5\r\nExpires: "
                     "90\r\nm: \"C, c\" <sip:c@192.0.2.1>;expires=20\r\n",
                     &facts));
    assert_int_equal(facts.contact_count, 3);
    assert_int_equal(facts.contacts[0].expires_s, 0);
    assert_int_equal(facts.contacts[1].expires_s, 90);
    assert_int_equal(facts.contacts[2].expires_s, 20);
    assert_int_equal(register_facts_bindings(&facts), 2);
    assert_ptr_equal(register_facts_binding(&facts), &facts.contacts[1]);
    assert_true(read("", &facts) && facts.contact_count == 0 && !facts.star);
    assert_null(register_facts_binding(&facts));
    char many[1000] = "";
    for (int i = 0; i <= REGISTER_CONTACTS_MAX; i++) {
        assert_int_equal(read(many, &facts), true);
        assert_int_equal(facts.contact_count, i);
        (void)snprintf(many + strlen(many), sizeof many - strlen(many),
                       "Contact: <sip:%d@192.0.2.1>\r\n", i);
    }
    assert_false(read(many, &facts));
}

static void test_body(void **state) {
    struct register_facts facts;
    (void)state;
    assert_true(read_to("2001@node", "Content-Type: application/x-cisco-remotecc-request+xml\r\n",
                        "<?xml?>\r\n<x-cisco-remotecc-request>", &facts));
    assert_true(facts.has_body && facts.remote_control);
    assert_true(read_to("2001@node", "Content-Type: text/plain\r\n", "<x-cisco-remotecc", &facts));
    assert_true(facts.has_body && !facts.remote_control);
}

static void test_contact_by_name(void **state) {
    struct register_facts facts;
    (void)state;
    assert_true(read("Contact: <sip:a@phone.example>\r\n", &facts));
    assert_true(facts.contact_count == 1 && !facts.contacts[0].at_address);
    assert_true(read_to("a%20b@node", "", "", &facts));
    assert_string_equal(facts.user, "a b");
    assert_false(facts.user_may_be_device);
}

static void test_unreadable(void **state) {
    struct register_facts facts;
    (void)state;
    assert_false(read("Contact: *\r\n", &facts)); /* would be all contacts for an hour */
    assert_false(read("Contact: *\r\nExpires: 60\r\n", &facts));
    assert_false(read("Contact: *, <sip:a@192.0.2.1>\r\nExpires: 0\r\n", &facts));
    assert_false(read("Contact: <sip:a@192.0.2.1>\r\nContact: *\r\nExpires: 0\r\n", &facts));
    assert_false(read("Contact: *, *\r\nExpires: 0\r\n", &facts));
    assert_false(
        read("Contact: <mailto:a@192.0.2.1>\r\n", &facts)); /* nobody can be called there */
    assert_false(read("Contact: <sip:a@192.0.2.1>, <sip:b@\r\n", &facts));
    assert_false(read("Contact: <sip:a@192.0.2.1\r\n", &facts));
    assert_false(
        read("Contact: <sip:a@192.0.2.1>;+u.sip!devicename.ccm.cisco.com=\"../x\"\r\n", &facts));
    assert_true(read_to("a%00b@node", "", "", &facts)); /* RFC 4475 3.1.1.4: valid, and nobody */
    assert_string_equal(facts.user, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_contact_by_name),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_several_contacts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
