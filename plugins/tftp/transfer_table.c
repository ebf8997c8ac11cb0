/* The table of transfers (transfer_table.h): a map by peer, the line of the unproven, counters by
 * source, and two tables of fixed size for what was lately, in which a newcomer takes the place of
 * whoever had it. */
#include "transfer_table.h"

#include <string.h>

static uint64_t hash_of_address(const sj_address *peer) {
    return peer->any.sa_family == AF_INET6 ? sj_hash_keyed(&peer->v6.sin6_addr, 16)
                                           : sj_hash_keyed(&peer->v4.sin_addr, 4);
}

static uint64_t hash_of_peer(const sj_address *peer) {
    return sj_hash_with(hash_of_address(peer),
                        peer->any.sa_family == AF_INET6 ? peer->v6.sin6_port : peer->v4.sin_port);
}

static uint64_t hash_of_transfer(const void *socket, const sj_address *peer) {
    return sj_hash_with(hash_of_peer(peer), (uintptr_t)socket);
}

static uint16_t *source_of(struct transfer_table *table, const sj_address *peer) {
    return &table->sources[hash_of_address(peer) % TRANSFER_TABLE_SOURCES];
}

uint64_t transfer_table_hash(const void *request, size_t length) {
    return sj_hash_keyed(request, length);
}

void transfer_table_start(struct transfer_table *table) {
    memset(table, 0, sizeof *table);
}

void transfer_table_end(struct transfer_table *table) {
    sj_map_clear(&table->by_peer);
}

struct transfer_entry *transfer_table_find(const struct transfer_table *table, const void *socket,
                                           const sj_address *peer) {
    SJ_MAP_EACH_OF(one, &table->by_peer, hash_of_peer(peer), struct transfer_entry, by_peer) {
        if ((socket == NULL || one->socket == socket) && sj_address_equal(&one->peer, peer)) {
            return one;
        }
    }
    return NULL;
}

bool transfer_table_admits(const struct transfer_table *table, const sj_address *peer,
                           int64_t most) {
    const uint16_t held = table->sources[hash_of_address(peer) % TRANSFER_TABLE_SOURCES];
    return held < UINT16_MAX && held < most - table->proven;
}

static void remove_from_line(struct transfer_table *table, struct transfer_entry *entry) {
    sj_list_remove(&entry->unproven);
    table->unproven--;
}

struct transfer_entry *transfer_table_add(struct transfer_table *table,
                                          struct transfer_entry *entry) {
    sj_map_add(&table->by_peer, &entry->by_peer, hash_of_peer(&entry->peer));
    sj_list_add_last(&table->line, &entry->unproven);
    entry->linked = true;
    entry->proven = false;
    (*source_of(table, &entry->peer))++;
    return ++table->unproven > MOST_UNPROVEN
               ? SJ_OWNER(sj_list_first(&table->line), struct transfer_entry, unproven)
               : NULL;
}

void transfer_table_prove(struct transfer_table *table, struct transfer_entry *entry,
                          uint64_t now_ms) {
    const uint64_t hash = hash_of_address(&entry->peer);
    const size_t place = (size_t)(hash >> 16) % TRANSFER_TABLE_PROVEN;
    table->proven_addresses[place].hash = hash;
    table->proven_addresses[place].until_ms = now_ms + TRANSFER_PROVEN_MS;
    remove_from_line(table, entry);
    entry->proven = true;
    table->proven++;
}

bool transfer_table_knows(const struct transfer_table *table, const sj_address *peer,
                          uint64_t now_ms) {
    const uint64_t hash = hash_of_address(peer);
    const size_t place = (size_t)(hash >> 16) % TRANSFER_TABLE_PROVEN;
    return table->proven_addresses[place].hash == hash &&
           table->proven_addresses[place].until_ms > now_ms;
}

bool transfer_table_large_answer(struct transfer_table *table, const sj_address *peer,
                                 uint64_t now_ms) {
    unsigned char *to_one =
        &table->large_answers_to[hash_of_address(peer) % TRANSFER_TABLE_SOURCES];
    if (now_ms - table->large_since_ms >= LARGE_ANSWERS_MS) {
        table->large_since_ms = now_ms;
        table->large_answers = 0;
        memset(table->large_answers_to, 0, sizeof table->large_answers_to);
    }
    if (table->large_answers >= MOST_LARGE_ANSWERS || *to_one >= MOST_LARGE_ANSWERS_TO_ONE) {
        return false;
    }
    table->large_answers++;
    (*to_one)++;
    return true;
}

void transfer_table_remove(struct transfer_table *table, struct transfer_entry *entry) {
    if (!entry->linked) {
        return;
    }
    (void)sj_map_remove(&table->by_peer, &entry->by_peer);
    if (entry->proven) {
        table->proven--;
    } else {
        remove_from_line(table, entry);
    }
    entry->linked = false;
    (*source_of(table, &entry->peer))--;
}

void transfer_table_dally(struct transfer_table *table, const struct transfer_entry *entry,
                          uint64_t now_ms) {
    const uint64_t hash = hash_of_transfer(entry->socket, &entry->peer);
    const size_t place = (size_t)(hash >> 16) % TRANSFER_TABLE_ENDED;
    table->ended[place].hash = hash;
    table->ended[place].until_ms = now_ms + TRANSFER_DALLY_MS;
}

bool transfer_table_dallies(const struct transfer_table *table, const void *socket,
                            const sj_address *peer, uint64_t now_ms) {
    const uint64_t hash = hash_of_transfer(socket, peer);
    const size_t place = (size_t)(hash >> 16) % TRANSFER_TABLE_ENDED;
    return table->ended[place].hash == hash && table->ended[place].until_ms > now_ms;
}
