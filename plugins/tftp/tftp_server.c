/* See tftp_server.h. */
#include "tftp_server.h"

#include <stdlib.h>
#include <string.h>

#include "parameters/tftp.h"
#include "round_trip.h"
#include "tftp_packet.h"

enum { TRANSFER_SOCKETS = 8, BUCKETS = 8192, MOST_BLOCK = 65464, PLAIN_BLOCK = 512, SMALL_PACKET = 512 };

typedef struct transfer {
    struct transfer *next; /* in its bucket */
    tftp_server *server;
    sj_scope *scope;
    sj_udp *socket;
    sj_address peer;
    file *sending; /* NULL while the file is still being read */
    sj_handle *timer;
    tftp_request request; /* name is not kept */
    round_trip trip;
    size_t block_size;
    uint64_t block; /* last block sent, from 1; 0: the option acknowledgement */
    uint64_t sent_at_ms;
    uint64_t deadline_ms; /* give up when nothing is heard until then */
    bool repeated;        /* the present block was sent more than once */
    bool linked;
} transfer;

struct tftp_server {
    sj_scope *scope;
    file_source *files;
    sj_udp *listener;
    sj_udp *sockets[TRANSFER_SOCKETS];
    unsigned next_socket;
    int64_t active;
    transfer *buckets[BUCKETS];
    sj_metric *requests, *finished, *given_up, *active_gauge, *refused;
    char packet[4 + MOST_BLOCK];
};

static size_t bucket_of(const sj_address *peer) {
    uint64_t hash = 0xcbf29ce484222325u;
    const unsigned char *bytes = peer->any.sa_family == AF_INET6 ? (const unsigned char *)&peer->v6.sin6_addr
                                                                 : (const unsigned char *)&peer->v4.sin_addr;
    size_t count = peer->any.sa_family == AF_INET6 ? 16 : 4;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    }
    uint16_t port = peer->any.sa_family == AF_INET6 ? peer->v6.sin6_port : peer->v4.sin_port;
    hash = (hash ^ port) * 0x100000001b3u;
    return (size_t)((hash ^ hash >> 29) % BUCKETS);
}

static transfer *find_transfer(tftp_server *server, const sj_udp *socket, const sj_address *peer) {
    transfer *one = server->buckets[bucket_of(peer)];
    while (one != NULL && !((socket == NULL || one->socket == socket) && sj_address_equal(&one->peer, peer))) {
        one = one->next;
    }
    return one;
}

static void unlink_transfer(transfer *one) {
    if (!one->linked) {
        return;
    }
    transfer **link = &one->server->buckets[bucket_of(&one->peer)];
    while (*link != one) {
        link = &(*link)->next;
    }
    *link = one->next;
    one->linked = false;
    one->server->active--;
}

/* The transfer's scope is over, by end_transfer or because the service stops. */
static void on_transfer_closed(void *user) {
    transfer *one = user;
    unlink_transfer(one);
    file_release(one->sending);
    free(one);
}

static void end_transfer(transfer *one, sj_metric *counter) {
    tftp_server *server = one->server;
    sj_metric_add(server->scope, counter, 1);
    unlink_transfer(one);
    sj_metric_set(server->scope, server->active_gauge, (double)server->active);
    sj_scope_close(one->scope);
}

static void send_error(tftp_server *server, sj_udp *socket, const sj_address *to, tftp_error_code code, const char *text) {
    char packet[SMALL_PACKET];
    size_t length = tftp_write_error(packet, sizeof packet, code, text);
    (void)sj_udp_send(server->scope, socket, to, packet, length);
}

