/* Malicious Call Identification (softkey MCID): a user says that the call is malicious. What is
 * known of who calls is told to administrators, and stands in the record of the call. */
#ifndef CALLMANAGER_MALICIOUS_CALL_H
#define CALLMANAGER_MALICIOUS_CALL_H

#include "calls/call.h"

/* 0, or the status with which the key is refused: *why says why. */
int malicious_call(struct call_leg *leg, const char **why);

#endif
