/* UDP sockets: recvmmsg and sendmmsg over uv_poll. What is sent during one iteration of the loop
 * leaves together; what the kernel does not take waits for the socket to become writable, up to a
 * bound. Touches sockets. */
#include "host/net/udp.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>

#include <sojourn/base/array.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/net/address.h"
#include "host/net/bytes.h"
#include "host/net/net.h"

#define BATCH 64
#define DATAGRAM_MAX 65536
#define DATAGRAM_STRIDE                                                                            \
    (DATAGRAM_MAX +                                                                                \
     33 * 64) /* small datagrams must not all fall into the same lines of the cache */
#define KERNEL_BUFFER (4 << 20)
#define QUEUE_BYTES_MAX (4u << 20)
#define QUEUE_COUNT_MAX 16384
#define KEEP_BYTES 262144u
#define ROUNDS 8   /* batches per wake-up, so that one socket does not starve the others */
#define ERRORS 64  /* likewise, of what the network tells of datagrams that did not get there */
#define ATTEMPTS 3 /* to send one, see flush */
#define QUOTED 1024

static const char kind[] = "udp";

/* Receive buffers, shared by all sockets of a node. Untouched pages cost nothing. */
struct udp_batch {
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    sj_address from[BATCH];
    sj_datagram datagrams[BATCH];
    char data[BATCH][DATAGRAM_STRIDE];
};

/* One that waits to be sent: its bytes lie in the queue's run at `offset`. */
struct waiting {
    sj_address to;
    size_t offset, length;
};

struct sj_udp {
    sj_handle handle;
    struct net *net;
    uv_poll_t poll;
    int fd;
    sj_datagrams_fn receive;
    sj_undelivered_fn undelivered; /* NULL: nobody wants to know */
    void *user;
    sj_address local;
    struct waiting *queue;
    size_t queue_first, queue_count, queue_room;
    struct bytes bytes;
    sj_list_link in_dirty;
    bool blocked;
};

struct udp_batch *sj_udp_batch_new(void) {
    struct udp_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return NULL;
    }
    for (int i = 0; i < BATCH; i++) {
        batch->vectors[i].iov_base = batch->data[i];
        batch->vectors[i].iov_len = DATAGRAM_MAX;
        batch->messages[i].msg_hdr.msg_iov = &batch->vectors[i];
        batch->messages[i].msg_hdr.msg_iovlen = 1;
        batch->messages[i].msg_hdr.msg_name = &batch->from[i];
    }
    return batch;
}

