/* The command by which somebody has this cluster join a hub. */
#include "join_request.h"

#include <string.h>

#include "join_certificates.h"
#include "join_exchange.h"
#include "resources/ils.h"
#include "resources/remote_cluster.h"

enum { BEFORE_ROOM = 300 };

/* A record that was there has the address now at which the hub has proved who it is; `before`: what
 * it had, "": the same. */
static int take_address(struct ils_service *service, const struct ils_join_end *how,
                        char before[BEFORE_ROOM], sj_error *error) {
    sj_remote_cluster *present = NULL;
    int status = sj_remote_cluster_get(service->scope, how->cluster_id, &present, error);
    if (status == SJ_OK && (strcmp(present->fully_qualified_name, how->hub) != 0 ||
                            present->https_port != how->https_port)) {
        sj_remote_cluster changed = *present;
        (void)snprintf(before, BEFORE_ROOM, "%s, port %lld", present->fully_qualified_name,
                       (long long)present->https_port);
        changed.fully_qualified_name = how->hub;
        changed.https_port = how->https_port;
        status = sj_remote_cluster_put(service->scope, &changed, SJ_PUT_ANY, error);
    }
    sj_record_free(service->scope, present);
    return status;
}

/* What the exchange of certificates by hand leaves to the administrator. */
static bool write_records(struct ils_service *service, const struct ils_join_end *how,
                          sj_ils_join_role role, char before[BEFORE_ROOM], sj_error *error) {
    sj_scope *scope = service->scope;
    const sj_remote_cluster cluster = {.cluster_id = how->cluster_id,
                                       .description = "Joined by ILS",
                                       .fully_qualified_name = how->hub,
                                       .https_port = how->https_port,
                                       .geolocation_filter = ""};
    sj_ils_configuration *configuration = NULL;
    int status = sj_remote_cluster_put(scope, &cluster, SJ_PUT_NEW, error);
    before[0] = '\0';
    status = status == SJ_E_EXISTS ? take_address(service, how, before, error) : status;
    if (status != SJ_OK) {
        return false;
    }
    status = sj_ils_configuration_get(scope, "default", &configuration, error);
    if (status == SJ_OK) {
        sj_ils_configuration changed = *configuration;
        changed.role = role == SJ_ILS_JOIN_ROLE_HUB ? SJ_ILS_ROLE_HUB : SJ_ILS_ROLE_SPOKE;
        changed.registration_server = how->cluster_id;
        status = sj_ils_configuration_put(scope, &changed, SJ_PUT_ANY, error);
        sj_record_free(scope, configuration);
    }
    return status == SJ_OK;
}

static void joined(struct ils_service *service, sj_question *question,
                   const struct ils_join_end *how, sj_ils_join_role role) {
    char message[300 + 2 * BEFORE_ROOM], before[BEFORE_ROOM], changed[BEFORE_ROOM + 300] = "";
    sj_error why = {0};
    if (how->code != SJ_OK) {
        sj_fail(service->scope, question, how->code, "%s", how->text);
        return;
    }
    if (!write_records(service, how, role, before, &why)) {
        sj_fail(service->scope, question, why.code,
                "the certificates are exchanged, but this is not recorded: %s", why.text);
        return;
    }
    if (before[0] != '\0') {
        (void)snprintf(changed, sizeof changed,
                       "; its remote cluster record had %s, and has %s, port %lld now", before,
                       how->hub, (long long)how->https_port);
    }
    (void)snprintf(message, sizeof message,
                   "joined: this cluster and %s trust each other's certificates now (cert remove "
                   "%s withdraws that), and it is a %s of the network%s",
                   how->cluster_id, how->cluster_id, role == SJ_ILS_JOIN_ROLE_HUB ? "hub" : "spoke",
                   changed);
    const sj_ils_join_reply reply = {
        .cluster_id = how->cluster_id, .imported = how->imported, .message = message};
    sj_reply_ils_join(service->scope, question, &reply);
    sj_log_info(service->scope, "%s", message);
}

static void joined_as_hub(struct ils_service *service, void *question,
                          const struct ils_join_end *how) {
    joined(service, question, how, SJ_ILS_JOIN_ROLE_HUB);
}

static void joined_as_spoke(struct ils_service *service, void *question,
                            const struct ils_join_end *how) {
    joined(service, question, how, SJ_ILS_JOIN_ROLE_SPOKE);
}

static void on_join(void *user, sj_question *question, const sj_ils_join *request) {
    struct ils_service *service = user;
    const bool password = request->password[0] != '\0';
    char fingerprint[JOIN_FINGERPRINT] = "";
    if (password == (request->fingerprint[0] != '\0')) {
        sj_error error = {0};
        (void)sj_error_field(&error, SJ_E_INVALID, "password",
                             "expected either the network's password or the fingerprint of the "
                             "hub's tomcat certificate");
        sj_fail_error(service->scope, question, &error);
        return;
    }
    if (!password && !ils_fingerprint_read(request->fingerprint, fingerprint)) {
        sj_fail(service->scope, question, SJ_E_INVALID,
                "fingerprint: expected the 64 hexadecimal digits of a SHA-256, with or without "
                "colons");
        return;
    }
    const struct ils_join_wish wish = {.hub = request->hub,
                                       .https_port = request->https_port,
                                       .method = password ? SJ_ILS_JOIN_METHOD_PASSWORD
                                                          : SJ_ILS_JOIN_METHOD_FINGERPRINT,
                                       .password = request->password,
                                       .fingerprint = fingerprint,
                                       .expected_id = ""};
    if (ils_join_begin_exchange(service, service->scope, &wish,
                                request->role == SJ_ILS_JOIN_ROLE_HUB ? joined_as_hub
                                                                      : joined_as_spoke,
                                question) != SJ_OK) {
        sj_fail(service->scope, question, SJ_E_NO_MEMORY, "no memory to join");
    }
}

int ils_join_request_open(struct ils_service *service, sj_error *error) {
    return sj_answer_ils_join(service->scope, on_join, service, error) == NULL ? error->code
                                                                               : SJ_OK;
}
