/* Exchanges: saying what is here, sending what another lacks, taking what is newer. */
#include "core/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

enum { BUDGET = 192 * 1024, ROUNDS_MOST = 8192, RETRY_LEAST_MS = 1000 };

static struct ils_sender sender_of(const struct ils *ils) {
    struct ils_sender sender = {.peer = ils->self->peer, .role = ils->role};
    if (ils->role == ILS_SPOKE) {
        sender.registrar = ils->follows;
        for (size_t i = 0; i < ils->neighbors_count && !ils_peer_known(&sender.registrar); i++) {
            sender.registrar = ils->neighbors[i]->peer;
        }
    }
    return sender;
}

static struct ils_state state_of(const struct ils *ils, const struct ils_owner *owner,
                                 int64_t now) {
    const struct ils_catalog *catalog = owner->catalog;
    const bool own = owner == ils->self;
    const int64_t age = own ? 0 : now - owner->heard_ms;
    return (struct ils_state){
        .peer = owner->peer,
        .incarnation = owner->incarnation,
        .beat = owner->beat,
        .info_version = owner->info_version,
        .version = catalog->version,
        .floor = catalog->floor,
        .target = ils_owner_is_complete(owner) ? catalog->version : owner->target,
        .digest = catalog->digest,
        .age_ms = age < 0           ? 0
                  : age > INT32_MAX ? INT32_MAX
                                    : (uint32_t)age,
        .left = own ? ils->role == ILS_STANDALONE : owner->standing == ILS_LEFT,
        .no_room = owner->no_room && ils->table.learned >= ils->table.most_learned};
}

static bool is_complete(const struct ils_state *state) {
    return state->version >= state->target;
}

/* Two whole copies of one version that are not the same: the owner has lost a part of its state,
 * and has stated something else under the same version before it heard of that. */
static bool differs(const struct ils_owner *owner, const struct ils_state *state) {
    return owner->incarnation == state->incarnation && owner->catalog->version > 0 &&
           owner->catalog->version == state->version && ils_owner_is_complete(owner) &&
           is_complete(state) && owner->catalog->digest != state->digest;
}

/* ---- sending ---- */

static bool info_is_newer(const struct ils_owner *owner, const struct ils_state *theirs) {
    return owner->incarnation != theirs->incarnation ? owner->incarnation > theirs->incarnation
                                                     : owner->info_version > theirs->info_version;
}

/* Whether this cluster's copy is whole and has what theirs lacks. */
static bool data_is_newer(const struct ils_owner *owner, const struct ils_state *theirs) {
    const struct ils_catalog *catalog = owner->catalog;
    if (!ils_owner_is_complete(owner)) {
        return false;
    }
    if (owner->incarnation != theirs->incarnation) {
        return owner->incarnation > theirs->incarnation;
    }
    return is_complete(theirs) ? catalog->version > theirs->version
                               : catalog->version >= theirs->target;
}

/* Sections with the changes behind `from` until the message is long enough. False: there are more.
 */
static bool write_changes(struct ils *ils, sj_text *out, const struct ils_owner *owner, bool whole,
                          uint64_t from, uint64_t *to) {
    const struct ils_catalog *catalog = owner->catalog;
    struct ils_changes run = {.peer = owner->peer,
                              .incarnation = owner->incarnation,
                              .from = from,
                              .to = from,
                              .floor = catalog->floor,
                              .target = catalog->version,
                              .digest = catalog->digest,
                              .whole = whole};
    const size_t begun = ils_wire_changes_begin(out);
    size_t at = ils_catalog_after(catalog, from);
    for (; at < catalog->used && out->length < BUDGET && !out->failed; at++) {
        const struct ils_object *object = catalog->order[at];
        if (object == NULL) {
            continue;
        }
        struct ils_change change = {.version = object->version, .removed = object->removed};
        ils_object_fact(object, &change.fact);
        ils_wire_change(out, &change);
        run.count++;
        run.to = object->version;
    }
    const bool all = at >= catalog->used;
    if (all) {
        run.to = catalog->version;
    }
    ils_wire_changes_end(out, begun, &run);
    ils->counters.changes_out += run.count;
    *to = run.to;
    return all;
}

