/* Who takes part, exchanges with them, and the topology of all. */
#include "hub_statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

enum { ROUNDS_MOST = 1000, RETRY_LEAST_MS = 1000 };

/* ---- who takes part ---- */

struct lbm_hub *lbm_hubs_find(const struct lbm_hubs *hubs, const char *cluster_id) {
    for (size_t i = 0; i < hubs->count; i++) {
        if (strcmp(hubs->all[i]->cluster_id, cluster_id) == 0) {
            return hubs->all[i];
        }
    }
    return NULL;
}

void lbm_hubs_drop(struct lbm_hubs *hubs, struct lbm_hub *hub, const char *reason) {
    lbm_hub_give_back(hubs, hub);
    lbm_hub_forget_topology(hubs, hub);
    hub->standing = LBM_HUB_UNKNOWN;
    hub->here = (struct lbm_versions){0};
    (void)snprintf(hub->reason, sizeof hub->reason, "%s", reason);
}

static void forget(struct lbm_hubs *hubs, size_t index) {
    struct lbm_hub *hub = hubs->all[index];
    lbm_hub_give_back(hubs, hub);
    lbm_hub_forget_topology(hubs, hub);
    lbm_share(hubs->network, hub->cluster_id, false);
    sj_map_clear(&hub->usages);
    free(hub);
    hubs->all[index] = hubs->all[--hubs->count];
}

/* One that is only hearsay gives way to one that is there. */
static void make_room(struct lbm_hubs *hubs) {
    for (size_t i = 0; hubs->count == LBM_HUBS_MAX && i < hubs->count; i++) {
        const struct lbm_hub *hub = hubs->all[i];
        if (!hub->bootstrap && !hub->busy && hub->standing != LBM_HUB_LIVE &&
            hub->statement == NULL) {
            forget(hubs, i);
        }
    }
}

struct lbm_hub *lbm_hubs_named(struct lbm_hubs *hubs, const char *cluster_id, int64_t now) {
    struct lbm_hub *hub = lbm_hubs_find(hubs, cluster_id);
    if (hub != NULL) {
        return hub;
    }
    if (hubs->count == LBM_HUBS_MAX || strlen(cluster_id) > LBM_CLUSTER_ID_MAX) {
        return NULL;
    }
    if (!sj_array_room(&hubs->all, &hubs->room, hubs->count + 1, sizeof(struct lbm_hub *)) ||
        (hub = calloc(1, sizeof *hub)) == NULL) {
        return NULL;
    }
    hubs->all[hubs->count++] = hub;
    (void)snprintf(hub->cluster_id, sizeof hub->cluster_id, "%s", cluster_id);
    hub->heard_ms = hub->mentioned_ms = hub->next_ms = now;
    return hub;
}

void lbm_hubs_open(struct lbm_hubs *hubs, struct lbm_network *network, uint64_t wall_ms,
                   uint16_t chance) {
    const uint64_t life = wall_ms << LBM_CHANCE_BITS | chance;
    *hubs =
        (struct lbm_hubs){.network = network, .epoch = life, .incarnation = life > 0 ? life : 1};
}

void lbm_hubs_close(struct lbm_hubs *hubs) {
    while (hubs->count > 0) {
        forget(hubs, hubs->count - 1);
    }
    free(hubs->all);
    lbm_statement_free(hubs->own);
    memset(hubs, 0, sizeof *hubs);
}

bool lbm_hubs_is_told(const struct lbm_hubs *hubs) {
    return hubs->own != NULL && hubs->own->locations_count <= LBM_STATED_LOCATIONS_MAX &&
           hubs->own->links_count <= LBM_STATED_LINKS_MAX;
}

void lbm_hubs_state(struct lbm_hubs *hubs, struct lbm_statement *statement) {
    lbm_statement_free(hubs->own);
    hubs->own = statement;
    hubs->topology++;
    hubs->topologies++;
}

void lbm_hubs_configure(struct lbm_hubs *hubs, const struct lbm_hub_settings *settings,
                        int64_t now) {
    if (strcmp(hubs->manager, settings->manager) != 0) {
        (void)snprintf(hubs->manager, sizeof hubs->manager, "%s", settings->manager);
        hubs->topology++;
        hubs->topologies++;
    }
    (void)snprintf(hubs->cluster_id, sizeof hubs->cluster_id, "%s", settings->cluster_id);
    hubs->lease_ms = settings->lease_ms;
    hubs->keep_ms = settings->keep_ms;
    hubs->leaving = hubs->leaving || (hubs->hub && !settings->hub);
    hubs->hub = settings->hub;
    for (size_t i = 0; i < hubs->count; i++) {
        struct lbm_hub *hub = hubs->all[i];
        hub->bootstrap = false;
        if (hubs->leaving && !hubs->hub) {
            lbm_hub_give_back(hubs, hub);
            lbm_hub_forget_topology(hubs, hub);
            hub->next_ms = now;
        }
    }
    if (hubs->hub) {
        hubs->leaving = false;
    }
    for (size_t i = 0; settings->hub && i < settings->bootstraps_count; i++) {
        make_room(hubs);
        struct lbm_hub *hub = strcmp(settings->bootstraps[i], settings->cluster_id) == 0
                                  ? NULL
                                  : lbm_hubs_named(hubs, settings->bootstraps[i], now);
        if (hub != NULL) {
            hub->bootstrap = true;
            hub->next_ms = hub->standing == LBM_HUB_LIVE ? hub->next_ms : now;
        }
    }
}

