/* The TFTP server (tftp_server.h): takes requests, sends blocks, hears acknowledgements. Which
 * transfers there are and who may have another one is the table's matter (transfer_table.h). */
#include "tftp_server.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/node_address.h>

#include "parameters/tftp.h"
#include "round_trip.h"
#include "tftp_packet.h"
#include "transfer_table.h"

enum {
    TRANSFER_SOCKETS = 8,
    MOST_BLOCK = 65464,
    PLAIN_BLOCK = 512,
    SMALL_PACKET = 512,
    PACKET_HEAD = 28, /* IPv4 and UDP */
    MOST_AMPLIFICATION =
        3,               /* bytes sent to an unproven address for each byte that came from there */
    UNPROVEN_MS = 10000, /* an unproven transfer is given up after this long */
};

struct transfer {
    struct transfer_entry entry; /* first: the table's */
    struct tftp_server *server;
    sj_scope *scope;
    sj_udp *socket;
    struct file *sending; /* NULL while the file is still being read */
    sj_handle *timer;
    struct tftp_request request; /* name is not kept */
    uint64_t asked;              /* transfer_table_hash of the datagram that asked for it */
    struct round_trip trip;
    size_t block_size;
    uint64_t block; /* last block sent, from 1; 0: the option acknowledgement */
    uint64_t sent_at_ms;
    uint64_t deadline_ms;                      /* give up when nothing is heard until then */
    size_t bytes_received, bytes_sent;         /* while unproven, heads of the packets included */
    unsigned requests_received, large_answers; /* while unproven */
    bool repeated;                             /* the present block was sent more than once */
};

/* Subjects of the log. */
static const char NOT_AT_ONCE[] = "TFTP requests are not served at once";

struct tftp_server {
    sj_scope *scope;
    struct file_source *files;
    sj_udp *listeners[SJ_NODE_ADDRESSES]; /* of each address of the node */
    sj_udp *sockets[SJ_NODE_ADDRESSES][TRANSFER_SOCKETS];
    unsigned next_socket;
    struct transfer_table *table;
    sj_metric *requests, *finished, *abandoned, *active_gauge, *refused, *displaced, *busy;
    char packet[4 + MOST_BLOCK];
};

static struct transfer *find_transfer(struct tftp_server *server, const sj_udp *socket,
                                      const sj_address *peer) {
    return (struct transfer *)transfer_table_find(server->table, socket, peer);
}

/* Counts a limit that was met, and logs it once a minute. */
static void limit_met(struct tftp_server *server, sj_metric *counter, const sj_address *peer,
                      const char *subject, const char *why) {
    char address[SJ_ADDRESS_TEXT];
    sj_metric_add(server->scope, counter, 1);
    (void)sj_address_format(peer, address, sizeof address);
    sj_log_limited(server->scope, SJ_LOG_WARNING, subject, "from %s, %s", address, why);
}

/* The transfer's scope is over, by end_transfer or because the service stops. */
static void on_transfer_closed(void *user) {
    struct transfer *transfer = user;
    transfer_table_remove(transfer->server->table, &transfer->entry);
    file_release(transfer->sending);
    free(transfer);
}

static void show_active(struct tftp_server *server) {
    sj_metric_set(server->scope, server->active_gauge,
                  (double)(server->table->proven + server->table->unproven));
}

static void end_transfer(struct transfer *transfer, sj_metric *counter) {
    struct tftp_server *server = transfer->server;
    sj_metric_add(server->scope, counter, 1);
    transfer_table_remove(server->table, &transfer->entry);
    show_active(server);
    sj_scope_close(transfer->scope);
}

static void send_error(struct tftp_server *server, sj_udp *socket, const sj_address *to,
                       enum tftp_error_code code, const char *text) {
    char packet[SMALL_PACKET];
    size_t length = tftp_write_error(packet, sizeof packet, code, text);
    (void)sj_udp_send(server->scope, socket, to, packet, length);
}

/* An answer to whoever sent `received` bytes and has proved nothing: its text is cut where the
 * answer would be a reflection. */
static void send_small_error(struct tftp_server *server, sj_udp *socket, const sj_address *to,
                             size_t received, enum tftp_error_code code, const char *text) {
    char cut[SMALL_PACKET];
    const size_t room = (received + PACKET_HEAD) * MOST_AMPLIFICATION - PACKET_HEAD - 4;
    (void)snprintf(cut, room < sizeof cut ? room : sizeof cut, "%s", text);
    send_error(server, socket, to, code, cut);
}

