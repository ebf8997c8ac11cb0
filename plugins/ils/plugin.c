/* Cisco Intercluster Lookup Service: clusters tell each other of themselves and of their dial
 * plans. Descriptor and wiring. */
#include "ils.h"
#include "joining.h"

#include <string.h>

#include "clusters.h"
#include "disputes.h"
#include "events/node.h"
#include "imported_catalogs.h"
#include "join_hub.h"
#include "join_password.h"
#include "join_request.h"
#include "journal.h"
#include "own_reading.h"
#include "requests.h"
#include "resources/ils.h"
#include "resources/partition.h"
#include "settings.h"
#include "transport.h"

static void update_metrics(struct ils_service *service) {
    const struct ils *core = service->core;
    const struct ils_counters *now = &core->counters, *before = &service->counted;
    size_t live = 0;
    for (size_t i = 1; i < core->owners_count; i++) {
        live += core->owners[i]->standing == ILS_LIVE;
    }
    sj_metric_set(service->scope, service->metrics.learned, (double)core->table.learned);
    sj_metric_set(service->scope, service->metrics.clusters, (double)live);
    sj_metric_set(service->scope, service->metrics.conflicts, (double)core->table.doubled);
    sj_metric_set(service->scope, service->metrics.memory, (double)core->table.bytes);
    sj_metric_add(service->scope, service->metrics.exchanges,
                  (double)(now->exchanges - before->exchanges));
    sj_metric_add(service->scope, service->metrics.failures,
                  (double)(now->failed - before->failed));
    sj_metric_add(service->scope, service->metrics.mismatches,
                  (double)(now->mismatches - before->mismatches));
    service->counted = *now;
}

static void note_limit(struct ils_service *service) {
    const struct ils_table *table = &service->core->table;
    const bool limited = ils_gaps(service->core, ILS_GAP_NO_ROOM) > 0;
    if (limited && !service->limit_told) {
        char reason[ILS_REASON_ROOM];
        (void)snprintf(reason, sizeof reason,
                       "%zu objects of other clusters are kept, and no more are learned: raise "
                       "the service parameter ILS Max Number of Learned Objects in Database",
                       table->learned);
        ils_alarm_raise(service, "ILSLearnedObjectsLimit", "", reason);
    }
    service->limit_told = limited;
}

static void note_disbelief(struct ils_service *service) {
    const struct ils_disbelief *disbelieved = &service->core->disbelieved;
    if (disbelieved->count != service->disbelief_told) {
        sj_log_limited(service->scope, SJ_LOG_WARNING,
                       "what a cluster says in the ILS network is not believed", "%s",
                       disbelieved->last);
        service->disbelief_told = disbelieved->count;
    }
}

static void note_crowd(struct ils_service *service) {
    enum { ALARM_EVERY_MS = 3600000 };
    const struct ils_disbelief *crowded = &service->core->crowded;
    const uint64_t now = sj_monotonic_ms(service->scope);
    if (crowded->count != service->crowd_told && now >= service->next_crowd_ms) {
        char reason[ILS_REASON_ROOM];
        (void)snprintf(reason, sizeof reason,
                       "clusters of the ILS network are left out, the last one since %s",
                       crowded->last);
        ils_alarm_raise(service, "ILSClustersLimit", "", reason);
        service->next_crowd_ms = now + ALARM_EVERY_MS;
    }
    service->crowd_told = crowded->count;
}

static void tick(void *user) {
    struct ils_service *service = user;
    if (service->core == NULL) {
        return;
    }
    ils_settings_follow(service);
    ils_tick(service->core, (int64_t)sj_monotonic_ms(service->scope));
    if (service->own.complete) { /* nobody is told of a dial plan half of which is not read yet */
        ils_transport_run(service);
    }
    ils_clusters_judge(service);
    ils_clusters_note(service);
    note_limit(service);
    note_disbelief(service);
    note_crowd(service);
    ils_disputes_tell(service);
    update_metrics(service);
    ils_journal_run(service);
}

static void on_config_changed(void *user, const sj_config_changed *event) {
    struct ils_service *service = user;
    ils_settings_record_changed(service, event);
    service->trust_changed = service->trust_changed ||
                             strcmp(event->resource, "trusted_certificate") == 0 ||
                             strcmp(event->resource, "ils_ground") == 0;
}

static void on_parameter_changed(void *user, const sj_parameter_changed *event) {
    ils_settings_parameter_changed(user, event);
}

