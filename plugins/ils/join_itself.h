/* Which hubs this cluster joins without anybody's command. Each that gets a proof, and answers with
 * none, has had one guess at the network's password. */
#ifndef ILS_JOIN_ITSELF_H
#define ILS_JOIN_ITSELF_H

#include "joining.h"

enum ils_itself {
    ILS_ITSELF_NOT,  /* it is trusted, or was, or nobody is joined so */
    ILS_ITSELF_HELD, /* not now: the sentence says why */
    ILS_ITSELF_JOIN
};

/* Notes who has told of the hubs that have become known with an exchange with `teller`. */
void ils_itself_note_teller(struct ils_service *service, const char *teller);
/* `registrar`: somebody has named it in this cluster's configuration. JOIN: ils_itself_ended
 * follows, with what is in `teller` then. */
enum ils_itself ils_itself_begin(struct ils_service *service, const char *cluster_id,
                                 bool registrar, char teller[ILS_CLUSTER_ID_MAX + 1],
                                 char why[ILS_REASON_ROOM]);
/* `guessed`: it counts; else it is given back. */
void ils_itself_ended(struct ils_service *service, const char *cluster_id, const char *teller,
                      bool guessed);

#endif
