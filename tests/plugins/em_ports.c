/* Plays the listeners behind the ports that a check tries, by the world's settings. */
#include "em_ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIPS = 5061, HTTPS = 8443, TFTP = 69, TFTP_READ = 1, TFTP_TRANSFER = 30000 };

static bool is(const char *ports, const char *transport, int port) {
    char text[16];
    (void)snprintf(text, sizeof text, "%s %d", transport, port);
    return ports != NULL && strcmp(ports, text) == 0;
}

/* An answer to the OPTIONS in `request`. */
static size_t sip_answer(const char *request, char *answer, size_t room) {
    const char *call_id = strstr(request, "Call-ID: ");
    const int length = call_id != NULL ? (int)strcspn(call_id, "\r\n") : 0;
    return (size_t)snprintf(answer, room, "SIP/2.0 200 OK\r\n%.*s\r\nContent-Length: 0\r\n\r\n",
                            length, call_id);
}

static void serve_connection(const struct world *world, sj_testkit_peer *peer) {
    static const sj_testkit_tls own = {.common_name = "node"};
    char answer[256], ignored[SJ_ADDRESS_TEXT];
    sj_address to;
    sj_testkit_destination(peer, &to);
    const int port = sj_address_format(&to, ignored, sizeof ignored);
    if (is(world->dead_port, "tcp", port)) {
        sj_testkit_hang_up(peer, SJ_E_UNAVAILABLE, "connection refused");
    } else if (port == SIPS || port == HTTPS) {
        if (is(world->strange_port, "tcp", port)) {
            sj_testkit_hang_up(peer, SJ_E_UNTRUSTED, "its certificate is not trusted");
        } else {
            sj_testkit_accept_tls(peer, &own);
        }
    } else {
        sj_testkit_accept(peer);
        if (is(world->strange_port, "tcp", port)) {
            sj_testkit_write(peer, "220 smtp.example ESMTP\r\n", 24);
        } else {
            sj_testkit_write(peer, answer,
                             sip_answer(sj_testkit_received(peer, NULL), answer, sizeof answer));
        }
    }
}

static void serve_datagram(const struct world *world, int cluster, size_t index) {
    const char *record = sj_testkit_nth(world->kits[cluster], "udp", index);
    char answer[256], address[SJ_ADDRESS_TEXT];
    const void *data;
    size_t length;
    sj_address to;
    if (record == NULL ||
        !sj_testkit_datagram_sent(world->kits[cluster], index, &to, &data, &length)) {
        return;
    }
    const int port = sj_address_format(&to, address, sizeof address),
              from = atoi(strchr(record, ':') + 1);
    if (is(world->dead_port, "udp", port) || port == TFTP_TRANSFER) {
        return;
    }
    if (port == TFTP && ((const char *)data)[1] == TFTP_READ) {
        const bool other = is(world->strange_port, "udp", port);
        static const char refusal[] = "\0\5\0\1File not found";
        char packet[128] = "\0\3\0\1";
        const int text =
            snprintf(packet + 4, sizeof packet - 4, "<Default>\n<name>%s</name>\n</Default>\n",
                     world->strange_files != NULL ? world->strange_files : address);
        (void)sj_testkit_datagram(world->kits[cluster], from, address, TFTP_TRANSFER,
                                  other ? refusal : packet,
                                  other ? sizeof refusal : 4 + (size_t)text);
    } else if (port != TFTP) {
        size_t answered = sip_answer(data, answer, sizeof answer);
        if (is(world->strange_port, "udp", port)) {
            answered = (size_t)snprintf(answer, sizeof answer, "who is there?");
        }
        (void)sj_testkit_datagram(world->kits[cluster], from, address, port, answer, answered);
    }
}

void ports_serve(struct world *world) {
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        sj_testkit_peer *peer;
        while ((peer = sj_testkit_outgoing(world->kits[cluster], world->connections[cluster])) !=
               NULL) {
            world->connections[cluster]++;
            serve_connection(world, peer);
        }
        const size_t sent = sj_testkit_count(world->kits[cluster], "udp", NULL);
        world->datagrams[cluster] = sent < world->datagrams[cluster]
                                        ? 0
                                        : world->datagrams[cluster]; /* the record began anew */
        while (world->datagrams[cluster] < sent) {
            serve_datagram(world, cluster, world->datagrams[cluster]++);
        }
    }
}

bool ports_answer_http(const struct world *world, const sj_http_call *call,
                       sj_http_result *result) {
    if (strstr(call->url, ":8080/healthz") == NULL) {
        return false;
    }
    static const sj_error refused = {.code = SJ_E_UNAVAILABLE, .text = "connection refused"};
    result->status = is(world->dead_port, "tcp", 8080) ? SJ_E_UNAVAILABLE : SJ_OK;
    result->error = result->status != SJ_OK ? &refused : NULL;
    result->http_status = is(world->strange_port, "tcp", 8080) ? 404 : 200;
    result->body = "ok";
    result->body_length = 2;
    return true;
}
