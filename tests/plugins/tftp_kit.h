/* The file service in the test kit, with one phone; requests over TFTP and HTTP. */
#ifndef TESTS_TFTP_KIT_H
#define TESTS_TFTP_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "resources/directory_number.h"
#include "resources/phone.h"

extern const sj_plugin sj_plugin_descriptor;

static const char *const client = "127.0.0.9";

static inline int setup(void **state) {
    sj_error error = {0};
    sj_testkit *kit = sj_testkit_open(NULL);
    *state = kit;
    assert_int_equal(
        sj_testkit_put(kit, &sj_directory_number_meta, "{\"pattern\":\"4001\"}", &error), SJ_OK);
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP001122334455\",\"model\":\"Cisco "
                                    "8851\",\"lines\":[{\"directory_number\":\"4001\","
                                    "\"display\":\"Alice\"}]}",
                                    &error),
                     SJ_OK);
    return sj_testkit_start(kit, &sj_plugin_descriptor, &error);
}

static inline int teardown(void **state) {
    sj_error error = {0};
    int status = sj_testkit_end(*state, &error);
    if (status != SJ_OK) {
        print_error("%s\n", error.text);
    }
    return status;
}

static inline int tftp_port(sj_testkit *kit) {
    return sj_testkit_scope(kit)->host->node->tftp_port;
}

static inline int http_port(sj_testkit *kit) {
    return sj_testkit_scope(kit)->host->node->tftp_http_port;
}

/* The newest datagram: its opcode and block, and which port of the server it came from (by the
 * record). */
struct seen {
    int opcode, number;
    size_t length;
    const char *data;
};

static inline bool newest(sj_testkit *kit, struct seen *packet) {
    sj_address to;
    const void *data = NULL;
    size_t length = 0, index = 0;
    while (sj_testkit_datagram_sent(kit, index, &to, &data, &length)) {
        index++;
    }
    if (index == 0) {
        return false;
    }
    packet->data = data;
    packet->length = length;
    packet->opcode = (unsigned char)packet->data[1];
    packet->number = (unsigned char)packet->data[2] << 8 | (unsigned char)packet->data[3];
    return true;
}

static inline size_t sent_count(sj_testkit *kit) {
    return sj_testkit_count(kit, "udp", NULL);
}

/* The port of the server that the newest datagram came from. */
static inline int transfer_port(sj_testkit *kit) {
    const char *line = sj_testkit_nth(kit, "udp", sent_count(kit) - 1);
    const char *colon = strchr(line, ':');
    return atoi(colon + 1);
}

#define REQUEST_PLAIN "\0\1SEP001122334455.cnf.xml\0octet"
#define REQUEST_OPTIONS "\0\1SEP001122334455.cnf.xml\0octet\0blksize\0001024\0tsize\0000"

static inline void ask(sj_testkit *kit, const char *packet, size_t length, int port) {
    assert_int_equal(sj_testkit_datagram(kit, tftp_port(kit), client, port, packet, length), SJ_OK);
    sj_testkit_run(kit);
}

static inline void acknowledge(sj_testkit *kit, int server_port, int port, int block) {
    char packet[4] = {0, 4, (char)(block >> 8), (char)block};
    assert_int_equal(sj_testkit_datagram(kit, server_port, client, port, packet, sizeof packet),
                     SJ_OK);
    sj_testkit_run(kit);
}

/* Takes the whole file in blocks of `block_size`, asserting the numbers. */
static inline char *take_all(sj_testkit *kit, int port, size_t block_size, size_t *length) {
    sj_text file = {0};
    int server_port = transfer_port(kit);
    for (int block = 1;; block++) {
        struct seen packet = {0};
        assert_true(newest(kit, &packet));
        assert_int_equal(packet.opcode, 3);
        assert_int_equal(packet.number, block);
        assert_true(packet.length >= 4);
        sj_text_add(&file, packet.data + 4, packet.length - 4);
        bool last = packet.length - 4 < block_size;
        acknowledge(kit, server_port, port, block);
        if (last) {
            *length = file.length;
            return sj_text_take(&file);
        }
    }
}

static inline const char *fetch(sj_testkit *kit, const char *path) {
    sj_testkit_request request = {.path = path, .port = http_port(kit)};
    const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
    assert_int_equal(reply->status, 200);
    return reply->body;
}

static inline int status_of(sj_testkit *kit, const char *path) {
    sj_testkit_request request = {.path = path, .port = http_port(kit)};
    return sj_testkit_send(kit, &request)->status;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
