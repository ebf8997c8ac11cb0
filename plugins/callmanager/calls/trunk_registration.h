/* Trunks that register with a provider (RFC 3261 10.2): each destination is a registrar, with a
 * contact that nobody else can guess, by which the calls that come to it are known. */
#ifndef CALLMANAGER_TRUNK_REGISTRATION_H
#define CALLMANAGER_TRUNK_REGISTRATION_H

#include "calls/trunk_destination.h"
#include "events/sip_trunk.h"
#include "sip/digest_client.h"

/* Makes sure that the destination is registered with as its trunk and the SIP realms are configured
 * now, or not any more. Nothing happens while its address is not known. */
void trunk_registration_again(struct trunk_destination *destination);
/* Lets go of the registration: the registrar is told, its answer is not waited for. */
void trunk_registration_end(struct trunk_destination *destination);
/* The same of all, as the node stops. */
void trunk_registrations_end(struct call_manager *manager);

/* The trunk whose registration a request with that From tag belongs to, and what is kept of the
 * challenges to it; NULL: none. */
const char *trunk_registration_of(struct call_manager *manager, struct sip_text from_tag,
                                  struct digest_client ***credentials);
/* Whether the trunk has registered with a registrar at that host, wherever its name leads now. */
bool trunk_registration_is_with(struct call_manager *manager, const char *trunk,
                                const sj_address *host);
/* The trunk that has registered the contact with that user part; NULL: none. */
const char *trunk_registration_at(struct call_manager *manager, struct sip_text contact_user);

/* What is known of it, for sip_trunk.status. */
void trunk_registration_fill(const struct trunk_destination *destination,
                             sj_sip_trunk_status_reply_trunk_destination *row);

#endif
