/* The Diversion header (RFC 5806): which numbers have forwarded a call, told to and by other
 * systems. Pure. */
#ifndef CALLMANAGER_CALL_DIVERSION_H
#define CALLMANAGER_CALL_DIVERSION_H

#include "calls/call_forwarding.h"
#include "sip/sip_writer.h"

enum { DIVERSIONS_MAX = 32 }; /* read or written in one message */

/* Takes the diversions of a message into the history. Those that name `own_host` have happened
 * here. `trusted`: what its sender says of itself counts. */
void call_diversion_read(const struct sip_message *message, const char *own_host, bool trusted,
                         struct forward_history *history);
/* As a hop is told to somebody, which may be otherwise than it is. */
typedef void call_hop_told(const void *to, struct forward_hop *hop);
/* Writes one header a hop, the latest first, as `told` (or NULL) makes it; of very many the latest
 * ones and the first. Who asked for privacy is named to those alone who are trusted with that. */
void call_diversion_write(struct sip_writer *writer, const struct forward_history *history,
                          const char *own_host, bool trusted, call_hop_told *told, const void *to);

#endif
