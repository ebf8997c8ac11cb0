/* What a message brings of what is newer than what is here, and nothing else of it. */
#include "core/take.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

/* For a fourth of the time after which an unheard cluster is silent, its id is nobody else's. */
enum { HOLDS_SHARE = 4 };
/* Beats of a silent cluster that somebody else may have heard and still remember. */
enum { BEATS_REMEMBERED = ILS_SILENT_INTERVALS * ILS_FORGET_FACTOR + 1 };

const struct ils_state *ils_state_find(const struct ils_state *states, size_t count,
                                       const struct ils_peer_id *peer) {
    for (size_t i = 0; i < count; i++) {
        if (ils_peer_equal(&states[i].peer, peer)) {
            return &states[i];
        }
    }
    return NULL;
}

bool ils_state_is_complete(const struct ils_state *state) {
    return state->version >= state->target;
}

bool ils_differs(const struct ils_owner *owner, const struct ils_state *state) {
    return owner->incarnation == state->incarnation && owner->catalog->version > 0 &&
           owner->catalog->version == state->version && ils_owner_is_complete(owner) &&
           !owner->holed && !state->holed && ils_state_is_complete(state) &&
           owner->catalog->digest != state->digest;
}

/* Nothing of an owner's copy is believed any more. Without memory for a fresh one it counts as
 * incomplete, so that it is not passed on and is asked for again. */
static void distrust(struct ils *ils, struct ils_owner *owner) {
    if (!ils_owner_empty(ils, owner)) {
        owner->target = owner->catalog->version + 1;
    }
}

static void keep(struct ils_taking *taking, struct ils_state **list, size_t *count, size_t *room,
                 const struct ils_state *state) {
    if (!sj_array_room(list, room, *count + 1, sizeof **list)) {
        taking->failed = true;
        return;
    }
    (*list)[(*count)++] = *state;
}

static void on_sender(void *user, const struct ils_sender *sender) {
    ((struct ils_taking *)user)->sender = *sender;
}

/* It says so, and was asked as one or is known by its description: so everybody sees who is. And
 * it is accepted as one: people name the registration server, and the others where they wish to. */
static bool is_known_hub(const struct ils_taking *taking) {
    const struct ils_owner *sender = ils_find(taking->ils, &taking->sender.peer);
    const char *name = taking->cluster_id != NULL ? taking->cluster_id
                       : sender != NULL           ? sender->cluster_id
                                                  : "";
    return taking->sender.role == ILS_HUB &&
           (taking->asked || (sender != NULL && sender->standing == ILS_LIVE &&
                              sender->info_version > 0 && sender->role == ILS_HUB)) &&
           (taking->registrar || ils_accepts_hub(taking->ils, name));
}

bool ils_may_state(const struct ils_taking *taking, const struct ils_peer_id *peer) {
    return taking->journal || is_known_hub(taking) || ils_peer_equal(&taking->sender.peer, peer);
}

/* Others are told at once of what did not come from a hub: hubs tell each other themselves. */
static void touch(struct ils_taking *taking, struct ils_owner *owner) {
    struct ils *ils = taking->ils;
    ils->applied++;
    if (!taking->journal && taking->sender.role != ILS_HUB) {
        owner->touched = ++ils->changes;
    }
}

static const char *name_of(const struct ils *ils, const struct ils_peer_id *peer,
                           char hex[ILS_PEER_TEXT]) {
    const struct ils_owner *owner = ils_find(ils, peer);
    ils_peer_text(peer, hex);
    return owner != NULL && owner->cluster_id[0] != '\0' ? owner->cluster_id : hex;
}

static const char *teller_of(const struct ils_taking *taking, char hex[ILS_PEER_TEXT]) {
    return taking->journal              ? ""
           : taking->cluster_id != NULL ? taking->cluster_id
                                        : name_of(taking->ils, &taking->sender.peer, hex);
}

