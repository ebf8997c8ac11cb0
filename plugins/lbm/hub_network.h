/* The Location Bandwidth Managers of several clusters, as one of them sees them: each states its
 * own locations and links, and what its own calls take of each place; everybody adds up. Pure: the
 * time is handed in, the bytes that go to others are handed out. One thread.
 *
 * Hubs are a mesh: each exchanges with every other, and is believed about itself alone. What calls
 * take is stated by place, under the cluster, its life (incarnation) and a version, and the newest
 * takes the place of what was: a message that comes twice, late, or by another way counts nothing
 * twice. The usage of whoever is silent for longer than its lease is given back; what it has stated
 * of locations and links stands until it leaves or is silent for `keep_ms`. */
#ifndef LBM_HUB_NETWORK_H
#define LBM_HUB_NETWORK_H

#include "hub_wire.h"
#include "reservations.h"

enum {
    LBM_BOOTSTRAPS_MAX = 3,
    LBM_USAGES_MAX = 50000,  /* places of which one cluster says something */
    LBM_GATHER_MS = 100,     /* changes of calls that are so close are told together */
    LBM_INTERVALS_LEASE = 4, /* exchanges within a lease, at the least */
    LBM_DISPUTE_MS = 10 * 60 * 1000,
    LBM_DISPUTE_LIVES = 3,
    LBM_ADDRESS_ROOM = 64,
};

/* Somebody who is alive gets another life, again and again within LBM_DISPUTE_MS: two speak as one
 * cluster, and each voids what the other has stated. */
struct lbm_dispute {
    unsigned lives;
    int64_t last_ms;
};

enum lbm_standing { LBM_HUB_UNKNOWN, LBM_HUB_LIVE, LBM_HUB_SILENT, LBM_HUB_LEFT };

/* Another cluster's Location Bandwidth Manager. */
struct lbm_hub {
    char cluster_id[LBM_CLUSTER_ID_MAX + 1];
    char manager[LBM_CLUSTER_ID_MAX + 1];
    enum lbm_standing standing;
    bool bootstrap;
    struct lbm_versions here; /* what is here of it */
    uint64_t beat;
    int64_t heard_ms, lease_ms, mentioned_ms;
    int64_t calls;
    struct lbm_statement *statement; /* NULL: it has stated nothing */
    sj_map usages;                   /* what its calls take, by place */
    struct lbm_versions there;       /* what it has of this cluster */
    struct lbm_versions said;        /* what was last said to it */
    bool shares;                     /* the network has been told that it counts together */
    bool said_leave;
    bool cut; /* it states usage of more places than are kept: the others are not counted */
    struct lbm_dispute dispute;
    char addresses[2][LBM_ADDRESS_ROOM]; /* from where it asks, and asked before; "": not yet */
    /* the exchange with it */
    bool busy, answered;
    unsigned rounds, failures;
    int64_t started_ms, next_ms;
    char reason[LBM_REFUSAL_ROOM]; /* why the last exchange failed; "" */
    /* The service's: */
    unsigned told; /* one more than the standing that it has told */
    bool told_dispute, told_cut;
};

struct lbm_hub_settings {
    bool hub; /* a member of a hub group */
    const char *cluster_id, *manager;
    const char *const *bootstraps; /* cluster ids; this one's among them is passed over */
    size_t bootstraps_count;
    int64_t lease_ms, keep_ms;
};

struct lbm_hubs {
    struct lbm_network *network;
    struct lbm_statement *own;
    char cluster_id[LBM_CLUSTER_ID_MAX + 1], manager[LBM_CLUSTER_ID_MAX + 1];
    bool hub, leaving;
    struct lbm_dispute dispute; /* of this cluster's own identity, as others tell */
    uint64_t epoch, incarnation, beat, topology;
    int64_t lease_ms, keep_ms;
    struct lbm_hub **all; /* each stays where it is while an exchange is under way */
    size_t count, room;
    uint64_t topologies; /* counts changes of what any of them states of locations and links */
    uint64_t exchanges, failed, refused, ignored;
};

/* A life is numbered by the wall clock in milliseconds and some chance, so that no two of a cluster
 * are the same; one whose clock went back is told by the others. The network is borrowed. */
void lbm_hubs_open(struct lbm_hubs *hubs, struct lbm_network *network, uint64_t wall_ms,
                   uint16_t chance);
void lbm_hubs_close(struct lbm_hubs *hubs);
/* One that is no hub any more says so to the others, and forgets them. */
void lbm_hubs_configure(struct lbm_hubs *hubs, const struct lbm_hub_settings *settings,
                        int64_t now);
/* What this cluster states from now on; it becomes theirs. */
void lbm_hubs_state(struct lbm_hubs *hubs, struct lbm_statement *statement);
/* Whether the others are told of it: it is not when there are more locations or links than a
 * message has room for. */
bool lbm_hubs_is_told(const struct lbm_hubs *hubs);
/* What another cluster had stated before this one was restarted, `age_ms` ago. False: out of
 * memory, or there are too many; the statement is freed. */
bool lbm_hubs_remember(struct lbm_hubs *hubs, const char *cluster_id, int64_t age_ms, int64_t now,
                       struct lbm_statement *statement, const char *manager);

/* Now and then, at least once a second. */
void lbm_hubs_tick(struct lbm_hubs *hubs, int64_t now);
/* Somebody with whom an exchange is due; NULL: nobody. */
struct lbm_hub *lbm_hubs_due(struct lbm_hubs *hubs, int64_t now);
/* Which clusters count calls together with this one: those that are heard, and of which each has
 * what the other states. Whenever the topology of all has taken effect, and at each tick. */
void lbm_hubs_share(struct lbm_hubs *hubs);
/* What it has stated counts no longer, until it is heard again. */
void lbm_hubs_drop(struct lbm_hubs *hubs, struct lbm_hub *hub, const char *reason);
struct lbm_hub *lbm_hubs_find(const struct lbm_hubs *hubs, const char *cluster_id);

/* One exchange: begun, then a request and its reply as often as the reply says so, then ended:
 * `reason` says why it failed, NULL: it went well. */
void lbm_hubs_begin(struct lbm_hubs *hubs, struct lbm_hub *hub, int64_t now);
void lbm_hubs_request(struct lbm_hubs *hubs, struct lbm_hub *hub, sj_text *out);
enum lbm_progress { LBM_AGAIN, LBM_DONE, LBM_FAILED };
enum lbm_progress lbm_hubs_reply(struct lbm_hubs *hubs, struct lbm_hub *hub, int64_t now,
                                 const char *bytes, size_t length, sj_error *error);
void lbm_hubs_end(struct lbm_hubs *hubs, struct lbm_hub *hub, const char *reason, int64_t now);

bool lbm_is_disputed(const struct lbm_dispute *dispute, int64_t now);

/* The answer to a request of the cluster that has proved to be `cluster_id`, from that address.
 * SJ_OK with the reply in `out`, also when that is a refusal; SJ_E_INVALID, SJ_E_VERSION: it cannot
 * be read. */
int lbm_hubs_answer(struct lbm_hubs *hubs, const char *cluster_id, const char *address, int64_t now,
                    const char *bytes, size_t length, sj_text *out, sj_error *error);

/* The topology of all. Conflicts are cleared before. NULL: out of memory. */
struct lbm_graph *lbm_hubs_overlay(const struct lbm_hubs *hubs, struct lbm_conflicts *conflicts);

#endif
