/* Two nodes that speak as one cluster, as people are told of it. */
#ifndef ILS_DISPUTES_H
#define ILS_DISPUTES_H

#include "ils.h"

/* A request of the cluster that owns this peer id has come from this address. */
void ils_disputes_heard(struct ils_service *service, const struct ils_peer_id *peer,
                        const sj_address *from);
/* What is to be known of all clusters, this one included, and what helps, a sentence each; how
 * many.
 */
size_t ils_dispute_sentences(const struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                             size_t most);
/* Alarms for what is new. */
void ils_disputes_tell(struct ils_service *service);

#endif
