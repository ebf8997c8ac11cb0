/* The keep-alive of remote clusters' RSVP agents: OPTIONS over the RSVP Agent trunk every *RSVP SIP
 * Trunk Keep-Alive Timer*, to all nodes of each cluster whose RSVP agent is to be used. A cluster
 * of which no node has answered for two intervals is published in the event rsvp_agent.changed, and
 * so is its return; it is asked on meanwhile.
 *
 * The OPTIONS bears X-Sojourn-Emcc: cluster=HQ;service=rsvp_agent. Such a one is answered only to
 * an address of that cluster, with 200 when the RSVP agent is active here. Any other OPTIONS gets
 * 200 as ever. */
#ifndef CALLMANAGER_KEEP_ALIVE_H
#define CALLMANAGER_KEEP_ALIVE_H

#include "core/call_manager.h"

int keep_alive_open(struct call_manager *manager, sj_error *error);
/* After the transactions were freed. */
void keep_alive_free(struct call_manager *manager);

/* Answers an OPTIONS outside of calls. */
void keep_alive_answer(struct call_manager *manager, const struct sip_message *request,
                       const struct sip_flow *flow);

#endif
