/* What is learned of clusters becomes records and events. */
#ifndef ILS_CLUSTERS_H
#define ILS_CLUSTERS_H

#include "ils.h"

void ils_clusters_note(struct ils_service *service);
/* Looks at whose trust has been withdrawn, where that or the cluster has changed. */
void ils_clusters_judge(struct ils_service *service);

#endif
