/* One reservation of bandwidth: asked for, changed, given back, counted anew when whoever keeps
 * count has lost it. What call_admission.h promises is made of these. Asks on the bus: the node's
 * Location Bandwidth Manager, and through visited_bandwidth.admit those of the clusters where
 * travellers' phones stand. */
#ifndef CALLMANAGER_RESERVATION_H
#define CALLMANAGER_RESERVATION_H

#include "calls/call_admission.h"
#include "calls/call_place.h"
#include "events/bandwidth.h"

/* One reservation. A party has one at this node, and one at each cluster whose phone takes part. */
struct reservation {
    sj_list_link link;        /* among all */
    struct reservation *next; /* of the same party */
    struct admissions *owner;
    struct call_leg *leg; /* NULL: it is over */
    char call_id[SIP_TAG + 12];
    char trace_id[33];
    struct call_ends ends, next_ends; /* as it was asked for, and as a change is, when it `moves` */
    uint64_t known, next_known; /* hashes of the same as calls have them: a place that is known
                                   nowhere is asked for as Hub_None */
    char cluster_id[52];        /* the visited cluster; "": this node */
    char device_name[130], other_device[130]; /* there: the traveller's phone, and another one */
    char replaces[SIP_TAG + 12]; /* the reservation that it takes the place of (a transfer); "" */
    bool emergency, video_or_audio;
    struct call_rates wanted; /* by the media as they are, or are to be */
    struct call_rates taken, proposed;
    bool counted;       /* whoever keeps count knows it */
    bool maybe_counted; /* may know it: was asked, and has neither refused nor been told the end */
    bool reserving;     /* is being asked for it */
    bool changing;      /* `proposed` is neither confirmed nor withdrawn */
    bool moves;         /* with what it changes to */
    bool awaited;       /* its verdict is */
    int64_t expected;   /* at a visited cluster, when the lease was renewed last */
    uint32_t round;     /* of renewals, the last one in which that cluster was asked */
    unsigned questions; /* that are not answered yet */
    /* Of the first one of a party: */
    unsigned verdicts; /* awaited */
    bool refused;      /* by one of them */
    call_admission_fn *done;
    void *user;
};

struct admissions {
    struct call_manager *manager;
    sj_list_head all;
    sj_handle *timer, *visits;  /* leases here, and at visited clusters */
    int64_t renew_ms, visit_ms; /* how soon they are renewed */
    uint32_t round;             /* of renewals at visited clusters */
    char instance[SIP_TAG];
    uint32_t serial;
    int64_t counted;  /* reservations that are held */
    int64_t expected; /* of them when the lease was renewed last */
    bool there;       /* somebody keeps count */
    bool renewing, told;
    unsigned soon; /* looks that follow each other fast */
    sj_metric *refused, *uncounted;
};

bool reservation_is_here(const struct reservation *reservation); /* of this node */
/* Whether it is not made while nobody keeps count. */
bool reservation_needs_somebody(const struct reservation *reservation);
/* Whether a call is made while nobody keeps count; refused or not counted, it is noted. */
bool reservation_allowed(struct reservation *reservation);
/* False: it cannot be asked for, and the call is not counted. */
bool reservation_ask(struct reservation *reservation, bool in_progress);
bool reservation_adjust(struct reservation *reservation, sj_bandwidth_adjust_step step,
                        const struct call_rates *rates);
/* It has moved. */
void reservation_moved(struct reservation *reservation);
/* To what is wanted: the media are agreed upon. */
void reservation_change(struct reservation *reservation);
/* What was proposed for a party does not come about. */
void reservations_withdraw(struct call_leg *callee);
/* The party is over. */
void reservation_release(struct reservation *reservation);

/* Begins to look for somebody who keeps count, and to renew the leases. */
int reservations_open(struct admissions *owner, sj_error *error);

#endif
