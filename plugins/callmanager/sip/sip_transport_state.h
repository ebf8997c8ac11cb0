/* What the files that make up the SIP transport share; nobody else looks inside: sip_transport.c
 * (sockets, datagrams, what is common) and sip_transport_connections.c (TCP and TLS). */
#ifndef CALLMANAGER_SIP_TRANSPORT_STATE_H
#define CALLMANAGER_SIP_TRANSPORT_STATE_H

#include "sip/sip_transport.h"

/* Which of the node's addresses that is, from 1; 0: none of them. */
uint8_t sip_transport_number_of(const struct sip_transport *transport, const sj_address *own);
/* Whether what has come in is read: its sender is admitted, and it is a message. */
bool sip_transport_admits(const struct sip_transport *transport, const struct sip_flow *flow,
                          const char *data, size_t length, struct sip_message *message);
/* Notes why a sending has failed; returns the status. */
int sip_transport_fail(struct sip_transport *transport, int status, const char *reason);

/* A connection has come in; `user` is the transport. */
void sip_connection_on_tcp(void *user, sj_stream *stream);
void sip_connection_on_tls(void *user, sj_stream *stream);
/* As sip_transport_send, over the connection to that address or over a new one. */
int sip_connection_send(struct sip_transport *transport, const struct sip_flow *flow,
                        const char *data, size_t length);
/* Closes connections that never spoke SIP, and those that have been silent for very long; `user` is
 * the transport. */
void sip_connection_sweep(void *user);

#endif