/* Made once, and kept whatever else is lost but the store. */
static int own_peer_id(sj_scope *scope, struct ils_peer_id *peer, sj_error *error) {
    sj_ils_peer *record = NULL;
    int status = sj_ils_peer_get(scope, "default", &record, error);
    if (status == SJ_OK && ils_peer_parse(record->peer_id, peer)) {
        sj_record_free(scope, record);
        return SJ_OK;
    }
    sj_record_free(scope, record);
    char text[ILS_PEER_TEXT];
    sj_random_hex(scope, text, ILS_PEER_TEXT - 1);
    const sj_ils_peer fresh = {.peer_id = text};
    status = sj_ils_peer_put(scope, &fresh, SJ_PUT_ANY, error);
    (void)ils_peer_parse(text, peer);
    return status;
}

/* Where calls find what was learned: in the calling search spaces of whoever may call it. */
static void make_partitions(sj_scope *scope) {
    static const char *const names[] = {
        "Global Learned Enterprise Numbers", "Global Learned E.164 Numbers",
        "Global Learned Enterprise Patterns", "Global Learned E.164 Patterns"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const sj_partition partition = {.name = names[i], .description = "Learned by ILS"};
        sj_error error = {0};
        const int status = sj_partition_put(scope, &partition, SJ_PUT_NEW, &error);
        if (status != SJ_OK && status != SJ_E_EXISTS) {
            sj_log_warning(scope, "the partition %s cannot be made: %s", names[i], error.text);
        }
    }
}

static void make_metrics(struct ils_service *service) {
    sj_scope *scope = service->scope;
    service->metrics.learned =
        sj_metric_new(scope, SJ_GAUGE, "sojourn_ils_learned_objects", "Objects of other clusters.");
    service->metrics.clusters =
        sj_metric_new(scope, SJ_GAUGE, "sojourn_ils_clusters", "Other clusters in the network.");
    service->metrics.conflicts = sj_metric_new(scope, SJ_GAUGE, "sojourn_ils_conflicts",
                                               "Keys that several clusters advertise.");
    service->metrics.memory =
        sj_metric_new(scope, SJ_GAUGE, "sojourn_ils_memory_bytes", "Memory of all objects.");
    service->metrics.exchanges = sj_metric_new(scope, SJ_COUNTER, "sojourn_ils_exchanges_total",
                                               "Exchanges begun with hubs.");
    service->metrics.failures = sj_metric_new(
        scope, SJ_COUNTER, "sojourn_ils_exchanges_failed_total", "Those that failed.");
    service->metrics.mismatches =
        sj_metric_new(scope, SJ_COUNTER, "sojourn_ils_digest_mismatches_total",
                      "Copies of catalogs that were wrong and were fetched anew.");
}

static void loaded(struct ils_service *service) {
    ils_settings_read(service); /* nobody sees it without its role */
    ils_own_step(service);
    service->saved_applied = service->core->applied;
    service->saved_changes = service->core->changes;
}

static int init(sj_scope *scope, void *state, sj_error *error) {
    struct ils_service *service = state;
    service->scope = scope;
    service->registration_server = "";
    make_metrics(service);
    service->peer_changed = sj_ils_peer_changed_topic(scope, error);
    service->alarm = sj_ils_alarm_topic(scope, error);
    if (service->peer_changed == NULL || service->alarm == NULL ||
        sj_on_config_changed(scope, on_config_changed, service, error) == NULL ||
        sj_on_parameter_changed(scope, on_parameter_changed, service, error) == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_NO_MEMORY;
    }
    int status = ils_transport_open(service, error);
    status = status == SJ_OK ? ils_requests_open(service, error) : status;
    status = status == SJ_OK ? ils_password_open(service, error) : status;
    status = status == SJ_OK ? ils_join_hub_open(service, error) : status;
    return status == SJ_OK ? ils_join_request_open(service, error) : status;
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    struct ils_service *service = state;
    struct ils_peer_id peer;
    const int status = own_peer_id(scope, &peer, error);
    if (status != SJ_OK) {
        return status;
    }
    make_partitions(scope);
    if (sj_timer_start(scope, ILS_TICK_MS, ILS_TICK_MS, tick, service) == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for a timer");
    }
    return ils_journal_load(service, &peer, loaded, error);
}

static void fini(void *state) {
    struct ils_service *service = state;
    ils_journal_stop(service);
    ils_own_reading_stop(service);
    ils_own_free(&service->own);
    ils_imported_free(&service->own);
    ils_free(service->core);
    service->core = NULL;
    ils_password_close(service);
}

SJ_PLUGIN("ils", "Cisco Intercluster Lookup Service", SOJOURN_VERSION,
          "Clusters advertise themselves and their dial plans to each other.", "",
          "request:ils.status request:ils.peers request:ils.learned request:ils.lookup "
          "request:ils.conflicts request:ils.synchronize request:ils.password request:ils.admit "
          "request:ils.join event:ils.peer_changed event:ils.alarm",
          SJ_PLUGIN_PUBLISHER_ONLY, struct ils_service, NULL, init, start, NULL, fini);
