/* Cisco Location Bandwidth Manager: admits calls by bandwidth. Descriptor and wiring. */
#include "lbm.h"

static int init(sj_scope *scope, void *state, sj_error *error) {
    struct lbm *lbm = state;
    memset(lbm, 0, sizeof *lbm);
    lbm->scope = scope;
    uint16_t chance;
    sj_random_bytes(scope, &chance, sizeof chance);
    lbm_hubs_open(&lbm->hubs, &lbm->network, (uint64_t)sj_wall_ms(scope), chance);
    if (!lbm_network_open(&lbm->network)) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the locations");
    }
    lbm->refused = sj_bandwidth_refused_topic(scope, error);
    lbm->overbooked = sj_bandwidth_overbooked_topic(scope, error);
    lbm->given_back = sj_bandwidth_given_back_topic(scope, error);
    lbm->topology_changed = sj_topology_changed_topic(scope, error);
    if (lbm->refused == NULL || lbm->overbooked == NULL || lbm->given_back == NULL ||
        lbm->topology_changed == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_NO_MEMORY;
    }
    int status = metrics_open(lbm);
    status = status == SJ_OK ? admission_open(lbm, error) : status;
    status = status == SJ_OK ? commands_open(lbm, error) : status;
    status = status == SJ_OK ? usage_open(lbm, error) : status;
    status = status == SJ_OK ? hub_commands_open(lbm, error) : status;
    status = status == SJ_OK ? hub_settings_open(lbm, error) : status;
    status = status == SJ_OK ? hub_transport_open(lbm, error) : status;
    return status == SJ_OK ? validation_open(lbm, error) : status;
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    (void)scope;
    return configuration_open(state, error);
}

static void fini(void *state) {
    struct lbm *lbm = state;
    lbm_hubs_close(&lbm->hubs);
    lbm_conflicts_clear(&lbm->conflicts);
    lbm_network_close(&lbm->network);
}

SJ_PLUGIN(
    "lbm", "Cisco Location Bandwidth Manager", SOJOURN_VERSION,
    "Admits calls by the bandwidth of the links and locations on their way.", "",
    "request:bandwidth.reserve request:bandwidth.adjust request:bandwidth.release "
    "request:bandwidth.renew request:lbm.topology request:lbm.path request:lbm.usage "
    "request:lbm.simulate request:lbm.validate request:lbm.hubs request:lbm.conflicts "
    "event:bandwidth.refused event:bandwidth.overbooked event:bandwidth.given_back "
    "event:topology.changed event:topology.conflict event:lbm.hub_changed event:lbm.hub_alarm",
    0, struct lbm, NULL, init, start, NULL, fini);
