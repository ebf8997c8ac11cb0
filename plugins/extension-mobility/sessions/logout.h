/* Ends sessions, on whichever side and for whatever reason. */
#ifndef EM_LOGOUT_H
#define EM_LOGOUT_H

#include "resources/session.h"
#include "sessions/operation.h"

/* Logs a session out, on any side: commits, then `done` (when durable), notifies the other cluster
 * and has the phone reset. */
void em_logout(struct em *em, const sj_session *session, const char *reason, const char *trace_id,
               sj_result_fn done, void *user);
/* The same; `application_user` asked for it. */
void em_logout_for(struct em *em, const sj_session *session, const char *reason,
                   const char *application_user, const char *trace_id, sj_result_fn done,
                   void *user);
/* The reason when the record of the other cluster was removed: it cannot be notified. */
#define EM_REMOTE_CLUSTER_REMOVED "remote_cluster_removed"
/* The reason when who asked for the login did not wait for it. Stored, and sent to the other
 * cluster. */
#define EM_LOGIN_CANCELLED "login given up"
/* A phone asks for it; `home_lost`: by itself, because its home cluster does not serve it. */
void em_logout_by_phone(struct em *em, const char *device_name, bool home_lost,
                        const char *trace_id, em_outcome_fn done, void *user);
int em_logout_open(struct em *em, sj_error *error); /* answers session.logout */

#endif
