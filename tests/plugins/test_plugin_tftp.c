/* The file service in the test kit: transfers that lose packets, requests that are repeated or
 * hostile, files that change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/phone.h"
#include "parameters/call_manager.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "parameters/tftp.h"
#include "resources/call_manager_group.h"
#include "resources/calling_search_space.h"
#include "resources/common_device_configuration.h"
#include "resources/common_phone_profile.h"
#include "resources/directory_number.h"
#include "resources/enterprise_phone_configuration.h"
#include "resources/live_device.h"
#include "resources/node.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_service.h"
#include "resources/route_pattern.h"
#include "resources/session.h"

extern const sj_plugin sj_plugin_descriptor;

static const char *const client = "127.0.0.9";

static int setup(void **state) {
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

static int teardown(void **state) {
    sj_error error = {0};
    int status = sj_testkit_end(*state, &error);
    if (status != SJ_OK) {
        print_error("%s\n", error.text);
    }
    return status;
}

static int tftp_port(sj_testkit *kit) {
    return sj_testkit_scope(kit)->host->node->tftp_port;
}

static int http_port(sj_testkit *kit) {
    return sj_testkit_scope(kit)->host->node->tftp_http_port;
}

/* The newest datagram: its opcode and block, and which port of the server it came from (by the
 * record). */
struct seen {
    int opcode, number;
    size_t length;
    const char *data;
};

static bool newest(sj_testkit *kit, struct seen *packet) {
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

static size_t sent_count(sj_testkit *kit) {
    return sj_testkit_count(kit, "udp", NULL);
}

/* The port of the server that the newest datagram came from. */
static int transfer_port(sj_testkit *kit) {
    const char *line = sj_testkit_nth(kit, "udp", sent_count(kit) - 1);
    const char *colon = strchr(line, ':');
    return atoi(colon + 1);
}

#define REQUEST_PLAIN "\0\1SEP001122334455.cnf.xml\0octet"
#define REQUEST_OPTIONS "\0\1SEP001122334455.cnf.xml\0octet\0blksize\0001024\0tsize\0000"

static void ask(sj_testkit *kit, const char *packet, size_t length, int port) {
    assert_int_equal(sj_testkit_datagram(kit, tftp_port(kit), client, port, packet, length), SJ_OK);
    sj_testkit_run(kit);
}

static void acknowledge(sj_testkit *kit, int server_port, int port, int block) {
    char packet[4] = {0, 4, (char)(block >> 8), (char)block};
    assert_int_equal(sj_testkit_datagram(kit, server_port, client, port, packet, sizeof packet),
                     SJ_OK);
    sj_testkit_run(kit);
}

/* Takes the whole file in blocks of `block_size`, asserting the numbers. */
static char *take_all(sj_testkit *kit, int port, size_t block_size, size_t *length) {
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

static const char *fetch(sj_testkit *kit, const char *path) {
    sj_testkit_request request = {.path = path, .port = http_port(kit)};
    const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
    assert_int_equal(reply->status, 200);
    return reply->body;
}

/* A phone takes pushed pages from whoever the authentication URL says, and from everybody where
 * there is none: there is always one, and web access is off until somebody wants it. */
static void pages_cannot_be_pushed_by_everybody(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    const sj_node *node = sj_testkit_scope(kit)->host->node;
    char expected[160];
    (void)snprintf(expected, sizeof expected,
                   "<authenticationURL>http://%s:%d/ccmcip/authenticate.jsp</authenticationURL>",
                   node->address, node->http_port);
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, expected));
    assert_non_null(strstr(file, "<webAccess>1</webAccess>"));
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_enterprise_url_authentication_meta,
                                          "http://192.0.2.1/who", &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<authenticationURL>http://192.0.2.1/who</authenticationURL>"));
}

/* Category and ASCII name of a phone service: the kind goes into the file, the plain name to
 * displays without the script. */
static void phone_services_by_category_and_model(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_int_equal(
        sj_testkit_put(
            kit, &sj_phone_service_meta,
            "{\"name\":\"電話帳\",\"ascii_name\":\"Directory\",\"url\":\"http://192.0.2.1/d\","
            "\"category\":\"java_midlet\",\"enterprise_subscription\":true}",
            &error),
        SJ_OK);
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP001122334466\",\"model\":\"Cisco 7960\"}",
                                    &error),
                     SJ_OK);
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<phoneService type=\"0\" category=\"1\">\n<name>電話帳</name>"));
    file = fetch(kit, "/SEP001122334466.cnf.xml");
    assert_non_null(
        strstr(file, "<phoneService type=\"0\" category=\"1\">\n<name>Directory</name>"));
}

