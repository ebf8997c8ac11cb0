/* Whom a call is for: a number, or a URI with its host. */
#ifndef CALLMANAGER_CALL_DESTINATION_H
#define CALLMANAGER_CALL_DESTINATION_H

#include "calls/call_analysis.h"
#include "sip/sip_address.h"

enum { DESTINATION_URI = 1100 }; /* what is typed, each letter of its user part escaped */

/* The user part without escapes; false: it is empty or has no room. */
bool call_destination_dialled(const struct sip_uri *uri, char dialled[DIGITS_MAX]);
/* The feature that a softkey of Cisco's phones asks for by such a URI; NULL: none. */
const char *call_destination_feature(const char *dialled);
/* Whom a URI names, whose user part without escapes is `dialled`: a number, or a URI with its host,
 * as the SIP profile of the phone or trunk reads it. */
void call_destination_read(struct call_manager *manager, const struct sip_uri *uri,
                           const struct call_origin *origin, const char *dialled,
                           struct call_destination *destination);
/* Why a call to it is refused with 403, whoever is called: it asks for TLS, and the call does not
 * come over that. `flow`: by which it comes; NULL: of an inquiry, as its caller would be known by.
 * "": it is not. */
const char *call_destination_refusal(const struct call_manager *manager,
                                     const struct call_destination *destination,
                                     const struct call_origin *origin, const struct sip_flow *flow);
/* Why a destination that asks for TLS all the way cannot be reached at this target, which a call
 * ends with by 480. False: it can. */
bool call_destination_unreached(bool sips, const struct call_target *target, char *why,
                                size_t room);
/* Whom somebody means by what he types: a number, USER@HOST, or a URI; with the route string that
 * comes along ("" or NULL: none). SJ_OK, or SJ_E_INVALID of the field `digits`: a call to it would
 * be none.
 */
int call_destination_typed(struct call_manager *manager, const char *typed,
                           const struct call_origin *origin, const char *route_string,
                           struct call_destination *destination, sj_error *error);

#endif