/* Whether `length` bytes may be sent to where the transfer's request came from. An address that has
 * acknowledged nothing gets no more than a small multiple of what came from there; the first block
 * of a request without options is larger, and has a budget of its own. */
static bool may_send(struct transfer *transfer, size_t length) {
    struct tftp_server *server = transfer->server;
    const uint64_t now = sj_monotonic_ms(transfer->scope);
    if (transfer->entry.proven || transfer_table_knows(server->table, &transfer->entry.peer, now)) {
        return true;
    }
    if (transfer->bytes_sent + length + PACKET_HEAD >
        transfer->bytes_received * MOST_AMPLIFICATION) {
        if (transfer->block == 0 || transfer->large_answers >= transfer->requests_received ||
            !transfer_table_large_answer(server->table, &transfer->entry.peer, now)) {
            return false;
        }
        transfer->large_answers++;
    }
    transfer->bytes_sent += length + PACKET_HEAD;
    return true;
}

/* Sends, or sends again, the present block. */
static void send_block(struct transfer *transfer) {
    struct tftp_server *server = transfer->server;
    size_t length;
    if (transfer->block == 0) {
        length = tftp_write_oack(server->packet, sizeof server->packet, &transfer->request,
                                 (long)transfer->block_size, transfer->sending->length);
    } else {
        size_t offset = (size_t)(transfer->block - 1) * transfer->block_size;
        size_t count = transfer->sending->length - offset < transfer->block_size
                           ? transfer->sending->length - offset
                           : transfer->block_size;
        length = tftp_write_data_head(server->packet, (uint16_t)(transfer->block & 0xffff));
        memcpy(server->packet + length, transfer->sending->data + offset, count);
        length += count;
    }
    if (may_send(transfer, length)) {
        transfer->sent_at_ms = sj_monotonic_ms(server->scope);
        (void)sj_udp_send(server->scope, transfer->socket, &transfer->entry.peer, server->packet,
                          length);
    }
}

static bool is_last(const struct transfer *transfer) {
    return transfer->block > 0 &&
           transfer->block * transfer->block_size > transfer->sending->length;
}

static int64_t waiting_time(const struct transfer *transfer) {
    return transfer->request.timeout_s > 0 ? transfer->request.timeout_s * 1000
                                           : transfer->trip.timeout_ms;
}

static void on_silence(void *user) {
    struct transfer *transfer = user;
    if (sj_monotonic_ms(transfer->scope) >= transfer->deadline_ms) {
        end_transfer(transfer, transfer->server->abandoned);
        return;
    }
    round_trip_expired(&transfer->trip);
    transfer->repeated = true;
    send_block(transfer);
    sj_timer_again(transfer->scope, transfer->timer, waiting_time(transfer));
}

static void hear(struct transfer *transfer) {
    uint64_t now = sj_monotonic_ms(transfer->scope);
    if (!transfer->entry.proven) {
        transfer_table_prove(transfer->server->table, &transfer->entry, now);
    }
    if (!transfer->repeated) {
        round_trip_sample(&transfer->trip, (int64_t)(now - transfer->sent_at_ms));
    }
    transfer->deadline_ms =
        now + (uint64_t)sj_param_tftp_transfer_timeout_s(transfer->scope) * 1000;
    transfer->repeated = false;
}

/* An acknowledgement of the present block moves on; any other is a late or repeated one and is let
 * pass (RFC 1123 4.2.3.1). */
static void on_ack(struct transfer *transfer, long number) {
    if (transfer->sending == NULL || number != (long)(transfer->block & 0xffff)) {
        return;
    }
    hear(transfer);
    if (is_last(transfer)) {
        transfer_table_dally(transfer->server->table, &transfer->entry,
                             sj_monotonic_ms(transfer->scope));
        end_transfer(transfer, transfer->server->finished);
        return;
    }
    transfer->block++;
    send_block(transfer);
    sj_timer_again(transfer->scope, transfer->timer, waiting_time(transfer));
}

