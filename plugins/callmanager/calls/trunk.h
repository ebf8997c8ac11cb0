/* SIP trunks: from where calls come in, and to where they go out. The trunk for Extension Mobility
 * Cross Cluster has no destinations of its own: it leads to whichever cluster a visitor's phone
 * stands in. */
#ifndef CALLMANAGER_TRUNK_H
#define CALLMANAGER_TRUNK_H

#include "calls/call.h"
#include "calls/trunk_destination.h"
#include "phones/device.h"

struct trunk_caller {
    const sj_sip_trunk *trunk;
    /* of the trunk, or that came with the call, or of the visitor's phone; "" for its device pool's
     */
    struct call_place place;
    char device_pool[52]; /* what the Standard Local Route Group is taken from */
    char calling_search_space[52];
    char remote_cluster_id[52]; /* EMCC only */
    char device_name[130];      /* EMCC: the visitor's phone, one of ours */
    char lease[70];             /* EMCC: of its session, which the caller has to prove */
    bool at_contact;            /* the request names the contact that the trunk has registered */
    bool emergency;             /* an emergency call, by what entitles the caller to say so */
};

/* Which trunk a call comes in over. SJ_OK; SJ_E_NOT_FOUND: none has this source; SJ_E_DENIED with a
 * sentence: an EMCC call that may not come. */
int trunk_identify(struct call_manager *manager, const struct sip_message *request,
                   const struct sip_flow *flow, struct trunk_caller *caller, sj_error *error);

/* Whether calls over the trunk bring the caller's location along: it is in Shadow. */
bool trunk_conveys_location(const struct call_manager *manager, const char *trunk);
/* Whether a call over it that says that it is an emergency call is believed, and logged when not.
 */
bool trunk_emergency(const struct call_manager *manager, const char *trunk,
                     const struct sip_message *request, const struct sip_flow *flow);
/* Which cluster is at that address, when calls over the trunk bring their location along. */
void trunk_note_cluster(const struct call_manager *manager, const sj_sip_trunk *trunk,
                        const sj_address *address, struct call_place *place);
/* Whether a SIP profile says that video is immersive. */
bool sip_profile_is_immersive(const struct call_manager *manager, const char *sip_profile);

/* What counts for a traveller's call that comes back for the phone `caller->device_name`: the PSTN
 * access trunk, and the phone's own site. */
int trunk_returned(struct call_manager *manager, struct trunk_caller *caller, sj_error *error);

/* What counts for a call that comes in over that trunk, from the first of its destinations that is
 * a remote cluster's where it is in Shadow. */
void trunk_caller_of(struct call_manager *manager, const sj_sip_trunk *trunk,
                     struct trunk_caller *caller);
/* What counts for a call that comes from a remote cluster, over the trunk that leads there. */
int trunk_from_cluster(struct call_manager *manager, const char *cluster_id,
                       struct trunk_caller *caller, sj_error *error);
/* The same of one that comes back for a user of that cluster, who must be logged in on the phone
 * `caller->device_name`. */
int trunk_returned_from(struct call_manager *manager, const char *cluster_id,
                        struct trunk_caller *caller, sj_error *error);
/* The remote cluster whose address it is; "" when it is none's that is known. */
const char *trunk_cluster_at(const struct call_manager *manager, const sj_address *address);

/* The destinations of a trunk for a number, those that could not be reached of late last; returns
 * how many were written. With 0 `reason` says why, when there is more to say than that it has none.
 */
size_t trunk_targets(struct call_manager *manager, const char *trunk, const char *called,
                     struct call_target *targets, size_t room, sj_error *reason);
/* The target that one address of a destination is. False when it does not fit. */
bool trunk_make_target(struct call_target *target, const struct trunk_destination *destination,
                       const sj_address *address, const char *called);
/* Whether the trunk's security profile asks for TLS, on the way out or in. */
bool trunk_wants_tls(const struct call_manager *manager, const char *trunk, bool out);
/* The transport of calls over a trunk, and to a remote cluster. */
sj_sip_transport trunk_transport(const struct call_manager *manager, const sj_sip_trunk *trunk);
sj_sip_transport trunk_service_transport(const sj_remote_cluster_status *status);
/* Whether the address is one of any trunk, or of any remote cluster. */
bool trunk_is_known(struct call_manager *manager, const sj_address *address);
/* The transport's questions about trunks that are called over TLS: may that address be called, and
 * is it the right peer? */
bool trunk_tls_call(void *user, const struct sip_flow *flow, struct sip_tls_call *call);
bool trunk_tls_judge(void *user, const struct sip_flow *flow, const sj_tls_peer *peer, char *why,
                     size_t room);
/* Whether the address is one that this remote cluster is known by. */
bool trunk_is_of_cluster(const struct call_manager *manager, const char *cluster_id,
                         const sj_address *address);
/* The nodes of a remote cluster that serve a service, as targets over a trunk. */
size_t trunk_service_targets(struct call_manager *manager, const char *trunk,
                             const char *cluster_id, enum sj_intercluster_service service,
                             const char *called, struct call_target *targets, size_t room);
/* Back to the cluster a visitor's phone stands in; 0 with a sentence when it cannot be done. */
size_t trunk_return_targets(struct call_manager *manager, const struct device *caller,
                            const char *called, struct call_target *targets, size_t room,
                            sj_error *error);

#endif
