/* Chained hash table over embedded links. Pure. */
#include "sip/hash_table.h"

#include <stdlib.h>

static void grow(hash_table *table) {
    const size_t wanted = table->bucket_count == 0 ? 64 : table->bucket_count * 2;
    hash_link **buckets = calloc(wanted, sizeof(hash_link *));
    if (buckets == NULL) {
        return; /* longer chains, no loss */
    }
    for (size_t i = 0; i < table->bucket_count; i++) {
        hash_link *link = table->buckets[i];
        while (link != NULL) {
            hash_link *next = link->next;
            link->next = buckets[link->hash & (wanted - 1)];
            buckets[link->hash & (wanted - 1)] = link;
            link = next;
        }
    }
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = wanted;
}

bool hash_table_reserve(hash_table *table) {
    if (table->bucket_count == 0) {
        grow(table);
    }
    return table->bucket_count > 0;
}

bool hash_table_insert(hash_table *table, hash_link *link, uint64_t hash) {
    hash_link **bucket;
    if (table->count >= table->bucket_count) {
        grow(table);
    }
    if (table->bucket_count == 0) {
        return false;
    }
    bucket = &table->buckets[hash & (table->bucket_count - 1)];
    link->hash = hash;
    link->next = *bucket;
    *bucket = link;
    table->count++;
    return true;
}

void hash_table_remove(hash_table *table, hash_link *link) {
    hash_link **at;
    if (table->bucket_count == 0) {
        return;
    }
    for (at = &table->buckets[link->hash & (table->bucket_count - 1)]; *at != NULL; at = &(*at)->next) {
        if (*at == link) {
            *at = link->next;
            link->next = NULL;
            table->count--;
            return;
        }
    }
}

static hash_link *same_hash(hash_link *link, uint64_t hash) {
    while (link != NULL && link->hash != hash) {
        link = link->next;
    }
    return link;
}

hash_link *hash_table_first(const hash_table *table, uint64_t hash) {
    return table->bucket_count == 0 ? NULL : same_hash(table->buckets[hash & (table->bucket_count - 1)], hash);
}

hash_link *hash_table_next(const hash_link *link) {
    return same_hash(link->next, link->hash);
}

hash_link *hash_table_walk(const hash_table *table, size_t *bucket, const hash_link *link) {
    if (link != NULL && link->next != NULL) {
        return link->next;
    }
    for (*bucket += link != NULL ? 1 : 0; *bucket < table->bucket_count; (*bucket)++) {
        if (table->buckets[*bucket] != NULL) {
            return table->buckets[*bucket];
        }
    }
    return NULL;
}

void hash_table_free(hash_table *table) {
    free(table->buckets);
    table->buckets = NULL;
    table->bucket_count = table->count = 0;
}
