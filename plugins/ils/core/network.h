/* The network of clusters as one of them sees it: who is in it and in which role, whose statements
 * are known up to which version, and with whom to exchange next. Pure: the time is handed in, the
 * bytes that go to others are handed out (exchange.h). One thread.
 *
 * Each cluster owns what it states. It counts a beat with each interval, and everybody hears of it
 * through the hubs; how old the newest beat is goes along as a duration, so that clocks need not
 * agree. Whoever is silent for ILS_SILENT_INTERVALS of its own intervals is taken out, and what is
 * still told of it by others is not believed until it beats again. */
#ifndef ILS_NETWORK_H
#define ILS_NETWORK_H

#include "core/catalog.h"
#include "core/dispute.h"
#include "core/wire.h"

enum {
    ILS_SILENT_INTERVALS = 12,
    ILS_FORGET_FACTOR = 4,   /* a silent one is remembered for so many times as long */
    ILS_OWNERS_MAX = 1000,   /* clusters, those that have left included */
    ILS_OWNERS_DIRECT = 100, /* of these are kept for who speaks for itself */
    ILS_OWNERS_TOLD = 500,   /* of which one hub may tell another */
    ILS_OWNERS_SELF = 8,     /* peer ids under which one cluster may speak for itself */
    ILS_PEER_TEXT = 2 * ILS_PEER_BYTES + 1,
};

enum ils_standing { ILS_LIVE, ILS_LEFT, ILS_SILENT };

/* A cluster, this one included. */
struct ils_owner {
    struct ils_peer_id peer, hub;
    enum ils_standing standing;
    enum ils_role role;
    uint64_t incarnation, beat, info_version;
    int64_t heard_ms; /* when the beat was new, by this node's monotonic clock */
    uint32_t interval_ms;
    char cluster_id[ILS_CLUSTER_ID_MAX + 1], route[ILS_ROUTE_MAX + 1];
    char claimed[ILS_CLUSTER_ID_MAX + 1]; /* the cluster id that it would have, and another has */
    bool replaced; /* it had that, and another has proved with the certificate that it has it now */
    char *detail;
    size_t detail_length;
    struct ils_catalog *catalog;
    uint64_t target;    /* the version that the copy is on the way to */
    bool holed;         /* objects of it are not here: there was no room for them ... */
    bool holed_there;   /* ... at a hub that has told of it */
    bool refetch;       /* all of it is asked for anew: there is room for them, or it is outrun */
    int64_t refetch_ms; /* when that was begun last */
    uint64_t copy;      /* which copy this is: each that begins anew has another */
    struct ils_peer_id from;      /* whose changes were taken last; zeros: it is in the journal */
    uint64_t from_copy;           /* which copy that is there */
    bool outrun;                  /* there are changes, and only from who has other holes ... */
    struct ils_peer_id outrun_by; /* ... the last of them */
    int64_t outrun_ms;            /* since then */
    int64_t spoke_ms;             /* when it has spoken for itself last; 0: not since the start */
    int64_t changed_ms;           /* when data of it last came */
    uint64_t touched; /* the number of the last change that others are told of at once */
    char teller[ILS_CLUSTER_ID_MAX + 1]; /* who told of it first; "": it was in the journal */
    bool withdrawn;    /* the service's: its trust has been withdrawn, what it states counts not */
    uint64_t judged;   /* the service's: the description for which that has been looked at */
    uint64_t recorded; /* the service's: the description that it has made a record of */
    unsigned told;     /* the service's: what it has told of standing and role */
    struct ils_dispute dispute; /* whether two speak as it */
};

enum ils_gap {
    ILS_GAP_NONE,
    ILS_GAP_ON_THE_WAY,    /* the rest has not come yet */
    ILS_GAP_NO_ROOM,       /* there was no room for it here ... */
    ILS_GAP_NO_ROOM_THERE, /* ... or where it was learned from */
};

/* A hub with which this cluster exchanges by itself. */
struct ils_neighbor {
    struct ils_peer_id peer; /* zeros: the registration server, which has not answered yet */
    bool registrar;          /* it is reached at the address of the registration server */
    bool busy, stale;
    int64_t next_ms, started_ms;
    int64_t answered_ms; /* -1: never */
    unsigned failures;
    unsigned lacking; /* exchanges in a row after which something was still not here */
    uint64_t seen;    /* changes up to this one are known there */
    uint64_t starting;
    char reason[240]; /* why the last exchange failed; "" */
    char asked[256];  /* the service's: with which cluster that was, or by which name; "" */
};

struct ils_settings {
    enum ils_role role;
    bool registrar;         /* a registration server is named */
    bool registrar_changed; /* another one than before, or none any more */
    uint32_t interval_ms;
    size_t most_learned;
    const char *cluster_id, *route, *detail;
    /* The clusters that are accepted as hubs; none: every one that says so. They stay where they
     * are until the next ils_configure. */
    const char *const *hubs;
    size_t hubs_count;
};

