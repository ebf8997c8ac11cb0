/* Dialling digit by digit: a phone sends its INVITE with the first digits, and is asked for those
 * that follow by a subscription within the dialog (KPML, RFC 4730), until the number is complete
 * or no further digit comes. So is a code that the number asks for. */
#ifndef CALLMANAGER_DIGIT_COLLECTION_H
#define CALLMANAGER_DIGIT_COLLECTION_H

#include "calls/call_destination.h"

/* True: the call waits for digits, and is delivered when they are complete. False: it goes on as
 * it is. */
bool digit_collection_begin(struct call *call, const struct call_origin *origin,
                            const struct call_destination *destination);
/* The same of a code behind the number that has been dialled, as one has been left out. */
bool digit_collection_of_code(struct call *call, const struct call_origin *origin,
                              const char *dialled);
/* A NOTIFY of the event package kpml. */
void digit_collection_notify(struct call_leg *leg, const struct sip_message *request,
                             const struct sip_flow *flow);
/* The call ends. */
void digit_collection_forget(struct call *call);

#endif