static void on_transfer_packets(void *user, sj_udp *socket, const sj_datagram *datagrams,
                                size_t count) {
    struct tftp_server *server = user;
    for (size_t i = 0; i < count; i++) {
        struct transfer *transfer = find_transfer(server, socket, &datagrams[i].from);
        int opcode = tftp_opcode_of(datagrams[i].data, datagrams[i].length);
        if (transfer == NULL) {
            if (opcode == TFTP_ACK &&
                !transfer_table_dallies(server->table, socket, &datagrams[i].from,
                                        sj_monotonic_ms(server->scope))) {
                send_error(server, socket, &datagrams[i].from, TFTP_ERROR_UNKNOWN_TID,
                           "Unknown transfer");
            }
        } else if (opcode == TFTP_ACK) {
            on_ack(transfer, tftp_read_ack(datagrams[i].data, datagrams[i].length));
        } else if (opcode == TFTP_ERROR) {
            end_transfer(transfer, server->abandoned);
        }
    }
}

static void on_file(void *user, int status, const char *reason, struct file *found) {
    struct transfer *transfer = user;
    struct tftp_server *server = transfer->server;
    if (status == SJ_E_LIMIT) {
        limit_met(server, server->busy, &transfer->entry.peer, NOT_AT_ONCE,
                  "too many files are being read");
        end_transfer(transfer, server->abandoned);
        return;
    }
    if (found == NULL) {
        send_small_error(server, transfer->socket, &transfer->entry.peer,
                         transfer->bytes_received - PACKET_HEAD,
                         status == SJ_E_NOT_FOUND ? TFTP_ERROR_NOT_FOUND
                         : status == SJ_E_DENIED  ? TFTP_ERROR_ACCESS
                                                  : TFTP_ERROR_UNDEFINED,
                         reason);
        end_transfer(transfer, server->refused);
        return;
    }
    transfer->sending = file_retain(found);
    transfer->block = transfer->request.block_size > 0 || transfer->request.timeout_s > 0 ||
                              transfer->request.transfer_size
                          ? 0
                          : 1;
    transfer->timer = sj_timer_start(transfer->scope, waiting_time(transfer),
                                     waiting_time(transfer), on_silence, transfer);
    if (transfer->timer == NULL) {
        end_transfer(transfer, server->abandoned);
        return;
    }
    send_block(transfer);
}

/* The same request again while its file is still being read, or while its first packet is on the
 * way, is the same transfer: its answer was lost, or waits for the right to be sent. True when that
 * is so. A client that asks from that port for something else, or that had got further, has begun
 * anew. */
static bool is_repeated(struct tftp_server *server, const sj_datagram *datagram) {
    struct transfer *same = find_transfer(server, NULL, &datagram->from);
    if (same == NULL) {
        return false;
    }
    if (same->asked != transfer_table_hash(datagram->data, datagram->length) ||
        (same->sending != NULL && same->block > 1)) {
        end_transfer(same, server->abandoned);
        return false;
    }
    same->bytes_received += datagram->length + PACKET_HEAD;
    same->requests_received++;
    if (same->sending != NULL && !same->entry.proven) {
        same->repeated = true;
        send_block(same);
    }
    return true;
}

/* `socket`: the one that it came to. */
static void start_transfer(struct tftp_server *server, const sj_udp *socket,
                           const sj_datagram *datagram, const struct tftp_request *request) {
    if (is_repeated(server, datagram)) {
        return;
    }
    if (!transfer_table_admits(server->table, &datagram->from,
                               sj_param_tftp_maximum_serving_count(server->scope))) {
        limit_met(server, server->busy, &datagram->from, NOT_AT_ONCE,
                  "Maximum Serving Count, or the share of one address, is reached");
        return;
    }
    struct transfer *transfer = calloc(1, sizeof *transfer);
    sj_scope *scope = transfer == NULL
                          ? NULL
                          : sj_scope_open(server->scope, "transfer", on_transfer_closed, transfer);
    if (scope == NULL) {
        free(transfer);
        return;
    }
    int64_t most = sj_param_tftp_maximum_block_size(server->scope);
    transfer->server = server;
    transfer->scope = scope;
    size_t address = 0;
    while (server->listeners[address] != socket) {
        address++;
    }
    transfer->socket = server->sockets[address][server->next_socket++ % TRANSFER_SOCKETS];
    transfer->entry.socket = transfer->socket;
    transfer->entry.peer = datagram->from;
    transfer->request = *request;
    transfer->asked = transfer_table_hash(datagram->data, datagram->length);
    transfer->bytes_received = datagram->length + PACKET_HEAD;
    transfer->requests_received = 1;
    transfer->block_size = request->block_size == 0              ? PLAIN_BLOCK
                           : (int64_t)request->block_size < most ? (size_t)request->block_size
                                                                 : (size_t)most;
    transfer->deadline_ms = sj_monotonic_ms(scope) + UNPROVEN_MS;
    round_trip_start(&transfer->trip);
    struct transfer *oldest =
        (struct transfer *)transfer_table_add(server->table, &transfer->entry);
    if (oldest != NULL) {
        limit_met(server, server->displaced, &oldest->entry.peer, "TFTP requests are dropped",
                  "too many clients acknowledged nothing (a flood from false addresses?)");
        end_transfer(oldest, server->abandoned);
    }
    show_active(server);
    file_source_ask(server->files, scope, request->name, request->name_length,
                    &transfer->entry.peer, false, on_file, transfer);
}

