/* Who is at the far end of a trunk, as its peer says after the call has been offered: in its
 * responses, or when that changes later (as the far side transfers the call). The other party is
 * told: by the next response, by UPDATE (RFC 3311), or by a re-INVITE where it takes none. */
#ifndef CALLMANAGER_CALL_CONNECTED_H
#define CALLMANAGER_CALL_CONNECTED_H

#include "calls/call.h"

struct call_connected {
    char number[DIGITS_MAX], name[CALL_NAME], uri[DIRECTORY_URI];
    struct call_withheld withheld;
    bool verified;
};

/* Takes what a response or request says of its sender (P-Asserted-Identity, Remote-Party-ID). True:
 * that is news. Of phones the configuration says it. */
bool call_connected_learn(struct call_leg *leg, const struct sip_message *message);
/* The other party is told who that one is. */
void call_connected_tell(struct call_leg *leg);
/* Into a request or response to the leg `to`: who that party is, as far as it may know. NULL: there
 * is none. */
void call_connected_put(const struct call_leg *party, const struct call_leg *to,
                        struct sip_writer *writer);
/* Into a response to a leg that calls: who is called, or has answered, as far as it is not the leg
 * itself, which may stand for one who was called. */
void call_connected_put_called(const struct call_leg *caller, struct sip_writer *writer);

#endif
