/* What is known of a partner beyond Validate: how it sees this cluster, whether its release and
 * security mode serve secure phones, and certificates that will not be valid for long. */
#include <time.h>

#include "checks/check_partner.h"
#include "checks/findings.h"
#include "clusters/partner.h"
#include "parameters/enterprise.h"
#include "resources/certificates.h"
#include "resources/remote_cluster.h"

enum { KINDS = 5 };
#define SOON (INT64_C(30) * 86400000) /* in ms */

static bool is_mixed(sj_scope *scope) {
    return sj_param_enterprise_cluster_security_mode(scope) ==
           SJ_ENTERPRISE_CLUSTER_SECURITY_MODE_MIXED;
}

static const char *date_of(int64_t when, char text[16]) {
    const time_t seconds = (time_t)(when / 1000);
    struct tm utc;
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(text, 16, "%Y-%m-%d", &utc);
    return text;
}

void em_check_own_certificates(struct em_findings *findings,
                               const sj_certificates_list_reply *own) {
    const int64_t now = sj_wall_ms(findings->em->scope);
    char date[16];
    for (size_t i = 0; i < own->certificates_count; i++) {
        const sj_certificates_list_reply_entry *entry = &own->certificates[i];
        if (entry->not_after <= now) {
            em_findings_add(findings,
                            "This node's own %.20s certificate has expired on %s: renew it and "
                            "exchange certificates again.",
                            entry->kind, date_of(entry->not_after, date));
        } else if (entry->not_after - now < SOON) {
            em_findings_note(findings,
                             "This node's own %.20s certificate expires on %s: renew it and "
                             "exchange certificates again before.",
                             entry->kind, date_of(entry->not_after, date));
        }
    }
}