static void note(const struct ils_taking *taking, struct ils_disbelief *where,
                 const struct ils_peer_id *about, const char *why) {
    char teller[ILS_PEER_TEXT], subject[ILS_PEER_TEXT];
    where->count++;
    (void)snprintf(where->last, sizeof where->last, "%s says of %s: %s",
                   taking->journal ? "the journal" : teller_of(taking, teller),
                   name_of(taking->ils, about, subject), why);
}

static void disbelieve(struct ils_taking *taking, const struct ils_peer_id *about,
                       const char *why) {
    note(taking, &taking->ils->disbelieved, about, why);
}

/* A cluster that nobody has told of so far; NULL: there is no place for it. Nobody fills the table
 * alone, and who comes itself, with its certificate, still finds a place. */
static struct ils_owner *new_owner(struct ils_taking *taking, const struct ils_peer_id *peer) {
    struct ils *ils = taking->ils;
    const bool itself = ils_peer_equal(&taking->sender.peer, peer);
    const bool kept_free =
        !taking->journal && !itself && ils->owners_count >= ILS_OWNERS_MAX - ILS_OWNERS_DIRECT;
    const bool has_one_teller = taking->journal || (ils->role == ILS_SPOKE && !itself);
    char hex[ILS_PEER_TEXT];
    const char *teller = teller_of(taking, hex);
    size_t told = 0;
    for (size_t i = 1; i < ils->owners_count && !has_one_teller; i++) {
        told += strcmp(ils->owners[i]->teller, teller) == 0;
    }
    if (kept_free || ils->owners_count == ILS_OWNERS_MAX ||
        (!has_one_teller && told >= (itself ? ILS_OWNERS_SELF : ILS_OWNERS_TOLD))) {
        note(taking, &ils->crowded, peer,
             told >= ILS_OWNERS_SELF && itself ? "the same cluster has too many peer ids"
             : told >= ILS_OWNERS_TOLD         ? "it tells of more clusters than one may"
                                               : "there is no place for another cluster");
        return NULL;
    }
    struct ils_owner *owner = ils_owner_of(ils, peer, taking->now);
    if (owner != NULL) {
        (void)snprintf(owner->teller, sizeof owner->teller, "%s", teller);
    }
    return owner;
}

/* Whether somebody can have counted so far. */
static bool can_be(struct ils_taking *taking, const struct ils_peer_id *peer, uint64_t count) {
    const bool possible = count < ils_count_end(taking->ils, taking->now);
    if (!possible) {
        disbelieve(taking, peer, "it has counted further than anybody can");
    }
    return possible;
}

/* What the others have of this cluster is newer than what it knows itself: it has been restored
 * from an older state, or has lost it. It states all anew, as a new incarnation. */