void sj_udp_batch_free(struct udp_batch *batch) {
    free(batch);
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(sj_udp *udp) {
    if (!udp->handle.closing) {
        (void)uv_poll_start(&udp->poll, udp->blocked ? UV_READABLE | UV_WRITABLE : UV_READABLE,
                            on_poll);
    }
}

static void tell_undelivered(sj_udp *udp, const sj_address *to, const char *data, size_t length,
                             int code) {
    const sj_undelivered datagram = {sizeof datagram, *to, data, length, uv_strerror(-code)};
    struct bracket bracket;
    if (udp->undelivered != NULL && !udp->handle.closing) {
        bracket = sj_enter(udp->handle.scope, kind);
        udp->undelivered(udp->user, udp, &datagram);
        sj_leave(&bracket);
    }
}

/* A datagram that the kernel refuses for its own sake (no way there, too long) is dropped, as the
 * network would. */
static void drop_first(sj_udp *udp, bool tell, int code) {
    const struct waiting waiting = udp->queue[udp->queue_first++];
    const size_t length = waiting.length < QUOTED ? waiting.length : QUOTED;
    char data[QUOTED]; /* who is told may send, which moves the queue */
    if (tell) {
        memcpy(data, udp->bytes.data + waiting.offset, length);
        tell_undelivered(udp, &waiting.to, data, length, code);
    }
}

/* Sends what waits. What the kernel refuses is told (`tell`) unless a plugin's frame is on the
 * stack, or the socket ends. The kernel reports an error that the network has told of an earlier
 * datagram to whoever calls next: only what is refused repeatedly is refused for its own sake. */
static void flush(sj_udp *udp, bool tell) {
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    unsigned attempts = 0;
    while (udp->queue_first < udp->queue_count) {
        unsigned count = 0;
        int sent;
        for (size_t i = udp->queue_first; i < udp->queue_count && count < BATCH; i++, count++) {
            struct waiting *waiting = &udp->queue[i];
            memset(&messages[count], 0, sizeof messages[count]);
            vectors[count].iov_base = udp->bytes.data + waiting->offset;
            vectors[count].iov_len = waiting->length;
            messages[count].msg_hdr.msg_iov = &vectors[count];
            messages[count].msg_hdr.msg_iovlen = 1;
            messages[count].msg_hdr.msg_name = &waiting->to;
            messages[count].msg_hdr.msg_namelen = sj_address_length(&waiting->to);
        }
        sent = sendmmsg(udp->fd, messages, count, MSG_DONTWAIT);
        if (sent > 0) {
            udp->queue_first += (size_t)sent;
            attempts = 0;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            udp->blocked = true;
            watch(udp);
            return;
        } else if (errno != EINTR && ++attempts == ATTEMPTS) {
            attempts = 0;
            drop_first(udp, tell, errno);
        }
    }
    udp->queue_first = udp->queue_count = 0;
    sj_bytes_clear(&udp->bytes, KEEP_BYTES);
    if (udp->blocked) {
        udp->blocked = false;
        watch(udp);
    }
}

static void receive_batches(sj_udp *udp) {
    struct udp_batch *batch = udp->net->batch;
    for (int round = 0; round < ROUNDS && !udp->handle.closing; round++) {
        int count;
        size_t taken = 0;
        for (int i = 0; i < BATCH; i++) {
            batch->messages[i].msg_hdr.msg_namelen = sizeof batch->from[i];
        }
        count = recvmmsg(udp->fd, batch->messages, BATCH, MSG_DONTWAIT, NULL);
        if (count <= 0) {
            if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
                continue; /* interrupted, or an error of a datagram that was sent */
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            if (batch->messages[i].msg_hdr.msg_flags & MSG_TRUNC) {
                continue;
            }
            batch->datagrams[taken].from = batch->from[i];
            sj_address_unmap(&batch->datagrams[taken].from);
            batch->datagrams[taken].data = batch->data[i];
            batch->datagrams[taken].length = batch->messages[i].msg_len;
            taken++;
        }
        if (taken > 0) {
            struct bracket bracket = sj_enter(udp->handle.scope, kind);
            udp->receive(udp->user, udp, batch->datagrams, taken);
            sj_leave(&bracket);
        }
        if (count < BATCH) {
            return;
        }
    }
}

/* Whether an error means that a datagram did not get there: RFC 3261 18.4 counts unreachable
 * destinations and bad parameters, and has what passes by itself ignored. A datagram that is too
 * long for its way is cut up by the kernel the next time. */
static bool is_unreachable(const struct sock_extended_err *error) {
    if (error->ee_origin == SO_EE_ORIGIN_ICMP) {
        return (error->ee_type == ICMP_DEST_UNREACH && error->ee_code != ICMP_FRAG_NEEDED) ||
               error->ee_type == ICMP_PARAMETERPROB;
    }
    return error->ee_origin == SO_EE_ORIGIN_ICMP6 &&
           (error->ee_type == ICMP6_DST_UNREACH || error->ee_type == ICMP6_PARAM_PROB);
}

/* The error in what came with a message of the error queue; NULL: none. */
static const struct sock_extended_err *error_of(struct msghdr *message) {
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL;
         control = CMSG_NXTHDR(message, control)) {
        if ((control->cmsg_level == SOL_IP && control->cmsg_type == IP_RECVERR) ||
            (control->cmsg_level == SOL_IPV6 && control->cmsg_type == IPV6_RECVERR)) {
            return (const void *)CMSG_DATA(control);
        }
    }
    return NULL;
}