/* The last of a kind counts: an older one beside it may expire. */
static void check_expiry(struct em_findings *findings, const char *cluster_id) {
    sj_scope *scope = findings->em->scope;
    const sj_query query = {.field = "cluster_id", .value = cluster_id};
    const int64_t now = sj_wall_ms(scope);
    int64_t latest[KINDS] = {0};
    sj_list list = {0};
    if (sj_trusted_certificate_list(scope, &query, &list, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_trusted_certificate *certificate = sj_trusted_certificate_at(&list, i);
        const int kind = (int)certificate->kind;
        if (kind >= 0 && kind < KINDS && certificate->not_after > latest[kind]) {
            latest[kind] = certificate->not_after;
        }
    }
    for (int kind = 0; kind < KINDS; kind++) {
        if (latest[kind] > now && latest[kind] - now < SOON) {
            char date[16];
            em_findings_note(findings,
                             "The %s certificate of cluster %s expires on %s: exchange "
                             "certificates again before.",
                             sj_trusted_certificate_kind_words[kind], cluster_id,
                             date_of(latest[kind], date));
        }
    }
    sj_list_free(scope, &list);
}

static bool holds(const char *const *words, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* Whoever's certificates are imported is trusted, and stays so when the record of it goes. */
void em_check_trust_without_record(struct em_findings *findings) {
    const char *seen[FINDINGS_MAX];
    size_t count = 0;
    sj_scope *scope = findings->em->scope;
    sj_list list = {0};
    if (sj_trusted_certificate_list(scope, NULL, &list, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < list.count && count < FINDINGS_MAX; i++) {
        const char *cluster_id = sj_trusted_certificate_at(&list, i)->cluster_id;
        sj_remote_cluster *cluster = NULL;
        if (holds(seen, count, cluster_id)) {
            continue;
        }
        seen[count++] = cluster_id;
        if (sj_remote_cluster_get(scope, cluster_id, &cluster, NULL) == SJ_E_NOT_FOUND) {
            em_findings_note(findings,
                             "The certificates of cluster %s are still trusted, though there is no "
                             "remote cluster record: sojourn "
                             "cert remove %s.",
                             cluster_id, cluster_id);
        }
        sj_record_free(scope, cluster);
    }
    sj_list_free(scope, &list);
}

/* Its answer says how it sees this cluster. That there is no record, or EMCC off in it, has been
 * reported as 35 or 38. */
static void check_its_view(struct em_findings *findings, const sj_remote_cluster_status *status) {
    static const char *const needed[] = {"CallManager", "CAPF", "ITLRecovery"};
    const sj_remote_cluster_status_sees_us *view = &status->sees_us;
    if (!view->told) {
        em_findings_note(
            findings, "Cluster %s is of an older release: how it sees this cluster is not known.",
            status->cluster_id);
        return;
    }
    if (view->recorded && !view->pstn_access) {
        em_findings_add(findings,
                        "PSTN Access is off in cluster %s's record of this cluster: calls of its "
                        "travellers here do not leave here.",
                        status->cluster_id);
    }
    if (sj_given(view->reason)) {
        em_findings_add(findings,
                        "Cluster %s has not reached this cluster at its last update: %s If it can "
                        "now, run sojourn remote-cluster "
                        "update %s there.",
                        status->cluster_id, view->reason,
                        findings->em->scope->host->node->cluster_id);
    }
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (!holds(view->certificates, view->certificates_count, needed[i])) {
            em_findings_add(findings,
                            "Cluster %s has no valid %s certificate of this cluster: import there "
                            "what is exported here.",
                            status->cluster_id, needed[i]);
        }
    }
}

static void check_security(struct em_findings *findings, const sj_remote_cluster_status *status,
                           const struct em_check_phones *phones) {
    struct em *em = findings->em;
    char cause[EM_CAUSE_ROOM] = "", sentence[2 * EM_CAUSE_ROOM];
    if (!is_mixed(em->scope)) {
        if (status->mixed_mode) {
            em_findings_note(findings,
                             "Cluster %s is in mixed mode and this one is not: logins of this "
                             "cluster's travellers on secure phones there fail with 46.",
                             status->cluster_id);
        }
        return;
    }
    if (!em_partner_supports_secure(em, status->cluster_id, cause)) {
        em_print(sentence, sizeof sentence, "Secure here, and %s, logins fail with 45", cause);
        em_findings_tally(findings, true, &phones->secure, "phone", sentence);
    } else if (!status->mixed_mode) {
        em_print(
            sentence, sizeof sentence,
            "Secure here, and cluster %s is not in mixed mode, logins of its users fail with 46",
            status->cluster_id);
        em_findings_tally(findings, true, &phones->secure, "phone", sentence);
    }
}

/* The row LBM is on, and is not used. */
static void check_bandwidth(struct em_findings *findings, const sj_remote_cluster *cluster,
                            const sj_remote_cluster_status *status) {
    for (size_t i = 0; cluster->lbm && i < status->services_count; i++) {
        const sj_remote_cluster_status_service *service = &status->services[i];
        if (service->service == SJ_INTERCLUSTER_SERVICE_LBM &&
            service->remote_activated != SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES) {
            em_findings_note(findings,
                             "LBM is on in the record of cluster %s, and calls of our users there "
                             "are made without being admitted: %s",
                             cluster->cluster_id,
                             sj_given(service->reason)
                                 ? service->reason
                                 : "its Location Bandwidth Manager is not active.");
        }
    }
}

void em_check_partner(struct em_findings *findings, const sj_remote_cluster *cluster,
                      const sj_remote_cluster_status *status, const struct em_check_phones *phones,
                      bool travellers) {
    check_expiry(findings, cluster->cluster_id);
    if (!cluster->pstn_access) {
        em_findings_add(findings, "PSTN Access is off in the record of remote cluster %s.",
                        cluster->cluster_id);
    }
    if (status == NULL || status->last_succeeded == 0 || sj_given(status->reason)) {
        return; /* what it said before may not hold any more */
    }
    for (size_t i = 0; i < status->services_count; i++) {
        const sj_remote_cluster_status_service *service = &status->services[i];
        if (service->service == SJ_INTERCLUSTER_SERVICE_PSTN_ACCESS &&
            (service->remote_activated != SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES ||
             service->addresses_count == 0)) {
            em_findings_add(findings,
                            "PSTN Access is not active at cluster %s, or no node of it takes "
                            "calls: visitors' emergency calls "
                            "cannot leave there.",
                            cluster->cluster_id);
        }
    }
    check_bandwidth(findings, cluster, status);
    check_its_view(findings, status);
    check_security(findings, status, phones);
    if (travellers && status->places_count == 0) {
        em_findings_add(findings,
                        "Cluster %s gives its phones no geolocation: no roaming device pool can be "
                        "chosen for them.",
                        cluster->cluster_id);
    }
}
