/* Why a call ended, in the causes of ITU-T Q.850. Pure. */
#ifndef CALLMANAGER_RELEASE_CAUSE_H
#define CALLMANAGER_RELEASE_CAUSE_H

#include "sip/sip_message.h"

/* Header lines for CANCEL and BYE (RFC 3326). A phone that hears that the call was answered
 * elsewhere does not list it as missed. */
#define REASON_NORMAL "Reason: Q.850;cause=16\r\n"
#define REASON_NO_ANSWER "Reason: Q.850;cause=19\r\n"
#define REASON_ANSWERED_ELSEWHERE "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"

enum {
    Q850_NORMAL = 16,
    Q850_NO_ANSWER = 19,
    Q850_ANSWERED_ELSEWHERE = 26, /* non-selected user clearing; SIP says it as SIP;cause=200 */
    Q850_TEMPORARY_FAILURE = 41,
    Q850_TIMER_EXPIRED = 102, /* recovery on timer expiry */
    RELEASE_CAUSE_LINE = 80   /* room for a header line */
};

/* What a peer has said. */
struct release_cause {
    int status; /* with which status it ended the call */
    int cause;  /* of Q.850: 1 to 127; 0: it has not said any */
};

/* The cause that the Reason of a message says (RFC 3326; RFC 6432 for responses); 0: none. */
int release_cause_read(const struct sip_message *message);

/* That cause as header line; "" for 0. */
void release_cause_write(int cause, char line[RELEASE_CAUSE_LINE]);

/* Of a final SIP status of 300 or more, by RFC 3398 section 7.2.4.1; 31 (normal, unspecified) for
 * what it does not list. */
int q850_of_status(int status);

#endif