static void receive_errors(sj_udp *udp) {
    union {
        struct cmsghdr aligned;
        char bytes[512];
    } control;
    char data[QUOTED];
    for (int i = 0; i < ERRORS && !udp->handle.closing; i++) {
        sj_address to;
        struct iovec vector = {data, sizeof data};
        struct msghdr message = {.msg_name = &to,
                                 .msg_namelen = sizeof to,
                                 .msg_iov = &vector,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        const struct sock_extended_err *error;
        const ssize_t length = recvmsg(udp->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
        if (length < 0) {
            return;
        }
        error = error_of(&message);
        if (error != NULL && is_unreachable(error)) {
            sj_address_unmap(&to);
            tell_undelivered(udp, &to, data, (size_t)length, (int)error->ee_errno);
        }
    }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    sj_udp *udp = poll->data;
    if (udp->handle.closing) {
        return;
    }
    if (status < 0) { /* an error waits: the loop has ceased to watch */
        receive_errors(udp);
        watch(udp);
    }
    if (status < 0 || (events & UV_READABLE)) {
        receive_batches(udp);
    }
    if ((events & UV_WRITABLE) && !udp->handle.closing) {
        flush(udp, true);
    }
}

static void on_closed(uv_handle_t *handle) {
    sj_udp *udp = handle->data;
    struct net *net = udp->net;
    (void)close(udp->fd);
    free(udp->queue);
    sj_bytes_free(&udp->bytes);
    sj_handle_release(&udp->handle);
    sj_net_release(net);
}

static void close_socket(sj_handle *handle) {
    sj_udp *udp = (sj_udp *)(void *)handle;
    if (sj_list_linked(&udp->in_dirty)) {
        flush(udp, false); /* what was acknowledged before leaves; what the kernel does not take now
                       is lost */
        sj_list_remove(&udp->in_dirty);
    }
    uv_close((uv_handle_t *)&udp->poll, on_closed);
}

static int bound_socket(const sj_address *address, sj_error *error) {
    char text[SJ_ENDPOINT_TEXT];
    int size = KERNEL_BUFFER;
    int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return sj_error_set(error, SJ_E_IO, "cannot make a UDP socket: %s", strerror(errno));
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(fd, &address->any, sj_address_length(address)) != 0) {
        int code = errno;
        (void)close(fd);
        return sj_error_set(error, SJ_E_IO, "cannot bind %s: %s",
                            sj_endpoint_format(address, text, sizeof text), strerror(code));
    }
    return fd;
}

sj_udp *sj_host_udp_open(sj_scope *scope, const char *here, const char *address, int port,
                         sj_datagrams_fn receive, void *user, sj_error *error) {
    struct node *node = sj_scope_node(scope);
    sj_address wanted;
    char name[SJ_ENDPOINT_TEXT];
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    sj_udp *udp;
    int fd;
    if (port < 0 || port > 65535 || sj_address_parse(address, port, &wanted) != SJ_OK) {
        (void)sj_error_set(error, SJ_E_INVALID,
                           "UDP address \"%s\" port %d: an IPv4 or IPv6 address and a port up to "
                           "65535 are expected",
                           address, port);
        return NULL;
    }
    fd = bound_socket(&wanted, error);
    if (fd < 0) {
        return NULL;
    }
    udp = calloc(1, sizeof *udp);
    if (udp == NULL) {
        (void)close(fd);
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a UDP socket");
        return NULL;
    }
    memset(&storage, 0, sizeof storage);
    (void)getsockname(fd, (struct sockaddr *)&storage, &length);
    sj_address_from(&udp->local, (struct sockaddr *)&storage);
    udp->fd = fd;
    udp->receive = receive;
    udp->user = user;
    udp->net = node->net;
    if (sj_handle_init(&udp->handle, scope, kind, here,
                       sj_endpoint_format(&udp->local, name, sizeof name), close_socket) != SJ_OK) {
        (void)close(fd);
        free(udp);
        (void)sj_error_set(error, SJ_E_STOPPING, "the scope is closing");
        return NULL;
    }
    (void)uv_poll_init(node->loop, &udp->poll, fd);
    udp->poll.data = udp;
    sj_net_hold(udp->net);
    watch(udp);
    return udp;
}

int sj_host_udp_send(sj_udp *udp, const sj_address *to, const void *data, size_t length) {
    struct waiting *waiting;
    if (udp->handle.closing) {
        return SJ_E_CANCELLED;
    }
    if (length > 65507) {
        return SJ_E_INVALID;
    }
    if (udp->bytes.used + length > QUEUE_BYTES_MAX || udp->queue_count >= QUEUE_COUNT_MAX) {
        if (!udp->blocked) {
            flush(udp, false); /* the iteration had much to say: let it go now */
        }
        if (udp->bytes.used + length > QUEUE_BYTES_MAX || udp->queue_count >= QUEUE_COUNT_MAX) {
            return SJ_E_LIMIT;
        }
    }
    if (!sj_array_room(&udp->queue, &udp->queue_room, udp->queue_count + 1, sizeof *udp->queue) ||
        !sj_bytes_add(&udp->bytes, data, length)) {
        return SJ_E_NO_MEMORY;
    }
    waiting = &udp->queue[udp->queue_count++];
    waiting->to = *to;
    waiting->offset = udp->bytes.used - length;
    waiting->length = length;
    if (!sj_list_linked(&udp->in_dirty) && !udp->blocked) {
        sj_list_add_first(&udp->net->dirty_udp, &udp->in_dirty);
    }
    return SJ_OK;
}

void sj_host_udp_on_undelivered(sj_udp *udp, sj_undelivered_fn undelivered) {
    const int on = 1;
    udp->undelivered = undelivered;
    (void)setsockopt(udp->fd, SOL_IP, IP_RECVERR, &on, sizeof on);
    if (udp->local.any.sa_family == AF_INET6) {
        (void)setsockopt(udp->fd, SOL_IPV6, IPV6_RECVERR, &on, sizeof on);
    }
}

void sj_host_udp_local(const sj_udp *udp, sj_address *local) {
    *local = udp->local;
}

void sj_host_udp_close(sj_udp *udp) {
    sj_host_handle_close(&udp->handle);
}

void sj_udp_flush_all(struct net *net) {
    for (sj_udp *udp;
         (udp = SJ_OWNER(sj_list_take_first(&net->dirty_udp), sj_udp, in_dirty)) != NULL;) {
        if (!udp->handle.closing) {
            flush(udp, true);
        }
    }
}
