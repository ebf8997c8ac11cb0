/* One exchange between two clusters: the one that begins it says what it has, the other answers
 * with what the first lacks and says what it wants itself, until neither has anything for the
 * other. Each message stands alone: it may be lost, doubled or late, and nothing that is older than
 * what is here is taken from it. Pure. */
#ifndef ILS_EXCHANGE_H
#define ILS_EXCHANGE_H

#include "core/network.h"

/* Of the cluster that begins it. */
struct ils_exchange {
    struct ils_neighbor *neighbor;
    const char *cluster_id; /* the one that is asked, which proves that; NULL: as with ils_answer */
    bool partial;           /* only what has changed since the last one */
    unsigned rounds;
    bool more;
    struct ils_state *wants; /* what the other asked for in its last reply */
    size_t wants_count;
    uint64_t applied, wanted; /* of the round before: whether anything goes on */
};

/* Begins it: the neighbour is busy until ils_exchange_end. */
void ils_exchange_begin(struct ils *ils, struct ils_exchange *exchange,
                        struct ils_neighbor *neighbor, int64_t now);
/* The next request. */
void ils_exchange_request(struct ils *ils, struct ils_exchange *exchange, int64_t now,
                          sj_text *out);

enum ils_progress { ILS_AGAIN, ILS_DONE, ILS_FAILED };
/* Takes the reply to it: ILS_AGAIN: there is a further request. ILS_FAILED with a sentence. */
enum ils_progress ils_exchange_reply(struct ils *ils, struct ils_exchange *exchange, int64_t now,
                                     const char *bytes, size_t length, sj_error *error);
/* In any case, also when the other did not answer: `reason` says why, NULL: it went well. */
void ils_exchange_end(struct ils *ils, struct ils_exchange *exchange, const char *reason,
                      int64_t now);

/* The peer id that a message bears; false: it cannot be read. */
bool ils_message_sender(const char *bytes, size_t length, enum ils_message_type type,
                        struct ils_peer_id *peer);
/* The answer to a request. `cluster_id`: who the sender has proved to be; NULL: that was looked at
 * otherwise. SJ_OK and the reply in `out`, also when that is a refusal; SJ_E_INVALID, SJ_E_VERSION:
 * it cannot be read. */
int ils_answer(struct ils *ils, int64_t now, const char *bytes, size_t length,
               const char *cluster_id, sj_text *out, sj_error *error);

/* What is known, as messages that ils_restore reads: a journal, in pieces. `incarnation` and
 * `version` say up to where the owner stands in it already (0: nothing does), and are moved on;
 * `more`: call again, in a message of its own. */
void ils_journal_begin(const struct ils *ils, sj_text *out);
void ils_journal_owner(struct ils *ils, const struct ils_owner *owner, uint64_t *incarnation,
                       uint64_t *version, int64_t now, sj_text *out, bool *more);
/* Reads one such message, which was written at `written_ms` of this node's monotonic clock (before
 * its start: less than 0): silence counts from then. SJ_OK, or SJ_E_INVALID, SJ_E_VERSION. */
int ils_restore(struct ils *ils, const char *bytes, size_t length, int64_t written_ms,
                sj_error *error);

#endif
