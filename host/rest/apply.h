/* Declarative configuration: many records and parameters laid down at once. What the content says
 * becomes what the store has: nothing or all of it, found out without regard to the order, and
 * nothing is written that is so already.
 *
 *   { "parameters": { "<service>": { "<printed name or symbol>": value } },
 *     "<plural>": [ { record }, ... ],  "<singleton>": { record },
 *     "remove": { "<plural>": [ "<key>", ... ] }, "force": true } */
#ifndef HOST_REST_APPLY_H
#define HOST_REST_APPLY_H

#include <cjson/cJSON.h>

#include <sojourn/base/map.h>
#include <sojourn/base/text.h>

#include "host/record/catalog.h"
#include "host/record/problems.h"
#include "host/record/record.h"
#include "host/rest/hashing.h"

struct node;

enum { APPLY_CHANGES_SHOWN = 20000 };

struct apply_record {
    struct apply_record *next;
    sj_map_link by_key;
    const sj_resource_meta *meta;
    void *record; /* in the arena */
    size_t index; /* in its list */
    size_t section;
    bool bad; /* something is wrong with it; kept, so that what refers to it is not wrong as well */
    char key[SJ_KEY_MAX];
};

struct apply_removal {
    struct apply_removal *next;
    const sj_resource_meta *meta;
    const char *key;
    size_t index, section;
    bool refused; /* and said why */
};

/* How far one of the passes below is: each is a function that does some, until a moment, and is
 * called again. */
struct apply_cursor {
    const cJSON *member, *item; /* of the content */
    size_t section, index;
    struct apply_record *record;
    struct apply_removal *removal;
    bool begun;
};

struct apply {
    struct node *node;
    const struct sj_catalog *catalog;
    cJSON *content;
    bool dry_run, force; /* force: what is in use is removed all the same */
    struct sj_arena arena;
    struct sj_problems problems, notes; /* what is wrong; what was ignored */
    struct apply_record *records, **last_record;
    sj_map by_key; /* each may stand once */
    struct apply_removal *removals, **last_removal;
    struct rest_hashing hashing;
    size_t records_count, removals_count, secrets_count;
    struct apply_cursor cursor; /* of the pass that runs */
    sj_text *sections; /* by member of the content: changes, JSON objects separated by commas */
    size_t sections_count, shown;
    size_t added, changed, removed, unchanged;
};

/* Takes the content over. */
void apply_init(struct apply *apply, struct node *node, cJSON *content);
void apply_free(struct apply *apply);

/* How many records and keys the content holds. */
size_t apply_size(const struct apply *apply);

/* The passes, in this order. Each works until `until` (uv_hrtime; 0: to its end) and returns
 * whether there is more to do.
 *
 * Reads all records and removals and notes the secrets in `hashing`. */
bool apply_read(struct apply *apply, uint64_t until);
/* With the secrets hashed, within a transaction or a large change of the caller's: writes what
 * differs. May be done again from its beginning, after apply_again. */
bool apply_write(struct apply *apply, uint64_t until);
/* After all is written: references, and who refers to what was removed. */
bool apply_check(struct apply *apply, uint64_t until);
/* Instead of the two when something is wrong already: finds out what else is. */
bool apply_try(struct apply *apply, uint64_t until);
void apply_again(struct apply *apply);
/* The problems in the order of the content. */
void apply_order_problems(struct apply *apply);
/* "2 added, ..." and the whole answer. */
void apply_message(const struct apply *apply, char out[200]);
void apply_report(const struct apply *apply, sj_text *json);

#endif