static void write_file(const char *directory, const char *name, const char *content) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(content, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static int status_of(sj_testkit *kit, const char *path) {
    sj_testkit_request request = {.path = path, .port = http_port(kit)};
    return sj_testkit_send(kit, &request)->status;
}

/* Whichever allocation fails: who asks for a file of the directory gets an answer. */
static void answered_when_memory_is_short(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    char directory[] = "/tmp/tftp-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    write_file(directory, "term.loads", "one");
    for (long n = 1; n <= 30; n++) {
        sj_testkit_request request = {.path = "/term.loads", .port = http_port(kit)};
        sj_testkit_fail_allocation(kit, n);
        const sj_testkit_reply *reply = sj_testkit_send(kit, &request);
        sj_testkit_advance(kit, 10);
        sj_testkit_fail_allocation(kit, 0);
        if (reply->status == 0) {
            fail_msg("allocation %ld fails: no answer", n);
        }
    }
    assert_string_equal(fetch(kit, "/term.loads"), "one");
    (void)snprintf(path, sizeof path, "%s/term.loads", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* The file directory: kept while it stays as it was, read again when it changed; links below the
 * directory are followed, a link that leads out is refused and the log says so. */
static void files_of_the_directory(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    char directory[] = "/tmp/tftp-XXXXXX", link[64], path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    write_file(directory, "term.loads", "one");
    assert_string_equal(fetch(kit, "/term.loads"), "one");
    assert_string_equal(fetch(kit, "/term.loads"), "one");
    write_file(directory, "term.loads", "two, longer");
    assert_string_equal(fetch(kit, "/term.loads"), "two, longer");
    (void)snprintf(link, sizeof link, "%s/latest.loads", directory);
    assert_int_equal(symlink("term.loads", link), 0);
    assert_string_equal(fetch(kit, "/latest.loads"), "two, longer");
    assert_null(sj_testkit_find(kit, "log", "leads out"));
    (void)snprintf(path, sizeof path, "%s/out.loads", directory);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(status_of(kit, "/out.loads"), 404);
    assert_int_equal(status_of(kit, "/out.loads"), 404);
    assert_non_null(sj_testkit_find(kit, "log", "out.loads is a symbolic link that leads out of"));
    assert_int_equal(status_of(kit, "/none.loads"), 404);
    (void)unlink(link);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/term.loads", directory);
    (void)unlink(path);
    assert_int_equal(status_of(kit, "/term.loads"), 404);
    assert_int_equal(rmdir(directory), 0);
}

/* DR<device>.xml says what the phone may dial; other files that are called so are the
 * administrator's. */
/* What is placed in the directory is served as it is, whatever it is called, but for files of
 * phones that are configured here; and a phone's own is found in small letters too. */
static void placed_files_of_any_name(void **state) {
    static const char *const names[] = {"ITLFile.tlv", "SEP001122334455.cnf.xml.sgn",
                                        "SPDefault.cnf.xml", "SEP001122334477.cnf.xml"};
    sj_testkit *kit = *state;
    sj_error error;
    char directory[] = "/tmp/tftp-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    write_file(directory, "SEP001122334455.cnf.xml", "placed");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "/%s", names[i]);
        assert_int_equal(status_of(kit, path), 404);
        write_file(directory, names[i], names[i]);
        assert_string_equal(fetch(kit, path), names[i]);
    }
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<fullConfig>true"));
    (void)snprintf(path, sizeof path, "%s/SEP001122334455.cnf.xml", directory);
    assert_int_equal(unlink(path), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP00AABBCCDDEE\",\"model\":\"Cisco 7841\"}",
                                    &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/sep00aabbccddee.cnf.xml"), "<fullConfig>true"));
}

/* Softkeys come from the template that a phone names, unless a file of its name is placed. */
static void softkey_templates(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    char directory[] = "/tmp/tftp-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                                    "\"softkey_template\":\"Standard User\"}",
                                    &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<softKeyFile>SKStandard_User.xml</softKeyFile>"));
    const char *file = fetch(kit, "/SKStandard_User.xml");
    assert_non_null(strstr(file, "<softKeyDef keyID=\"CFwdAll\">\n<tag>5</tag>\n"
                                 "<eventID>5</eventID>\n<helpID>305</helpID>\n"));
    assert_non_null(strstr(file, "<softKeySet id=\"Digits After First\">\n"
                                 "<softKey keyID=\"&lt;&lt;\"/>\n<softKey keyID=\"EndCall\"/>\n"));
    assert_non_null(strstr(file, "<softKeySet id=\"Remote In Use\">\n</softKeySet>"));
    assert_int_equal(status_of(kit, "/SKNobodys.xml"), 404);
    write_file(directory, "SKStandard_User.xml", "placed");
    assert_string_equal(fetch(kit, "/SKStandard_User.xml"), "placed");
    (void)snprintf(path, sizeof path, "%s/SKStandard_User.xml", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

struct told_setting {
    const char *setting; /* which is looked for */
    char value[64], source[96];
};

static void on_settings(void *user, int status, const sj_error *error,
                        const sj_phone_settings_reply *reply) {
    struct told_setting *told = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    for (size_t i = 0; i < reply->settings_count; i++) {
        if (strcmp(reply->settings[i].setting, told->setting) == 0) {
            (void)snprintf(told->value, sizeof told->value, "%s", reply->settings[i].value);
            (void)snprintf(told->source, sizeof told->source, "%s", reply->settings[i].source);
        }
    }
}

static void setting_is(sj_testkit *kit, const char *setting, const char *value,
                       const char *source) {
    struct told_setting told = {.setting = setting};
    const sj_phone_settings request = {.device_name = "SEP001122334455"};
    assert_int_equal(
        sj_ask_phone_settings(sj_testkit_scope(kit), &request, 0, on_settings, &told, NULL), SJ_OK);
    sj_testkit_run(kit);
    assert_string_equal(told.value, value);
    assert_string_equal(told.source, source);
}

/* A setting of the phone counts before that of its common phone profile, and that before the
 * enterprise's; what is set nowhere stays out of the file. */
static void settings_of_enterprise_profile_and_phone(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    setting_is(kit, "Web Access", "disabled", "common phone profile");
    setting_is(kit, "PC Port", "not set", "default of the phone");
    assert_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<pcPort>"));
    assert_int_equal(sj_testkit_put(kit, &sj_enterprise_phone_configuration_meta,
                                    "{\"web_access\":\"enabled\",\"pc_port\":\"disabled\"}",
                                    &error),
                     SJ_OK);
    setting_is(kit, "Web Access", "disabled", "common phone profile");
    setting_is(kit, "PC Port", "disabled", "enterprise phone configuration");
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<pcPort>1</pcPort>"));
    assert_int_equal(sj_testkit_put(kit, &sj_common_phone_profile_meta,
                                    "{\"name\":\"Standard Common Phone Profile\","
                                    "\"override_web_access\":false,\"pc_port\":\"enabled\"}",
                                    &error),
                     SJ_OK);
    setting_is(kit, "Web Access", "enabled", "enterprise phone configuration");
    setting_is(kit, "PC Port", "enabled", "common phone profile");
    setting_is(kit, "SSH Access", "disabled", "common phone profile");
    assert_int_equal(sj_testkit_put(kit, &sj_phone_meta,
                                    "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                                    "\"web_access\":\"disabled\"}",
                                    &error),
                     SJ_OK);
    setting_is(kit, "Web Access", "disabled", "phone");
    setting_is(kit, "Time Zone", "Etc/GMT", "date/time group CMLocal");
    setting_is(kit, "Network Locale", "not set", "default of the phone");
    setting_is(kit, "User Locale", "not set", "default of the phone");
    setting_is(kit, "Phone Load Name", "not set", "the phone keeps its own");
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<pcPort>0</pcPort>"));
    assert_non_null(strstr(file, "<webAccess>1</webAccess>"));
    assert_int_equal(sj_testkit_put(kit, &sj_common_device_configuration_meta,
                                    "{\"name\":\"German\",\"user_locale\":\"German_Germany\"}",
                                    &error),
                     SJ_OK);
    assert_int_equal(
        sj_testkit_put(kit, &sj_phone_meta,
                       "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                       "\"common_device_configuration\":\"German\",\"load_information\":"
                       "\"own\",\"softkey_template\":\"Standard User\"}",
                       &error),
        SJ_OK);
    setting_is(kit, "User Locale", "German_Germany", "common device configuration German");
    setting_is(kit, "Softkey Template", "Standard User", "phone");
    setting_is(kit, "Phone Load Name", "own", "phone");
}

struct record {
    const sj_resource_meta *meta;
    const char *json;
};

static void put_all(sj_testkit *kit, const struct record *records, size_t count) {
    sj_error error = {0};
    for (size_t i = 0; i < count; i++) {
        if (sj_testkit_put(kit, records[i].meta, records[i].json, &error) != SJ_OK) {
            fail_msg("%s: %s", records[i].json, error.text);
        }
    }
}

/* Phones whose lines have the same calling search spaces share a template, until something of it
 * changes; others have one of their own. */
static void dial_templates_by_calling_search_space(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    static const struct record records[] = {
        {&sj_partition_meta, "{\"name\":\"Far\"}"},
        {&sj_calling_search_space_meta, "{\"name\":\"Far\",\"partitions\":[\"Far\"]}"},
        {&sj_route_pattern_meta, "{\"pattern\":\"9.!\",\"partition\":\"Far\",\"block\":true}"},
        {&sj_route_pattern_meta, "{\"pattern\":\"112\",\"block\":true,\"urgent_priority\":true}"},
        {&sj_phone_meta, "{\"name\":\"SEP00AABBCCDD01\",\"model\":\"Cisco 7841\",\"lines\":["
                         "{\"directory_number\":\"4001\"}]}"},
        {&sj_phone_meta, "{\"name\":\"SEP00AABBCCDD02\",\"model\":\"Cisco 7841\","
                         "\"calling_search_space\":\"Far\",\"lines\":["
                         "{\"directory_number\":\"4001\"}]}"},
    };
    put_all(kit, records, sizeof records / sizeof records[0]);
    char *near = strdup(fetch(kit, "/DRSEP00AABBCCDD01.xml"));
    assert_string_equal(fetch(kit, "/DRSEP001122334455.xml"), near);
    assert_non_null(strstr(near, "<TEMPLATE match=\"112\" timeout=\"0\"/>"));
    assert_null(strstr(near, "match=\"9*\""));
    assert_non_null(
        strstr(fetch(kit, "/DRSEP00AABBCCDD02.xml"), "<TEMPLATE match=\"9*\" timeout=\"15\"/>"));
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_ccm_t302_timer_meta, "4000", &error),
                     SJ_OK);
    assert_non_null(
        strstr(fetch(kit, "/DRSEP00AABBCCDD02.xml"), "<TEMPLATE match=\"9*\" timeout=\"4\"/>"));
    free(near);
}

/* A user's profile made for a larger phone: the file has the lines for which there are keys. */
static void lines_of_the_model(void **state) {
    sj_testkit *kit = *state;
    static const struct record live = {
        &sj_live_device_meta,
        "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 7821\",\"device_pool\":\"Default\","
        "\"phone_security_profile\":\"Standard SIP Non-Secure Profile\",\"sip_profile\":\"Standard "
        "SIP Profile\",\"common_phone_profile\":\"Standard Common Phone Profile\",\"lines\":["
        "{\"directory_number\":\"4001\",\"label\":\"one\"},{\"directory_number\":\"4001\","
        "\"label\":\"two\"},{\"directory_number\":\"4001\",\"label\":\"three\"}]}"};
    put_all(kit, &live, 1);
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<featureLabel>two<"));
    assert_null(strstr(file, "<featureLabel>three<"));
}

/* Phones reach the nodes in the families in which these have addresses. */
static void addresses_of_both_families(void **state) {
    sj_testkit *kit = *state;
    static const struct record phone[] = {
        {&sj_common_device_configuration_meta,
         "{\"name\":\"Six\",\"ip_addressing_mode\":\"ipv6_only\"}"},
        {&sj_phone_meta, "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\","
                         "\"common_device_configuration\":\"Six\"}"}};
    static const struct record node[] = {
        {&sj_cluster_node_meta, "{\"name\":\"six\",\"address\":\"2001:db8::1\"}"},
        {&sj_call_manager_group_meta, "{\"name\":\"Default\",\"nodes\":[\"six\"]}"}};
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<ipAddressMode>0</ipAddressMode>\n<devicePool>"));
    put_all(kit, phone, 2);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<ipAddressMode>2</ipAddressMode>")); /* the node has IPv4 alone */
    put_all(kit, node, 2);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<ipAddressMode>1</ipAddressMode>\n<allowAutoConfig>true<"));
}

/* A phone that names no firmware has that of its model, and so has one that nobody knows yet. */
static void firmware_of_models(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_null(strstr(fetch(kit, "/XMLDefault.cnf.xml"), "<loadInformation"));
    assert_non_null(
        strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<loadInformation></loadInformation>"));
    assert_int_equal(sj_testkit_put(kit, &sj_phone_model_meta,
                                    "{\"name\":\"Cisco 8851\",\"number\":684,\"load_information\":"
                                    "\"sip88xx.12-5-1SR2-2\"}",
                                    &error),
                     SJ_OK);
    assert_non_null(strstr(fetch(kit, "/XMLDefault.cnf.xml"),
                           "<loadInformation684 model=\"Cisco 8851\">sip88xx.12-5-1SR2-2"
                           "</loadInformation684>\n</Default>"));
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<loadInformation>sip88xx.12-5-1SR2-2</loadInformation>"));
}

static void dial_templates(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    char directory[] = "/tmp/tftp-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_tftp_file_directory_meta, directory, &error), SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"),
                           "<dialTemplate>DRSEP001122334455.xml</dialTemplate>"));
    assert_non_null(
        strstr(fetch(kit, "/DRSEP001122334455.xml"), "<TEMPLATE match=\"4...\" timeout=\"0\"/>"));
    assert_int_equal(
        sj_testkit_put(kit, &sj_directory_number_meta, "{\"pattern\":\"40012\"}", &error), SJ_OK);
    assert_non_null(
        strstr(fetch(kit, "/DRSEP001122334455.xml"), "<TEMPLATE match=\"4...\" timeout=\"15\"/>"));
    assert_int_equal(status_of(kit, "/DRSEP001122334456.xml"), 404);
    write_file(directory, "DRown.xml", "<dialTemplate/>");
    assert_string_equal(fetch(kit, "/DRown.xml"), "<dialTemplate/>");
    (void)snprintf(path, sizeof path, "%s/DRown.xml", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void visitor_is_redirected_and_comes_back(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<fullConfig>true"));
    assert_int_equal(sj_testkit_put(kit, &sj_session_meta,
                                    "{\"device_name\":\"SEP001122334455\",\"kind\":\"visiting\","
                                    "\"user_id\":\"bob\",\"remote_cluster_id\":\"HQ\","
                                    "\"home_tftp\":[\"127.9.9.9\",\"127.9.9.10\"],\"trace_id\":"
                                    "\"0af7651916cd43dd8448eb211c80319c\"}",
                                    &error),
                     SJ_OK);
    const char *file = fetch(kit, "/SEP001122334455.cnf.xml");
    assert_non_null(strstr(file, "<emccMode>true</emccMode>"));
    assert_non_null(strstr(file, "<tempTftpAddress2>127.9.9.10</tempTftpAddress2>"));
    assert_non_null(strstr(
        file, "device=SEP001122334455&amp;doLogout=true&amp;homeLost=true</visitingLogoutURI>"));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_emcc_redirect_mode_element_meta, "crossMode", &error),
        SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<crossMode>true</crossMode>"));
    assert_int_equal(sj_session_delete(sj_testkit_scope(kit), "SEP001122334455", &error), SJ_OK);
    sj_testkit_run(kit);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<fullConfig>true"));
}

static void wrong_element_name_is_refused_when_it_is_given(void **state) {
    sj_testkit *kit = *state;
    static const char *const wrong[] = {"a b", "", "1st", "<emccMode>"};
    sj_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(
            sj_testkit_set_param(kit, &sj_param_emcc_redirect_mode_element_meta, wrong[i], &error),
            SJ_E_INVALID);
    }
    assert_int_equal(
        sj_testkit_put(
            kit, &sj_session_meta,
            "{\"device_name\":\"SEP001122334455\",\"kind\":\"visiting\",\"user_id\":\"bob\"}",
            &error),
        SJ_OK);
    assert_non_null(strstr(fetch(kit, "/SEP001122334455.cnf.xml"), "<emccMode>true</emccMode>"));
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
        TEST(pages_cannot_be_pushed_by_everybody),
        TEST(phone_services_by_category_and_model),
        TEST(files_of_the_directory),
        TEST(answered_when_memory_is_short),
        TEST(placed_files_of_any_name),
        TEST(softkey_templates),
        TEST(settings_of_enterprise_profile_and_phone),
        TEST(dial_templates_by_calling_search_space),
        TEST(lines_of_the_model),
        TEST(addresses_of_both_families),
        TEST(firmware_of_models),
        TEST(dial_templates),
        TEST(visitor_is_redirected_and_comes_back),
        TEST(wrong_element_name_is_refused_when_it_is_given),
        TEST(stops_amid_transfers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
