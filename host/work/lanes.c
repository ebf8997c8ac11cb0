/* Lanes, shares and turns. */
#include "host/work/lanes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/error.h>

const struct work_rule work_rules[WORK_LANES] = {
    [WORK_PROVEN] = {"proven", WORK_SECRETS, 4096, 1024, 2, 0},
    [WORK_UNKNOWN] = {"unknown", WORK_SECRETS, 2048, 64, 1, 4},
    [WORK_HASH] = {"hash", WORK_SECRETS, 1024, 256, 1, 4},
    [WORK_FAILING] = {"failing", WORK_IMPORTS, 512, 16, 1, 16},
    [WORK_BULK] = {"bulk", WORK_IMPORTS, 200000, 200000, 1, 1},
    [WORK_JOBS] = {"jobs", WORK_GENERAL, 4096, 4096, 3, 0},
};

const size_t work_threads[WORK_GROUPS] = {
    [WORK_SECRETS] = 2, [WORK_IMPORTS] = 1, [WORK_GENERAL] = 4};

struct work_share {
    sj_list_link link;
    sj_list_head items; /* the oldest first */
    size_t waiting, running;
    enum work_lane lane;
    char name[WORK_SHARE_NAME];
};

static void forget_if_idle(struct work_share *share) {
    if (share->waiting == 0 && share->running == 0) {
        sj_list_remove(&share->link);
        free(share);
    }
}

/* The share of that name, made when it is new. There are never more of them than pieces of work. */
static struct work_share *share_of(struct work_lanes *lanes, enum work_lane number,
                                   const char *name) {
    struct work_lane_state *lane = &lanes->lanes[number];
    char cut[WORK_SHARE_NAME];
    (void)snprintf(cut, sizeof cut, "%s", name);
    SJ_LIST_EACH(known, &lane->shares, struct work_share, link) {
        if (strcmp(known->name, cut) == 0) {
            return known;
        }
    }
    struct work_share *share = calloc(1, sizeof *share);
    if (share != NULL) {
        share->lane = number;
        memcpy(share->name, cut, sizeof cut);
        sj_list_add_last(&lane->shares, &share->link);
    }
    return share;
}

static void unlink_item(struct work_lane_state *lane, struct work_item *item) {
    struct work_share *share = item->share;
    sj_list_remove(&item->link);
    share->waiting--;
    lane->waiting--;
}

/* The newest item of the share that has the most waiting, when that is more than `share` has. */
static struct work_item *make_room(struct work_lane_state *lane, const struct work_share *share) {
    struct work_share *largest = NULL;
    struct work_item *dropped;
    SJ_LIST_EACH(other, &lane->shares, struct work_share, link) {
        largest = largest == NULL || other->waiting > largest->waiting ? other : largest;
    }
    if (largest == NULL || largest->waiting <= share->waiting + 1) {
        return NULL;
    }
    dropped = SJ_OWNER(sj_list_last(&largest->items), struct work_item, link);
    unlink_item(lane, dropped);
    dropped->share = NULL;
    forget_if_idle(largest);
    return dropped;
}

struct work_item *work_lanes_take_out(struct work_lanes *lanes, enum work_lane number,
                                      const char *name) {
    SJ_LIST_EACH(share, &lanes->lanes[number].shares, const struct work_share, link) {
        if (share->waiting > 0 && strncmp(share->name, name, WORK_SHARE_NAME - 1) == 0) {
            struct work_item *item = SJ_OWNER(sj_list_first(&share->items), struct work_item, link);
            work_lanes_remove(lanes, item);
            return item;
        }
    }
    return NULL;
}

int work_lanes_add(struct work_lanes *lanes, struct work_item *item, enum work_lane number,
                   const char *name, struct work_item **dropped) {
    const struct work_rule *rule = &work_rules[number];
    struct work_lane_state *lane = &lanes->lanes[number];
    struct work_share *share = share_of(lanes, number, name);
    *dropped = NULL;
    if (share == NULL) {
        return SJ_E_NO_MEMORY;
    }
    if (share->waiting >= rule->share_waiting_most ||
        (lane->waiting >= rule->waiting_most && (*dropped = make_room(lane, share)) == NULL)) {
        lane->refused++;
        forget_if_idle(share);
        return SJ_E_LIMIT;
    }
    lane->refused += *dropped != NULL;
    item->share = share;
    item->running = false;
    sj_list_add_last(&share->items, &item->link);
    share->waiting++;
    lane->waiting++;
    return SJ_OK;
}

/* The share of the lane whose turn it is, or NULL when none may begin anything now. */
static struct work_share *next_share(const struct work_lane_state *lane,
                                     const struct work_rule *rule) {
    SJ_LIST_EACH(share, &lane->shares, struct work_share, link) {
        if (share->waiting > 0 && share->running < rule->share_at_once) {
            return share;
        }
    }
    return NULL;
}

struct work_item *work_lanes_take(struct work_lanes *lanes, enum work_group group) {
    struct work_share *chosen = NULL;
    struct work_item *item;
    struct work_lane_state *lane;
    if (lanes->running[group] >= work_threads[group]) {
        return NULL;
    }
    for (int i = 0; i < WORK_LANES; i++) {
        struct work_share *share =
            work_rules[i].group == group ? next_share(&lanes->lanes[i], &work_rules[i]) : NULL;
        if (share != NULL && (chosen == NULL || lanes->lanes[i].passed >= work_rules[i].patience)) {
            chosen = share;
        }
    }
    if (chosen == NULL) {
        return NULL;
    }
    for (int i = 0; i < WORK_LANES; i++) {
        if (work_rules[i].group == group && lanes->lanes[i].waiting > 0) {
            lanes->lanes[i].passed++;
        }
    }
    lane = &lanes->lanes[chosen->lane];
    lane->passed = 0;
    lane->begun++;
    item = SJ_OWNER(sj_list_first(&chosen->items), struct work_item, link);
    unlink_item(lane, item);
    item->running = true;
    chosen->running++;
    lanes->running[group]++;
    sj_list_add_last(&lane->shares, &chosen->link); /* the others first, next time */
    return item;
}

void work_lanes_end(struct work_lanes *lanes, struct work_item *item) {
    struct work_share *share = item->share;
    lanes->running[work_rules[share->lane].group]--;
    share->running--;
    item->running = false;
    item->share = NULL;
    forget_if_idle(share);
}

void work_lanes_remove(struct work_lanes *lanes, struct work_item *item) {
    struct work_share *share = item->share;
    unlink_item(&lanes->lanes[share->lane], item);
    item->share = NULL;
    forget_if_idle(share);
}

size_t work_lanes_waiting(const struct work_lanes *lanes) {
    size_t waiting = 0;
    for (int i = 0; i < WORK_LANES; i++) {
        waiting += lanes->lanes[i].waiting;
    }
    return waiting;
}
