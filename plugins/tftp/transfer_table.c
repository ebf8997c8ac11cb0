/* The table of transfers (transfer_table.h): buckets by peer, the line of the unproven, counters by source, and two tables of
 * fixed size for what was lately, in which a newcomer takes the place of whoever had it. */
#include "transfer_table.h"

#include <string.h>

static uint64_t mix(uint64_t hash, const void *data, size_t length) {
    const unsigned char *bytes = data;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
        hash ^= hash >> 32;
    }
    return hash;
}

static uint64_t hash_of_address(const transfer_table *table, const sj_address *peer) {
    return peer->any.sa_family == AF_INET6 ? mix(table->key, &peer->v6.sin6_addr, 16) : mix(table->key, &peer->v4.sin_addr, 4);
}

static uint64_t hash_of_peer(const transfer_table *table, const sj_address *peer) {
    const uint16_t port = peer->any.sa_family == AF_INET6 ? peer->v6.sin6_port : peer->v4.sin_port;
    return mix(hash_of_address(table, peer), &port, sizeof port);
}

static uint64_t hash_of_transfer(const transfer_table *table, const void *socket, const sj_address *peer) {
    return mix(hash_of_peer(table, peer), &socket, sizeof(void *));
}

static uint16_t *source_of(transfer_table *table, const sj_address *peer) {
    return &table->sources[hash_of_address(table, peer) % TRANSFER_TABLE_SOURCES];
}

uint64_t transfer_table_hash(const transfer_table *table, const void *request, size_t length) {
    return mix(table->key, request, length);
}

void transfer_table_start(transfer_table *table, uint64_t key) {
    memset(table, 0, sizeof *table);
    table->key = key;
}

transfer_entry *transfer_table_find(const transfer_table *table, const void *socket, const sj_address *peer) {
    transfer_entry *one = table->buckets[hash_of_peer(table, peer) % TRANSFER_TABLE_BUCKETS];
    while (one != NULL && !((socket == NULL || one->socket == socket) && sj_address_equal(&one->peer, peer))) {
        one = one->next;
    }
    return one;
}

bool transfer_table_admits(const transfer_table *table, const sj_address *peer, int64_t most) {
    const uint16_t held = table->sources[hash_of_address(table, peer) % TRANSFER_TABLE_SOURCES];
    return held < UINT16_MAX && held < most - table->proven;
}

static void leave_line(transfer_table *table, transfer_entry *entry) {
    *(entry->older == NULL ? &table->oldest : &entry->older->newer) = entry->newer;
    *(entry->newer == NULL ? &table->newest : &entry->newer->older) = entry->older;
    entry->older = entry->newer = NULL;
    table->unproven--;
}

transfer_entry *transfer_table_add(transfer_table *table, transfer_entry *entry) {
    transfer_entry **bucket = &table->buckets[hash_of_peer(table, &entry->peer) % TRANSFER_TABLE_BUCKETS];
    entry->next = *bucket;
    *bucket = entry;
    entry->older = table->newest;
    entry->newer = NULL;
    *(table->newest == NULL ? &table->oldest : &table->newest->newer) = entry;
    table->newest = entry;
    entry->linked = true;
    entry->proven = false;
    (*source_of(table, &entry->peer))++;
    return ++table->unproven > MOST_UNPROVEN ? table->oldest : NULL;
}

void transfer_table_prove(transfer_table *table, transfer_entry *entry, uint64_t now_ms) {
    const uint64_t hash = hash_of_address(table, &entry->peer);
    const size_t place = (size_t)(hash >> 16) % TRANSFER_TABLE_PROVEN;
    table->proven_addresses[place].hash = hash;
    table->proven_addresses[place].until_ms = now_ms + TRANSFER_PROVEN_MS;
    leave_line(table, entry);
    entry->proven = true;
    table->proven++;
}

bool transfer_table_knows(const transfer_table *table, const sj_address *peer, uint64_t now_ms) {
    const uint64_t hash = hash_of_address(table, peer);
    const size_t place = (size_t)(hash >> 16) % TRANSFER_TABLE_PROVEN;
    return table->proven_addresses[place].hash == hash && table->proven_addresses[place].until_ms > now_ms;
}

bool transfer_table_large_answer(transfer_table *table, const sj_address *peer, uint64_t now_ms) {
    unsigned char *to_one = &table->large_answers_to[hash_of_address(table, peer) % TRANSFER_TABLE_SOURCES];
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

void transfer_table_remove(transfer_table *table, transfer_entry *entry) {
    if (!entry->linked) {
        return;
    }
    transfer_entry **link = &table->buckets[hash_of_peer(table, &entry->peer) % TRANSFER_TABLE_BUCKETS];
    while (*link != entry) {
        link = &(*link)->next;
    }
    *link = entry->next;
    if (entry->proven) {
        table->proven--;
    } else {
        leave_line(table, entry);
    }
    entry->linked = false;
    (*source_of(table, &entry->peer))--;
}

void transfer_table_dally(transfer_table *table, const transfer_entry *entry, uint64_t now_ms) {
    const uint64_t hash = hash_of_transfer(table, entry->socket, &entry->peer);
    const size_t place = (size_t)(hash >> 16) % TRANSFER_TABLE_ENDED;
    table->ended[place].hash = hash;
    table->ended[place].until_ms = now_ms + TRANSFER_DALLY_MS;
}

bool transfer_table_dallies(const transfer_table *table, const void *socket, const sj_address *peer, uint64_t now_ms) {
    const uint64_t hash = hash_of_transfer(table, socket, peer);
    const size_t place = (size_t)(hash >> 16) % TRANSFER_TABLE_ENDED;
    return table->ended[place].hash == hash && table->ended[place].until_ms > now_ms;
}