bool lbm_hubs_remember(struct lbm_hubs *hubs, const char *cluster_id, int64_t age_ms, int64_t now,
                       struct lbm_statement *statement, const char *manager) {
    struct lbm_hub *hub = lbm_hubs_named(hubs, cluster_id, now);
    if (hub == NULL || hub->statement != NULL) {
        lbm_statement_free(statement);
        return hub != NULL;
    }
    hub->statement = statement;
    hub->standing = LBM_HUB_SILENT;
    hub->heard_ms = now - age_ms;
    (void)snprintf(hub->manager, sizeof hub->manager, "%s", manager);
    hubs->topologies++;
    return true;
}

void lbm_hubs_tick(struct lbm_hubs *hubs, int64_t now) {
    bool busy = false;
    for (size_t i = hubs->count; i-- > 0;) {
        struct lbm_hub *hub = hubs->all[i];
        busy = busy || hub->busy;
        if (hub->standing == LBM_HUB_LIVE && now - hub->heard_ms >= hub->lease_ms) {
            hub->standing = LBM_HUB_SILENT;
            lbm_hub_give_back(hubs, hub);
        }
        const int64_t quiet = now - hub->heard_ms;
        if (hub->standing != LBM_HUB_LIVE && quiet >= hubs->keep_ms) {
            lbm_hub_forget_topology(hubs, hub);
        }
        if (!hub->bootstrap && !hub->busy && hub->standing != LBM_HUB_LIVE &&
            quiet >= hubs->keep_ms && now - hub->mentioned_ms >= hubs->keep_ms) {
            forget(hubs, i);
        }
    }
    if (hubs->leaving && !busy) {
        bool owed = false;
        for (size_t i = 0; i < hubs->count; i++) {
            owed = owed || (hubs->all[i]->standing == LBM_HUB_LIVE && hubs->all[i]->failures == 0);
        }
        if (!owed) {
            while (hubs->count > 0) {
                forget(hubs, hubs->count - 1);
            }
            hubs->leaving = false;
        }
    }
}

/* Both sides see the same, but for what is on the way: a call between them is counted by one. */
static bool counts_together(const struct lbm_hubs *hubs, const struct lbm_hub *hub) {
    return hubs->hub && hub->standing == LBM_HUB_LIVE && hub->statement != NULL &&
           hub->statement->locations_count > 0 && lbm_hubs_is_told(hubs) &&
           hubs->own->locations_count > 0 && hub->there.incarnation == hubs->incarnation &&
           hub->there.topology > 0;
}

void lbm_hubs_share(struct lbm_hubs *hubs) {
    for (size_t i = 0; i < hubs->count; i++) {
        struct lbm_hub *hub = hubs->all[i];
        if (hub->shares != counts_together(hubs, hub)) {
            hub->shares = !hub->shares;
            lbm_share(hubs->network, hub->cluster_id, hub->shares);
        }
    }
}

/* Whether this cluster has something to say that it has not said to the other yet. */
static bool has_news(const struct lbm_hubs *hubs, const struct lbm_hub *hub) {
    const struct lbm_versions *said = &hub->said;
    return said->incarnation != hubs->incarnation || said->topology != hubs->topology ||
           said->usage < hubs->network->taken || said->usage < hubs->network->floor;
}

/* Whether the other does not have all that was said to it. */
static bool is_owed(const struct lbm_hub *hub) {
    return hub->there.incarnation != hub->said.incarnation ||
           hub->there.topology != hub->said.topology || hub->there.usage < hub->said.usage;
}

struct lbm_hub *lbm_hubs_due(struct lbm_hubs *hubs, int64_t now) {
    for (size_t i = 0; i < hubs->count; i++) {
        struct lbm_hub *hub = hubs->all[i];
        const bool soon = hub->standing == LBM_HUB_LIVE && hub->failures == 0 &&
                          has_news(hubs, hub) && now - hub->started_ms >= LBM_GATHER_MS;
        const bool wanted = hubs->hub ? hub->standing != LBM_HUB_LEFT || hub->bootstrap
                                      : hubs->leaving && hub->standing == LBM_HUB_LIVE;
        if (wanted && !hub->busy && (soon || now >= hub->next_ms)) {
            return hub;
        }
    }
    return NULL;
}

/* ---- exchanges ---- */

void lbm_hubs_begin(struct lbm_hubs *hubs, struct lbm_hub *hub, int64_t now) {
    hub->busy = true;
    hub->rounds = 0;
    hub->started_ms = now;
    hubs->exchanges++;
}