struct ils_counters {
    uint64_t exchanges, failed, requests, refused, bytes_in, bytes_out;
    uint64_t changes_in, changes_out, mismatches, limited, restored;
};

/* Statements that were passed over, for the log. */
struct ils_disbelief {
    uint64_t count;
    char last[320]; /* who said what of whom, and why it is not believed */
};

struct ils {
    struct ils_table table;
    struct ils_owner *self;
    struct ils_owner **owners; /* the first is this cluster */
    size_t owners_count, owners_room;
    struct ils_neighbor **neighbors; /* each stays where it is while an exchange is under way */
    size_t neighbors_count, neighbors_room;
    struct ils_peer_id
        follows; /* a spoke: where its registration server has gone; zeros: nowhere */
    enum ils_role role;
    const char *const *hubs; /* of the settings */
    size_t hubs_count;
    bool registrar, leaving;
    uint32_t interval_ms;
    int64_t next_beat_ms;
    uint64_t changes; /* counts what others are told of at once */
    uint64_t applied; /* counts everything that came in and was new */
    uint64_t copies;  /* counts the copies that were begun */
    uint64_t epoch;   /* the wall clock in seconds at `started_ms` */
    int64_t started_ms;
    struct ils_dispute dispute; /* whether another speaks as this cluster */
    struct ils_state other;     /* what that has stated last, while this one yields */
    int64_t other_ms;           /* when its beat was new */
    struct ils_disbelief disbelieved;
    struct ils_disbelief crowded; /* clusters for which there is no place */
    struct ils_counters counters;
};

/* `epoch`: the wall clock in seconds, where counting begins. Whoever has lost its state is so ahead
 * of what it had counted; where the clock went back, the others tell it. NULL: no memory. */
struct ils *ils_new(const struct ils_peer_id *self, const char *cluster_id, uint64_t epoch,
                    int64_t now);
void ils_free(struct ils *ils);
/* Takes settings over; others learn of it with the next exchange, which is due at once. */
void ils_configure(struct ils *ils, const struct ils_settings *settings, int64_t now);

/* This cluster states something, states it otherwise, or does not any more. Stating the same again
 * changes nothing. SJ_OK, SJ_E_NO_MEMORY, SJ_E_NOT_FOUND. */
int ils_publish(struct ils *ils, const struct ils_fact *fact);
int ils_withdraw(struct ils *ils, enum ils_kind kind, const char *key);

/* To be called now and then, at least once a second: beats, expires, tidies up in small steps. */
void ils_tick(struct ils *ils, int64_t now);
/* Somebody with whom an exchange is due; NULL: nobody. */
struct ils_neighbor *ils_due(struct ils *ils, int64_t now);
/* Whether a cluster that says that it is a hub is taken for one. */
bool ils_accepts_hub(const struct ils *ils, const char *cluster_id);
/* All exchanges are due now. */
void ils_hurry(struct ils *ils, int64_t now);

/* Another speaks as this cluster, and counts: this one states nothing and does not beat, so that
 * what is known of the cluster does not change by turns. It is over when the other has been silent
 * for ILS_SILENT_INTERVALS, or when somebody says so (ils_resume). */
bool ils_yields(const struct ils *ils, int64_t now);
void ils_resume(struct ils *ils);

struct ils_owner *ils_find(const struct ils *ils, const struct ils_peer_id *peer);
struct ils_owner *ils_find_cluster(const struct ils *ils, const char *cluster_id);
/* How long it may be unheard of before what it states is taken out. */
int64_t ils_silence_of(const struct ils *ils, const struct ils_owner *owner);
/* Whether all changes that its owner has made up to the newest known version have come. */
bool ils_owner_is_complete(const struct ils_owner *owner);
/* Why not all that a live cluster states is here. */
enum ils_gap ils_gap_of(const struct ils_owner *owner);
/* Of how many that is so. */
size_t ils_gaps(const struct ils *ils, enum ils_gap gap);
void ils_peer_text(const struct ils_peer_id *peer, char text[ILS_PEER_TEXT]);
bool ils_peer_parse(const char *text, struct ils_peer_id *peer);

/* Of several clusters that state the same, the one whose cluster id is the least counts, of two
 * with one id the lesser peer id: the same everywhere, whoever came first. */
int ils_precedence(const struct ils_catalog *a, const struct ils_catalog *b);

/* ---- for exchange.c ---- */

/* The owner, made when it is not known; NULL: there are too many, or no memory. */
struct ils_owner *ils_owner_of(struct ils *ils, const struct ils_peer_id *peer, int64_t now);
/* Incarnations and beats are counted from the wall clock in seconds. From here on nobody's can be:
 * what is told beyond is not believed, so that nobody can be told to count to the end. It goes on
 * with the clock, so that whoever has been told the last one below it can take the next. */
uint64_t ils_count_end(const struct ils *ils, int64_t now);
/* Nothing that it has stated counts any more. False: no memory, nothing happened. */
bool ils_owner_empty(struct ils *ils, struct ils_owner *owner);
bool ils_owner_describe(struct ils_owner *owner, const char *detail, size_t length);

#endif
