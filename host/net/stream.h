/* Streams (TCP, TLS) and their listeners. Explained in <sojourn/net.h>. */
#ifndef SJ_HOST_NET_STREAM_H
#define SJ_HOST_NET_STREAM_H

#include <sojourn/types.h>

sj_handle *sj_host_stream_listen(sj_scope *scope, const char *here, const char *address, int port,
                                 bool tls, sj_accept_fn accepted, void *user, sj_error *error);
sj_stream *sj_host_stream_connect(sj_scope *scope, const char *here, const sj_address *to,
                                  const char *tls_peer_cluster, const sj_stream_events *events,
                                  void *user, sj_error *error);
sj_stream *sj_host_stream_connect_tls(sj_scope *scope, const char *here, const sj_address *to,
                                      const char *purpose, const char *server_name,
                                      const sj_stream_events *events, void *user, sj_error *error);
int sj_host_stream_tls_peer(sj_stream *stream, sj_tls_peer *peer);
int sj_host_stream_tls_channel(sj_stream *stream, sj_tls_channel *channel);
int sj_host_stream_tls_verify(sj_stream *stream, const char *purpose, sj_error *error);
void sj_host_stream_set(sj_stream *stream, sj_scope *owner, const sj_stream_events *events,
                        void *user);
int sj_host_stream_write(sj_stream *stream, const void *data, size_t length);
size_t sj_host_stream_pending(const sj_stream *stream);
void sj_host_stream_peer(const sj_stream *stream, sj_address *peer, sj_address *local);
void sj_host_stream_close(sj_stream *stream);

#endif
