/* TFTP packets (RFC 1350, 2347-2349), names asked for, and the wait for acknowledgements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "file_name.h"
#include "round_trip.h"
#include "tftp_packet.h"

#define PACKET(text) (text), (sizeof(text) - 1)

static void plain_request(void **state) {
    (void)state;
    struct tftp_request request;
    assert_true(tftp_read_request(PACKET("\0\1SEP1.cnf.xml\0octet\0"), &request));
    assert_int_equal(request.opcode, TFTP_RRQ);
    assert_string_equal(request.name, "SEP1.cnf.xml");
    assert_true(request.octet);
    assert_int_equal(request.block_size, 0);
    assert_false(request.transfer_size);
}

static void options_in_any_case_and_order(void **state) {
    (void)state;
    struct tftp_request request;
    assert_true(tftp_read_request(
        PACKET("\0\1a\0OCTET\0tsize\0000\0BlkSize\0001428\0timeout\0003\0windowsize\0004\0"),
        &request));
    assert_int_equal(request.block_size, 1428);
    assert_int_equal(request.timeout_s, 3);
    assert_true(request.transfer_size);
    char packet[512];
    size_t length = tftp_write_oack(packet, sizeof packet, &request, 1024, 12345);
    static const char expected[] = "\0\6blksize\0001024\0timeout\0003\0tsize\00012345";
    assert_int_equal(length, sizeof expected);
    assert_memory_equal(packet, expected, sizeof expected);
}

static void options_out_of_range_are_left_out(void **state) {
    (void)state;
    struct tftp_request request;
    assert_true(tftp_read_request(PACKET("\0\1a\0octet\0blksize\0007\0timeout\000256\0tsize\0x\0"),
                                  &request));
    assert_int_equal(request.block_size, 0);
    assert_int_equal(request.timeout_s, 0);
    assert_false(request.transfer_size);
    assert_true(
        tftp_read_request(PACKET("\0\1a\0octet\0blksize\00099999999999999999999\0"), &request));
    assert_int_equal(request.block_size, 0);
    assert_true(tftp_read_request(PACKET("\0\1a\0octet\0blksize\00051x\0"), &request));
    assert_int_equal(request.block_size, 0);
}

static void broken_requests_are_refused(void **state) {
    (void)state;
    struct tftp_request request;
    assert_false(tftp_read_request(PACKET(""), &request));
    assert_false(tftp_read_request(PACKET("\0"), &request));
    assert_false(tftp_read_request(PACKET("\0\1"), &request));
    assert_false(tftp_read_request(PACKET("\0\1name"), &request));
    assert_false(tftp_read_request(PACKET("\0\1name\0octet"), &request));
    assert_false(tftp_read_request(PACKET("\0\1name\0binary\0"), &request));
    assert_false(tftp_read_request(PACKET("\0\3name\0octet\0"), &request));
    /* An option without its value ends the list. */
    assert_true(tftp_read_request(PACKET("\0\1name\0octet\0blksize\000512"), &request));
    assert_int_equal(request.block_size, 0);
}

static void acknowledgements(void **state) {
    (void)state;
    assert_int_equal(tftp_read_ack(PACKET("\0\4\0\1")), 1);
    assert_int_equal(tftp_read_ack(PACKET("\0\4\377\377")), 65535);
    assert_int_equal(tftp_read_ack(PACKET("\0\4\0")), -1);
    assert_int_equal(tftp_read_ack(PACKET("\0\5\0\1")), -1);
}

static void error_text_is_cut_to_the_room(void **state) {
    (void)state;
    char packet[10];
    size_t length = tftp_write_error(packet, sizeof packet, TFTP_ERROR_NOT_FOUND, "File not found");
    assert_int_equal(length, 10);
    assert_memory_equal(packet, "\0\5\0\1File \0", 10);
}

static enum file_kind kind_of(const char *name, char *clean, char *device) {
    return file_name_read(name, strlen(name), clean, device);
}

static void names(void **state) {
    (void)state;
    char clean[FILE_NAME_ROOM], device[FILE_NAME_ROOM], longest[400];
    assert_int_equal(kind_of("SEP001122334455.cnf.xml", clean, device), FILE_DEVICE);
    assert_string_equal(device, "SEP001122334455");
    assert_int_equal(kind_of("/SEP001122334455.cnf.xml", clean, device), FILE_DEVICE);
    assert_string_equal(clean, "SEP001122334455.cnf.xml");
    assert_int_equal(kind_of("SEP001122334455.cnf.xml.sgn", clean, device), FILE_STATIC);
    assert_int_equal(kind_of("ITLFile.tlv", clean, device), FILE_STATIC);
    assert_int_equal(kind_of("sep00aabbccddee.cnf.xml", clean, device), FILE_DEVICE);
    assert_string_equal(device, "SEP00AABBCCDDEE");
    assert_string_equal(clean, "SEP00AABBCCDDEE.cnf.xml");
    assert_int_equal(kind_of("DRSep00aabbccddee.xml", clean, device), FILE_DIAL_TEMPLATE);
    assert_string_equal(device, "SEP00AABBCCDDEE");
    assert_int_equal(kind_of("DRown.xml", clean, device), FILE_DIAL_TEMPLATE);
    assert_string_equal(device, "own");
    assert_int_equal(kind_of("CSFanna.cnf.xml", clean, device), FILE_DEVICE);
    assert_string_equal(device, "CSFanna");
    assert_int_equal(kind_of("DR.xml", clean, device), FILE_STATIC);
    assert_int_equal(kind_of("XMLDefault.cnf.xml", clean, device), FILE_DEFAULT);
    assert_int_equal(kind_of("Desktops/320x212x16/List.xml", clean, device), FILE_STATIC);
    assert_int_equal(kind_of(".cnf.xml", clean, device), FILE_STATIC);
    assert_int_equal(kind_of("Büro.raw", clean, device), FILE_STATIC);
    assert_string_equal(clean, "Büro.raw");
    static const char *const refused[] = {"",     "/",    "..",   "../x",  "a/../b",
                                          "a//b", "a/",   "./a",  "//etc", "a\\b",
                                          "a\nb", "a/..", "\x80", "a\x7f", "a\xc2\x85"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(kind_of(refused[i], clean, device), FILE_REFUSED);
    }
    assert_int_equal(file_name_read("a\0b", 3, clean, device), FILE_REFUSED);
    memset(longest, 'a', sizeof longest);
    assert_int_equal(file_name_read(longest, sizeof longest, clean, device), FILE_REFUSED);
}

static void waiting_follows_the_round_trip(void **state) {
    (void)state;
    struct round_trip trip;
    round_trip_start(&trip);
    int64_t first = trip.timeout_ms;
    for (int i = 0; i < 20; i++) {
        round_trip_sample(&trip, 2);
    }
    assert_true(trip.timeout_ms < first);
    int64_t quick = trip.timeout_ms;
    round_trip_expired(&trip);
    assert_int_equal(trip.timeout_ms, 2 * quick);
    for (int i = 0; i < 20; i++) {
        round_trip_expired(&trip);
    }
    assert_int_equal(trip.timeout_ms, 4000);
    round_trip_sample(&trip, 1000);
    assert_true(trip.timeout_ms > quick);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_request),
        cmocka_unit_test(options_in_any_case_and_order),
        cmocka_unit_test(options_out_of_range_are_left_out),
        cmocka_unit_test(broken_requests_are_refused),
        cmocka_unit_test(acknowledgements),
        cmocka_unit_test(error_text_is_cut_to_the_room),
        cmocka_unit_test(names),
        cmocka_unit_test(waiting_follows_the_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
