/* Whose certificate it is: the names that a peer's certificate bears, compared with those that it
 * should. Pure. */
#ifndef CALLMANAGER_TLS_IDENTITY_H
#define CALLMANAGER_TLS_IDENTITY_H

#include <sojourn/net.h>

/* That of a phone: its common name is the device name (as in certificates that a cluster issues) or
 * ends with it behind a model
 * ("CP-8861-SEP001122334455", from the factory); or an alternative name of type URI is the device
 * name. */
bool tls_identity_is_device(const sj_tls_peer *peer, const char *device_name);

/* One of the names that are configured is its common name or one of its alternative names, in any
 * case of letters. */
bool tls_identity_is_one_of(const sj_tls_peer *peer, const char *const *names, size_t count);

/* That of a SIP server by its address or name (RFC 5922): as IP, as DNS, or as URI "sip:name"; the
 * common name counts only when there are no alternative names. Wildcards do not count. */
bool tls_identity_is_server(const sj_tls_peer *peer, const char *server);

/* "CN gw.example, DNS:gw.example, ...": what it bears, for a sentence. */
void tls_identity_describe(const sj_tls_peer *peer, char *text, size_t room);

#endif
