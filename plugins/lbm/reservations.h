/* What calls have taken of the pools of links and locations. Pure: time is given.
 *
 * A call takes the same from every link and every location on its effective path, or nothing at
 * all. It keeps its path until it ends or moves, whatever becomes of weights and links meanwhile.
 */
#ifndef LBM_RESERVATIONS_H
#define LBM_RESERVATIONS_H

#include <sojourn/base/heap.h>
#include <sojourn/base/list.h>
#include <sojourn/base/map.h>
#include <sojourn/base/text.h>

#include "paths.h"

struct lbm_pool {
    int64_t capacity;   /* LBM_UNLIMITED; 0: none */
    int64_t used, peak; /* by the calls of all clusters */
    int64_t remote;     /* of `used`, by those of other clusters */
    uint64_t refused;   /* calls refused for want of it */
};

struct lbm_meter;

/* A link or a location, with what is taken of it. It stays while calls hold it, even when it is not
 * configured any more. A link is the same from whichever end it is named. */
struct lbm_place {
    sj_map_link by_name;
    sj_list_link link; /* of all links, or of all locations, in the order of the graph */
    struct lbm_pool pools[LBM_CLASSES];
    uint32_t calls;        /* of this cluster */
    uint32_t remote_calls; /* of other clusters */
    uint32_t remotes;      /* so many other clusters say what they take of it */
    uint32_t mark;         /* of the change that is being made */
    uint64_t version;      /* the network's `changes` when this cluster's calls last changed here */
    bool is_link, configured;
    struct lbm_meter *meter; /* of whoever shows it */
    char name[];             /* of a link its ends, "A@B" */
};

enum { LBM_OWNER_NAME = 321, LBM_SHARER_NAME = 51 };

/* Whoever asks for bandwidth, such as a call manager. Its calls are given back when it is silent
 * for longer than its lease, or comes as another instance. */
struct lbm_owner {
    sj_map_link by_name;
    sj_heap_link expiry;
    sj_list_head reservations;
    size_t count;
    char *instance;
    char name[];
};

struct lbm_network {
    struct lbm_graph *graph;
    struct lbm_paths *paths;
    struct lbm_place **of_location, **of_link; /* by index in the graph */
    sj_map locations, links, owners, calls;
    sj_list_head location_list, link_list;
    sj_heap leases;
    size_t calls_count;
    uint64_t admitted, as_audio, refused, overbooked, expired; /* since the start */
    uint64_t changes; /* each change of what is used or configured gives another number */
    uint64_t taken;   /* the number of the last change of what this cluster's calls take */
    uint64_t floor;   /* of the last that took a place away on which they had been */
    /* The clusters that count together with this one, as it has been seen. */
    char (*sharers)[LBM_SHARER_NAME];
    size_t sharers_count, sharers_room;
    sj_list_head crossings; /* calls between clusters */
};

enum lbm_outcome {
    LBM_ADMITTED,
    LBM_AS_AUDIO,   /* its video was refused and its audio was not */
    LBM_OVERBOOKED, /* taken although it is more than there is: emergency calls, calls in progress
                     */
    LBM_REFUSED,
    LBM_NO_PATH, /* no links lead from one to the other */
    LBM_NO_LOCATION,
    LBM_CALL_EXISTS,
    LBM_NO_CALL,
    LBM_NO_MEMORY,
};

/* Where a call begins and ends, and what it takes. A call between two clusters that count together
 * is charged by the one that it goes to, for all of its way. Where they do not, each charges its
 * own side, between Hub_None and its party. */
struct lbm_demand {
    const char *from, *to;                 /* locations; "" is Hub_None, and so is Shadow */
    const char *from_cluster, *to_cluster; /* whose party is there; NULL and "": this one's */
    int64_t kbps[LBM_CLASSES];
    int64_t audio_kbps;   /* what it takes as an audio call, for `retry_as_audio` */
    bool retry_as_audio;  /* audio alone will do when there is no bandwidth for its video */
    bool emergency;       /* an emergency call is never refused, nor what it changes to */
    bool in_progress;     /* it stands already: counted, not refused */
    const char *replaces; /* a call of the same owner that ends as this one takes its place; NULL
                             and "": none. Where both pass the larger of the two is taken */
};

struct lbm_answer {
    enum lbm_outcome outcome;
    int64_t kbps[LBM_CLASSES];  /* taken, on each place of its path */
    bool nowhere;               /* nothing is taken: it has no path, or is not charged here */
    struct lbm_place *short_of; /* of a refusal, and of an overbooking: the first place */
    enum lbm_class short_class;
    int64_t needed, available; /* there: the more that was needed, and what was free */
    const char *missing;       /* of LBM_NO_LOCATION */
};

/* way.c: from which places a call takes. */
enum lbm_basis {
    LBM_OF_PATH,       /* each location and each link of the effective path */
    LBM_OF_ENDS,       /* no links join the ends of a call between clusters: locations alone */
    LBM_PHANTOM_END,   /* nothing: an end of it is in Phantom */
    LBM_COUNTED_THERE, /* nothing: the cluster that it goes to counts all of its way */
};

