/* On what ground the certificates of other clusters are trusted. */
#ifndef ILS_TRUST_H
#define ILS_TRUST_H

#include "ils.h"

/* As it stands. WITHDRAWN: they were trusted, and have been removed by somebody. */
sj_ils_trust ils_trust_of(const struct ils_service *service, const char *cluster_id);
/* Notes that they are trusted now, on this ground. */
void ils_trust_note(struct ils_service *service, const char *cluster_id, sj_ils_trust ground);
/* Notes of certificates that are trusted, and of which nothing has been noted, that people
 * exchanged them: so a later withdrawal is known as one. */
void ils_trust_observe(struct ils_service *service, const char *cluster_id);

#endif
