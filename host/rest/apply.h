/* Declarative configuration: many records and parameters laid down at once. What the content says becomes what the store has:
 * nothing or all of it, found out without regard to the order, and nothing is written that is so already.
 *
 *   { "parameters": { "<service>": { "<printed name or symbol>": value } },
 *     "<plural>": [ { record }, ... ],  "<singleton>": { record },
 *     "remove": { "<plural>": [ "<key>", ... ] } } */
#ifndef HOST_REST_APPLY_H
#define HOST_REST_APPLY_H

#include <cjson/cJSON.h>

#include "../record/buffer.h"
#include "../record/catalog.h"
#include "../record/problems.h"
#include "../record/record.h"
#include "hashing.h"

struct node;

enum { APPLY_BUCKETS = 8192 };

struct apply_record {
    struct apply_record *next, *next_in_bucket;
    const sj_resource_meta *meta;
    void *record; /* in the arena */
    size_t index; /* in its list */
    char key[SJ_KEY_MAX];
};

struct apply_removal {
    struct apply_removal *next;
    const sj_resource_meta *meta;
    const char *key;
    size_t index;
};

struct apply {
    struct node *node;
    const sj_catalog *catalog;
    cJSON *content;
    bool dry_run;
    sj_arena arena;
    sj_problems problems, notes; /* what is wrong; what was ignored */
    struct apply_record *records, **last_record;
    struct apply_record *buckets[APPLY_BUCKETS]; /* by key: each may stand once */
    struct apply_removal *removals, **last_removal;
    struct rest_hashing hashing;
    sj_buffer changes; /* JSON objects, separated by commas */
    size_t added, changed, removed, unchanged;
};

/* Takes the content over. */
void apply_init(struct apply *apply, struct node *node, cJSON *content);
void apply_free(struct apply *apply);

/* First half: reads all records and notes their secrets in `hashing`. Problems say what is wrong. */
void apply_read(struct apply *apply);
/* Second half, with the secrets hashed, within a transaction that the caller has opened and ends: writes what differs and
 * checks the whole. With problems, or for a dry run, the caller rolls back. */
void apply_write(struct apply *apply);

#endif