static void on_requests(void *user, sj_udp *socket, const sj_datagram *datagrams, size_t count) {
    struct tftp_server *server = user;
    for (size_t i = 0; i < count; i++) {
        struct tftp_request request;
        sj_metric_add(server->scope, server->requests, 1);
        if (!tftp_read_request(datagrams[i].data, datagrams[i].length, &request)) {
            /* An error packet is never answered by one: two servers would talk for ever. */
            if (tftp_opcode_of(datagrams[i].data, datagrams[i].length) != TFTP_ERROR) {
                send_small_error(server, socket, &datagrams[i].from, datagrams[i].length,
                                 TFTP_ERROR_ILLEGAL, "Read request expected");
            }
        } else if (request.opcode == TFTP_WRQ) {
            send_small_error(server, socket, &datagrams[i].from, datagrams[i].length,
                             TFTP_ERROR_ACCESS, "Files cannot be written");
        } else if (!request.octet) {
            send_small_error(server, socket, &datagrams[i].from, datagrams[i].length,
                             TFTP_ERROR_ILLEGAL, "Only mode octet is served");
        } else {
            start_transfer(server, socket, &datagrams[i], &request);
        }
    }
}

static bool listen_on(struct tftp_server *server, size_t number, sj_error *error) {
    const sj_node *node = server->scope->host->node;
    const char *address = sj_node_address(node, number);
    server->listeners[number] =
        sj_udp_open(server->scope, address, node->tftp_port, on_requests, server, error);
    bool complete = server->listeners[number] != NULL;
    for (size_t i = 0; complete && i < TRANSFER_SOCKETS; i++) {
        server->sockets[number][i] =
            sj_udp_open(server->scope, address, 0, on_transfer_packets, server, error);
        complete = server->sockets[number][i] != NULL;
    }
    return complete;
}

struct tftp_server *tftp_server_open(sj_scope *scope, struct file_source *files, sj_error *error) {
    const sj_node *node = scope->host->node;
    struct tftp_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: the TFTP server cannot start");
        return NULL;
    }
    server->table = malloc(sizeof *server->table);
    if (server->table == NULL) {
        free(server);
        (void)sj_error_set(error, SJ_E_NO_MEMORY,
                           "out of memory: no room for the table of TFTP transfers");
        return NULL;
    }
    transfer_table_start(server->table);
    server->scope = scope;
    server->files = files;
    server->requests =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_requests_total", "TFTP requests received");
    server->finished = sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_transfers_total",
                                     "TFTP transfers completed");
    server->abandoned = sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_given_up_total",
                                      "TFTP transfers abandoned by the client");
    server->refused = sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_refused_total",
                                    "TFTP requests answered with an error");
    server->active_gauge = sj_metric_new(scope, SJ_GAUGE, "sojourn_tftp_transfers_active",
                                         "TFTP transfers in progress");
    server->displaced =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_displaced_total",
                      "TFTP requests dropped because too many clients acknowledged nothing");
    server->busy =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_tftp_busy_total",
                      "TFTP requests left to their repetition because a limit was reached");
    bool complete = true;
    for (size_t i = 0; complete && i < sj_node_address_count(node); i++) {
        complete = listen_on(server, i, error);
    }
    if (!complete) {
        tftp_server_close(server);
        return NULL;
    }
    return server;
}

void tftp_server_close(struct tftp_server *server) {
    if (server != NULL) {
        transfer_table_end(server->table); /* the transfers went with their scopes */
        free(server->table);
        free(server);
    }
}