/* Sends, or sends again, the present block. */
static void send_block(transfer *one) {
    tftp_server *server = one->server;
    size_t length;
    if (one->block == 0) {
        length =
            tftp_write_oack(server->packet, sizeof server->packet, &one->request, (long)one->block_size, one->sending->length);
    } else {
        size_t offset = (size_t)(one->block - 1) * one->block_size;
        size_t count = one->sending->length - offset < one->block_size ? one->sending->length - offset : one->block_size;
        length = tftp_write_data_head(server->packet, (uint16_t)(one->block & 0xffff));
        memcpy(server->packet + length, one->sending->data + offset, count);
        length += count;
    }
    one->sent_at_ms = sj_monotonic_ms(server->scope);
    (void)sj_udp_send(server->scope, one->socket, &one->peer, server->packet, length);
}

static bool is_last(const transfer *one) {
    return one->block > 0 && one->block * one->block_size > one->sending->length;
}

static int64_t waiting_time(const transfer *one) {
    return one->request.timeout_s > 0 ? one->request.timeout_s * 1000 : one->trip.timeout_ms;
}

static void on_silence(void *user) {
    transfer *one = user;
    if (sj_monotonic_ms(one->scope) >= one->deadline_ms) {
        end_transfer(one, one->server->given_up);
        return;
    }
    round_trip_expired(&one->trip);
    one->repeated = true;
    send_block(one);
    sj_timer_again(one->scope, one->timer, waiting_time(one));
}

static void hear(transfer *one) {
    uint64_t now = sj_monotonic_ms(one->scope);
    if (!one->repeated) {
        round_trip_sample(&one->trip, (int64_t)(now - one->sent_at_ms));
    }
    one->deadline_ms = now + (uint64_t)sj_param_tftp_transfer_timeout_s(one->scope) * 1000;
    one->repeated = false;
}

/* An acknowledgement of the present block moves on; any other is a late or repeated one and is let pass (RFC 1123 4.2.3.1). */
static void on_ack(transfer *one, long number) {
    if (one->sending == NULL || number != (long)(one->block & 0xffff)) {
        return;
    }
    hear(one);
    if (is_last(one)) {
        end_transfer(one, one->server->finished);
        return;
    }
    one->block++;
    send_block(one);
    sj_timer_again(one->scope, one->timer, waiting_time(one));
}

static void on_transfer_packets(void *user, sj_udp *socket, const sj_datagram *datagrams, size_t count) {
    tftp_server *server = user;
    for (size_t i = 0; i < count; i++) {
        transfer *one = find_transfer(server, socket, &datagrams[i].from);
        int opcode = tftp_opcode_of(datagrams[i].data, datagrams[i].length);
        if (one == NULL) {
            if (opcode == TFTP_ACK) {
                send_error(server, socket, &datagrams[i].from, TFTP_ERROR_UNKNOWN_TID, "Unknown transfer");
            }
        } else if (opcode == TFTP_ACK) {
            on_ack(one, tftp_read_ack(datagrams[i].data, datagrams[i].length));
        } else if (opcode == TFTP_ERROR) {
            end_transfer(one, server->given_up);
        }
    }
}

static void on_file(void *user, int status, const char *reason, file *found) {
    transfer *one = user;
    tftp_server *server = one->server;
    if (found == NULL) {
        send_error(server, one->socket, &one->peer,
                   status == SJ_E_NOT_FOUND ? TFTP_ERROR_NOT_FOUND
                   : status == SJ_E_DENIED  ? TFTP_ERROR_ACCESS
                                            : TFTP_ERROR_UNDEFINED,
                   reason);
        end_transfer(one, server->refused);
        return;
    }
    one->sending = file_retain(found);
    one->block = one->request.block_size > 0 || one->request.timeout_s > 0 || one->request.transfer_size ? 0 : 1;
    one->timer = sj_timer_start(one->scope, waiting_time(one), waiting_time(one), on_silence, one);
    if (one->timer == NULL) {
        end_transfer(one, server->given_up);
        return;
    }
    send_block(one);
}

