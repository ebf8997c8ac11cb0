/* Which transfers there are, and who may have another one. Pure: no I/O, no clock of its own.
 *
 * A request can be sent from an address that is not its sender's, so an address is unproven until
 * it has acknowledged something that was sent to it. Unproven transfers stand in a line of their
 * own: when the line is full, the oldest goes. A flood of requests from false addresses so takes
 * places from itself, and a client that answers within the time it takes to fill the line is
 * served. One address may hold as many transfers as there are places free: half of them when it is
 * alone. */
#ifndef SJ_TFTP_TRANSFER_TABLE_H
#define SJ_TFTP_TRANSFER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>
#include <sojourn/sojourn.h>

enum {
    TRANSFER_TABLE_SOURCES = 4096, /* counters; addresses that share one are one source */
    TRANSFER_TABLE_ENDED = 16384,  /* transfers that ended lately */
    TRANSFER_TABLE_PROVEN = 8192,  /* addresses that acknowledged something lately */
    MOST_UNPROVEN = 1024,
    MOST_LARGE_ANSWERS = 20000, /* to unproven addresses, all together, in ten seconds */
    MOST_LARGE_ANSWERS_TO_ONE = 8,
};

/* How long an ended transfer is remembered, and how long an address counts as proven for its next
 * requests. */
#define TRANSFER_DALLY_MS 10000u
#define TRANSFER_PROVEN_MS 3600000u
#define LARGE_ANSWERS_MS 10000u

/* One transfer; a member of the struct that knows more of it. */
struct transfer_entry {
    sj_map_link by_peer;
    sj_list_link unproven; /* in their line */
    const void *socket;    /* from which it is sent */
    sj_address peer;
    bool linked, proven;
};

struct transfer_table {
    sj_map by_peer;
    sj_list_head line; /* of the unproven, the oldest first */
    uint16_t sources[TRANSFER_TABLE_SOURCES];
    struct {
        uint64_t hash, until_ms;
    } ended[TRANSFER_TABLE_ENDED], proven_addresses[TRANSFER_TABLE_PROVEN];
    int64_t unproven, proven;
    uint64_t large_since_ms; /* when counting of large answers began anew */
    unsigned large_answers;
    unsigned char large_answers_to[TRANSFER_TABLE_SOURCES];
};

void transfer_table_start(struct transfer_table *table);
/* All transfers are out. */
void transfer_table_end(struct transfer_table *table);

/* A number that tells one request from another. */
uint64_t transfer_table_hash(const void *request, size_t length);

/* The transfer of `peer` over `socket`; over any when NULL. NULL: none. */
struct transfer_entry *transfer_table_find(const struct transfer_table *table, const void *socket,
                                           const sj_address *peer);

/* Whether `peer` may have another transfer where `most` proven ones are served at once. */
bool transfer_table_admits(const struct transfer_table *table, const sj_address *peer,
                           int64_t most);

/* Adds an unproven transfer; `socket` and `peer` are set. Returns the oldest unproven one when the
 * line is full: the caller ends it. NULL otherwise. */
struct transfer_entry *transfer_table_add(struct transfer_table *table,
                                          struct transfer_entry *entry);

/* The peer has acknowledged something. */
void transfer_table_prove(struct transfer_table *table, struct transfer_entry *entry,
                          uint64_t now_ms);

/* Whether the peer's address acknowledged something within the last hour. */
bool transfer_table_knows(const struct transfer_table *table, const sj_address *peer,
                          uint64_t now_ms);

/* A request without options is answered by a block of 512 bytes, ten times the request. Counts one
 * such answer to an unproven address; false when there were too many within ten seconds. */
bool transfer_table_large_answer(struct transfer_table *table, const sj_address *peer,
                                 uint64_t now_ms);

/* Takes the transfer out; does nothing when it is out. */
void transfer_table_remove(struct transfer_table *table, struct transfer_entry *entry);

/* The transfer is complete: what its peer still acknowledges is late, and no error (RFC 1350, 6).
 */
void transfer_table_dally(struct transfer_table *table, const struct transfer_entry *entry,
                          uint64_t now_ms);
bool transfer_table_dallies(const struct transfer_table *table, const void *socket,
                            const sj_address *peer, uint64_t now_ms);

#endif
