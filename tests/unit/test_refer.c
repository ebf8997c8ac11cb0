/* What a REFER asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sip/refer.h"

static const char *read_refer(const char *headers, struct sip_refer *refer, int *status) {
    static char text[2000];
    static struct sip_message message;
    (void)snprintf(
        text, sizeof text,
        "REFER sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: "
        "<sip:a@x>;tag=1\r\nTo: <sip:b@y>;tag=2\r\nCall-ID: c\r\nCSeq: 7 REFER\r\n%s\r\n",
        headers);
    assert_true(sip_message_parse(text, strlen(text), &message));
    return sip_refer_read(&message, refer, status);
}

static void blind(void **state) {
    struct sip_refer refer;
    int status;
    (void)state;
    assert_null(
        read_refer("Refer-To: \"C\" <sip:1004@x;method=INVITE?Subject=y>\r\n", &refer, &status));
    assert_false(refer.attended);
    assert_false(refer.silent);
    assert_true(sip_text_is(refer.target.user, "1004"));
    assert_null(read_refer("r: tel:+44\r\nRefer-Sub: false\r\n", &refer, &status));
    assert_true(refer.silent);
    assert_true(sip_text_is(refer.target.user, "+44"));
}

/* RFC 3891 escapes what separates parameters; the order of tags is free. */
static void attended(void **state) {
    struct sip_refer refer;
    int status;
    (void)state;
    assert_null(read_refer("Refer-To: <sip:1004@x?Require=replaces&replaces=a%40b%3Bfrom-tag%3D2%"
                           "3Bto-tag%3D1%3Bearly-only>\r\n",
                           &refer, &status));
    assert_true(refer.attended);
    assert_string_equal(refer.replaces.call_id, "a@b");
    assert_string_equal(refer.replaces.to_tag, "1");
    assert_string_equal(refer.replaces.from_tag, "2");
    assert_true(refer.replaces.early_only);
    assert_non_null(
        read_refer("Refer-To: <sip:1004@x?Replaces=a%3Bto-tag%3D1>\r\n", &refer, &status));
    assert_int_equal(status, 400);
}

static void refused(void **state) {
    struct sip_refer refer;
    int status;
    (void)state;
    assert_non_null(read_refer("", &refer, &status));
    assert_int_equal(status, 400);
    assert_non_null(read_refer("Refer-To: <sip:a@b>\r\nRefer-To: <sip:c@d>\r\n", &refer, &status));
    assert_int_equal(status, 400);
    assert_non_null(read_refer("Refer-To: <https://x>\r\n", &refer, &status));
    assert_int_equal(status, 416);
    assert_non_null(read_refer("Refer-To: <sip:a@b;method=SUBSCRIBE>\r\n", &refer, &status));
    assert_int_equal(status, 603);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(blind), cmocka_unit_test(attended),
                                       cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
