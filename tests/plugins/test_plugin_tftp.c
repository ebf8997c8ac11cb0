/* The file service in the test kit: transfers that lose packets, come at once, come from strangers,
 * or are stopped. */
#include "tftp_kit.h"

#include "parameters/tftp.h"

static void plain_transfer(void **state) {
    sj_testkit *kit = *state;
    size_t length;
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 40000);
    assert_int_not_equal(transfer_port(kit), tftp_port(kit));
    char *file = take_all(kit, 40000, 512, &length);
    assert_non_null(memmem(file, length, "<displayName>Alice</displayName>", 32));
    sj_testkit_request request = {.path = "/SEP001122334455.cnf.xml", .port = http_port(kit)};
    const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
    assert_int_equal(reply->status, 200);
    assert_int_equal(reply->body_length, length);
    assert_memory_equal(reply->body, file, length);
    free(file);
    assert_non_null(sj_testkit_find(kit, "event", "\"found\":true"));
}

static void options_are_acknowledged(void **state) {
    sj_testkit *kit = *state;
    struct seen packet = {0};
    size_t length;
    ask(kit, REQUEST_OPTIONS, sizeof REQUEST_OPTIONS, 40001);
    assert_true(newest(kit, &packet));
    assert_int_equal(packet.opcode, 6);
    assert_memory_equal(packet.data + 2, "blksize\0001024", 12);
    acknowledge(kit, transfer_port(kit), 40001, 0);
    free(take_all(kit, 40001, 1024, &length));
}

static void lost_packets_are_repeated_with_growing_waits(void **state) {
    sj_testkit *kit = *state;
    struct seen packet = {0};
    ask(kit, REQUEST_OPTIONS, sizeof REQUEST_OPTIONS, 40002);
    int port = transfer_port(kit);
    size_t before = sent_count(kit);
    sj_testkit_advance(kit, 350);
    assert_int_equal(sent_count(kit), before + 1);
    sj_testkit_advance(kit, 350);
    assert_int_equal(sent_count(kit), before + 1);
    sj_testkit_advance(kit, 400);
    assert_int_equal(sent_count(kit), before + 2);
    acknowledge(kit, port, 40002, 0);
    acknowledge(kit, port, 40002, 1);
    assert_true(newest(kit, &packet));
    assert_int_equal(packet.number, 2);
    /* A late acknowledgement of block 1 moves nothing (the sorcerer's apprentice). */
    before = sent_count(kit);
    acknowledge(kit, port, 40002, 1);
    assert_int_equal(sent_count(kit), before);
    sj_testkit_advance(kit, 5000);
    assert_true(sent_count(kit) > before);
}

static void silent_clients_are_given_up(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_tftp_transfer_timeout_s_meta, "5", &error),
                     SJ_OK);
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 40003);
    sj_testkit_advance(kit, 15000);
    size_t sent = sent_count(kit);
    sj_testkit_advance(kit, 60000);
    assert_int_equal(sent_count(kit), sent);
    assert_true(sent < 12);
    assert_int_equal(sj_testkit_owned(kit, "tftp", "timer"), 0);
}

static void repeated_requests_make_one_transfer(void **state) {
    sj_testkit *kit = *state;
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 40004);
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 40004);
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 40004);
    assert_int_equal(sj_testkit_owned(kit, "tftp", "timer"), 1);
}

/* A client that starts again from the same port, and asks for something else, gets that: its old
 * transfer is over. */
static void another_request_begins_anew(void **state) {
    sj_testkit *kit = *state;
    struct seen packet = {0};
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 40005);
    assert_true(newest(kit, &packet));
    assert_int_equal(packet.opcode, 3);
    ask(kit, REQUEST_OPTIONS, sizeof REQUEST_OPTIONS, 40005);
    assert_true(newest(kit, &packet));
    assert_int_equal(packet.opcode, 6);
    assert_int_equal(sj_testkit_owned(kit, "tftp", "timer"), 1);
    acknowledge(kit, transfer_port(kit), 40005, 0);
    assert_true(newest(kit, &packet));
    assert_int_equal(packet.opcode, 3);
    assert_int_equal(packet.length, 1024 + 4);
}

