/* What both sides of the intercluster protocol keep to: version, header, limits. */
#ifndef EM_PEER_PROTOCOL_H
#define EM_PEER_PROTOCOL_H

#include <stddef.h>

#define EM_PROTOCOL 1 /* highest version of the intercluster protocol spoken here */
/* How many ms the asker still waits: a request whose asker waits no longer is not carried out. */
#define EM_WAIT_HEADER "Sojourn-Wait-Ms"
/* The most bytes of a message between clusters, in either direction: the length is checked before
 * anything is read. A page of 1,000 sessions has some 250 KiB. */
#define EM_ANSWER_SMALL ((size_t)256 << 10)
#define EM_ANSWER_LARGE ((size_t)512 << 10)

#endif
