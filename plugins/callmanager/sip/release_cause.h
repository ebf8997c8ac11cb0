/* Why a call ended, in the causes of ITU-T Q.850. Pure. */
#ifndef CALLMANAGER_RELEASE_CAUSE_H
#define CALLMANAGER_RELEASE_CAUSE_H

enum { Q850_NORMAL = 16, Q850_TEMPORARY_FAILURE = 41 };

/* Of a final SIP status of 300 or more, by RFC 3398 section 7.2.4.1; 31 (normal, unspecified) for
 * what it does not list. */
int q850_of_status(int status);

#endif
