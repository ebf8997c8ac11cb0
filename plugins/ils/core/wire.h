/* The messages of replication, version 1: what is read from the network is checked whole before
 * anything of it is used. Pure.
 *
 * A message is the four bytes SJIL, its version, its type, then sections: a tag (one byte), a
 * length (four bytes) and as many bytes. Numbers are big-endian. A section whose tag is not known
 * is passed over, and so is what stands behind the known part of one: a newer partner never makes
 * an older one fail. docs/intercluster.md has the tables. */
#ifndef ILS_WIRE_H
#define ILS_WIRE_H

#include <sojourn/base/text.h>

#include "core/object.h"

enum {
    ILS_WIRE_VERSION = 1,
    ILS_PEER_BYTES = 16,
    ILS_CLUSTER_ID_MAX = 50,
    ILS_DETAIL_MAX = 49152,
    ILS_MESSAGE_MAX = 1024 * 1024,
};

/* More changes than any cluster makes: a higher version is not right. */
#define ILS_VERSION_MAX (UINT64_C(1) << 48)

enum ils_role { ILS_STANDALONE, ILS_HUB, ILS_SPOKE };

struct ils_peer_id {
    unsigned char bytes[ILS_PEER_BYTES];
};

enum ils_message_type { ILS_REQUEST = 1, ILS_REPLY, ILS_JOURNAL };

/* Who sends it, first in each message. */
struct ils_sender {
    struct ils_peer_id peer;
    enum ils_role role;
    bool partial;                 /* request: only the owners that are named are meant */
    bool more;                    /* reply: there is more of what was asked for */
    struct ils_peer_id registrar; /* a spoke's hub; zeros: not known yet */
};

/* How far a copy of an owner's statements is. */
struct ils_state {
    struct ils_peer_id peer;
    uint64_t incarnation, beat, info_version;
    uint64_t version, floor, target, digest;
    uint32_t age_ms; /* since the beat was new */
    bool left;       /* the owner has left the network */
    bool holed;      /* there was no room for objects of it */
    bool counted;    /* `live` is said */
    uint32_t live;   /* objects in it */
    uint64_t copy;   /* which copy it is, as the sender counts them; 0: it is not said */
};

/* What an owner says of itself. */
struct ils_info {
    struct ils_peer_id peer;
    uint64_t incarnation, version;
    enum ils_role role;
    struct ils_peer_id hub;
    uint32_t interval_ms;
    const char *cluster_id, *route; /* route "": it advertises no dial plan */
    const char *detail;             /* JSON of the service's, not read here */
    size_t detail_length;
};

/* A run of changes of one owner: all of (from, to]. */
struct ils_changes {
    struct ils_peer_id peer;
    uint64_t incarnation, from, to, floor, target, digest;
    bool whole;       /* all before is to be forgotten */
    bool holed;       /* of a copy that lacks objects for which there was no room ... */
    bool holed_there; /* ... where whoever sends it has it from */
    size_t count;
};

struct ils_change {
    struct ils_fact fact;
    uint64_t version;
    bool removed;
};

/* What is in a message, in its order; each may be NULL. Texts and structs live as long as the call.
 * `end_of_changes` follows the changes of a run. */
struct ils_visitor {
    void (*sender)(void *user, const struct ils_sender *sender);
    void (*state)(void *user, const struct ils_state *state);
    void (*want)(void *user, const struct ils_state *state);
    void (*info)(void *user, const struct ils_info *info);
    void (*changes)(void *user, const struct ils_changes *changes);
    void (*change)(void *user, const struct ils_change *change);
    void (*end_of_changes)(void *user);
    void (*refusal)(void *user, const char *text);
};

/* SJ_OK when the message is one of this type and everything in it is right; then `visitor` (may be
 * NULL) has seen it. Else SJ_E_INVALID or SJ_E_VERSION with a sentence, and nothing was shown. */
int ils_wire_read(const char *bytes, size_t length, enum ils_message_type type,
                  const struct ils_visitor *visitor, void *user, sj_error *error);

void ils_wire_begin(sj_text *out, enum ils_message_type type, const struct ils_sender *sender);
void ils_wire_state(sj_text *out, const struct ils_state *state);
void ils_wire_want(sj_text *out, const struct ils_state *state);
void ils_wire_info(sj_text *out, const struct ils_info *info);
/* A run: begun, each change added, ended with what is known only then. */
size_t ils_wire_changes_begin(sj_text *out);
void ils_wire_change(sj_text *out, const struct ils_change *change);
void ils_wire_changes_end(sj_text *out, size_t begun, const struct ils_changes *changes);
void ils_wire_refusal(sj_text *out, const char *text);

static inline bool ils_peer_equal(const struct ils_peer_id *a, const struct ils_peer_id *b) {
    return __builtin_memcmp(a, b, sizeof *a) == 0;
}
static inline bool ils_peer_known(const struct ils_peer_id *peer) {
    static const struct ils_peer_id none = {{0}};
    return !ils_peer_equal(peer, &none);
}

#endif
