/* Where the caller is, conveyed over trunks that send geolocation information (RFC 6442): by value,
 * in the body of the INVITE. Reads phones, live devices, geolocations and their filters.
 *
 * A phone's place is its own, else its device pool's; a visitor's what the visiting cluster said at
 * login, else that of the roaming device pool; that of a phone whose visitor calls through the home
 * cluster is looked up here, where the phone stands. A trunk's caller brings its own, else the
 * trunk's geolocation or its device pool's counts. Where none of these is known: what came with the
 * call, then the enterprise's default, but not for visitors, who are elsewhere.
 *
 * The trunk's geolocation filter, else the enterprise's default, says which fields go. What came
 * with the call goes on as it came when there is no filter. A place is never a reason to refuse a
 * call. */
#ifndef CALLMANAGER_CALL_LOCATION_H
#define CALLMANAGER_CALL_LOCATION_H

#include "calls/call.h"
#include "media/message_body.h"

/* Keeps the location document that came with the INVITE, if it is one. */
void call_location_keep(struct call *call, const struct sip_message *request);

/* Adds the caller's place to an offer for the trunk of that leg, without the caller's number where
 * that is `anonymous`, and writes the headers that announce it. False when none goes along. */
bool call_location_add(const struct call_leg *leg, bool anonymous, struct message_body *offer,
                       struct sip_writer *headers);

/* Whether a refusal may be one of the place: then the call is offered once more without. */
bool call_location_unwanted(int status);

#endif
