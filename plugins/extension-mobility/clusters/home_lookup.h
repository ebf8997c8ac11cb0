/* Finds the remote cluster that a user belongs to. */
#ifndef EM_HOME_LOOKUP_H
#define EM_HOME_LOOKUP_H

#include "em.h"
#include "reporting/error_codes.h"
#include "users/login_type.h"

/* code: EM_OK with the cluster, EM_NO_USER, EM_EXTENSION_SHARED_HOME, EM_NO_REMOTE_CLUSTER,
 * EM_CONNECTION, EM_NO_RESPONSE or EM_UPDATE_CLUSTER_ID. */
typedef void (*em_home_fn)(void *user, enum em_code code, const char *cluster_id,
                           const char *cause);
void em_home_lookup(struct em *em, sj_scope *scope, sj_login_type type, const char *user_id,
                    const char *trace_id, em_home_fn done, void *user);
/* The same for an application, which gets more when the home cluster accepts logins by applications
 * of this cluster. */
struct em_home_user {
    const char *cluster_id;
    bool disclosed; /* the home cluster sent what follows */
    const char *user_id, *default_profile;
    const char *const *profiles;
    size_t profiles_count;
};
typedef void (*em_home_user_fn)(void *user, enum em_code code, const struct em_home_user *found,
                                const char *cause);
void em_home_lookup_for(struct em *em, sj_scope *scope, sj_login_type type, const char *user_id,
                        const char *application_user, const char *trace_id, em_home_user_fn done,
                        void *user);

#endif
