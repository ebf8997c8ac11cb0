/* The messages between Location Bandwidth Managers, version 1: what is read from the network is
 * checked whole before anything of it is used. Pure.
 *
 * A message is the four bytes SJLB, its version, its type, then sections: a tag (one byte), a
 * length (four bytes) and as many bytes. Numbers are big-endian. A section whose tag is not known
 * is passed over, and so is what stands behind the known part of one. docs/intercluster.md has the
 * tables. */
#ifndef LBM_HUB_WIRE_H
#define LBM_HUB_WIRE_H

#include <sojourn/base/big_endian.h>
#include <sojourn/base/text.h>

#include "overlay.h"

enum {
    LBM_WIRE_VERSION = 1,
    LBM_CLUSTER_ID_MAX = 50,
    LBM_NAME_MAX = 50,
    LBM_MESSAGE_MAX = 1024 * 1024,
    LBM_STATED_LOCATIONS_MAX = 4000, /* of one cluster; its statement fits in a message */
    LBM_STATED_LINKS_MAX = 16000,
    LBM_WEIGHT_MAX = 1000000,
    LBM_HUBS_MAX = 200,
    LBM_REFUSAL_ROOM = 240,
};

/* More than any sum of bit rates of one cluster's calls in one place. */
#define LBM_USED_MAX (INT64_C(1) << 40)

enum lbm_message_type { LBM_REQUEST = 1, LBM_REPLY, LBM_STORED };

/* How far somebody is with what a cluster states: its life, which calls, which topology. */
struct lbm_versions {
    uint64_t incarnation, usage, topology;
};

/* First in each message. */
struct lbm_sender {
    struct lbm_versions here; /* what it states itself */
    struct lbm_versions has;  /* what it has of the receiver */
    uint64_t beat;            /* counts its messages */
    uint32_t lease_ms;        /* how long its calls count when it is silent */
    uint32_t calls;           /* how many it counts */
    bool leaves, more;
    char manager[LBM_CLUSTER_ID_MAX + 1];
};

/* What calls of the sender take of a place. */
struct lbm_usage {
    char location[LBM_NAME_MAX + 1], other[LBM_NAME_MAX + 1]; /* other "": it is a location */
    int64_t kbps[LBM_CLASSES];
    uint32_t calls;
};

/* A run of usage: all that has changed in (from, to]. */
struct lbm_run {
    uint64_t from, to;
    bool whole; /* all before is to be forgotten */
    size_t count;
};

/* A message that is right. The cursors are read by the functions below. */
struct lbm_message {
    struct lbm_sender sender;
    bool has_topology, has_run;
    uint64_t topology; /* its version */
    struct lbm_run run;
    char refusal[LBM_REFUSAL_ROOM]; /* "": none */
    sj_big_endian_reader hubs, usage, locations;
    size_t hubs_count, locations_count, links_count;
};

/* SJ_OK, SJ_E_INVALID or SJ_E_VERSION with a sentence. The message borrows the bytes. */
int lbm_wire_read(const char *bytes, size_t length, enum lbm_message_type type,
                  struct lbm_message *message, sj_error *error);
/* The next cluster that the sender names as a hub; false: there is none. */
bool lbm_wire_next_hub(struct lbm_message *message, char cluster_id[LBM_CLUSTER_ID_MAX + 1]);
bool lbm_wire_next_usage(struct lbm_message *message, struct lbm_usage *usage);
/* What it states of locations and links (has_topology), once. NULL: out of memory. */
struct lbm_statement *lbm_wire_statement(struct lbm_message *message);

void lbm_wire_begin(sj_text *out, enum lbm_message_type type, const struct lbm_sender *sender);
void lbm_wire_hubs(sj_text *out, const char *const *cluster_ids, size_t count);
void lbm_wire_topology(sj_text *out, uint64_t version, const struct lbm_statement *statement);
size_t lbm_wire_run_begin(sj_text *out);
void lbm_wire_usage(sj_text *out, const struct lbm_usage *usage);
void lbm_wire_run_end(sj_text *out, size_t begun, const struct lbm_run *run);
void lbm_wire_refusal(sj_text *out, const char *text);

#endif
