/* Exchanges: saying what is here, and sending what another does not have. */
#include "core/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/take.h"

enum {
    BUDGET = 192 * 1024,
    ROUNDS_MOST = 8192,
    RETRY_LEAST_MS = 1000,
    LACKING_MOST = 5,
    FIRST_SHARE = 4
};

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

static uint32_t age_of(int64_t age) {
    return age < 0 ? 0 : age > INT32_MAX ? INT32_MAX : (uint32_t)age;
}

static struct ils_state state_of(const struct ils *ils, const struct ils_owner *owner,
                                 int64_t now) {
    const struct ils_catalog *catalog = owner->catalog;
    const bool own = owner == ils->self, yields = own && ils_yields(ils, now);
    const int64_t age = yields ? now - ils->other_ms : own ? 0 : now - owner->heard_ms;
    if (yields) { /* it says what it has heard of itself, as the others do */
        struct ils_state other = ils->other;
        other.age_ms = age_of(age);
        return other;
    }
    return (struct ils_state){
        .peer = owner->peer,
        .incarnation = owner->incarnation,
        .beat = owner->beat,
        .info_version = owner->info_version,
        .version = catalog->version,
        .floor = catalog->floor,
        .target = ils_owner_is_complete(owner) ? catalog->version : owner->target,
        .digest = catalog->digest,
        .age_ms = age_of(age),
        .left = own ? ils->role == ILS_STANDALONE : owner->standing == ILS_LEFT,
        .holed = owner->holed,
        .counted = true,
        .live = (uint32_t)catalog->live.count,
        .copy = owner->copy};
}

/* What is said of a copy by which somebody is asked for more of it. */
static struct ils_state asking_state_of(const struct ils *ils, const struct ils_owner *owner,
                                        const struct ils_peer_id *asked, int64_t now) {
    struct ils_state state = state_of(ils, owner, now);
    if (owner->refetch && (!owner->outrun || ils_peer_equal(&owner->outrun_by, asked))) {
        /* the old one stays until the new one comes */
        state.version = state.floor = state.target = 0;
    }
    return state;
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
    return ils_state_is_complete(theirs) ? catalog->version > theirs->version
                                         : catalog->version >= theirs->target;
}

/* Whether theirs has holes that could be filled from here: of the same version, it lacks nothing
 * newer. */
