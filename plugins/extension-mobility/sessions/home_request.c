/* The home side of a login across clusters: receives the request of a visiting cluster, lets a
 * repetition wait for the first one, runs the login and gives the answer, once, when the session is
 * durable. */
#include "sessions/home_request.h"

#include <stdlib.h>

#include "clusters/partner.h"
#include "clusters/peer_protocol.h"
#include "messages/intercluster.h"
#include "reporting/error_codes.h"
#include "sessions/home_servers.h"
#include "sessions/login.h"
#include "sessions/operation.h"
#include "users/login_type.h"

enum { WAIT_FOR_FIRST_MS = 50 };

void em_login_message_free(struct em *em, sj_intercluster_login *login) {
    if (login != NULL) {
        em_wipe(login->pin);
    }
    sj_record_free(em->scope, login);
}

static void closed(void *user) {
    struct em_home_request *home = user;
    em_login_message_free(home->em, home->login);
    free(home);
}

static void send_answer(struct em_home_request *home, int code, const char *cause,
                        const struct em_outcome *outcome) {
    const struct em_home_servers *servers = &home->servers;
    const char *const tftp[2] = {servers->tftp[0], servers->tftp[1]};
    const int64_t expires_at = outcome != NULL ? home->operation->login.expires_at : 0;
    const int64_t remaining = expires_at - sj_wall_ms(home->em->scope);
    const sj_intercluster_login_answer answer = {
        .protocol = em_partner_protocol(home->login->protocol),
        .remaining_ms = expires_at == 0 ? 0
                        : remaining > 0 ? remaining
                                        : 1,
        .cluster_id = home->em->scope->host->node->cluster_id,
        .code = code == EM_OK ? 0 : code,
        .cause = cause,
        .lease_id = home->login->idempotency_key,
        .user_id = outcome != NULL ? outcome->user_id : "",
        .expires_at = expires_at,
        .tftp_addresses = tftp,
        .tftp_addresses_count = servers->tftp_count,
        .tftp_http_port = servers->tftp_http_port,
        .profiles = outcome != NULL ? outcome->profiles : NULL,
        .profiles_count = outcome != NULL ? outcome->profiles_count : 0};
    home->answer(home->user, &answer);
    sj_scope_close(home->scope);
}

static void answer_outcome(void *user, const struct em_outcome *outcome) {
    send_answer(user, outcome->code, outcome->cause, outcome);
}

static void begin(void *user) {
    struct em_home_request *home = user;
    struct em *em = home->em;
    const sj_intercluster_login *login = home->login;
    /* The same request once more while the first is treated: it gets the first one's answer. */
    if (em_operation_holds_lease(em, login->idempotency_key)) {
        if (sj_monotonic_ms(em->scope) >= home->deadline ||
            sj_timer_start(home->scope, WAIT_FOR_FIRST_MS, 0, begin, home) == NULL) {
            send_answer(home, EM_BUSY, "the same login is in progress", NULL);
        }
        return;
    }
    enum em_code code = em_operation_open(em, EM_HOME_LOGIN, login->device_name, answer_outcome,
                                          home, &home->operation);
    if (code != EM_OK) {
        send_answer(home, code, "the home cluster handles too many requests at once", NULL);
        return;
    }
    struct em_operation *operation = home->operation;
    operation->home.request = home;
    em_copy(operation->home.visiting_cluster, home->visiting_cluster);
    em_copy(operation->login.lease_id, login->idempotency_key);
    em_operation_set_deadline(operation, home->deadline);
    struct em_login_request request = {.vouched = true,
                                       .login_type = login->login_type,
                                       .by_application = sj_given(login->application_user)};
    em_copy(request.device_name, login->device_name);
    em_copy(request.user_id, login->user_id);
    em_copy(request.pin, login->pin);
    em_copy(request.device_profile, login->device_profile);
    em_copy(request.remote_address, login->remote_address);
    em_copy(request.source, home->visiting_cluster);
    em_copy(request.trace_id, home->trace_id);
    em_copy(request.application_user, login->application_user);
    request.requested_minutes = request.by_application ? login->requested_minutes : 0;
    sj_trace(em->scope, home->trace_id, "%s%s%scluster %s asks to log %s in on its phone %s",
             request.by_application ? "application " : "", request.application_user,
             request.by_application ? " of " : "", home->visiting_cluster, request.user_id,
             request.device_name);
    em_login_start_at_home(operation, &request);
}

void em_home_login_start(struct em *em, sj_intercluster_login *login, const char *visiting_cluster,
                         const char *trace_id, uint64_t deadline, em_home_answer_fn done,
                         void *user) {
    struct em_home_request *home = calloc(1, sizeof *home);
    if (home != NULL) {
        home->em = em;
    }
    sj_scope *scope = home != NULL ? sj_scope_open(em->scope, "home login", closed, home) : NULL;
    if (scope == NULL) {
        const sj_intercluster_login_answer answer = {.protocol = EM_PROTOCOL,
                                                     .cluster_id =
                                                         em->scope->host->node->cluster_id,
                                                     .code = EM_DATABASE,
                                                     .cause = "out of memory"};
        em_login_message_free(em, login);
        free(home);
        done(user, &answer);
        return;
    }
    home->scope = scope;
    home->login = login;
    home->deadline = deadline;
    home->answer = done;
    home->user = user;
    em_copy(home->visiting_cluster, visiting_cluster);
    em_copy(home->trace_id, trace_id);
    begin(home);
}
