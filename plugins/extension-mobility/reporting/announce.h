/* Publishes, counts and logs what became of a login or logout. */
#ifndef EM_ANNOUNCE_H
#define EM_ANNOUNCE_H

#include "em.h"
#include "events/emcc.h"
#include "reporting/counts.h"
#include "resources/session.h"

int em_announce_open(struct em *em, sj_error *error);
void em_announce_started(struct em *em, const sj_session *session);
void em_announce_ended(struct em *em, const sj_session *session, const char *reason);
void em_announce_failed(struct em *em, enum em_failed what, const char *device_name,
                        const char *user_id, int code, const char *cause, bool emcc,
                        const char *trace_id);
/* The same; `application_user` asked for it. */
void em_announce_failed_for(struct em *em, enum em_failed what, const char *device_name,
                            const char *user_id, int code, const char *cause, bool emcc,
                            const char *trace_id, const char *application_user);

/* A login on a phone of this cluster that fails across clusters, refused here or by the home
 * cluster. */
struct em_emcc_failure {
    const char *device_name, *user_id, *remote_cluster_id, *trace_id;
    bool by_home;
    int code;
    const char *cause;
};
/* Counts it, and raises an alert unless the code shows a mistake of the user. */
void em_announce_emcc_failure(struct em *em, const struct em_emcc_failure *failure);

#endif
