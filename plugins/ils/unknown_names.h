/* Cluster ids in the settings that no cluster has, as people are told of them. */
#ifndef ILS_UNKNOWN_NAMES_H
#define ILS_UNKNOWN_NAMES_H

#include "ils.h"

/* A sentence for each of the Accepted Hubs and each cluster of a block rule that no known cluster
 * is, with the name that is near, at most so many; their count. Case counts. */
size_t ils_unknown_names(const struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                         size_t most);

#endif
