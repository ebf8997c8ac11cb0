/* Whose a peer id is. */
#ifndef ILS_BINDINGS_H
#define ILS_BINDINGS_H

#include "ils.h"

/* Whether a message, which came from this cluster by its certificate, bears a peer id that is the
 * cluster's: one that nobody else has shown who is still trusted. Else `why` says whose it is, and
 * there is an alarm. A message that cannot be read is right here. */
bool ils_binding_check(struct ils_service *service, const char *cluster_id, const char *bytes,
                       size_t length, enum ils_message_type type, char why[ILS_REASON_ROOM]);
/* What was refused within the last day, a sentence each; at most `most`. */
size_t ils_binding_claims(const struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                          size_t most);

#endif