static void write_info(sj_text *out, const struct ils_owner *owner) {
    const struct ils_info info = {.peer = owner->peer,
                                  .incarnation = owner->incarnation,
                                  .version = owner->info_version,
                                  .role = owner->role,
                                  .hub = owner->hub,
                                  .interval_ms = owner->interval_ms,
                                  .cluster_id = owner->cluster_id,
                                  .route = owner->route,
                                  .detail = owner->detail == NULL ? "" : owner->detail,
                                  .detail_length = owner->detail_length};
    if (owner->info_version > 0) {
        ils_wire_info(out, &info);
    }
}

/* Whatever of this owner is newer here than there. False: the message is full, there is more. */
static bool write_owed(struct ils *ils, sj_text *out, const struct ils_owner *owner,
                       const struct ils_state *theirs, int64_t now) {
    const struct ils_state ours = state_of(ils, owner, now);
    const bool info = info_is_newer(owner, theirs), data = data_is_newer(owner, theirs);
    if (owner->standing == ILS_SILENT) {
        /* Whoever takes it for live hears how old that is; itself, how far it had counted. */
        if (theirs->beat > 0 && theirs->beat <= ours.beat && !theirs->left) {
            ils_wire_state(out, &ours);
        }
        return true;
    }
    const bool forked = differs(owner, theirs);
    if (ours.beat > theirs->beat || ((info || data || forked) && !ours.left)) {
        ils_wire_state(out, &ours);
    }
    if (ours.left) {
        return true;
    }
    if (out->length >= BUDGET && (info || data)) {
        return false;
    }
    if (info) {
        write_info(out, owner);
    }
    if (!data || theirs->no_room || owner->info_version == 0) {
        return true;
    }
    const struct ils_catalog *catalog = owner->catalog;
    const uint64_t known = theirs->version > theirs->floor ? theirs->version : theirs->floor;
    const bool whole =
        theirs->incarnation != owner->incarnation || theirs->version == 0 || known < catalog->floor;
    uint64_t to;
    return write_changes(ils, out, owner, whole, whole ? 0 : theirs->version, &to);
}

/* ---- taking ---- */

