/* What people ask of the other clusters, and what is told of them: sojourn lbm hubs, lbm conflicts,
 * events. */
#include <stdlib.h>

#include "lbm.h"

static const char *const standings[] = {"unknown", "live", "silent", "left"};

/* ---- lbm hubs ---- */

static size_t live_hubs(const struct lbm_hubs *hubs) {
    size_t live = 0;
    for (size_t i = 0; i < hubs->count; i++) {
        live += hubs->all[i]->standing == LBM_HUB_LIVE;
    }
    return live;
}

static int by_cluster(const void *a, const void *b) {
    const sj_lbm_hubs_reply_hub *x = a, *y = b;
    return strcmp(x->cluster_id, y->cluster_id);
}

static void describe(const struct lbm *lbm, char *message, size_t room) {
    const size_t live = live_hubs(&lbm->hubs), all = lbm->hubs.count;
    if (!lbm->hubs.hub) {
        (void)snprintf(message, room,
                       "spoke: this node is a member of no hub group, so that this cluster's "
                       "bandwidth and calls are its own");
        return;
    }
    (void)snprintf(message, room, "hub: %zu of %zu other hub%s live%s", live, all,
                   all == 1 ? " is" : "s are",
                   lbm_hubs_is_told(&lbm->hubs)
                       ? ""
                       : "; they are not told of this cluster's locations and links, which are "
                         "more than a message has room for");
}

static void on_hubs(void *user, sj_question *question, const sj_lbm_hubs *request) {
    struct lbm *lbm = user;
    const struct lbm_hubs *core = &lbm->hubs;
    const int64_t now = (int64_t)sj_monotonic_ms(lbm->scope);
    sj_lbm_hubs_reply_hub *hubs = calloc(core->count + 1, sizeof *hubs);
    char message[300];
    (void)request;
    if (hubs == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the hubs");
        return;
    }
    for (size_t i = 0; i < core->count; i++) {
        const struct lbm_hub *hub = core->all[i];
        const bool heard = hub->beat > 0;
        hubs[i] = (sj_lbm_hubs_reply_hub){
            .cluster_id = hub->cluster_id,
            .standing = standings[hub->standing],
            .locations = hub->statement != NULL ? (int64_t)hub->statement->locations_count : 0,
            .links = hub->statement != NULL ? (int64_t)hub->statement->links_count : 0,
            .calls = hub->standing == LBM_HUB_LIVE ? hub->calls : 0,
            .last_heard = heard ? sj_wall_ms(lbm->scope) - (now - hub->heard_ms) : 0,
            .reason = lbm_is_disputed(&hub->dispute, now) ? "two speak as this cluster"
                      : hub->cut ? "it states usage of too many places: not all is counted"
                                 : hub->reason};
    }
    qsort(hubs, core->count, sizeof *hubs, by_cluster);
    describe(lbm, message, sizeof message);
    const sj_lbm_hubs_reply reply = {.role = core->hub ? SJ_LBM_ROLE_HUB : SJ_LBM_ROLE_SPOKE,
                                     .hub_group = lbm->hub_group,
                                     .management_cluster = core->manager,
                                     .hubs = hubs,
                                     .hubs_count = core->count,
                                     .message = message};
    sj_reply_lbm_hubs(lbm->scope, question, &reply);
    free(hubs);
}

/* ---- lbm conflicts ---- */

static const char *counting(const struct lbm_conflict *one, char *room, size_t size) {
    if (strcmp(one->what, "ignored") == 0 || strcmp(one->what, "management") == 0) {
        return "";
    }
    (void)snprintf(room, size, "%lld", (long long)one->counts);
    return room;
}

static void on_conflicts(void *user, sj_question *question, const sj_lbm_conflicts *request) {
    struct lbm *lbm = user;
    const struct lbm_conflicts *conflicts = &lbm->conflicts;
    sj_lbm_conflicts_reply_conflict *all = calloc(conflicts->count + 1, sizeof *all);
    char(*counts)[24] = calloc(conflicts->count + 1, sizeof *counts);
    char message[200];
    (void)request;
    if (all == NULL || counts == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the conflicts");
    } else {
        for (size_t i = 0; i < conflicts->count; i++) {
            const struct lbm_conflict *one = &conflicts->all[i];
            all[i] = (sj_lbm_conflicts_reply_conflict){
                .place = one->place,
                .what = one->what,
                .stated = one->stated,
                .counts = counting(one, counts[i], sizeof counts[i])};
        }
        if (conflicts->found == 0) {
            (void)snprintf(message, sizeof message, "All clusters state the same.");
        } else {
            (void)snprintf(message, sizeof message, "%zu conflict%s%s.", conflicts->found,
                           sj_plural((int64_t)conflicts->found),
                           conflicts->found > conflicts->count ? "; the first are shown" : "");
        }
        const sj_lbm_conflicts_reply reply = {
            .conflicts = all, .conflicts_count = conflicts->count, .message = message};
        sj_reply_lbm_conflicts(lbm->scope, question, &reply);
    }
    free(all);
    free(counts);
}

/* ---- events ---- */

static bool has(const struct lbm_conflicts *conflicts, const struct lbm_conflict *one) {
    for (size_t i = 0; i < conflicts->count; i++) {
        const struct lbm_conflict *other = &conflicts->all[i];
        if (strcmp(one->place, other->place) == 0 && strcmp(one->what, other->what) == 0 &&
            strcmp(one->stated, other->stated) == 0) {
            return true;
        }
    }
    return false;
}

