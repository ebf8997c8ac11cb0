/* Metrics of the pools of which something was taken or wanted, and totals; shown once a second, so
 * that a reservation costs no more for them. */
#include "lbm.h"

/* The metrics of one place; they live in the scope `meters`. */
struct lbm_meter {
    sj_metric *used[LBM_CLASSES], *remote[LBM_CLASSES], *refused[LBM_CLASSES];
};

int metrics_open(struct lbm *lbm) {
    sj_scope *scope = lbm->scope;
    lbm->calls =
        sj_metric_new(scope, SJ_GAUGE, "sojourn_lbm_calls", "Calls that bandwidth is taken for.");
    lbm->admitted = sj_metric_new(scope, SJ_COUNTER, "sojourn_lbm_admitted_total",
                                  "Calls and changes of calls that were granted bandwidth.");
    lbm->as_audio = sj_metric_new(scope, SJ_COUNTER, "sojourn_lbm_admitted_as_audio_total",
                                  "Calls and changes that were granted audio without video.");
    lbm->refusals = sj_metric_new(scope, SJ_COUNTER, "sojourn_lbm_refused_total",
                                  "Calls and changes that were refused for want of bandwidth.");
    lbm->overbookings = sj_metric_new(
        scope, SJ_COUNTER, "sojourn_lbm_overbooked_total",
        "Calls and changes that were granted more than there is, as emergency calls are.");
    lbm->returns = sj_metric_new(scope, SJ_COUNTER, "sojourn_lbm_given_back_total",
                                 "Calls given back for call managers that were silent or had "
                                 "started anew.");
    lbm->live_hubs = sj_metric_new(scope, SJ_GAUGE, "sojourn_lbm_hubs",
                                   "Location Bandwidth Managers of other clusters that are heard.");
    lbm->exchanges = sj_metric_new(scope, SJ_COUNTER, "sojourn_lbm_exchanges_total",
                                   "Exchanges begun with those of other clusters.");
    lbm->exchanges_failed = sj_metric_new(scope, SJ_COUNTER, "sojourn_lbm_exchanges_failed_total",
                                          "Those that failed.");
    return SJ_OK;
}

void metrics_forget(struct lbm *lbm) {
    if (lbm->meters != NULL) {
        sj_scope_close(lbm->meters);
    }
    lbm->meters = sj_scope_open(lbm->scope, "metrics of links and locations", NULL, NULL);
    lbm->shown = 0;
}

static sj_metric *meter_of(struct lbm *lbm, const struct lbm_place *place, int class,
                           sj_metric_kind kind, const char *family, const char *help) {
    char name[256];
    (void)snprintf(name, sizeof name, "%s{%s=\"%s\",pool=\"%s\"}", family,
                   place->is_link ? "link" : "location", place->name, lbm_class_words[class]);
    return sj_metric_new(lbm->meters, kind, name, help);
}

static void show_place(struct lbm *lbm, struct lbm_place *place) {
    for (int class = 0; class < LBM_CLASSES; class ++) {
        const struct lbm_pool *pool = &place->pools[class];
        if (pool->peak == 0 && pool->refused == 0) {
            continue;
        }
        if (place->meter == NULL) {
            place->meter = sj_scope_alloc(lbm->meters, sizeof *place->meter);
            if (place->meter == NULL) {
                return;
            }
        }
        struct lbm_meter *meter = place->meter;
        if (meter->used[class] == NULL) {
            meter->used[class] = meter_of(lbm, place, class, SJ_GAUGE, "sojourn_lbm_used_kbps",
                                          "Bandwidth that calls have taken of a link or location.");
            meter->refused[class] =
                meter_of(lbm, place, class, SJ_COUNTER, "sojourn_lbm_pool_refused_total",
                         "Calls refused for want of bandwidth of a link or location.");
            if (pool->capacity != LBM_UNLIMITED) {
                sj_metric_set(lbm->scope,
                              meter_of(lbm, place, class, SJ_GAUGE, "sojourn_lbm_capacity_kbps",
                                       "Bandwidth of a link or location; none: unlimited."),
                              (double)pool->capacity);
            }
        }
        if (meter->remote[class] == NULL && place->remotes > 0) {
            meter->remote[class] =
                meter_of(lbm, place, class, SJ_GAUGE, "sojourn_lbm_remote_kbps",
                         "Of the bandwidth taken of a link or location, by calls of other "
                         "clusters.");
        }
        if (meter->remote[class] != NULL) {
            sj_metric_set(lbm->scope, meter->remote[class], (double)pool->remote);
        }
        sj_metric_set(lbm->scope, meter->used[class], (double)pool->used);
        sj_metric_set(lbm->scope, meter->refused[class], (double)pool->refused);
    }
}

static void show_hubs(struct lbm *lbm) {
    const struct lbm_hubs *hubs = &lbm->hubs;
    size_t live = 0;
    for (size_t i = 0; i < hubs->count; i++) {
        live += hubs->all[i]->standing == LBM_HUB_LIVE;
    }
    sj_metric_set(lbm->scope, lbm->live_hubs, (double)live);
    sj_metric_add(lbm->scope, lbm->exchanges, (double)(hubs->exchanges - lbm->exchanges_shown));
    sj_metric_add(lbm->scope, lbm->exchanges_failed, (double)(hubs->failed - lbm->failures_shown));
    lbm->exchanges_shown = hubs->exchanges;
    lbm->failures_shown = hubs->failed;
}

void metrics_show(struct lbm *lbm) {
    const struct lbm_network *network = &lbm->network;
    show_hubs(lbm);
    if (lbm->shown == network->changes || lbm->meters == NULL) {
        return;
    }
    lbm->shown = network->changes;
    sj_metric_set(lbm->scope, lbm->calls, (double)network->calls_count);
    sj_metric_set(lbm->scope, lbm->admitted, (double)network->admitted);
    sj_metric_set(lbm->scope, lbm->as_audio, (double)network->as_audio);
    sj_metric_set(lbm->scope, lbm->refusals, (double)network->refused);
    sj_metric_set(lbm->scope, lbm->overbookings, (double)network->overbooked);
    sj_metric_set(lbm->scope, lbm->returns, (double)network->expired);
    SJ_LIST_EACH(place, &network->link_list, struct lbm_place, link) {
        show_place(lbm, place);
    }
    SJ_LIST_EACH(place, &network->location_list, struct lbm_place, link) {
        show_place(lbm, place);
    }
}
