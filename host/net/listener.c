/* A listening socket, TCP or unix. Touches sockets: libuv's own calls make the socket only after
 * binding, so that an error would be told late; here it is bound at once. */
#include "host/net/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/net/address.h"
#include "host/net/net.h"

#define BACKLOG 4096

static void on_connection(uv_stream_t *stream, int status) {
    struct listener *listener = (struct listener *)(void *)stream;
    if (status == 0 && !uv_is_closing((uv_handle_t *)stream)) {
        listener->incoming(listener);
    }
}

static int start(struct listener *listener, int fd, bool local) {
    int result = local ? uv_pipe_init(listener->net->prepare.loop, &listener->uv.pipe, 0)
                       : uv_tcp_init(listener->net->prepare.loop, &listener->uv.tcp);
    if (result != 0) {
        (void)close(fd);
        return result;
    }
    result = local ? uv_pipe_open(&listener->uv.pipe, fd) : uv_tcp_open(&listener->uv.tcp, fd);
    return result == 0 ? uv_listen(&listener->uv.stream, BACKLOG, on_connection) : result;
}

int sj_listener_open_tcp(struct listener *listener, struct net *net, const char *address, int port,
                         sj_error *error) {
    char text[SJ_ENDPOINT_TEXT];
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    int fd, yes = 1;
    memset(&storage, 0, sizeof storage);
    if (port < 0 || port > 65535 || sj_address_parse(address, port, &listener->local) != SJ_OK) {
        return sj_error_set(error, SJ_E_INVALID,
                            "listening address \"%.60s\" port %d: an IPv4 or IPv6 address and a "
                            "port up to 65535 are expected",
                            address, port);
    }
    fd = socket(listener->local.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return sj_error_set(error, SJ_E_IO, "cannot make a TCP socket: %s", strerror(errno));
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, &listener->local.any, sj_address_length(&listener->local)) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int code = errno;
        (void)close(fd);
        return sj_error_set(error, SJ_E_IO, "cannot bind %s: %s",
                            sj_endpoint_format(&listener->local, text, sizeof text),
                            strerror(code));
    }
    (void)getsockname(fd, (struct sockaddr *)&storage, &length);
    sj_address_from(&listener->local, (struct sockaddr *)&storage);
    listener->net = net;
    if (start(listener, fd, false) != 0) {
        return sj_error_set(error, SJ_E_IO, "cannot listen on %s",
                            sj_endpoint_format(&listener->local, text, sizeof text));
    }
    sj_net_hold(net);
    return SJ_OK;
}

/* True when somebody answers there. */
static bool alive(const struct sockaddr_un *name) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answered = fd >= 0 && connect(fd, (const struct sockaddr *)name, sizeof *name) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return answered;
}

int sj_listener_open_unix(struct listener *listener, struct net *net, const char *path,
                          sj_error *error) {
    struct sockaddr_un name;
    mode_t mask;
    int fd, result;
    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof name.sun_path) {
        return sj_error_set(
            error, SJ_E_INVALID,
            "the unix socket's path %s is longer than the %zu bytes that the system allows", path,
            sizeof name.sun_path - 1);
    }
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    if (alive(&name)) {
        return sj_error_set(error, SJ_E_IN_USE, "cannot bind %s: another node answers there", path);
    }
    (void)unlink(path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return sj_error_set(error, SJ_E_IO, "cannot make a unix socket: %s", strerror(errno));
    }
    mask = umask(0177);
    result = bind(fd, (struct sockaddr *)&name, sizeof name);
    (void)umask(mask);
    if (result != 0 || listen(fd, BACKLOG) != 0) {
        int code = errno;
        (void)close(fd);
        return sj_error_set(error, SJ_E_IO, "cannot bind %s: %s", path, strerror(code));
    }
    listener->net = net;
    if (start(listener, fd, true) != 0) {
        return sj_error_set(error, SJ_E_IO, "cannot listen on %s", path);
    }
    sj_net_hold(net);
    return SJ_OK;
}

static void finish(struct listener *listener) {
    struct net *net = listener->net;
    if (listener->is_closed && !listener->rejecting) {
        listener->closed(listener);
        sj_net_release(net);
    }
}

static void on_rejected(uv_handle_t *handle) {
    struct listener *listener = handle->data;
    listener->rejecting = false;
    if (listener->reject_next && !uv_is_closing(&listener->uv.handle)) {
        listener->reject_next = false;
        sj_listener_reject(listener);
    }
    finish(listener);
}

void sj_listener_reject(struct listener *listener) {
    uv_loop_t *loop = listener->net->prepare.loop;
    const bool local = listener->uv.handle.type == UV_NAMED_PIPE;
    if (listener->rejecting) {
        listener->reject_next = true; /* libuv waits for it */
        return;
    }
    if ((local ? uv_pipe_init(loop, &listener->rejected.pipe, 0)
               : uv_tcp_init(loop, &listener->rejected.tcp)) != 0) {
        return;
    }
    listener->rejecting = true;
    listener->rejected.handle.data = listener;
    (void)uv_accept(&listener->uv.stream, &listener->rejected.stream);
    uv_close(&listener->rejected.handle, on_rejected);
}

static void on_closed(uv_handle_t *handle) {
    struct listener *listener = (struct listener *)(void *)handle;
    listener->is_closed = true;
    finish(listener);
}

void sj_listener_close(struct listener *listener) {
    uv_close(&listener->uv.handle, on_closed);
}