struct lbm_way {
    enum lbm_basis basis;
    const char *ends[2]; /* between which locations it is charged here: the demand's, or Hub_None */
    struct lbm_path path;      /* of LBM_OF_PATH; as lbm_paths_find has it */
    struct lbm_place **places; /* in their order; free it. NULL unless LBM_ADMITTED */
    size_t count;
    const char *missing; /* of LBM_NO_LOCATION */
};

/* LBM_ADMITTED, or what is wrong with the way. `paths` are the network's, or those of the same
 * graph without some links. */
enum lbm_outcome lbm_way_find(const struct lbm_network *network, struct lbm_paths *paths,
                              const struct lbm_demand *demand, struct lbm_way *way);

bool lbm_shares(const struct lbm_network *network, const char *cluster_id);

static inline bool lbm_is_between_clusters(const struct lbm_demand *demand) {
    return sj_given(demand->from_cluster) || sj_given(demand->to_cluster);
}

/* What an asker says of itself with everything it asks. */
struct lbm_asker {
    const char *name, *instance;
    int64_t now_ms, lease_ms;
};

bool lbm_network_open(struct lbm_network *network); /* zeroed before; false: out of memory */
void lbm_network_close(struct lbm_network *network);

/* Another topology: pools that stay keep what is taken of them. The graph becomes the network's.
 * False: out of memory (`graph` is NULL when it was short before), and nothing has changed; the
 * graph is dropped all the same. */
bool lbm_network_set(struct lbm_network *network, struct lbm_graph *graph);

/* Calls that an asker's last instance has left are given back first. NULL: out of memory. */
struct lbm_owner *lbm_renew(struct lbm_network *network, const struct lbm_asker *asker);

void lbm_reserve(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id,
                 const struct lbm_demand *demand, struct lbm_answer *answer);

/* A call changes: from and to NULL when it stays where it is, on the path that it has. The
 * difference is taken, and what it had is kept until one of the two below; a proposal that is not
 * settled gives way to the next. A refusal leaves all as it was before the proposal. */
void lbm_propose(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id,
                 const struct lbm_demand *demand, struct lbm_answer *answer);
/* It has changed: what is not needed any more is given back. False: there is no such call. */
bool lbm_confirm(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id);
/* It stays as it was. */
bool lbm_withdraw(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id);

bool lbm_release(struct lbm_network *network, const struct lbm_asker *asker, const char *call_id);

/* Whether a cluster counts together with this one from now on. Calls between the two that stand are
 * charged anew. */
void lbm_share(struct lbm_network *network, const char *cluster_id, bool shares);

/* Gives back the calls of the next asker whose lease has ended. Its name is copied into `name`.
 * False: there is none. How many calls it held is in `*calls`. */
bool lbm_expire(struct lbm_network *network, int64_t now_ms, char name[LBM_OWNER_NAME],
                size_t *calls);

/* How many more calls of that demand would be admitted now, at most `most`, and where the next one
 * would be refused (as an answer to it). Takes nothing. `paths` are the network's, or those of the
 * same graph without some links. */
int64_t lbm_would_fit(const struct lbm_network *network, struct lbm_paths *paths,
                      const struct lbm_demand *demand, int64_t most, struct lbm_answer *answer);

/* reservations.c, for leases.c: all that an owner has is given back. */
void lbm_drop_all(struct lbm_network *network, struct lbm_owner *owner);
/* leases.c, for reservations.c: the owners are gone, and what they had. */
void lbm_owners_close(struct lbm_network *network);

/* topology.c, for reservations.c: this cluster's calls take more of a place, or less (a negative
 * number), with the change that `changes` counts next; a call holds the place no longer; what a
 * network has of its topology is freed. */
void lbm_place_take(struct lbm_network *network, struct lbm_place *place, int class, int64_t kbps);
void lbm_place_release(struct lbm_network *network, struct lbm_place *place);
void lbm_topology_free(struct lbm_network *network);

/* topology.c, for what other clusters say. The link between two locations, or (`other` NULL) the
 * location; made when it is not there, for lbm_remote_begin. NULL: out of memory. */
struct lbm_place *lbm_place_of(struct lbm_network *network, const char *location,
                               const char *other);
/* Another cluster takes something of the place from now on, changes that, takes nothing any more.
 * With the last of these the place goes when it is not configured. */
void lbm_remote_begin(struct lbm_place *place);
void lbm_remote_change(struct lbm_network *network, struct lbm_place *place,
                       const int64_t more[LBM_CLASSES], int64_t calls);
void lbm_remote_end(struct lbm_network *network, struct lbm_place *place);
/* The place of a name as people write it, "A", "A@B" or "B@A"; NULL: there is none. */
struct lbm_place *lbm_place_find(const struct lbm_network *network, const char *name);

/* The location that counts for a name: Hub_None for "" and for Shadow. LBM_NOWHERE. */
uint32_t lbm_location_of(const struct lbm_network *network, const char *name);

#endif
