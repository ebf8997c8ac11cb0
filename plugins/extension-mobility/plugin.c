/* Cisco Extension Mobility: users log in on phones, of this cluster and of others. Descriptor and wiring only. */
#include "em.h"

#include "users/trusted_names.h"

static int init(sj_scope *scope, void *state, sj_error *error) {
    struct em *em = state;
    memset(em, 0, sizeof *em);
    em->scope = scope;
    int status = em_announce_open(em, error);
    status = status == SJ_OK ? em_expiry_open(em, error) : status;
    status = status == SJ_OK ? em_removals_open(em, error) : status;
    status = status == SJ_OK ? em_update_open(em, error) : status;
    status = status == SJ_OK ? em_rsvp_agent_open(em, error) : status;
    status = status == SJ_OK ? em_logout_open(em, error) : status;
    status = status == SJ_OK ? em_lent_phones_open(em, error) : status;
    status = status == SJ_OK ? em_sources_open(em, error) : status;
    status = status == SJ_OK ? em_story_open(em, error) : status;
    status = status == SJ_OK ? em_do_not_disturb_open(em, error) : status;
    status = status == SJ_OK ? em_validate_open(em, error) : status;
    status = status == SJ_OK ? em_check_open(em, error) : status;
    status = status == SJ_OK ? em_intercluster_open(em, error) : status;
    status = status == SJ_OK ? em_api_open(em, error) : status;
    status = status == SJ_OK ? em_change_pin_open(em, error) : status;
    status = status == SJ_OK ? em_push_authentication_open(em, error) : status;
    return status == SJ_OK ? em_emapp_open(em, error) : status;
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    struct em *em = state;
    /* A store that cannot be read now may be able to later: until then phones are answered 210. */
    if (em_store_open(em, error) != SJ_OK) {
        sj_log_error(scope, "the sessions could not be read from the store: %s", error->text);
    }
    em_sources_start(em);
    return em_trusted_names_start(em, error);
}

static void fini(void *state) {
    struct em *em = state;
    em_emapp_close(em);
    em_sources_close(em);
    em_access_close(em);
    em_trusted_names_close(em);
    em_tell_close(em);
    failures_clear(&em->failures);
    earliest_clear(&em->session_ends);
    earliest_clear(&em->free_devices);
    user_sessions_clear(&em->user_sessions);
}

SJ_PLUGIN("extension-mobility", "Cisco Extension Mobility", SOJOURN_VERSION,
          "Users log in on phones of this cluster and, across clusters, of others.", "",
          "request:session.logout request:do_not_disturb.keep request:session.failures request:session.trace "
          "request:remote_cluster.update request:emcc.validate "
          "request:emcc.check request:phone.session event:session.started "
          "event:session.ended "
          "event:login.failed event:emcc.alert event:remote_cluster.updated",
          0, struct em, NULL, init, start, NULL, fini);
