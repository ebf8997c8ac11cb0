/* What is learned of clusters becomes records and events. */
#ifndef ILS_CLUSTERS_H
#define ILS_CLUSTERS_H

#include "ils.h"
#include "messages/ils.h"

/* What a cluster says of its nodes (sj_record_free); NULL: it has said nothing that can be read. */
sj_ils_detail *ils_clusters_detail(const struct ils_service *service, const struct ils_owner *owner,
                                   sj_error *error);

void ils_clusters_note(struct ils_service *service);
/* A record that somebody has removed is made again of a cluster that is live and not blocked:
 * `cluster_id`, or of all when NULL. */
void ils_clusters_record_anew(struct ils_service *service, const char *cluster_id);
/* Which records keep an address that people wrote in the place of the one that ILS had written, and
 * that is not the one which the cluster states: sentences. */
size_t ils_clusters_kept_addresses(const struct ils_service *service,
                                   char (*sentences)[ILS_REASON_ROOM], size_t most);
/* Looks at whose trust has been withdrawn, where that or the cluster has changed. */
void ils_clusters_judge(struct ils_service *service);

#endif