struct taking {
    struct ils *ils;
    int64_t now;
    bool journal;
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

/* Nothing of an owner's copy is believed any more. Without memory for a fresh one it counts as
 * incomplete, so that it is not passed on and is asked for again. */
static void distrust(struct ils *ils, struct ils_owner *owner) {
    if (!ils_owner_empty(ils, owner)) {
        owner->target = owner->catalog->version + 1;
    }
}

static void keep(struct taking *taking, struct ils_state **list, size_t *count, size_t *room,
                 const struct ils_state *state) {
    if (!sj_array_room(list, room, *count + 1, sizeof **list)) {
        taking->failed = true;
        return;
    }
    (*list)[(*count)++] = *state;
}

static void on_sender(void *user, const struct ils_sender *sender) {
    ((struct taking *)user)->sender = *sender;
}

/* Whether the sender may speak of this owner: a spoke of itself alone. */
static bool may_tell(const struct taking *taking, const struct ils_peer_id *peer) {
    return taking->journal || taking->sender.role == ILS_HUB ||
           ils_peer_equal(&taking->sender.peer, peer);
}

/* Others are told at once of what did not come from a hub: hubs tell each other themselves. */
static void touch(struct taking *taking, struct ils_owner *owner) {
    struct ils *ils = taking->ils;
    ils->applied++;
    if (!taking->journal && taking->sender.role != ILS_HUB) {
        owner->touched = ++ils->changes;
    }
}

/* What the others have of this cluster is newer than what it knows itself: it has been restored
 * from an older state, or has lost it. It states all anew, as a new incarnation. */
static void reclaim(struct taking *taking, const struct ils_state *theirs) {
    struct ils *ils = taking->ils;
    struct ils_owner *self = ils->self;
    const uint64_t target = theirs->version > theirs->target ? theirs->version : theirs->target;
    const bool newer = theirs->incarnation > self->incarnation ||
                       (theirs->incarnation == self->incarnation &&
                        (target > self->catalog->version ||
                         theirs->info_version > self->info_version || differs(self, theirs)));
    const bool given_up =
        (int64_t)theirs->age_ms > (int64_t)self->interval_ms * ILS_SILENT_INTERVALS ||
        (theirs->left && ils->role != ILS_STANDALONE);
    if (theirs->beat > self->beat || (theirs->beat == self->beat && given_up)) {
        self->beat = theirs->beat + 1;
        self->touched = ++ils->changes;
        ils->applied++;
    }
    if (newer) {
        self->incarnation =
            (theirs->incarnation > self->incarnation ? theirs->incarnation : self->incarnation) + 1;
        self->touched = ++ils->changes;
        ils->counters.restored++;
        ils->applied++;
    }
}

/* A spoke goes by its hub, also when that knows less: the owner may have begun anew, and what the
 * spoke has is then from before. */
static bool is_overruled(const struct taking *taking, const struct ils_owner *owner,
                         const struct ils_state *state) {
    return taking->ils->role == ILS_SPOKE && state->beat >= owner->beat && is_complete(state) &&
           (state->incarnation < owner->incarnation ||
            (state->incarnation == owner->incarnation &&
             (state->version < owner->catalog->version ||
              state->info_version < owner->info_version)));
}

static void take_state(struct taking *taking, const struct ils_state *state) {
    struct ils *ils = taking->ils;
    if (ils_peer_equal(&state->peer, &ils->self->peer)) {
        if (taking->journal) {
            ils->self->incarnation = state->incarnation;
            ils->self->beat = state->beat + 1 > ils->self->beat ? state->beat + 1 : ils->self->beat;
        } else {
            reclaim(taking, state);
        }
        return;
    }
    struct ils_owner *owner = ils_find(ils, &state->peer);
    if (!may_tell(taking, &state->peer)) {
        return;
    }
    if (owner != NULL && owner->standing == ILS_LIVE && !taking->journal &&
        (differs(owner, state) || is_overruled(taking, owner, state)) &&
        ils_owner_empty(ils, owner)) {
        owner->incarnation = owner->info_version = 0; /* it is fetched anew */
        ils->counters.mismatches++;
    }
    if (owner == NULL) {
        const int64_t silence = (int64_t)ils->interval_ms * ILS_SILENT_INTERVALS;
        if ((int64_t)state->age_ms > (state->left ? silence * ILS_FORGET_FACTOR : silence) ||
            (owner = ils_owner_of(ils, &state->peer, taking->now)) == NULL) {
            return;
        }
    } else if (state->beat <= owner->beat) {
        const int64_t heard = taking->now - (int64_t)state->age_ms;
        if (state->beat == owner->beat && heard < owner->heard_ms) {
            owner->heard_ms = heard; /* as after a restart from an old journal */
        }
        return;
    }
    const enum ils_standing before = owner->standing;
    owner->beat = state->beat;
    owner->heard_ms = taking->now - (int64_t)state->age_ms;
    owner->standing = state->left ? ILS_LEFT : ILS_LIVE;
    if (state->left && before == ILS_LIVE) {
        distrust(ils, owner);
        owner->incarnation = owner->info_version = 0;
    }
    if (before != owner->standing) {
        touch(taking, owner);
    }
}

static void on_state(void *user, const struct ils_state *state) {
    struct taking *taking = user;
    keep(taking, &taking->states, &taking->states_count, &taking->states_room, state);
    take_state(taking, state);
}

static void on_want(void *user, const struct ils_state *state) {
    struct taking *taking = user;
    keep(taking, &taking->wants, &taking->wants_count, &taking->wants_room, state);
}

/* The owner's statements begin anew under a higher incarnation. */
static bool raise_incarnation(struct ils *ils, struct ils_owner *owner, uint64_t incarnation) {
    if (incarnation > owner->incarnation) {
        if (owner->catalog->version > 0 && !ils_owner_empty(ils, owner)) {
            return false;
        }
        owner->target = 0;
        owner->incarnation = incarnation;
        owner->info_version = 0;
    }
    return true;
}

/* The owner of a section, if it may be taken from this sender. */
static struct ils_owner *owner_for(struct taking *taking, const struct ils_peer_id *peer) {
    struct ils_owner *owner = ils_find(taking->ils, peer);
    const bool own = owner == taking->ils->self;
    return owner != NULL && may_tell(taking, peer) && (!own || taking->journal) &&
                   owner->standing == ILS_LIVE
               ? owner
               : NULL;
}

static void on_info(void *user, const struct ils_info *info) {
    struct taking *taking = user;
    struct ils_owner *owner = owner_for(taking, &info->peer);
    if (owner == NULL || info->incarnation < owner->incarnation ||
        (info->incarnation == owner->incarnation && info->version <= owner->info_version) ||
        !raise_incarnation(taking->ils, owner, info->incarnation) ||
        !ils_owner_describe(owner, info->detail, info->detail_length)) {
        return;
    }
    owner->info_version = info->version;
    owner->role = info->role;
    owner->hub = info->hub;
    owner->interval_ms = info->interval_ms;
    (void)snprintf(owner->cluster_id, sizeof owner->cluster_id, "%s", info->cluster_id);
    (void)snprintf(owner->route, sizeof owner->route, "%s", info->route);
    touch(taking, owner);
}

static void on_changes(void *user, const struct ils_changes *run) {
    struct taking *taking = user;
    struct ils_owner *owner = owner_for(taking, &run->peer);
    taking->owner = NULL;
    taking->run = *run;
    taking->stopped = false;
    if (owner == NULL || run->incarnation < owner->incarnation ||
        !raise_incarnation(taking->ils, owner, run->incarnation)) {
        return;
    }
    const struct ils_catalog *catalog = owner->catalog;
    const bool ahead = run->to > catalog->version ||
                       (run->to == catalog->version && catalog->version < owner->target);
    if (run->target < owner->target || !ahead ||
        (run->whole ? run->from != 0 : run->from > catalog->version)) {
        return;
    }
    if (run->whole) {
        if (catalog->version > 0 && !ils_owner_empty(taking->ils, owner)) {
            return;
        }
        owner->catalog->floor = run->floor;
    }
    owner->target = run->target;
    taking->owner = owner;
}

static void on_change(void *user, const struct ils_change *change) {
    struct taking *taking = user;
    struct ils *ils = taking->ils;
    struct ils_owner *owner = taking->owner;
    if (owner == NULL || taking->stopped || change->version <= owner->catalog->version) {
        return;
    }
    const int status = ils_catalog_apply(&ils->table, owner->catalog, &change->fact,
                                         change->version, change->removed);
    if (status == SJ_OK) {
        ils->counters.changes_in++;
        ils->applied++;
        return;
    }
    taking->stopped = true;
    if (status == SJ_E_LIMIT) {
        owner->no_room = true;
        ils->counters.limited++;
    }
}

static void on_end_of_changes(void *user) {
    struct taking *taking = user;
    struct ils *ils = taking->ils;
    struct ils_owner *owner = taking->owner;
    if (owner == NULL || taking->stopped) {
        return;
    }
    owner->catalog->version = taking->run.to;
    owner->changed_ms = taking->now;
    owner->no_room = false;
    if (taking->run.to == taking->run.target && !taking->journal &&
        owner->catalog->digest != taking->run.digest) {
        ils->counters.mismatches++;
        distrust(ils, owner);
    }
    if (ils_owner_is_complete(owner)) {
        ils_catalog_prune(&ils->table, owner->catalog);
    }
    touch(taking, owner);
}

static void on_refusal(void *user, const char *text) {
    struct taking *taking = user;
    taking->refused = true;
    (void)snprintf(taking->refusal, sizeof taking->refusal, "%s", text);
}

static const struct ils_visitor visitor = {.sender = on_sender,
                                           .state = on_state,
                                           .want = on_want,
                                           .info = on_info,
                                           .changes = on_changes,
                                           .change = on_change,
                                           .end_of_changes = on_end_of_changes,
                                           .refusal = on_refusal};

static void taking_clear(struct taking *taking) {
    free(taking->states);
    free(taking->wants);
}

/* ---- the one that begins ---- */

void ils_exchange_begin(struct ils *ils, struct ils_exchange *exchange,
                        struct ils_neighbor *neighbor, int64_t now) {
    *exchange = (struct ils_exchange){.neighbor = neighbor,
                                      .partial = ils->leaving || now < neighbor->next_ms,
                                      .wanted = UINT64_MAX};
    neighbor->busy = true;
    neighbor->started_ms = now;
    neighbor->starting = ils->changes;
    ils->counters.exchanges++;
}

static const struct ils_state *find_state(const struct ils_state *states, size_t count,
                                          const struct ils_peer_id *peer) {
    for (size_t i = 0; i < count; i++) {
        if (ils_peer_equal(&states[i].peer, peer)) {
            return &states[i];
        }
    }
    return NULL;
}

void ils_exchange_request(struct ils *ils, struct ils_exchange *exchange, int64_t now,
                          sj_text *out) {
    struct ils_sender sender = sender_of(ils);
    const bool follows_up = exchange->rounds > 0 && !exchange->more;
    sender.partial = exchange->partial || follows_up;
    ils_wire_begin(out, ILS_REQUEST, &sender);
    for (size_t i = 0; i < ils->owners_count; i++) {
        const struct ils_owner *owner = ils->owners[i];
        const struct ils_state state = state_of(ils, owner, now);
        const bool wanted =
            find_state(exchange->wants, exchange->wants_count, &owner->peer) != NULL;
        const bool named =
            !sender.partial || wanted || (!follows_up && owner->touched > exchange->neighbor->seen);
        if (named && owner->standing != ILS_SILENT) {
            ils_wire_state(out, &state);
        }
    }
    for (size_t i = 0; i < exchange->wants_count; i++) {
        const struct ils_owner *owner = ils_find(ils, &exchange->wants[i].peer);
        if (owner != NULL && !write_owed(ils, out, owner, &exchange->wants[i], now)) {
            break;
        }
    }
    exchange->rounds++;
    ils->counters.bytes_out += out->length;
}

/* A spoke whose registration server is a spoke now goes to that one's hub. */
static void follow(struct ils *ils, const struct taking *taking, int64_t now) {
    const struct ils_peer_id *hub = &taking->sender.registrar;
    if (ils->role == ILS_SPOKE && taking->sender.role == ILS_SPOKE && ils_peer_known(hub) &&
        !ils_peer_equal(hub, &ils->self->peer) && ils_find(ils, hub) != NULL) {
        ils->follows = *hub;
        ils_hurry(ils, now);
    }
}

enum ils_progress ils_exchange_reply(struct ils *ils, struct ils_exchange *exchange, int64_t now,
                                     const char *bytes, size_t length, sj_error *error) {
    struct taking taking = {.ils = ils, .now = now};
    ils->counters.bytes_in += length;
    int status = ils_wire_read(bytes, length, ILS_REPLY, NULL, NULL, error);
    if (status == SJ_OK) {
        status = ils_wire_read(bytes, length, ILS_REPLY, &visitor, &taking, error);
    }
    if (status != SJ_OK) {
        return ILS_FAILED;
    }
    if (taking.failed || taking.refused) {
        if (taking.refused) {
            follow(ils, &taking, now);
        }
        (void)sj_error_set(error, taking.failed ? SJ_E_NO_MEMORY : SJ_E_DENIED, "%s",
                           taking.failed ? "out of memory: cannot apply the answer"
                                         : taking.refusal);
        taking_clear(&taking);
        return ILS_FAILED;
    }
    exchange->neighbor->peer = taking.sender.peer;
    if (ils->role == ILS_SPOKE && !ils_peer_equal(&ils->self->hub, &taking.sender.peer)) {
        ils->self->hub = taking.sender.peer;
        ils->self->info_version++;
        ils->self->touched = ++ils->changes;
    }
    free(exchange->wants);
    exchange->wants = taking.wants;
    exchange->wants_count = taking.wants_count;
    exchange->more = taking.sender.more;
    taking.wants = NULL;
    taking_clear(&taking);
    const uint64_t wanted =
        exchange->wants_count == 0
            ? 0
            : sj_hash_bytes(exchange->wants, exchange->wants_count * sizeof *exchange->wants);
    const bool goes_on = ils->applied != exchange->applied || wanted != exchange->wanted;
    exchange->applied = ils->applied;
    exchange->wanted = wanted;
    return (exchange->more || exchange->wants_count > 0) && goes_on &&
                   exchange->rounds < ROUNDS_MOST
               ? ILS_AGAIN
               : ILS_DONE;
}

void ils_exchange_end(struct ils *ils, struct ils_exchange *exchange, const char *reason,
                      int64_t now) {
    struct ils_neighbor *neighbor = exchange->neighbor;
    neighbor->busy = false;
    if (reason == NULL) {
        neighbor->failures = 0;
        neighbor->reason[0] = '\0';
        neighbor->answered_ms = now;
        neighbor->seen = neighbor->starting;
        if (!exchange->partial) {
            neighbor->next_ms = now + ils->interval_ms;
        }
    } else {
        static const int64_t shares[] = {60, 20, 10, 5};
        const size_t last = sizeof shares / sizeof shares[0] - 1;
        const int64_t delay =
            ils->interval_ms / shares[neighbor->failures < last ? neighbor->failures : last];
        neighbor->failures++;
        ils->counters.failed++;
        neighbor->next_ms = now + (delay < RETRY_LEAST_MS ? RETRY_LEAST_MS : delay);
        (void)snprintf(neighbor->reason, sizeof neighbor->reason, "%s", reason);
    }
    free(exchange->wants);
    exchange->wants = NULL;
    exchange->wants_count = 0;
}

/* ---- the one that answers ---- */

/* Why this cluster does not exchange with the sender; NULL: it does. */
static const char *refusal_of(const struct ils *ils, const struct taking *taking,
                              const char *cluster_id) {
    const struct ils_owner *known = ils_find(ils, &taking->sender.peer);
    if (ils_peer_equal(&taking->sender.peer, &ils->self->peer)) {
        return "the registration server is this cluster itself, or another cluster has its peer id";
    }
    if (ils->role != ILS_HUB) {
        return ils->role == ILS_SPOKE
                   ? "this cluster is a spoke: the registration server must be a hub"
                   : "this cluster is standalone: the registration server must be a hub";
    }
    if (cluster_id != NULL && known != NULL && known->cluster_id[0] != '\0' &&
        strcmp(known->cluster_id, cluster_id) != 0) {
        return "another cluster has this peer id";
    }
    return NULL;
}

struct reply {
    struct ils *ils;
    struct taking *taking;
    int64_t now;
    bool full;
};

/* What is owed of one owner, or asked for. */
static void answer_owner(struct reply *reply, sj_text *out, const struct ils_owner *owner,
                         const struct ils_state *theirs) {
    struct ils *ils = reply->ils;
    const struct ils_state ours = state_of(ils, owner, reply->now);
    const bool told = may_tell(reply->taking, &owner->peer) && owner != ils->self;
    const bool info = ours.incarnation != theirs->incarnation
                          ? theirs->incarnation > ours.incarnation
                          : theirs->info_version > ours.info_version;
    const bool data =
        is_complete(theirs) && !ours.no_room &&
        (theirs->incarnation > ours.incarnation ||
         (theirs->incarnation == ours.incarnation &&
          (is_complete(&ours) ? theirs->version > ours.version : theirs->version >= ours.target)));
    if (told && owner->standing == ILS_LIVE && !theirs->left && (info || data)) {
        ils_wire_want(out, &ours);
    } else if (!told && owner->standing == ILS_LIVE && (info || data)) {
        ils_wire_state(out, &ours);
    } else if (!write_owed(ils, out, owner, theirs, reply->now)) {
        reply->full = true;
    }
}

static void answer_all(struct reply *reply, sj_text *out) {
    const struct ils *ils = reply->ils;
    const struct taking *taking = reply->taking;
    for (size_t i = 0; i < ils->owners_count; i++) {
        const struct ils_owner *owner = ils->owners[i];
        const struct ils_state *theirs =
            find_state(taking->states, taking->states_count, &owner->peer);
        const struct ils_state nothing = {.peer = owner->peer};
        if (theirs != NULL || !taking->sender.partial) {
            answer_owner(reply, out, owner, theirs != NULL ? theirs : &nothing);
        }
    }
}

int ils_answer(struct ils *ils, int64_t now, const char *bytes, size_t length,
               const char *cluster_id, sj_text *out, sj_error *error) {
    struct taking taking = {.ils = ils, .now = now};
    static const struct ils_visitor first = {.sender = on_sender};
    struct ils_sender sender = sender_of(ils);
    ils->counters.requests++;
    ils->counters.bytes_in += length;
    const int status = ils_wire_read(bytes, length, ILS_REQUEST, &first, &taking, error);
    if (status != SJ_OK) {
        return status;
    }
    const char *refusal = refusal_of(ils, &taking, cluster_id);
    if (refusal == NULL) {
        (void)ils_wire_read(bytes, length, ILS_REQUEST, &visitor, &taking, error);
    }
    if (refusal != NULL || taking.failed) {
        ils_wire_begin(out, ILS_REPLY, &sender);
        ils_wire_refusal(out,
                         refusal != NULL ? refusal : "out of memory: cannot apply the request");
        ils->counters.refused++;
    } else {
        struct reply reply = {.ils = ils, .taking = &taking, .now = now};
        sj_text rest = {0};
        answer_all(&reply, &rest);
        sender.more = reply.full;
        ils_wire_begin(out, ILS_REPLY, &sender);
        sj_text_add(out, rest.data == NULL ? "" : rest.data, rest.length);
        out->failed = out->failed || rest.failed;
        sj_text_clear(&rest);
    }
    taking_clear(&taking);
    ils->counters.bytes_out += out->length;
    return out->failed ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the answer") : SJ_OK;
}

/* ---- what is kept across a restart ---- */

void ils_journal_begin(const struct ils *ils, sj_text *out) {
    const struct ils_sender sender = sender_of(ils);
    ils_wire_begin(out, ILS_JOURNAL, &sender);
}

void ils_journal_owner(struct ils *ils, const struct ils_owner *owner, uint64_t *incarnation,
                       uint64_t *version, int64_t now, sj_text *out, bool *more) {
    const struct ils_state state = state_of(ils, owner, now);
    const bool whole =
        *incarnation != owner->incarnation || *version < owner->catalog->floor || *version == 0;
    *more = false;
    ils_wire_state(out, &state);
    if (state.left || owner->standing != ILS_LIVE) {
        return;
    }
    write_info(out, owner);
    if (*incarnation != owner->incarnation || owner->catalog->version > *version) {
        *more = !write_changes(ils, out, owner, whole, whole ? 0 : *version, version);
    }
    *incarnation = owner->incarnation;
}

int ils_restore(struct ils *ils, const char *bytes, size_t length, int64_t written_ms,
                sj_error *error) {
    struct taking taking = {.ils = ils, .now = written_ms, .journal = true};

    const int status = ils_wire_read(bytes, length, ILS_JOURNAL, &visitor, &taking, error);
    taking_clear(&taking);
    return status;
}
