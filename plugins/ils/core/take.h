/* Taking a message of replication: a request, a reply, or a piece of the journal. Pure. */
#ifndef ILS_TAKE_H
#define ILS_TAKE_H

#include "core/network.h"

/* Zeroed before but for the first six. */
struct ils_taking {
    struct ils *ils;
    int64_t now;
    bool journal;
    bool asked;     /* it is the answer of a hub that this cluster asks ... */
    bool registrar; /* ... which is the registration server */
    const char
        *cluster_id; /* who the sender has proved to be; NULL: that was looked at otherwise */
    struct ils_sender sender;
    bool refused;
    char refusal[600];
    struct ils_state *states, *wants; /* as they come */
    size_t states_count, states_room, wants_count, wants_room;
    struct ils_owner *owner; /* of the run being read; NULL: it is passed over */
    struct ils_changes run;
    bool stopped;
    bool failed; /* no memory */
};

/* Reads who sent the message, and takes nothing. SJ_OK, or SJ_E_INVALID, SJ_E_VERSION when it is
 * not right as a whole; so of the next one, which takes all that it brings. */
int ils_take_sender(struct ils_taking *taking, const char *bytes, size_t length,
                    enum ils_message_type type, sj_error *error);
int ils_take(struct ils_taking *taking, const char *bytes, size_t length,
             enum ils_message_type type, sj_error *error);
void ils_taking_clear(struct ils_taking *taking);

/* Whether the sender may speak of this owner: of others only somebody who is known here as a hub.
 */
bool ils_may_state(const struct ils_taking *taking, const struct ils_peer_id *peer);

/* Of this owner; NULL: none of them is. */
const struct ils_state *ils_state_find(const struct ils_state *states, size_t count,
                                       const struct ils_peer_id *peer);
bool ils_state_is_complete(const struct ils_state *state);
/* Two whole copies of one version that are not the same: the owner has lost a part of its state,
 * and has stated something else under the same version before it heard of that. */
bool ils_differs(const struct ils_owner *owner, const struct ils_state *state);

#endif
