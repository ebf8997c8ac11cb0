/* On what ground the certificates of other clusters are trusted. */
#ifndef ILS_TRUST_H
#define ILS_TRUST_H

#include "ils.h"

/* As it stands. WITHDRAWN: they were trusted, and have been removed by somebody. */
sj_ils_trust ils_trust_of(const struct ils_service *service, const char *cluster_id);
/* Notes that they are trusted now, on this ground; `salt` (JOIN_SALT bytes, or NULL) is that of the
 * password that was proved. */
void ils_trust_note(struct ils_service *service, const char *cluster_id, sj_ils_trust ground,
                    const uint8_t *salt);
/* The cluster is trusted by a password that has been set anew here since, or removed. */
bool ils_trust_is_former(const struct ils_service *service, const char *cluster_id);
/* False: that is so, and such clusters are refused. */
bool ils_trust_is_current(const struct ils_service *service, const char *cluster_id);
/* Notes of certificates that are trusted, and of which nothing has been noted, that people
 * exchanged them: so a later withdrawal is known as one. */
void ils_trust_observe(struct ils_service *service, const char *cluster_id);

#endif
