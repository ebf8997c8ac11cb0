/* The request of a visiting cluster to log a user of this cluster in on its phone. */
#ifndef EM_HOME_REQUEST_H
#define EM_HOME_REQUEST_H

#include "em.h"
#include "messages/intercluster.h"
#include "sessions/home_servers.h"
#include "sessions/operation.h"

typedef void (*em_home_answer_fn)(void *user, const sj_intercluster_login_answer *answer);
struct em_home_request {
    struct em *em;
    sj_scope *scope;
    struct em_operation *operation;
    sj_intercluster_login *login;
    em_home_answer_fn answer;
    void *user;
    char visiting_cluster[EM_NAME_ROOM], trace_id[EM_TRACE_ROOM];
    struct em_home_servers servers;
    uint64_t deadline; /* the visiting cluster waits no longer */
};

/* Takes `login` over. `visiting_cluster` has been authenticated; it waits until `deadline`
 * (monotonic). `done` runs once. */
void em_home_login_start(struct em *em, sj_intercluster_login *login, const char *visiting_cluster,
                         const char *trace_id, uint64_t deadline, em_home_answer_fn done,
                         void *user);

/* Frees the message of a login, and wipes its PIN before. NULL is allowed. */
void em_login_message_free(struct em *em, sj_intercluster_login *login);

#endif
