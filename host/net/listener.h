/* A listening socket, TCP or unix. Owners: stream listeners, HTTP servers. */
#ifndef SJ_HOST_NET_LISTENER_H
#define SJ_HOST_NET_LISTENER_H

#include <stdbool.h>

#include <uv.h>

#include <sojourn/types.h>

struct net;

struct listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct net *net;
    void (*incoming)(
        struct listener *listener); /* take it with sj_link_accept(.., &listener->uv.stream, ..) */
    void (*closed)(struct listener *listener); /* after sj_listener_close: the memory may go */
    sj_address local;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } rejected; /* a connection that nobody can hold */
    bool rejecting, reject_next, is_closed;
};

/* On failure nothing is left to close and `closed` does not come. */
int sj_listener_open_tcp(struct listener *listener, struct net *net, const char *address, int port,
                         sj_error *error);
/* Replaces a socket file left over by a dead process; mode 0600. */
int sj_listener_open_unix(struct listener *listener, struct net *net, const char *path,
                          sj_error *error);
/* From `incoming`, when there is no memory for the connection: closes it, so that the listener goes
 * on. */
void sj_listener_reject(struct listener *listener);
void sj_listener_close(struct listener *listener);

#endif