static void start_transfer(tftp_server *server, const sj_datagram *datagram, const tftp_request *request) {
    /* A repeated request while its file is still being read, or while its first packet is on the way, is the same transfer. */
    transfer *same = find_transfer(server, NULL, &datagram->from);
    if (same != NULL) {
        if (same->sending == NULL || same->block <= 1) {
            return;
        }
        end_transfer(same, server->given_up);
    }
    if (server->active >= sj_param_tftp_maximum_serving_count(server->scope)) {
        return;
    }
    transfer *one = calloc(1, sizeof *one);
    sj_scope *scope = one == NULL ? NULL : sj_scope_open(server->scope, "transfer", on_transfer_closed, one);
    if (scope == NULL) {
        free(one);
        return;
    }
    int64_t most = sj_param_tftp_maximum_block_size(server->scope);
    one->server = server;
    one->scope = scope;
    one->socket = server->sockets[server->next_socket++ % TRANSFER_SOCKETS];
    one->peer = datagram->from;
    one->request = *request;
    one->block_size = request->block_size == 0              ? PLAIN_BLOCK
                      : (int64_t)request->block_size < most ? (size_t)request->block_size
                                                            : (size_t)most;
    one->deadline_ms = sj_monotonic_ms(scope) + (uint64_t)sj_param_tftp_transfer_timeout_s(scope) * 1000;
    round_trip_start(&one->trip);
    size_t bucket = bucket_of(&one->peer);
    one->next = server->buckets[bucket];
    server->buckets[bucket] = one;
    one->linked = true;
    server->active++;
    sj_metric_set(server->scope, server->active_gauge, (double)server->active);
    file_source_ask(server->files, scope, request->name, request->name_length, &one->peer, false, on_file, one);
}

static void on_requests(void *user, sj_udp *socket, const sj_datagram *datagrams, size_t count) {
    tftp_server *server = user;
    for (size_t i = 0; i < count; i++) {
        tftp_request request;
        sj_metric_add(server->scope, server->requests, 1);
        if (!tftp_read_request(datagrams[i].data, datagrams[i].length, &request)) {
            /* An error packet is never answered by one: two servers would talk for ever. */
            if (tftp_opcode_of(datagrams[i].data, datagrams[i].length) != TFTP_ERROR) {
                send_error(server, socket, &datagrams[i].from, TFTP_ERROR_ILLEGAL, "Read request expected");
            }
        } else if (request.opcode == TFTP_WRQ) {
            send_error(server, socket, &datagrams[i].from, TFTP_ERROR_ACCESS, "Files cannot be written");
        } else if (!request.octet) {
            send_error(server, socket, &datagrams[i].from, TFTP_ERROR_ILLEGAL, "Only mode octet is served");
        } else {
            start_transfer(server, &datagrams[i], &request);
        }
    }
}

tftp_server *tftp_server_open(sj_scope *scope, file_source *files, sj_error *error) {
    const sj_node *node = scope->host->node;
    tftp_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the TFTP server");
        return NULL;
    }
    server->scope = scope;
    server->files = files;
    server->requests = sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_requests_total", "TFTP requests received");
    server->finished = sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_transfers_total", "TFTP transfers completed");
    server->given_up = sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_given_up_total", "TFTP transfers that the client left");
    server->refused = sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_refused_total", "TFTP requests answered with an error");
    server->active_gauge = sj_metric_new(scope, SJ_GAUGE, "sojourn_tftp_transfers_active", "TFTP transfers in progress");
    server->listener = sj_udp_open(scope, node->address, node->tftp_port, on_requests, server, error);
    bool complete = server->listener != NULL;
    for (size_t i = 0; complete && i < TRANSFER_SOCKETS; i++) {
        server->sockets[i] = sj_udp_open(scope, node->address, 0, on_transfer_packets, server, error);
        complete = server->sockets[i] != NULL;
    }
    if (!complete) {
        free(server);
        return NULL;
    }
    return server;
}

void tftp_server_close(tftp_server *server) {
    free(server); /* the transfers went with their scopes */
}
