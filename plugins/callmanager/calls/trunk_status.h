/* Whether trunks can be reached: observed by OPTIONS, as the SIP profile of the trunk says, and by
 * calls. Told by a warning, a metric, an event and the request sip_trunk.status. */
#ifndef CALLMANAGER_TRUNK_STATUS_H
#define CALLMANAGER_TRUNK_STATUS_H

#include "calls/trunk_destination.h"

/* Answers sip_trunk.status. After trunk_destinations_open. */
int trunk_status_open(struct call_manager *manager, sj_error *error);
void trunk_status_free(struct call_manager *manager);

/* A destination has its first addresses; its configuration may have changed; its name leads
 * nowhere. */
void trunk_status_begin(struct trunk_destination *destination);
void trunk_status_again(struct trunk_destination *destination);
void trunk_status_unresolved(struct trunk_destination *destination);

/* What a call over a trunk showed of an address. `failure` NULL: it answers. */
void trunk_status_by_call(struct call_manager *manager, const char *trunk,
                          const struct sip_flow *flow, const char *failure);
/* The SIP timers of a trunk's profile; false when there is none. */
bool trunk_timers(const struct call_manager *manager, const char *trunk, struct sip_timers *timers,
                  bool invite);
/* Its Timer Invite Expires; 0 when there is none. */
int64_t trunk_invite_expires_s(const struct call_manager *manager, const char *trunk);
/* Its SIP Rel1XX Options. */
sj_sip_profile_rel1xx_options trunk_rel1xx(const struct call_manager *manager, const char *trunk);
/* Whether its peer takes no call without an offer (Early Offer support). */
bool trunk_needs_offer(const struct call_manager *manager, const char *trunk);
/* Whether its sessions are refreshed by re-INVITE (Session Refresh Method). */
bool trunk_refreshes_by_invite(const struct call_manager *manager, const char *trunk);
/* Whether its profile has the route string sent. */
bool trunk_sends_route_string(const struct call_manager *manager, const char *trunk);
/* How parties are named to its far side; by the number alone when there is no such trunk. */
sj_sip_trunk_calling_and_connected_party_info_format
trunk_party_info_format(const struct call_manager *manager, const char *trunk);

#endif
