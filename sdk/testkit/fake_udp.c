/* UDP without a network: what is sent is recorded, what is received the test injects. */
#include <stdlib.h>
#include <string.h>

#include <sojourn/net.h>

#include "host/core/callback.h"
#include "kit.h"

struct fake_udp {
    sj_handle handle; /* a sj_udp * is a struct fake_udp * */
    sj_list_link link;
    sj_address local;
    sj_datagrams_fn receive;
    sj_undelivered_fn undelivered;
    void *user;
};

static void udp_end(sj_handle *handle) {
    sj_list_remove(&((struct fake_udp *)handle)->link);
    sj_handle_release(handle);
}

/* The one that is bound to that address and port. */
static struct fake_udp *find_bound(const sj_testkit *kit, const sj_address *local) {
    SJ_LIST_EACH(socket, &kit->sockets, struct fake_udp, link) {
        if (sj_address_equal(&socket->local, local)) {
            return socket;
        }
    }
    return NULL;
}

/* The first one that is bound to that port, if there is one of the sender's family. */
static struct fake_udp *find_socket(const sj_testkit *kit, int port, const char *from_address) {
    struct fake_udp *found = NULL;
    sj_address from;
    if (sj_address_parse(from_address, 0, &from) != SJ_OK) {
        return NULL;
    }
    SJ_LIST_EACH(socket, &kit->sockets, struct fake_udp, link) { /* the newest first */
        if (ntohs(socket->local.v4.sin_port) == port &&
            (found == NULL || socket->local.any.sa_family == from.any.sa_family)) {
            found = socket;
        }
    }
    return found;
}

static sj_udp *fake_open(sj_scope *scope, const char *here, const char *address, int port,
                         sj_datagrams_fn receive, void *user, sj_error *error) {
    sj_testkit *kit = kit_of(scope);
    struct fake_udp *socket;
    char name[48];
    sj_address local;
    if (port == 0) {
        port = kit->next_port++;
    }
    if (sj_address_parse(address, port, &local) != SJ_OK) {
        (void)sj_error_set(error, SJ_E_INVALID,
                           "cannot bind %s:%d: expected an IPv4 or IPv6 address", address, port);
        return NULL;
    }
    if (find_bound(kit, &local) != NULL) {
        (void)sj_error_set(error, SJ_E_IO, "cannot bind %s:%d: address already in use", address,
                           port);
        return NULL;
    }
    socket = sj_node_alloc(&kit->node, sizeof *socket);
    (void)snprintf(name, sizeof name, "%.38s:%d", address, port);
    if (socket == NULL ||
        sj_handle_init(&socket->handle, scope, "udp", here, name, udp_end) != SJ_OK) {
        free(socket);
        (void)sj_error_set(error, SJ_E_NO_MEMORY,
                           "cannot bind %s:%d: out of memory, or being stopped", address, port);
        return NULL;
    }
    socket->local = local;
    socket->receive = receive;
    socket->user = user;
    sj_list_add_first(&kit->sockets, &socket->link);
    return (sj_udp *)socket;
}

static int fake_send(sj_udp *udp, const sj_address *to, const void *data, size_t length) {
    struct fake_udp *socket = (struct fake_udp *)udp;
    if (socket->handle.closing) {
        return SJ_E_CANCELLED;
    }
    kit_record_bytes(kit_of(socket->handle.scope), "udp", &socket->local, to, data, length);
    return SJ_OK;
}

static void fake_local(const sj_udp *udp, sj_address *local) {
    *local = ((const struct fake_udp *)(const void *)udp)->local;
}

static void fake_on_undelivered(sj_udp *udp, sj_undelivered_fn undelivered) {
    ((struct fake_udp *)udp)->undelivered = undelivered;
}

static void fake_close(sj_udp *udp) {
    if (udp != NULL) {
        sj_host_handle_close((sj_handle *)udp);
    }
}

static int receive(sj_testkit *kit, struct fake_udp *socket, const char *from_address,
                   int from_port, const void *data, size_t length) {
    sj_datagram datagram = {.length = length};
    struct bracket bracket;
    char *copy; /* a block of its own, so that reading past the end is seen by the sanitizer */
    if (socket == NULL || sj_address_parse(from_address, from_port, &datagram.from) != SJ_OK) {
        return socket == NULL ? SJ_E_NOT_FOUND : SJ_E_INVALID;
    }
    copy = kit_need(length);
    memcpy(copy, data, length);
    datagram.data = copy;
    bracket = sj_enter(socket->handle.scope, "udp");
    socket->receive(socket->user, (sj_udp *)socket, &datagram, 1);
    sj_leave(&bracket);
    free(copy);
    sj_testkit_run(kit);
    return SJ_OK;
}

int sj_testkit_datagram(sj_testkit *kit, int port, const char *from_address, int from_port,
                        const void *data, size_t length) {
    return receive(kit, find_socket(kit, port, from_address), from_address, from_port, data,
                   length);
}

int sj_testkit_datagram_to(sj_testkit *kit, const char *address, int port, const char *from_address,
                           int from_port, const void *data, size_t length) {
    sj_address own;
    return sj_address_parse(address, port, &own) != SJ_OK
               ? SJ_E_INVALID
               : receive(kit, find_bound(kit, &own), from_address, from_port, data, length);
}

int sj_testkit_undelivered(sj_testkit *kit, int port, const char *to_address, int to_port,
                           const void *data, size_t length, const char *reason) {
    struct fake_udp *socket = find_socket(kit, port, to_address);
    sj_undelivered datagram = {.size = sizeof datagram, .length = length, .reason = reason};
    struct bracket bracket;
    char *copy; /* as in receive */
    if (socket == NULL || socket->undelivered == NULL) {
        return SJ_E_NOT_FOUND;
    }
    (void)sj_address_parse(to_address, to_port, &datagram.to); /* find_socket has read it */
    copy = kit_need(length);
    memcpy(copy, data, length);
    datagram.data = copy;
    bracket = sj_enter(socket->handle.scope, "udp");
    socket->undelivered(socket->user, (sj_udp *)socket, &datagram);
    sj_leave(&bracket);
    free(copy);
    sj_testkit_run(kit);
    return SJ_OK;
}

void kit_udp_fill(sj_host *table) {
    table->udp_open = fake_open;
    table->udp_send = fake_send;
    table->udp_local = fake_local;
    table->udp_close = fake_close;
    table->udp_on_undelivered = fake_on_undelivered;
}
