/* libosip2 reads what our writer writes, and finds in it what our scanner finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/time.h>
#include <time.h>

#include <osip2/osip.h>
#include <osipparser2/osip_parser.h>

#include <sojourn/net.h>

#include "sip/sip_writer.h"

static void silent(const char *file, int line, osip_trace_level_t level, const char *format,
                   va_list arguments) {
    (void)file;
    (void)line;
    (void)level;
    (void)format;
    (void)arguments;
}

static int setup(void **state) {
    (void)state;
    osip_trace_initialize_func(OSIP_ERROR, silent);
    return parser_init();
}

static void test_answer(void **state) {
    static const char request_text[] =
        "REGISTER sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
        "192.0.2.9:5062;branch=z9hG4bK1;rport\r\nVia: SIP/2.0/TCP "
        "[2001:db8::1];branch=z9hG4bK0\r\n"
        "From: \"Zoe \\\"Z\\\"\" <sip:2001@192.0.2.1>;tag=abc\r\nTo: "
        "<sip:2001@192.0.2.1>\r\nCall-ID: a-b@192.0.2.9\r\nCSeq: "
        "101 REGISTER\r\n\r\n";
    char text[2000];
    struct sip_message request, again;
    struct sip_writer writer;
    sj_address source;
    osip_message_t *seen = NULL;
    osip_via_t *via = NULL;
    osip_generic_param_t *parameter = NULL;
    (void)state;
    assert_true(sip_message_parse(request_text, strlen(request_text), &request));
    assert_int_equal(sj_address_parse("192.0.2.9", 5062, &source), SJ_OK);
    sip_writer_init(&writer, text, sizeof text);
    sip_put_answer_head(&writer, &request, 200, "OK", "our-tag", &source);
    sip_put(&writer, "P-Asserted-Identity: ");
    sip_put_display(&writer, "Al \"A\" \\ Ice");
    sip_put(&writer, "<sip:");
    sip_put_user(&writer, "+49*#1");
    sip_put(&writer, "@192.0.2.1>\r\n");
    sip_put_body(&writer, sip_text_of("text/plain"), sip_text_of("hello"));
    assert_false(writer.overflow);

    assert_int_equal(osip_message_init(&seen), 0);
    assert_int_equal(osip_message_parse(seen, writer.data, writer.used), 0);
    assert_int_equal(osip_message_get_status_code(seen), 200);
    assert_string_equal(seen->call_id->number, "a-b");
    assert_int_equal(osip_list_size(&seen->vias), 2);
    assert_int_equal(osip_message_get_via(seen, 0, &via), 0);
    assert_int_equal(osip_via_param_get_byname(via, (char *)(uintptr_t) "rport", &parameter), 0);
    assert_string_equal(parameter->gvalue, "5062");
    assert_int_equal(osip_to_get_tag(seen->to, &parameter), 0);
    assert_string_equal(parameter->gvalue, "our-tag");
    assert_string_equal(seen->from->url->username, "2001");
    assert_int_equal(osip_list_size(&seen->bodies), 1);
    assert_true(sip_message_parse(writer.data, writer.used, &again));
    assert_int_equal(again.status, 200);
    assert_true(sip_text_is(again.body, "hello"));
    osip_message_free(seen);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answer)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
