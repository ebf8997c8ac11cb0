/* State of the Location Bandwidth Manager, and what its files offer each other. */
#ifndef LBM_H
#define LBM_H

#include <sojourn/sojourn.h>

#include "events/bandwidth.h"
#include "reservations.h"

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
};

/* configuration.c: locations and links from the store into the network, now and when they change.
 */
int configuration_open(struct lbm *lbm, sj_error *error);

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

/* places.c: the location of what people name: a location, a phone or a device pool. A negative code
 * with a sentence when there is no such thing. */
int place_find(struct lbm *lbm, const char *field, const char *name, uint32_t *location,
               sj_error *error);

/* commands.c, usage.c, validation.c: what people ask (lbm.*). */
int commands_open(struct lbm *lbm, sj_error *error);
int usage_open(struct lbm *lbm, sj_error *error);
int validation_open(struct lbm *lbm, sj_error *error);

#endif
