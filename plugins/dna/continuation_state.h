/* What the parts share that find out what comes behind this cluster's decision: continuation.c, and
 * continuation_bandwidth.c about the bandwidth of one destination. */
#ifndef DNA_CONTINUATION_STATE_H
#define DNA_CONTINUATION_STATE_H

#include "continuation.h"

enum {
    ON_THE_WAY_MS = 500, /* what an answer may take to come back */
    TEXT_ROOM = 2600,    /* of a step */
    DEPTH_MOST = 100,    /* of a step: in a tree of a cluster eight deep, and those behind it */
    DIALLED_ROOM = 330,
    CAUSE_NOT_ENOUGH_BANDWIDTH = 125,
    ASKED_OF = 3,          /* about the bandwidth of a destination */
    HUNTED_WITHOUT = 1000, /* devices without bandwidth that one hunt is followed around */
};

struct continuation {
    struct dna *dna;
    sj_scope *scope; /* its own; texts of steps belong to it */
    const struct dna_call *call;
    const sj_call_analyse *request; /* what the reply answers */
    sj_call_analyse_reply *reply;   /* a copy */
    sj_routing_step *steps;
    size_t count, room;
    const sj_call_destination *tried; /* the call manager's destinations, or what is tried around */
    size_t tried_count;
    size_t next;    /* of these: whose bandwidth is asked about */
    unsigned asked; /* of it: here, where the caller's phone stands, where the called one does */
    bool refused;   /* somebody has too little for it, and nothing takes its place */
    bool short_of;  /* somebody has too little for it, so that the call goes around */
    size_t devices, devices_refused, devices_short;
    bool hunted;          /* a member of a hunt was refused since the call manager was asked */
    const char **without; /* devices that were, to be asked about once */
    size_t without_count, without_room;
    continuation_fn *done;
    void *user;
    const char *visited; /* the cluster that is asked about it */
    /* of the other cluster: */
    const sj_call_destination *destination;
    char dialled[DIALLED_ROOM];
    uint64_t deadline;
    struct dna_continued continued;
    int64_t status; /* of the answer when it is refused, and all in words; 0: it is not */
    char explanation[TEXT_ROOM];
};

/* A step behind those of the call manager. */
void continuation_add(struct continuation *one, sj_routing_step_kind kind, const char *subject,
                      const char *format, ...) SJ_PRINTF(4, 5);
/* Of the time that there is for all of it. */
int64_t continuation_left_ms(const struct continuation *one);
/* An answer has come: to what is asked next. */
void continuation_go_on(struct continuation *one);

/* Asks the next of those who say whether there is bandwidth for the destination `one->next`; what
 * they say is noted in `refused` and `short_of`, and continuation_go_on runs then. False: all have
 * been asked. As calls have it, two phones of travellers in one cluster are asked about together.
 */
bool continuation_ask_bandwidth(struct continuation *one);
/* There is too little for it. */
void continuation_note_refused(struct continuation *one);

#endif
