/* Tells the other cluster that a session has ended, and repeats that until it confirms. */
#ifndef EM_LOGOUT_NOTIFY_H
#define EM_LOGOUT_NOTIFY_H

#include "em.h"

void em_logout_notify(struct em *em, const char *cluster_id, const char *lease_id,
                      const char *device_name, const char *reason, const char *application_user,
                      const char *trace_id, bool reset_phone);
/* A login that was requested there is cancelled, whatever became of it. The store holds no session
 * of it, so that the notice is repeated from memory for `repeat_ms`. */
void em_logout_notify_cancelled(struct em *em, const char *cluster_id, const char *lease_id,
                                const char *device_name, const char *reason, const char *trace_id,
                                uint64_t repeat_ms);
/* Repeats the notices of all sessions that are still "ending"; of one cluster, or of all (NULL). */
void em_logout_notify_resend(struct em *em, const char *cluster_id);
void em_logout_notify_close(struct em *em);

#endif
