/* What is not here of what other clusters state, in sentences: for the commands. */
#ifndef ILS_GAPS_H
#define ILS_GAPS_H

#include "ils.h"

/* "; not all is here of cluster X and N more" and what that may change (`so`, "": nothing is said
 * of that), "; N of the clusters have not been heard of since the start", both, or "". */
const char *ils_gaps_remark(const struct ils_service *service, const char *so,
                            char text[ILS_REASON_ROOM]);
/* A sentence for each cluster of which not all is here, and why, at most so many; their count. */
size_t ils_gaps_sentences(const struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                          size_t most);

#endif