static void hostile_requests(void **state) {
    sj_testkit *kit = *state;
    static const struct {
        const char *packet;
        size_t length;
        int code;
    } cases[] = {
#define CASE(text, code) {text, sizeof(text), code}
        CASE("\0\1../../etc/passwd\0octet", 2),
        CASE("\0\2SEP001122334455.cnf.xml\0octet", 2),
        CASE("\0\1SEPFF.cnf.xml\0octet", 1),
        CASE("\0\1a\0netascii", 4),
        CASE("\0\1a", 4),
        CASE("\0\1SEP001122334455.cnf.xml.sgn\0octet", 1),
        CASE("\0\1CTLSEP001122334455.tlv\0octet", 1),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen packet = {0};
        ask(kit, cases[i].packet, cases[i].length, 41000 + (int)i);
        assert_true(newest(kit, &packet));
        assert_int_equal(packet.opcode, 5);
        assert_int_equal(packet.number, cases[i].code);
    }
    size_t before = sent_count(kit);
    ask(kit, "\0\5\0\0x", sizeof "\0\5\0\0x", 42000);
    ask(kit, "", 0, 42001);
    assert_true(sent_count(kit) <= before + 1);
    assert_int_equal(sj_testkit_owned(kit, "tftp", "timer"), 0);
}

static void no_more_than_the_maximum_are_served(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_maximum_serving_count_meta, "2", &error), SJ_OK);
    for (int port = 43000; port < 43005; port++) {
        ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, port);
    }
    assert_int_equal(sj_testkit_owned(kit, "tftp", "timer"), 2);
}

/* What the node has sent to `port` in all, the heads of the packets included. */
static size_t bytes_sent_to(sj_testkit *kit, const char *address, int port) {
    sj_address to;
    const void *data;
    size_t length, total = 0;
    for (size_t i = 0; sj_testkit_datagram_sent(kit, i, &to, &data, &length); i++) {
        char text[SJ_ADDRESS_TEXT];
        if (sj_address_format(&to, text, sizeof text) == port && strcmp(text, address) == 0) {
            total += length + 28;
        }
    }
    return total;
}

/* Requests from addresses that never acknowledge anything: 2,500 stopped the service for everybody
 * for half a minute. */
static void flood_from_false_addresses_takes_no_place_from_others(void **state) {
    sj_testkit *kit = *state;
    size_t length;
    for (int i = 0; i < 3000; i++) {
        char address[16];
        (void)snprintf(address, sizeof address, "127.8.%d.%d", i / 250, i % 250 + 1);
        assert_int_equal(sj_testkit_datagram(kit, tftp_port(kit), address, 45000, REQUEST_OPTIONS,
                                             sizeof REQUEST_OPTIONS),
                         SJ_OK);
    }
    sj_testkit_run(kit);
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 45001);
    free(take_all(kit, 45001, 512, &length));
    assert_non_null(sj_testkit_find(kit, "log", "acknowledged nothing"));
    sj_testkit_advance(kit, 15000);
    assert_int_equal(sj_testkit_owned(kit, "tftp", "timer"), 0);
}

/* One laptop that acknowledges first blocks and then says nothing holds half of the places, not
 * all. */
static void one_address_holds_half_of_the_places(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    size_t length;
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_maximum_serving_count_meta, "20", &error), SJ_OK);
    for (int port = 46000; port < 46040; port++) {
        size_t before = sent_count(kit);
        assert_int_equal(sj_testkit_datagram(kit, tftp_port(kit), "127.8.0.1", port,
                                             REQUEST_OPTIONS, sizeof REQUEST_OPTIONS),
                         SJ_OK);
        sj_testkit_run(kit);
        if (sent_count(kit) > before) {
            static const char first[] = {0, 4, 0, 0};
            assert_int_equal(sj_testkit_datagram(kit, transfer_port(kit), "127.8.0.1", port, first,
                                                 sizeof first),
                             SJ_OK);
            sj_testkit_run(kit);
        }
    }
    assert_int_equal(sj_testkit_owned(kit, "tftp", "timer"), 10);
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 46100);
    free(take_all(kit, 46100, 512, &length));
}

