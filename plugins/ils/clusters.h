/* What is learned of clusters becomes records and events. */
#ifndef ILS_CLUSTERS_H
#define ILS_CLUSTERS_H

#include "ils.h"

void ils_clusters_note(struct ils_service *service);
/* A record that somebody has removed is made again of a cluster that is live and not blocked:
 * `cluster_id`, or of all when NULL. */
void ils_clusters_record_anew(struct ils_service *service, const char *cluster_id);
/* Looks at whose trust has been withdrawn, where that or the cluster has changed. */
void ils_clusters_judge(struct ils_service *service);

#endif
