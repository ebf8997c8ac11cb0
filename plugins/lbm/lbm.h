/* State of the Location Bandwidth Manager, and what its files offer each other. */
#ifndef LBM_H
#define LBM_H

#include <sojourn/base/nearest.h>
#include <sojourn/sojourn.h>

#include "events/bandwidth.h"
#include "hub_network.h"

struct lbm_reading;

struct lbm {
    sj_scope *scope;
    struct lbm_network network;
    sj_topic *refused, *overbooked, *given_back, *topology_changed;
    /* configuration.c */
    struct lbm_reading *reading; /* locations and links are being read */
    bool read;                   /* they have been, once */
    bool read_again;             /* they have changed meanwhile */
    sj_handle *warming;
    /* metrics.c */
    sj_scope *meters; /* of the pools */
    uint64_t shown;   /* the network's `changes` that the metrics show */
    sj_metric *calls, *admitted, *as_audio, *refusals, *overbookings, *returns;
    sj_metric *live_hubs, *exchanges, *exchanges_failed;
    uint64_t exchanges_shown, failures_shown;
    /* the other clusters */
    struct lbm_hubs hubs;
    struct lbm_conflicts conflicts;
    uint64_t overlaid; /* the hubs' `topologies` that hold */
    bool hubs_ready, hub_settings_changed;
    char hub_group[52];
    struct sj_peer_memory peer_memory; /* hub_transport.c */
    sj_topic *hub_changed, *hub_alarm, *conflict;
    bool told_dispute; /* of this cluster's own identity */
    sj_handle *hub_tick;
    bool saving;
    uint64_t saved; /* the hubs' `topologies` that are in the file */
    int64_t saved_ms;
};

/* configuration.c: locations and links from the store into the network, now and when they change.
 */
int configuration_open(struct lbm *lbm, sj_error *error);
/* What all clusters state takes effect, when it has changed. */
void configuration_apply(struct lbm *lbm);

/* hub_settings.c: the hub group and the remote cluster records. */
int hub_settings_open(struct lbm *lbm, sj_error *error);
void hub_settings_read(struct lbm *lbm);
/* What of the groups would surprise. */
struct lbm_findings;
void hub_settings_look(struct lbm *lbm, struct lbm_findings *findings);
/* Whether messages are exchanged with that cluster; else why not. */
bool hub_settings_allow(struct lbm *lbm, const char *cluster_id, char *reason, size_t room);

/* hub_transport.c: exchanges, and the tick that begins them. */
int hub_transport_open(struct lbm *lbm, sj_error *error);

/* hub_journal.c: what others have stated, across restarts. Once it is read the hubs are ready. */
int hub_journal_load(struct lbm *lbm, sj_error *error);
void hub_journal_run(struct lbm *lbm);

/* hub_commands.c: what people ask of the other clusters; events of those that come, go and are
 * silent, and of conflicts, which are taken over. */
int hub_commands_open(struct lbm *lbm, sj_error *error);
void hub_tell(struct lbm *lbm);
void hub_conflicts(struct lbm *lbm, struct lbm_conflicts *now);

/* admission.c: what call managers ask (bandwidth.*), and leases. */
int admission_open(struct lbm *lbm, sj_error *error);
/* "the link A@B has 80 kbps free for audio": where a call would be refused. */
void admission_place(const struct lbm_answer *answer, char *out, size_t room);
/* What a call of these bit rates takes, by the parameter; `immersive` as in lbm_media. */
void admission_bandwidth(struct lbm *lbm, const struct lbm_media *media, int64_t kbps[LBM_CLASSES]);

/* metrics.c: the pools of which something was taken or wanted, and totals. */
int metrics_open(struct lbm *lbm);
void metrics_forget(struct lbm *lbm); /* the topology has changed: pools are shown anew */
void metrics_show(struct lbm *lbm);

/* places.c: the place that people may have meant, among locations and links; */
enum { PLACE_LOCATIONS = 1, PLACE_LINKS = 2 };
void place_nearest(const struct lbm_network *network, const char *wanted, unsigned kinds,
                   char hint[SJ_NEAREST_HINT]);
/* ... and the way of a call between what they name: locations, phones or device pools. */
struct way_asked {
    const char *from, *to, *from_cluster, *to_cluster; /* clusters: "" is this one */
};
struct way_found {
    struct lbm_demand demand; /* without what it takes; its locations are those of the topology */
    struct lbm_way way;       /* free way.places */
    char text[300];           /* what is to be said of a way that is no path; or "" */
};
/* `paths` as in lbm_way_find. Ways that no links join are SJ_OK, too; a negative code with a
 * sentence: there is no such place or cluster. */
int way_find(struct lbm *lbm, const struct way_asked *asked, struct lbm_paths *paths,
             struct way_found *found, sj_error *error);

/* commands.c, usage.c, validation.c: what people ask (lbm.*). */
int commands_open(struct lbm *lbm, sj_error *error);
int usage_open(struct lbm *lbm, sj_error *error);
int validation_open(struct lbm *lbm, sj_error *error);

#endif