/* The file service is no amplifier: what an address that proved nothing receives is at most three
 * times what came from there, but for a few first blocks that a request without options must have.
 */
static void unproven_addresses_receive_little(void **state) {
    sj_testkit *kit = *state;
    assert_int_equal(sj_testkit_datagram(kit, tftp_port(kit), "127.8.0.2", 47000, REQUEST_OPTIONS,
                                         sizeof REQUEST_OPTIONS),
                     SJ_OK);
    sj_testkit_advance(kit, 60000);
    assert_true(bytes_sent_to(kit, "127.8.0.2", 47000) > 0);
    assert_true(bytes_sent_to(kit, "127.8.0.2", 47000) <= 3 * (sizeof REQUEST_OPTIONS + 28));
    assert_int_equal(sj_testkit_datagram(kit, tftp_port(kit), "127.8.0.3", 47001, "\0\1x", 4),
                     SJ_OK);
    assert_int_equal(
        sj_testkit_datagram(kit, tftp_port(kit), "127.8.0.3", 47001, "\0\1x\0octet", 10), SJ_OK);
    sj_testkit_advance(kit, 1000);
    assert_true(bytes_sent_to(kit, "127.8.0.3", 47001) <= (size_t)3 * (4 + 28 + 10 + 28));
    for (int port = 47100; port < 47200; port++) {
        assert_int_equal(sj_testkit_datagram(kit, tftp_port(kit), "127.8.0.4", port, REQUEST_PLAIN,
                                             sizeof REQUEST_PLAIN),
                         SJ_OK);
    }
    sj_testkit_advance(kit, 9000);
    size_t blocks = 0;
    for (int port = 47100; port < 47200; port++) {
        blocks += bytes_sent_to(kit, "127.8.0.4", port) > 0;
    }
    assert_int_equal(blocks, 8);
}

/* A repeated request whose answer was lost is answered again. */
static void lost_first_block_is_sent_again_when_it_is_asked_for(void **state) {
    sj_testkit *kit = *state;
    size_t length;
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 48000);
    size_t before = sent_count(kit);
    sj_testkit_advance(kit, 1000);
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 48000);
    assert_int_equal(sent_count(kit), before + 1);
    free(take_all(kit, 48000, 512, &length));
}

/* The last block was on its way twice, so that its acknowledgement comes twice: the second one is
 * late, and no error. */
static void late_acknowledgement_after_the_end_is_no_error(void **state) {
    sj_testkit *kit = *state;
    size_t length;
    ask(kit, REQUEST_OPTIONS, sizeof REQUEST_OPTIONS, 49000);
    int server_port = transfer_port(kit);
    acknowledge(kit, server_port, 49000, 0);
    free(take_all(kit, 49000, 1024, &length));
    size_t before = sent_count(kit);
    acknowledge(kit, server_port, 49000, (int)(length / 1024) + 1);
    assert_int_equal(sent_count(kit), before);
    acknowledge(kit, server_port, 49001, 1);
    struct seen packet = {0};
    assert_true(newest(kit, &packet));
    assert_int_equal(packet.opcode, 5);
    assert_int_equal(packet.number, 5);
}

static void stops_amid_transfers(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    for (int port = 44000; port < 44020; port++) {
        ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, port);
    }
    assert_int_equal(sj_testkit_stop(kit, "tftp", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    ask(kit, REQUEST_PLAIN, sizeof REQUEST_PLAIN, 44000);
    assert_int_equal(sj_testkit_owned(kit, "tftp", "timer"), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(plain_transfer),
        TEST(options_are_acknowledged),
        TEST(lost_packets_are_repeated_with_growing_waits),
        TEST(silent_clients_are_given_up),
        TEST(repeated_requests_make_one_transfer),
        TEST(another_request_begins_anew),
        TEST(hostile_requests),
        TEST(no_more_than_the_maximum_are_served),
        TEST(flood_from_false_addresses_takes_no_place_from_others),
        TEST(one_address_holds_half_of_the_places),
        TEST(unproven_addresses_receive_little),
        TEST(lost_first_block_is_sent_again_when_it_is_asked_for),
        TEST(late_acknowledgement_after_the_end_is_no_error),
        TEST(stops_amid_transfers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
