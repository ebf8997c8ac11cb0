/* SIP trunks: from where calls come in, and to where they go out. The trunk for Extension Mobility Cross Cluster has no
 * destinations of its own: it leads to whichever cluster a visitor's phone stands in. */
#ifndef CALLMANAGER_TRUNK_H
#define CALLMANAGER_TRUNK_H

#include "calls/call.h"

typedef struct trunk_caller {
    const sj_sip_trunk *trunk;
    char device_pool[52]; /* what the Standard Local Route Group is taken from */
    char calling_search_space[52];
    char remote_cluster_id[52]; /* EMCC only */
    char device_name[130];      /* EMCC: the visitor's phone, one of ours */
} trunk_caller;

/* Which trunk a call comes in over. SJ_OK; SJ_E_NOT_FOUND: none has this source; SJ_E_DENIED with a sentence: an EMCC call that
 * may not come. */
int trunk_identify(call_manager *manager, const sip_message *request, const sip_flow *flow, trunk_caller *caller,
                   sj_error *error);

/* The destinations of a trunk for a number; returns how many were written. */
size_t trunk_targets(call_manager *manager, const char *trunk, const char *called, call_target *targets, size_t room);
/* Whether the address is one that this remote cluster is known by. */
bool trunk_is_of_cluster(const call_manager *manager, const char *cluster_id, const sj_address *address);
/* The nodes of a remote cluster that serve a service, as targets over a trunk. */
size_t trunk_service_targets(const call_manager *manager, const char *trunk, const char *cluster_id,
                             enum sj_remote_cluster_status_service_service service, const char *called, call_target *targets,
                             size_t room);
/* Back to the cluster a visitor's phone stands in; 0 with a sentence when it cannot be done. */
size_t trunk_return_targets(call_manager *manager, const device *caller, const char *called, call_target *targets, size_t room,
                            sj_error *error);

#endif