void lbm_hubs_request(struct lbm_hubs *hubs, struct lbm_hub *hub, sj_text *out) {
    hub->rounds++;
    const struct lbm_versions there = hub->there;
    lbm_hub_say(hubs, hub, LBM_REQUEST, &there, out);
}

enum lbm_progress lbm_hubs_reply(struct lbm_hubs *hubs, struct lbm_hub *hub, int64_t now,
                                 const char *bytes, size_t length, sj_error *error) {
    struct lbm_message message;
    const struct lbm_versions before = hub->here, there = hub->there;
    if (lbm_wire_read(bytes, length, LBM_REPLY, &message, error) != SJ_OK) {
        return LBM_FAILED;
    }
    if (!hubs->hub) {
        return LBM_DONE;
    }
    const char *fault = lbm_hub_hear(hubs, hub, &message, "", now);
    if (fault != NULL || message.refusal[0] != '\0') {
        (void)sj_error_set(error, SJ_E_DENIED, "%s", fault != NULL ? fault : message.refusal);
        return LBM_FAILED;
    }
    const bool goes_on = memcmp(&before, &hub->here, sizeof before) != 0 ||
                         memcmp(&there, &hub->there, sizeof there) != 0;
    return hubs->hub && hub->standing == LBM_HUB_LIVE && goes_on && hub->rounds < ROUNDS_MOST &&
                   (message.sender.more || is_owed(hub))
               ? LBM_AGAIN
               : LBM_DONE;
}

void lbm_hubs_end(struct lbm_hubs *hubs, struct lbm_hub *hub, const char *reason, int64_t now) {
    const int64_t interval = hubs->lease_ms / LBM_INTERVALS_LEASE;
    hub->busy = false;
    if (reason == NULL) {
        hub->failures = 0;
        hub->reason[0] = '\0';
        hub->answered = true;
        hub->next_ms = now + interval;
        if (!hubs->hub && hub->said_leave) {
            hub->standing = LBM_HUB_LEFT; /* it knows that this one has */
        } else if (!hubs->hub) {
            hub->next_ms = now;
        }
        return;
    }
    static const int64_t shares[] = {16, 8, 4, 2};
    const size_t last = sizeof shares / sizeof shares[0] - 1;
    const int64_t delay = interval / shares[hub->failures < last ? hub->failures : last];
    hub->failures++;
    hubs->failed++;
    hub->next_ms = now + (delay < RETRY_LEAST_MS ? RETRY_LEAST_MS : delay);
    (void)snprintf(hub->reason, sizeof hub->reason, "%s", reason);
}

int lbm_hubs_answer(struct lbm_hubs *hubs, const char *cluster_id, const char *address, int64_t now,
                    const char *bytes, size_t length, sj_text *out, sj_error *error) {
    struct lbm_message message;
    const int status = lbm_wire_read(bytes, length, LBM_REQUEST, &message, error);
    const char *refusal = NULL;
    struct lbm_hub *hub = NULL;
    if (status != SJ_OK) {
        return status;
    }
    if (!hubs->hub) {
        refusal = "this cluster's Location Bandwidth Manager is no hub: it is in no hub group";
    } else {
        make_room(hubs);
        hub = lbm_hubs_named(hubs, cluster_id, now);
        refusal = hub == NULL ? "there are too many hubs, or no memory for one more" : NULL;
    }
    const struct lbm_versions there = message.sender.has;
    if (hub != NULL) {
        refusal = lbm_hub_hear(hubs, hub, &message, address, now);
    }
    if (refusal != NULL) {
        const struct lbm_sender sender = {
            .here = {.incarnation = hubs->incarnation}, .beat = ++hubs->beat, .leaves = !hubs->hub};
        hubs->refused++;
        lbm_wire_begin(out, LBM_REPLY, &sender);
        lbm_wire_refusal(out, refusal);
    } else {
        lbm_hub_say(hubs, hub, LBM_REPLY, &there, out);
        if (!lbm_hub_has_topology(hubs, &there) && hub->next_ms > now + LBM_GATHER_MS) {
            hub->next_ms = now + LBM_GATHER_MS; /* to learn that it has it now */
        }
    }
    return out->failed ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the answer") : SJ_OK;
}

/* ---- the topology of all ---- */

struct lbm_graph *lbm_hubs_overlay(const struct lbm_hubs *hubs, struct lbm_conflicts *conflicts) {
    struct lbm_part *parts = calloc(hubs->count + 1, sizeof *parts);
    size_t count = 1;
    lbm_conflicts_clear(conflicts);
    if (parts == NULL) {
        return NULL;
    }
    parts[0] = (struct lbm_part){
        hubs->cluster_id, hubs->own != NULL ? hubs->own : &lbm_nothing_stated, hubs->manager};
    for (size_t i = 0; i < hubs->count; i++) {
        const struct lbm_hub *hub = hubs->all[i];
        if (hub->statement != NULL) {
            parts[count++] = (struct lbm_part){hub->cluster_id, hub->statement, hub->manager};
        }
    }
    struct lbm_graph *graph = lbm_overlay(parts, count, hubs->manager, conflicts);
    free(parts);
    return graph;
}
