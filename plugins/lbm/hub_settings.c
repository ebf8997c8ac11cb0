/* This node's part between clusters, from the records: the hub group of which it is a member, and
 * the remote clusters that it may exchange with. */
#include "lbm.h"

#include "events/node.h"
#include "findings.h"
#include "parameters/location_bandwidth_manager.h"
#include "resources/lbm_hub_group.h"
#include "resources/node.h"
#include "resources/remote_cluster.h"

enum { KEEP_MS = 24 * 3600 * 1000 };

bool hub_settings_allow(struct lbm *lbm, const char *cluster_id, char *reason, size_t room) {
    sj_remote_cluster *record = NULL;
    const bool there = sj_remote_cluster_get(lbm->scope, cluster_id, &record, NULL) == SJ_OK;
    const bool on = there && record->lbm;
    sj_record_free(lbm->scope, record);
    if (!there) {
        (void)snprintf(reason, room,
                       "there is no remote cluster record of %s: add one (remote-cluster add), and "
                       "import its certificates (cert import)",
                       cluster_id);
    } else if (!on) {
        (void)snprintf(reason, room,
                       "the row LBM of the remote cluster record of %s is off (remote-cluster set "
                       "%s lbm=true)",
                       cluster_id, cluster_id);
    }
    return on;
}

/* What has been learned of a cluster whose record is gone, or whose row is off, counts no longer.
 */
static void drop_strangers(struct lbm *lbm) {
    for (size_t i = 0; i < lbm->hubs.count; i++) {
        struct lbm_hub *hub = lbm->hubs.all[i];
        char reason[LBM_REFUSAL_ROOM];
        if (!hub_settings_allow(lbm, hub->cluster_id, reason, sizeof reason)) {
            lbm_hubs_drop(&lbm->hubs, hub, reason);
        } else if (hub->failures > 0) {
            hub->next_ms = 0; /* the record may be what was wrong */
        }
    }
}

static bool has_member(const sj_lbm_hub_group *group, const char *node) {
    for (size_t i = 0; i < group->members_count; i++) {
        if (strcmp(group->members[i], node) == 0) {
            return true;
        }
    }
    return false;
}

void hub_settings_read(struct lbm *lbm) {
    sj_scope *scope = lbm->scope;
    const sj_node *node = scope->host->node;
    const sj_lbm_hub_group *group = NULL;
    sj_list groups = {0};
    sj_error error = {0};
    if (sj_lbm_hub_group_list(scope, NULL, &groups, &error) != SJ_OK) {
        sj_log_error(scope, "the hub groups cannot be read: %s; those read before still hold",
                     error.text);
        return;
    }
    lbm->hub_settings_changed = false;
    for (size_t i = 0; i < groups.count; i++) {
        const sj_lbm_hub_group *one = sj_lbm_hub_group_at(&groups, i);
        if (!has_member(one, node->name)) {
            continue;
        }
        if (group == NULL) {
            group = one;
        } else {
            sj_log_warning(scope, "%s is a member of the hub groups %s and %s: the first counts",
                           node->name, group->name, one->name);
        }
    }
    const struct lbm_hub_settings settings = {
        .hub = group != NULL,
        .cluster_id = node->cluster_id,
        .manager = group != NULL ? sj_or_empty(group->location_and_link_management_cluster) : "",
        .bootstraps = group != NULL ? group->bootstrap_hubs : NULL,
        .bootstraps_count = group != NULL ? group->bootstrap_hubs_count : 0,
        .lease_ms = sj_param_lbm_reservation_lease(scope) * 1000,
        .keep_ms = KEEP_MS};
    (void)snprintf(lbm->hub_group, sizeof lbm->hub_group, "%s", group != NULL ? group->name : "");
    lbm_hubs_configure(&lbm->hubs, &settings, (int64_t)sj_monotonic_ms(scope));
    sj_list_free(scope, &groups);
    drop_strangers(lbm);
}

/* ---- what is wrong with the groups as they are configured ---- */

/* Its hub groups, of which the first counts; and whether it is still a node of this cluster. */
static void look_at_member(struct lbm *lbm, const sj_list *groups, size_t at, const char *node,
                           struct lbm_findings *findings) {
    const sj_lbm_hub_group *group = sj_lbm_hub_group_at(groups, at);
    for (size_t i = 0; i < at; i++) {
        const sj_lbm_hub_group *first = sj_lbm_hub_group_at(groups, i);
        if (has_member(first, node)) {
            lbm_findings_add(findings,
                             "%s is a member of the hub groups %s and %s, of which %s counts: take "
                             "it out of %s (sojourn lbm-hub-group set %s members=...)",
                             node, first->name, group->name, first->name, group->name, group->name);
            return;
        }
    }
    sj_cluster_node *record = NULL;
    if (sj_cluster_node_get(lbm->scope, node, &record, NULL) == SJ_E_NOT_FOUND) {
        lbm_findings_add(findings,
                         "the member %s of the hub group %s is no node of this cluster (sojourn "
                         "node list): nobody is a hub in its place",
                         node, group->name);
    }
    sj_record_free(lbm->scope, record);
}

static void look_at_group(struct lbm *lbm, const sj_list *groups, size_t at,
                          struct lbm_findings *findings) {
    const sj_lbm_hub_group *group = sj_lbm_hub_group_at(groups, at);
    if (group->members_count == 0) {
        lbm_findings_add(findings,
                         "the hub group %s has no members%s: no node of this cluster counts "
                         "together with others (sojourn lbm-hub-group set %s members=%s)",
                         group->name, group->bootstrap_hubs_count > 0 ? ", but bootstrap hubs" : "",
                         group->name, lbm->scope->host->node->name);
    }
    for (size_t i = 0; i < group->members_count; i++) {
        look_at_member(lbm, groups, at, group->members[i], findings);
    }
    if (group->members_count > 1) {
        lbm_findings_add(findings,
                         "the hub group %s has %zu members: they speak as one cluster, and each "
                         "voids what the others have stated; only one node of a cluster may be a "
                         "hub",
                         group->name, group->members_count);
    }
}

void hub_settings_look(struct lbm *lbm, struct lbm_findings *findings) {
    sj_list groups = {0};
    sj_error error = {0};
    if (sj_lbm_hub_group_list(lbm->scope, NULL, &groups, &error) != SJ_OK) {
        lbm_findings_add(findings, "the hub groups cannot be read: %s", error.text);
        return;
    }
    for (size_t i = 0; i < groups.count; i++) {
        look_at_group(lbm, &groups, i, findings);
    }
    sj_list_free(lbm->scope, &groups);
}

static void on_config_changed(void *user, const sj_config_changed *event) {
    struct lbm *lbm = user;
    lbm->hub_settings_changed = lbm->hub_settings_changed ||
                                strcmp(event->resource, "lbm_hub_group") == 0 ||
                                strcmp(event->resource, "remote_cluster") == 0;
}

static void on_parameter_changed(void *user, const sj_parameter_changed *event) {
    struct lbm *lbm = user;
    (void)event;
    lbm->hub_settings_changed = true;
}

int hub_settings_open(struct lbm *lbm, sj_error *error) {
    lbm->hub_settings_changed = true;
    return sj_on_config_changed(lbm->scope, on_config_changed, lbm, error) != NULL &&
                   sj_on_parameter_changed(lbm->scope, on_parameter_changed, lbm, error) != NULL
               ? SJ_OK
               : error->code;
}
