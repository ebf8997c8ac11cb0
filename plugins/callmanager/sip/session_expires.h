/* The headers of session timers (RFC 4028). Pure. */
#ifndef CALLMANAGER_SESSION_EXPIRES_H
#define CALLMANAGER_SESSION_EXPIRES_H

#include "sip/sip_message.h"

enum {
    SESSION_SHORTEST_S = 90,   /* no interval may be shorter (RFC 4028 4) */
    SESSION_LONGEST_S = 86400, /* no Min-SE above that is followed: a session that long is none */
};

enum session_refresher { REFRESHER_UNSAID, REFRESHER_UAC, REFRESHER_UAS };

struct session_expires {
    uint32_t interval_s;
    enum session_refresher refresher;
};

/* Session-Expires; false when there is none, or it cannot be read. */
bool session_expires_read(const struct sip_message *message, struct session_expires *expires);
/* Min-SE in seconds; what it is by default when there is none. */
uint32_t session_expires_shortest(const struct sip_message *message);
/* Why the session timer that a request asks for is refused: 400 when it cannot be read, 422 when it
 * is shorter than that and its sender understands it; 0 when it is not. */
int session_expires_fault(const struct sip_message *request, uint32_t shortest_s);

#endif
