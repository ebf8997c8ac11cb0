/* Why a call ended, in the causes of ITU-T Q.850. Pure. */
#ifndef CALLMANAGER_RELEASE_CAUSE_H
#define CALLMANAGER_RELEASE_CAUSE_H

/* Header lines for CANCEL and BYE (RFC 3326). A phone that hears that the call was answered
 * elsewhere does not list it as missed. */
#define REASON_NORMAL "Reason: Q.850;cause=16\r\n"
#define REASON_NO_ANSWER "Reason: Q.850;cause=19\r\n"
#define REASON_ANSWERED_ELSEWHERE "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"

enum { Q850_NORMAL = 16, Q850_TEMPORARY_FAILURE = 41 };

/* Of a final SIP status of 300 or more, by RFC 3398 section 7.2.4.1; 31 (normal, unspecified) for
 * what it does not list. */
int q850_of_status(int status);

#endif
