/* Counts refusals by code, sessions, base devices and partners for /metrics. */
#include "reporting/counts.h"

#include "em.h"
#include "resources/emcc_base_device.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

void em_counts_open(struct em *em) {
    static const char *const kinds[] = {"local", "home", "visiting"};
    struct em_counts *counts = &em->counts;
    sj_scope *scope = em->scope;
    char name[80];
    for (size_t i = 0; i < 3; i++) {
        em_print(name, sizeof name, "sojourn_em_sessions{kind=\"%s\"}", kinds[i]);
        counts->sessions[i] = sj_metric_new(scope, SJ_GAUGE, name, "Active sessions.");
    }
    counts->base_devices_free = sj_metric_new(
        scope, SJ_GAUGE, "sojourn_em_base_devices{state=\"free\"}", "EMCC base devices.");
    counts->base_devices_used = sj_metric_new(
        scope, SJ_GAUGE, "sojourn_em_base_devices{state=\"used\"}", "EMCC base devices.");
    counts->partners =
        sj_metric_new(scope, SJ_GAUGE, "sojourn_em_remote_clusters", "Remote clusters with EMCC.");
    counts->partners_reachable = sj_metric_new(
        scope, SJ_GAUGE, "sojourn_em_remote_clusters_reachable",
        "Remote clusters with EMCC that answered when they were last asked for their state.");
}

void em_counts_add_failure(struct em *em, enum em_failed what, int code) {
    static const char *const names[EM_FAILED_KINDS] = {"login", "logout", "other"};
    const int known = code > 0 && code < EM_CODES
                          ? code
                          : 0; /* what is no code is a defect of this software, as 0 is */
    sj_metric **metric = &em->counts.failed[what][known];
    char name[80];
    if (*metric == NULL) {
        em_print(name, sizeof name, "sojourn_em_failures_total{request=\"%s\",code=\"%d\"}",
                 names[what], known);
        *metric =
            sj_metric_new(em->scope, SJ_COUNTER, name, "Requests refused, by their true code.");
    }
    sj_metric_add(em->scope, *metric, 1);
}

void em_counts_add_sessions(struct em *em, int kind, int64_t step) {
    struct em_counts *counts = &em->counts;
    counts->sessions_count[kind] += step;
    sj_metric_set(em->scope, counts->sessions[kind], (double)counts->sessions_count[kind]);
    if (kind == SJ_SESSION_KIND_HOME) {
        sj_metric_set(em->scope, em->metrics.remote_devices, (double)counts->sessions_count[kind]);
        sj_metric_set(em->scope, counts->base_devices_used, (double)counts->sessions_count[kind]);
        sj_metric_set(em->scope, counts->base_devices_free,
                      (double)(counts->base_devices - counts->sessions_count[kind]));
    } else if (kind == SJ_SESSION_KIND_VISITING) {
        sj_metric_set(em->scope, em->metrics.remote_users, (double)counts->sessions_count[kind]);
    }
}

void em_counts_clear_sessions(struct em *em) {
    for (int kind = 0; kind < 3; kind++) {
        em_counts_add_sessions(em, kind, -em->counts.sessions_count[kind]);
    }
}

void em_counts_read_base_devices(struct em *em) {
    const int64_t all = sj_emcc_base_device_count(em->scope, NULL, NULL);
    if (all >= 0) {
        em->counts.base_devices = all;
        em_counts_add_sessions(em, SJ_SESSION_KIND_HOME, 0);
    }
}

void em_counts_read_partners(struct em *em) {
    const sj_query with_emcc = {.field = "emcc", .value = "true"};
    sj_list clusters = {0};
    size_t reachable = 0;
    if (sj_remote_cluster_list(em->scope, &with_emcc, &clusters, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < clusters.count; i++) {
        sj_remote_cluster_status *status = NULL;
        reachable +=
            sj_remote_cluster_status_get(em->scope, sj_remote_cluster_at(&clusters, i)->cluster_id,
                                         &status, NULL) == SJ_OK &&
            status->last_succeeded > 0 && !sj_given(status->reason);
        sj_record_free(em->scope, status);
    }
    sj_metric_set(em->scope, em->counts.partners, (double)clusters.count);
    sj_metric_set(em->scope, em->counts.partners_reachable, (double)reachable);
    sj_list_free(em->scope, &clusters);
}
