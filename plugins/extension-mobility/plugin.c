/* Cisco Extension Mobility: users log in on phones, of this cluster and of others. Descriptor and
 * wiring only. */
#include "applications/em_api.h"
#include "checks/check.h"
#include "checks/traveller_reach.h"
#include "checks/validate.h"
#include "clusters/logout_notify.h"
#include "clusters/remote_cluster_update.h"
#include "clusters/rsvp_agent.h"
#include "clusters/session_trace.h"
#include "clusters/visited_bandwidth.h"
#include "devices/do_not_disturb.h"
#include "devices/sources.h"
#include "intercluster/peer_routes.h"
#include "pages/change_pin.h"
#include "pages/emapp.h"
#include "pages/push_authentication.h"
#include "reporting/announce.h"
#include "reporting/failures.h"
#include "sessions/expiry.h"
#include "sessions/logout.h"
#include "sessions/name_queue.h"
#include "sessions/phones_in_use.h"
#include "sessions/reconcile_run.h"
#include "sessions/removals.h"
#include "sessions/session_store.h"
#include "sessions/user_sessions.h"
#include "users/access.h"
#include "users/trusted_names.h"

static int init(sj_scope *scope, void *state, sj_error *error) {
    struct em *em = state;
    memset(em, 0, sizeof *em);
    em->scope = scope;
    em_reconcile_open(em);
    int status = em_announce_open(em, error);
    status = status == SJ_OK ? em_expiry_open(em, error) : status;
    status = status == SJ_OK ? em_removals_open(em, error) : status;
    status = status == SJ_OK ? em_cluster_update_open(em, error) : status;
    status = status == SJ_OK ? em_rsvp_agent_open(em, error) : status;
    status = status == SJ_OK ? em_logout_open(em, error) : status;
    status = status == SJ_OK ? em_phones_in_use_open(em, error) : status;
    status = status == SJ_OK ? em_sources_open(em, error) : status;
    status = status == SJ_OK ? em_directory_uris_open(em, error) : status;
    status = status == SJ_OK ? em_session_trace_open(em, error) : status;
    status = status == SJ_OK ? em_visited_bandwidth_open(em, error) : status;
    status = status == SJ_OK ? em_do_not_disturb_open(em, error) : status;
    status = status == SJ_OK ? em_validate_open(em, error) : status;
    status = status == SJ_OK ? em_check_open(em, error) : status;
    status = status == SJ_OK ? em_traveller_reach_open(em, error) : status;
    status = status == SJ_OK ? em_peer_queries_open(em, error) : status;
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
    em_directory_uris_start(em);
    return em_trusted_names_start(em, error);
}

static void fini(void *state) {
    struct em *em = state;
    em_emapp_close(em);
    em_sources_close(em);
    em_access_close(em);
    em_directory_uris_close(em);
    em_trusted_names_close(em);
    em_logout_notify_close(em);
    em_peer_bandwidth_close(em);
    em_failures_clear(&em->failures);
    em_name_queue_clear(&em->session_ends);
    em_name_queue_clear(&em->free_devices);
    em_user_sessions_clear(&em->user_sessions);
}

SJ_PLUGIN("extension-mobility", "Cisco Extension Mobility", SOJOURN_VERSION,
          "Users log in on phones of this cluster and, across clusters, of others.", "",
          "request:session.logout request:do_not_disturb.keep request:session.failures "
          "request:session.trace request:visited_bandwidth.admit "
          "request:remote_cluster.update request:emcc.validate "
          "request:emcc.check request:traveller.reach request:phone.session event:session.started "
          "event:session.ended "
          "event:login.failed event:emcc.alert event:remote_cluster.updated",
          0, struct em, NULL, init, start, NULL, fini);
