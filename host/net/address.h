/* Addresses as text. Pure. */
#ifndef SJ_HOST_NET_ADDRESS_H
#define SJ_HOST_NET_ADDRESS_H

#include <sojourn/net.h>

#define SJ_ENDPOINT_TEXT (SJ_ADDRESS_TEXT + 10) /* "[address]:65535" */

/* "127.0.0.1:5060", "[::1]:5060"; the text given back is `text`. */
const char *sj_endpoint_format(const sj_address *address, char *text, size_t room);

/* Length for bind, connect and sendto. */
socklen_t sj_address_length(const sj_address *address);

/* From a socket's own structure; family AF_UNIX and unknown ones become 0.0.0.0 port 0. */
void sj_address_from(sj_address *address, const struct sockaddr *from);

/* An IPv4 peer of a socket that listens on IPv6 ("::ffff:192.0.2.1") becomes plain IPv4. */
void sj_address_unmap(sj_address *address);

/* 127.0.0.0/8 or ::1: what is sent stays on this machine. */
bool sj_address_is_loopback(const sj_address *address);

#endif