static bool fills_holes(const struct ils_owner *owner, const struct ils_state *ours,
                        const struct ils_state *theirs) {
    return theirs->holed && !owner->holed && ils_state_is_complete(ours) &&
           ours->incarnation == theirs->incarnation && ours->version == theirs->version;
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
                              .whole = whole,
                              .holed = owner->holed,
                              .holed_there = owner->holed_there};
    const size_t begun = ils_wire_changes_begin(out);
    struct ils_walk walk = ils_catalog_after(catalog, from);
    const struct ils_object *object = ils_walk_next(&walk);
    for (; object != NULL && out->length < BUDGET && !out->failed; object = ils_walk_next(&walk)) {
        struct ils_change change = {.version = object->version, .removed = object->removed};
        ils_object_fact(object, &change.fact);
        ils_wire_change(out, &change);
        run.count++;
        run.to = object->version;
    }
    const bool all = object == NULL;
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
                                  .detail = sj_or_empty(owner->detail),
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
    if (owner == ils->self && ils_yields(ils, now)) {
        return true;
    }
    if (owner->standing == ILS_SILENT) {
        /* Whoever takes it for live hears how old that is; itself, how far it had counted. */
        if (theirs->beat > 0 && theirs->beat <= ours.beat && !theirs->left) {
            ils_wire_state(out, &ours);
        }
        return true;
    }
    const bool forked = ils_differs(owner, theirs);
    const bool fills = fills_holes(owner, &ours, theirs);
    if (ours.beat > theirs->beat || ((info || data || forked || fills) && !ours.left)) {
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
    if (!data || owner->info_version == 0) {
        return true;
    }
    const struct ils_catalog *catalog = owner->catalog;
    const uint64_t known = theirs->version > theirs->floor ? theirs->version : theirs->floor;
    const bool whole =
        theirs->incarnation != owner->incarnation || theirs->version == 0 || known < catalog->floor;
    uint64_t to;
    return write_changes(ils, out, owner, whole, whole ? 0 : theirs->version, &to);
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

void ils_exchange_request(struct ils *ils, struct ils_exchange *exchange, int64_t now,
                          sj_text *out) {
    struct ils_sender sender = sender_of(ils);
    const bool follows_up = exchange->rounds > 0 && !exchange->more;
    sender.partial = exchange->partial || follows_up;
    ils_wire_begin(out, ILS_REQUEST, &sender);
    for (size_t i = 0; i < ils->owners_count; i++) {
        const struct ils_owner *owner = ils->owners[i];
        const struct ils_state state = asking_state_of(ils, owner, &exchange->neighbor->peer, now);
        const bool wanted =
            ils_state_find(exchange->wants, exchange->wants_count, &owner->peer) != NULL;
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
static void follow(struct ils *ils, const struct ils_taking *taking, int64_t now) {
    const struct ils_peer_id *hub = &taking->sender.registrar;
    const struct ils_owner *owner = ils_find(ils, hub);
    if (ils->role == ILS_SPOKE && taking->sender.role == ILS_SPOKE && ils_peer_known(hub) &&
        !ils_peer_equal(hub, &ils->self->peer) && owner != NULL &&
        ils_accepts_hub(ils, owner->cluster_id)) {
        ils->follows = *hub;
        ils_hurry(ils, now);
    }
}

enum ils_progress ils_exchange_reply(struct ils *ils, struct ils_exchange *exchange, int64_t now,
                                     const char *bytes, size_t length, sj_error *error) {
    struct ils_taking taking = {.ils = ils,
                                .now = now,
                                .asked = true,
                                .registrar = exchange->neighbor->registrar,
                                .cluster_id = exchange->cluster_id};
    ils->counters.bytes_in += length;
    if (ils_take(&taking, bytes, length, ILS_REPLY, error) != SJ_OK) {
        return ILS_FAILED;
    }
    if (taking.failed || taking.refused) {
        if (taking.refused) {
            follow(ils, &taking, now);
        }
        (void)sj_error_set(error, taking.failed ? SJ_E_NO_MEMORY : SJ_E_DENIED, "%s",
                           taking.failed ? "out of memory: cannot apply the answer"
                                         : taking.refusal);
        ils_taking_clear(&taking);
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
    ils_taking_clear(&taking);
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

/* The time until the `count`-th attempt after one that was not enough: a little longer each time.
 */
static int64_t next_attempt(const struct ils *ils, unsigned count) {
    static const int64_t shares[] = {60, 60, 30, 20, 10, 5};
    const size_t last = sizeof shares / sizeof shares[0] - 1;
    const int64_t delay = ils->interval_ms / shares[count < last ? count : last];
    return delay < RETRY_LEAST_MS ? RETRY_LEAST_MS : delay;
}

/* Somebody is known to be there of whom not all is here, or nothing but that. */
static bool lacks(const struct ils *ils) {
    for (size_t i = 1; i < ils->owners_count; i++) {
        const struct ils_owner *owner = ils->owners[i];
        if (owner->standing == ILS_LIVE && owner->claimed[0] == '\0' &&
            (owner->info_version == 0 || owner->refetch || !ils_owner_is_complete(owner))) {
            return true;
        }
    }
    return false;
}

void ils_exchange_end(struct ils *ils, struct ils_exchange *exchange, const char *reason,
                      int64_t now) {
    struct ils_neighbor *neighbor = exchange->neighbor;
    neighbor->busy = false;
    if (reason == NULL) {
        const bool first = neighbor->answered_ms < 0;
        neighbor->failures = 0;
        neighbor->reason[0] = '\0';
        neighbor->answered_ms = now;
        neighbor->seen = neighbor->starting;
        const bool again = lacks(ils);
        neighbor->lacking = again ? neighbor->lacking : 0;
        if (again && neighbor->lacking < LACKING_MOST) {
            /* The hub has it in a moment, if it has not: a whole interval would be long. */
            neighbor->next_ms = now + next_attempt(ils, neighbor->lacking++);
        } else if (!exchange->partial) {
            /* What others remember of who has just come is at this hub a little later: who has lost
             * its count hears of that in time. */
            neighbor->next_ms = now + ils->interval_ms / (first ? FIRST_SHARE : 1);
        }
    } else {
        neighbor->next_ms = now + next_attempt(ils, neighbor->failures);
        neighbor->failures++;
        ils->counters.failed++;
        (void)snprintf(neighbor->reason, sizeof neighbor->reason, "%s", reason);
    }
    free(exchange->wants);
    exchange->wants = NULL;
    exchange->wants_count = 0;
}

/* ---- the one that answers ---- */

bool ils_message_sender(const char *bytes, size_t length, enum ils_message_type type,
                        struct ils_peer_id *peer) {
    struct ils_taking taking = {0};
    const bool read = ils_take_sender(&taking, bytes, length, type, NULL) == SJ_OK;
    *peer = taking.sender.peer;
    return read;
}

/* Why this cluster does not exchange with the sender; NULL: it does. */
static const char *refusal_of(const struct ils *ils, const struct ils_taking *taking,
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
    struct ils_taking *taking;
    int64_t now;
    bool full;
};

/* What is owed of one owner, or asked for. */
static void answer_owner(struct reply *reply, sj_text *out, const struct ils_owner *owner,
                         const struct ils_state *theirs) {
    struct ils *ils = reply->ils;
    const bool told = ils_may_state(reply->taking, &owner->peer) && owner != ils->self;
    /* Who is not asked for more, such as a spoke, goes by what is here. */
    const struct ils_state ours =
        told ? asking_state_of(ils, owner, &reply->taking->sender.peer, reply->now)
             : state_of(ils, owner, reply->now);
    const bool info = ours.incarnation != theirs->incarnation
                          ? theirs->incarnation > ours.incarnation
                          : theirs->info_version > ours.info_version;
    const bool data = ils_state_is_complete(theirs) &&
                      (theirs->incarnation > ours.incarnation ||
                       (theirs->incarnation == ours.incarnation &&
                        (ils_state_is_complete(&ours) ? theirs->version > ours.version
                                                      : theirs->version >= ours.target)));
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
    const struct ils_taking *taking = reply->taking;
    for (size_t i = 0; i < ils->owners_count; i++) {
        const struct ils_owner *owner = ils->owners[i];
        const struct ils_state *theirs =
            ils_state_find(taking->states, taking->states_count, &owner->peer);
        const struct ils_state nothing = {.peer = owner->peer};
        if (theirs != NULL || !taking->sender.partial) {
            answer_owner(reply, out, owner, theirs != NULL ? theirs : &nothing);
        }
    }
}

int ils_answer(struct ils *ils, int64_t now, const char *bytes, size_t length,
               const char *cluster_id, sj_text *out, sj_error *error) {
    struct ils_taking taking = {.ils = ils, .now = now, .cluster_id = cluster_id};
    struct ils_sender sender = sender_of(ils);
    ils->counters.requests++;
    ils->counters.bytes_in += length;
    const int status = ils_take_sender(&taking, bytes, length, ILS_REQUEST, error);
    if (status != SJ_OK) {
        return status;
    }
    const char *refusal = refusal_of(ils, &taking, cluster_id);
    if (refusal == NULL) {
        (void)ils_take(&taking, bytes, length, ILS_REQUEST,
                       error); /* right as a whole, see above */
    }
    if (refusal != NULL || taking.failed) {
        ils_wire_begin(out, ILS_REPLY, &sender);
        if (ils->role == ILS_STANDALONE) { /* who followed it hears that it has left */
            const struct ils_state left = state_of(ils, ils->self, now);
            ils_wire_state(out, &left);
        }
        ils_wire_refusal(out,
                         refusal != NULL ? refusal : "out of memory: cannot apply the request");
        ils->counters.refused++;
    } else {
        struct reply reply = {.ils = ils, .taking = &taking, .now = now};
        sj_text rest = {0};
        answer_all(&reply, &rest);
        sender.more = reply.full;
        ils_wire_begin(out, ILS_REPLY, &sender);
        sj_text_add(out, sj_or_empty(rest.data), rest.length);
        out->failed = out->failed || rest.failed;
        sj_text_clear(&rest);
    }
    ils_taking_clear(&taking);
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
    struct ils_taking taking = {.ils = ils, .now = written_ms, .journal = true};
    const int status = ils_take(&taking, bytes, length, ILS_JOURNAL, error);
    ils_taking_clear(&taking);
    return status;
}