static void reclaim(struct ils_taking *taking, const struct ils_state *theirs) {
    struct ils *ils = taking->ils;
    struct ils_owner *self = ils->self;
    const uint64_t target = theirs->version > theirs->target ? theirs->version : theirs->target;
    const bool newer = theirs->incarnation > self->incarnation ||
                       (theirs->incarnation == self->incarnation &&
                        (target > self->catalog->version ||
                         theirs->info_version > self->info_version || ils_differs(self, theirs)));
    const bool given_up =
        (int64_t)theirs->age_ms > (int64_t)self->interval_ms * ILS_SILENT_INTERVALS ||
        (theirs->left && ils->role != ILS_STANDALONE);
    const bool lost = theirs->beat > self->beat;
    if (given_up) {
        ils->dispute.times = 0; /* whoever else has spoken as this cluster is silent */
    } else if (lost || newer) {
        ils_dispute_note(&ils->dispute, taking->now, ils_silence_of(ils, self));
        if (ils_yields(ils, taking->now)) {
            ils->other = *theirs;
            ils->other_ms = taking->now - (int64_t)theirs->age_ms;
            return;
        }
    }
    if (lost || (theirs->beat == self->beat && given_up)) {
        self->beat = theirs->beat + (lost ? BEATS_REMEMBERED : 1);
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
static bool is_overruled(const struct ils_taking *taking, const struct ils_owner *owner,
                         const struct ils_state *state) {
    return taking->ils->role == ILS_SPOKE && state->beat >= owner->beat &&
           ils_state_is_complete(state) &&
           (state->incarnation < owner->incarnation ||
            (state->incarnation == owner->incarnation &&
             (state->version < owner->catalog->version ||
              state->info_version < owner->info_version)));
}

/* Whether the sender has all of what is here with holes, of the same version. */
static bool has_what_is_missing(const struct ils_taking *taking, const struct ils_owner *owner,
                                const struct ils_state *state) {
    return !taking->journal && owner->standing == ILS_LIVE && owner->holed && !owner->outrun &&
           !state->holed && state->incarnation == owner->incarnation &&
           ils_state_is_complete(state) && state->version == owner->catalog->version;
}

/* Whether there is room for that by now. Who does not say how much it is is asked now and then. */
static bool has_room(const struct ils_taking *taking, const struct ils_owner *owner,
                     const struct ils_state *state) {
    const struct ils_table *table = &taking->ils->table;
    const size_t room =
        table->learned < table->most_learned ? table->most_learned - table->learned : 0;
    return state->counted
               ? state->live <= owner->catalog->live.count + room
               : room > 0 && taking->now - owner->refetch_ms >= ils_silence_of(taking->ils, owner);
}

static void fill_holes(struct ils_taking *taking, struct ils_owner *owner,
                       const struct ils_state *state) {
    if (!has_what_is_missing(taking, owner, state)) {
        return;
    }
    if (state->digest == owner->catalog->digest) { /* what was missing is no more */
        owner->holed = owner->holed_there = owner->refetch = false;
        touch(taking, owner);
    } else if (!owner->refetch && has_room(taking, owner, state)) {
        owner->refetch = true;
        owner->refetch_ms = taking->now;
        touch(taking, owner);
    }
}

static void take_state(struct ils_taking *taking, const struct ils_state *state) {
    struct ils *ils = taking->ils;
    const uint64_t most = state->incarnation > state->beat ? state->incarnation : state->beat;
    if (!can_be(taking, &state->peer, most)) {
        return;
    }
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
    if (!ils_may_state(taking, &state->peer)) {
        return;
    }
    if (owner != NULL && owner->standing == ILS_LIVE && !taking->journal &&
        (ils_differs(owner, state) || is_overruled(taking, owner, state)) &&
        ils_owner_empty(ils, owner)) {
        owner->incarnation = owner->info_version = 0; /* it is fetched anew */
        ils->counters.mismatches++;
    }
    if (owner != NULL) {
        fill_holes(taking, owner, state);
    }
    if (owner == NULL) {
        const int64_t silence = (int64_t)ils->interval_ms * ILS_SILENT_INTERVALS;
        if ((int64_t)state->age_ms > (state->left ? silence * ILS_FORGET_FACTOR : silence) ||
            (owner = new_owner(taking, &state->peer)) == NULL) {
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
    struct ils_taking *taking = user;
    keep(taking, &taking->states, &taking->states_count, &taking->states_room, state);
    take_state(taking, state);
}

static void on_want(void *user, const struct ils_state *state) {
    struct ils_taking *taking = user;
    keep(taking, &taking->wants, &taking->wants_count, &taking->wants_room, state);
}

/* The owner's statements begin anew under a higher incarnation. */
static bool raise_incarnation(const struct ils_taking *taking, struct ils_owner *owner,
                              uint64_t incarnation) {
    struct ils *ils = taking->ils;
    if (incarnation > owner->incarnation) {
        if (owner->incarnation > 0 && !taking->journal) {
            ils_dispute_note(&owner->dispute, taking->now, ils_silence_of(ils, owner));
        }
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
static struct ils_owner *owner_for(struct ils_taking *taking, const struct ils_peer_id *peer) {
    struct ils_owner *owner = ils_find(taking->ils, peer);
    const bool own = owner == taking->ils->self;
    return owner != NULL && ils_may_state(taking, peer) && (!own || taking->journal) &&
                   owner->standing == ILS_LIVE
               ? owner
               : NULL;
}

/* Another one has the cluster id; told once. */
static bool refuse_claim(struct ils_taking *taking, struct ils_owner *owner, const char *cluster_id,
                         const char *why) {
    if (strcmp(owner->claimed, cluster_id) != 0) {
        (void)snprintf(owner->claimed, sizeof owner->claimed, "%s", cluster_id);
        owner->replaced = false;
        disbelieve(taking, &owner->peer, why);
    }
    return false;
}

/* Whether an owner may have the cluster id that is told: what speaks for itself must have that
 * cluster's certificate, and one with it is believed before all others, since a cluster that was
 * made anew has another peer id. Else the id is whose it was. */
static bool may_be_called(struct ils_taking *taking, struct ils_owner *owner,
                          const char *cluster_id) {
    struct ils *ils = taking->ils;
    const bool proves =
        taking->cluster_id != NULL && ils_peer_equal(&taking->sender.peer, &owner->peer);
    if (owner == ils->self) {
        return true;
    }
    if (proves && strcmp(taking->cluster_id, cluster_id) != 0) {
        disbelieve(taking, &owner->peer, "it has another cluster id than its certificate");
        return false;
    }
    for (size_t i = 0; i < ils->owners_count; i++) {
        struct ils_owner *other = ils->owners[i];
        if (other == owner || other->standing != ILS_LIVE ||
            strcmp(other->cluster_id, cluster_id) != 0) {
            continue;
        }
        if (other == ils->self) {
            return refuse_claim(taking, owner, cluster_id,
                                "it has this cluster's id: one of them must get another value of "
                                "the enterprise parameter Cluster ID");
        }
        const bool held = taking->now - other->heard_ms <= ils_silence_of(ils, other) / HOLDS_SHARE;
        if ((held && !proves) || !ils_owner_empty(ils, other)) {
            return refuse_claim(taking, owner, cluster_id, "it has the id of another live cluster");
        }
        other->incarnation = other->info_version = 0;
        other->cluster_id[0] = '\0';
        (void)snprintf(other->claimed, sizeof other->claimed, "%s", cluster_id);
        other->replaced = true;
    }
    owner->claimed[0] = '\0';
    owner->replaced = false;
    return true;
}

static void on_info(void *user, const struct ils_info *info) {
    struct ils_taking *taking = user;
    struct ils_owner *owner = owner_for(taking, &info->peer);
    if (owner == NULL || info->incarnation < owner->incarnation ||
        (info->incarnation == owner->incarnation && info->version <= owner->info_version) ||
        !can_be(taking, &info->peer, info->incarnation) ||
        !may_be_called(taking, owner, info->cluster_id) ||
        !raise_incarnation(taking, owner, info->incarnation) ||
        !ils_owner_describe(owner, info->detail, info->detail_length)) {
        return;
    }
    owner->info_version = info->version;
    owner->judged = owner->recorded = 0; /* a new incarnation may count the same */
    owner->role = info->role;
    owner->hub = info->hub;
    owner->interval_ms = info->interval_ms;
    (void)snprintf(owner->cluster_id, sizeof owner->cluster_id, "%s", info->cluster_id);
    (void)snprintf(owner->route, sizeof owner->route, "%s", info->route);
    touch(taking, owner);
}

/* Which copy of the sender's the changes are of, as the message has said before them. */
static uint64_t copy_told(const struct ils_taking *taking) {
    const struct ils_state *state =
        ils_state_find(taking->states, taking->states_count, &taking->run.peer);
    return state != NULL ? state->copy : 0;
}

/* Whether changes that the sender has passed over for want of room can concern nothing that is
 * here: who has taken all from this very copy has no object that it lacks. */
static bool lacks_what_the_sender_lacks(const struct ils_taking *taking,
                                        const struct ils_owner *owner) {
    return ils_peer_equal(&owner->from, &taking->sender.peer) &&
           owner->from_copy == copy_told(taking);
}

/* Changes that cannot be taken, since with the new version something old would stay. Who goes by
 * the sender, or finds no other to ask, asks it for all anew; others have it from the owner's own
 * hub, and from the sender when nobody has told of it for as long as silence lasts. */
static void note_outrun(struct ils_taking *taking, struct ils_owner *owner) {
    const struct ils *ils = taking->ils;
    if (!owner->outrun) {
        owner->outrun = true;
        owner->outrun_ms = taking->now;
    }
    owner->outrun_by = taking->sender.peer;
    owner->refetch = ils->role == ILS_SPOKE || ils_peer_equal(&owner->hub, &taking->sender.peer) ||
                     taking->now - owner->outrun_ms >= ils_silence_of(ils, owner);
}

static void on_changes(void *user, const struct ils_changes *run) {
    struct ils_taking *taking = user;
    struct ils_owner *owner = owner_for(taking, &run->peer);
    taking->owner = NULL;
    taking->run = *run;
    taking->stopped = false;
    if (owner == NULL || owner->info_version == 0 || run->incarnation != owner->incarnation) {
        return; /* nobody has said whose it is */
    }
    const struct ils_catalog *catalog = owner->catalog;
    const uint64_t reaches = run->whole ? run->target : run->to;
    const bool ahead = reaches > catalog->version ||
                       (run->whole && owner->refetch && !owner->outrun) ||
                       (reaches == catalog->version && catalog->version < owner->target);
    if (run->target < owner->target || !ahead ||
        (run->whole ? run->from != 0 : run->from > catalog->version)) {
        return;
    }
    if (run->whole && run->holed && owner->refetch && !owner->outrun) {
        owner->refetch = false; /* no better than what is here */
        return;
    }
    if (!run->whole && run->holed && !taking->journal &&
        !lacks_what_the_sender_lacks(taking, owner)) {
        note_outrun(taking, owner);
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
    struct ils_taking *taking = user;
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
    if (status == SJ_E_LIMIT) { /* what is there goes on to change, and to go */
        owner->holed = true;
        ils->counters.limited++;
        return;
    }
    taking->stopped = true;
}

static void on_end_of_changes(void *user) {
    struct ils_taking *taking = user;
    struct ils *ils = taking->ils;
    struct ils_owner *owner = taking->owner;
    if (owner == NULL || taking->stopped) {
        return;
    }
    owner->catalog->version = taking->run.to;
    owner->changed_ms = taking->now;
    if (!taking->journal) {
        owner->from = taking->sender.peer;
        owner->from_copy = copy_told(taking);
    }
    if (owner->outrun) {
        owner->outrun = owner->refetch = false;
    }
    owner->holed_there =
        owner->holed_there || (taking->journal ? taking->run.holed_there : taking->run.holed);
    owner->holed = owner->holed || taking->run.holed;
    if (taking->run.to == taking->run.target && !taking->journal && !owner->holed &&
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
    struct ils_taking *taking = user;
    taking->refused = true;
    (void)snprintf(taking->refusal, sizeof taking->refusal, "%s", text);
}

static const struct ils_visitor all = {.sender = on_sender,
                                       .state = on_state,
                                       .want = on_want,
                                       .info = on_info,
                                       .changes = on_changes,
                                       .change = on_change,
                                       .end_of_changes = on_end_of_changes,
                                       .refusal = on_refusal};

void ils_taking_clear(struct ils_taking *taking) {
    free(taking->states);
    free(taking->wants);
}

int ils_take_sender(struct ils_taking *taking, const char *bytes, size_t length,
                    enum ils_message_type type, sj_error *error) {
    static const struct ils_visitor sender = {.sender = on_sender};
    return ils_wire_read(bytes, length, type, &sender, taking, error);
}

int ils_take(struct ils_taking *taking, const char *bytes, size_t length,
             enum ils_message_type type, sj_error *error) {
    const int status = ils_wire_read(bytes, length, type, &all, taking, error);
    struct ils_owner *sender = status != SJ_OK || taking->journal || taking->refused
                                   ? NULL
                                   : ils_find(taking->ils, &taking->sender.peer);
    if (sender != NULL) {
        sender->spoke_ms = taking->now;
    }
    return status;
}
