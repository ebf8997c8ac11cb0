/* A hash table of things that carry their own link: no allocation but for the buckets. Pure. */
#ifndef CALLMANAGER_HASH_TABLE_H
#define CALLMANAGER_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hash_link {
    struct hash_link *next;
    uint64_t hash;
} hash_link;

typedef struct hash_table {
    hash_link **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
} hash_table;

/* The struct that holds `link` as its member. */
#define HASH_OWNER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* Makes the first buckets, so that no insert fails afterwards. False: no memory. */
bool hash_table_reserve(hash_table *table);
/* False when there is no memory for the first buckets. */
bool hash_table_insert(hash_table *table, hash_link *link, uint64_t hash);
void hash_table_remove(hash_table *table, hash_link *link);
/* The first link with that hash, then the next one: different things may share a hash. */
hash_link *hash_table_first(const hash_table *table, uint64_t hash);
hash_link *hash_table_next(const hash_link *link);
/* Walks all links: begin with *bucket 0 and link NULL. The link returned before may have been removed only if `next` was kept.
 */
hash_link *hash_table_walk(const hash_table *table, size_t *bucket, const hash_link *link);
void hash_table_free(hash_table *table);

#endif
