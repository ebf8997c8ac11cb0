/* What the records and the last update say of a partner. Reads the store. */
#include "clusters/partner.h"

#include "clusters/peer_protocol.h"
#include "devices/security_matrix.h"
#include "messages/intercluster.h"
#include "reporting/error_codes.h"
#include "resources/certificates.h"
#include "resources/intercluster_service_profile.h"
#include "resources/remote_cluster.h"

enum { KINDS = 5 };

bool em_partner_exists(struct em *em) {
    const sj_query with_emcc = {.field = "emcc", .value = "true", .limit = 1};
    sj_intercluster_service_profile *profile = NULL;
    const bool active =
        sj_intercluster_service_profile_get(em->scope, "default", &profile, NULL) == SJ_OK &&
        profile->emcc_active && sj_remote_cluster_count(em->scope, &with_emcc, NULL) > 0;
    sj_record_free(em->scope, profile);
    return active;
}

bool em_partner_accepts_applications(struct em *em, const char *cluster_id) {
    sj_remote_cluster *cluster = NULL;
    const bool accepts = sj_remote_cluster_get(em->scope, cluster_id, &cluster, NULL) == SJ_OK &&
                         cluster->accept_application_logins;
    sj_record_free(em->scope, cluster);
    return accepts;
}

enum em_code em_partner_standing(struct em *em, const char *cluster_id, char cause[EM_CAUSE_ROOM]) {
    sj_scope *scope = em->scope;
    sj_remote_cluster *cluster = NULL;
    sj_intercluster_service_profile *profile = NULL;
    enum em_code code = EM_OK;
    if (sj_remote_cluster_get(scope, cluster_id, &cluster, NULL) != SJ_OK) {
        em_print(cause, EM_CAUSE_ROOM, "home cluster %s has no remote cluster record for %s",
                 scope->host->node->cluster_id, cluster_id);
        return EM_VISITING_CLUSTER_UNKNOWN;
    }
    if (sj_intercluster_service_profile_get(scope, "default", &profile, NULL) != SJ_OK ||
        !profile->emcc_active) {
        em_print(cause, EM_CAUSE_ROOM,
                 "EMCC is not active in the Intercluster Service Profile of the home cluster");
        code = EM_EMCC_NOT_ALLOWED;
    } else if (!cluster->emcc) {
        em_print(cause, EM_CAUSE_ROOM,
                 "the home cluster's record of remote cluster %s has EMCC off", cluster_id);
        code = EM_EMCC_NOT_ALLOWED;
    } else if (!profile->pstn_access_active) {
        em_print(
            cause, EM_CAUSE_ROOM,
            "PSTN Access is not active in the Intercluster Service Profile of the home cluster");
        code = EM_EMCC_NOT_ACTIVATED;
    }
    sj_record_free(scope, profile);
    sj_record_free(scope, cluster);
    return code;
}

/* The kinds of a partner's certificates that are valid now. */
static size_t valid_kinds(struct em *em, const char *cluster_id, const char **kinds) {
    const sj_query query = {.field = "cluster_id", .value = cluster_id};
    const int64_t now = sj_wall_ms(em->scope);
    sj_list list = {0};
    size_t count = 0;
    if (sj_trusted_certificate_list(em->scope, &query, &list, NULL) != SJ_OK) {
        return 0;
    }
    for (int kind = 0; kind < KINDS; kind++) {
        bool valid = false;
        for (size_t i = 0; i < list.count && !valid; i++) {
            const sj_trusted_certificate *certificate = sj_trusted_certificate_at(&list, i);
            valid = (int)certificate->kind == kind && certificate->not_before <= now &&
                    now < certificate->not_after;
        }
        if (valid) {
            kinds[count++] = sj_trusted_certificate_kind_words[kind];
        }
    }
    sj_list_free(em->scope, &list);
    return count;
}

void em_partner_describe(struct em *em, sj_scope *scope, const char *cluster_id,
                         sj_intercluster_information *own) {
    sj_remote_cluster *cluster = NULL;
    sj_remote_cluster_status *status = NULL;
    char cause[EM_CAUSE_ROOM] = "";
    const char **kinds = sj_scope_alloc(scope, KINDS * sizeof *kinds);
    const enum em_code code = em_partner_standing(em, cluster_id, cause);
    const char *copy = sj_scope_strdup(scope, cause);
    own->code = code == EM_OK ? 0 : code;
    own->cause = sj_or_empty(copy);
    own->asker.told = true;
    own->asker.reason = "";
    if (sj_remote_cluster_get(em->scope, cluster_id, &cluster, NULL) == SJ_OK) {
        own->asker.recorded = true;
        own->asker.emcc = cluster->emcc;
        own->asker.pstn_access = cluster->pstn_access;
    }
    if (sj_remote_cluster_status_get(em->scope, cluster_id, &status, NULL) == SJ_OK) {
        const char *reason = sj_scope_strdup(scope, status->reason);
        own->asker.reason = sj_or_empty(reason);
    }
    if (kinds != NULL) {
        own->asker.certificates = kinds;
        own->asker.certificates_count = valid_kinds(em, cluster_id, kinds);
    }
    sj_record_free(em->scope, status);
    sj_record_free(em->scope, cluster);
}

bool em_partner_supports_secure(struct em *em, const char *cluster_id, char cause[EM_CAUSE_ROOM]) {
    sj_remote_cluster_status *status = NULL;
    bool supports = true;
    if (sj_remote_cluster_status_get(em->scope, cluster_id, &status, NULL) == SJ_OK &&
        status->last_succeeded > 0) {
        supports = em_release_supports_secure(status->version, status->protocol_version);
    }
    if (!supports) {
        em_print(cause, EM_CAUSE_ROOM,
                 "cluster %s runs version %.60s, protocol %lld, which does not support secure EMCC",
                 cluster_id, status->version, (long long)status->protocol_version);
    }
    sj_record_free(em->scope, status);
    return supports;
}

int64_t em_partner_protocol(int64_t theirs) {
    return theirs < 0 ? 0 : theirs < EM_PROTOCOL ? theirs : EM_PROTOCOL;
}

void em_partner_learnt_from(const sj_remote_cluster *cluster,
                            char learnt_from[SJ_PEER_LEARNT_FROM_ROOM]) {
    sj_peer_addresses_learnt_from(cluster->fully_qualified_name, cluster->https_port, learnt_from);
}

static bool is_one_host(const sj_address *address) {
    if (address->any.sa_family == AF_INET6) {
        return !IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr) &&
               !IN6_IS_ADDR_MULTICAST(&address->v6.sin6_addr);
    }
    const uint32_t number = ntohl(address->v4.sin_addr.s_addr);
    return number >> 24 != 0 && number >> 28 != 14 &&
           number >> 28 != 15; /* this network, multicast, reserved */
}

bool em_partner_host_is_valid(const char *text) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    const size_t length = strlen(text);
    sj_address address;
    if (sj_address_parse(text, 0, &address) == SJ_OK) {
        return is_one_host(&address);
    }
    return length > 0 && length <= 255 && strspn(text, allowed) == length;
}

int64_t em_partner_tftp_http_port(struct em *em, const char *cluster_id, int64_t port) {
    if (port == 0 || port == 80 || (port >= 1024 && port <= 65535)) {
        return port;
    }
    sj_log_warning(em->scope,
                   "cluster %s names %lld as the HTTP port of its TFTP service; expected 80 or "
                   "1024 to 65535, 6970 is used",
                   cluster_id, (long long)port);
    return 0;
}
