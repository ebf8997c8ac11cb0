/* A login of a user of this cluster on a phone of another. */
#ifndef EM_HOME_SESSION_H
#define EM_HOME_SESSION_H

#include "em.h"
#include "messages/intercluster.h"

typedef void (*em_home_answer_fn)(void *user, const sj_intercluster_login_answer *answer);
/* Takes `login` over. `peer_cluster` has been authenticated; it waits until `deadline` (monotonic). `done` runs once. */
void em_home_login_start(struct em *em, sj_intercluster_login *login, const char *peer_cluster, const char *trace_id,
                         uint64_t deadline, em_home_answer_fn done, void *user);

/* Frees the message of a login, and wipes its PIN before. NULL is allowed. */
void em_login_message_free(struct em *em, sj_intercluster_login *login);

#endif