static void tell_those_not_in(struct lbm *lbm, const struct lbm_conflicts *conflicts,
                              const struct lbm_conflicts *others, bool resolved) {
    for (size_t i = 0; i < conflicts->count; i++) {
        const struct lbm_conflict *one = &conflicts->all[i];
        char counts[24];
        if (has(others, one)) {
            continue;
        }
        const sj_topology_conflict event = {.place = one->place,
                                            .what = one->what,
                                            .stated = one->stated,
                                            .counts = counting(one, counts, sizeof counts),
                                            .resolved = resolved};
        sj_publish_topology_conflict(lbm->scope, lbm->conflict, &event);
    }
}

void hub_conflicts(struct lbm *lbm, struct lbm_conflicts *now) {
    tell_those_not_in(lbm, &lbm->conflicts, now, true);
    tell_those_not_in(lbm, now, &lbm->conflicts, false);
    if (now->found > 0 && now->found != lbm->conflicts.found) {
        sj_log_warning(lbm->scope,
                       "clusters state different things of links and locations, %zu in all: "
                       "sojourn lbm conflicts shows them",
                       now->found);
    }
    lbm_conflicts_clear(&lbm->conflicts);
    lbm->conflicts = *now;
}

static void alarm_of(struct lbm *lbm, sj_lbm_hub_alarm_alarm alarm, const char *cluster_id, bool is,
                     bool *told, const char *text) {
    if (is == *told) {
        return;
    }
    *told = is;
    const sj_lbm_hub_alarm event = {
        .alarm = alarm, .cluster_id = cluster_id, .text = text, .over = !is};
    sj_log(lbm->scope, is ? SJ_LOG_ERROR : SJ_LOG_INFO, "%s of cluster %s%s: %s",
           sj_lbm_hub_alarm_alarm_text(alarm), cluster_id, is ? "" : " is over", text);
    sj_publish_lbm_hub_alarm(lbm->scope, lbm->hub_alarm, &event);
}

static void tell_alarms(struct lbm *lbm, struct lbm_hub *hub, int64_t now) {
    char text[300];
    (void)snprintf(text, sizeof text,
                   "its hub asks from %s and from %s, each as if the other were not: only one "
                   "node of a cluster may be a member of a hub group, and a cluster id is one "
                   "cluster's",
                   hub->addresses[0], hub->addresses[1]);
    alarm_of(lbm, SJ_LBM_HUB_ALARM_LBM_IDENTITY_DISPUTED, hub->cluster_id,
             lbm_is_disputed(&hub->dispute, now), &hub->told_dispute, text);
    (void)snprintf(text, sizeof text,
                   "its calls take from more than %d places: what they take of the others is not "
                   "counted here",
                   LBM_USAGES_MAX);
    alarm_of(lbm, SJ_LBM_HUB_ALARM_LBM_USAGE_CUT, hub->cluster_id, hub->cut, &hub->told_cut, text);
}

void hub_tell(struct lbm *lbm) {
    const int64_t now = (int64_t)sj_monotonic_ms(lbm->scope);
    alarm_of(lbm, SJ_LBM_HUB_ALARM_LBM_IDENTITY_DISPUTED, lbm->hubs.cluster_id,
             lbm_is_disputed(&lbm->hubs.dispute, now), &lbm->told_dispute,
             "other clusters hear another node that speaks as this cluster: only one node of a "
             "cluster may be a member of a hub group, and a cluster id is one cluster's");
    for (size_t i = 0; i < lbm->hubs.count; i++) {
        tell_alarms(lbm, lbm->hubs.all[i], now);
    }
    for (size_t i = 0; i < lbm->hubs.count; i++) {
        struct lbm_hub *hub = lbm->hubs.all[i];
        if (hub->told == 1 + (unsigned)hub->standing ||
            (hub->told == 0 && hub->standing == LBM_HUB_UNKNOWN)) {
            continue;
        }
        hub->told = 1 + (unsigned)hub->standing;
        const sj_lbm_hub_changed event = {.cluster_id = hub->cluster_id,
                                          .standing = standings[hub->standing],
                                          .reason = hub->reason};
        sj_log(lbm->scope, hub->standing == LBM_HUB_SILENT ? SJ_LOG_WARNING : SJ_LOG_INFO,
               "the Location Bandwidth Manager of cluster %s is %s%s", hub->cluster_id,
               standings[hub->standing],
               hub->standing == LBM_HUB_SILENT
                   ? ": what its calls had taken is given back, and calls "
                     "to it are counted here, on this cluster's side"
                   : "");
        sj_publish_lbm_hub_changed(lbm->scope, lbm->hub_changed, &event);
    }
}

int hub_commands_open(struct lbm *lbm, sj_error *error) {
    lbm->hub_changed = sj_lbm_hub_changed_topic(lbm->scope, error);
    lbm->hub_alarm = sj_lbm_hub_alarm_topic(lbm->scope, error);
    lbm->conflict = sj_topology_conflict_topic(lbm->scope, error);
    return lbm->hub_changed != NULL && lbm->hub_alarm != NULL && lbm->conflict != NULL &&
                   sj_answer_lbm_hubs(lbm->scope, on_hubs, lbm, error) != NULL &&
                   sj_answer_lbm_conflicts(lbm->scope, on_conflicts, lbm, error) != NULL
               ? SJ_OK
           : error->code != SJ_OK ? error->code
                                  : SJ_E_NO_MEMORY;
}
