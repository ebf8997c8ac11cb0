/* Declarative configuration: many records and parameters at once. What the content says
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
#include "host/rest/record_secrets.h"
#include "host/store/twins.h"

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

/* A parameter that was given: one value each. */
struct apply_parameter {
    sj_map_link by_meta;
    const sj_param_meta *meta;
    const char *name; /* as it was written */
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
    const cJSON *member, *item, *part; /* of the content; part: of an item that has some */
    size_t section, index;
    struct apply_record *record;
    struct apply_removal *removal;
    bool begun, in_parameters;
};

struct apply {
    struct node *node;
    const struct sj_catalog *catalog;
    cJSON *content;
    bool dry_run, force; /* force: what is in use is removed all the same */
    struct sj_arena arena;
    struct sj_problems problems, notes; /* what is wrong; what was ignored, or is to be known */
    struct apply_record *records, **last_record;
    sj_map by_key; /* each may stand once */
    struct apply_removal *removals, **last_removal;
    const cJSON *parameters;  /* the member of the content, or NULL */
    struct store_twins twins; /* of the pass that checks */
    sj_map given;             /* those that the pass has seen */
    struct rest_hashing hashing;
    size_t records_count, removals_count, parameters_count, secrets_count;
    struct apply_cursor cursor; /* of the pass that runs */
    sj_text *sections; /* by member of the content: changes, JSON objects separated by commas */
    size_t sections_count, shown;
    size_t added, changed, removed, unchanged;
};

/* Takes the content over. */
void apply_init(struct apply *apply, struct node *node, cJSON *content);
void apply_free(struct apply *apply);
/* Before apply_write is done again from its beginning. */
void apply_again(struct apply *apply);

/* For the passes (apply_read.h, apply_write.h, apply_check.h): each is a function that works until
 * `until` (uv_hrtime; 0: to its end) and returns whether there is more to do. */
bool apply_time_is_up(uint64_t until);
void apply_begin_pass(struct apply *apply);
/* Visits those that are left; true when the time is up before all are. */
bool apply_each_record(struct apply *apply, uint64_t until,
                       void (*visit)(struct apply *apply, struct apply_record *record));
bool apply_each_removal(struct apply *apply, uint64_t until,
                        void (*visit)(struct apply *apply, struct apply_removal *removal));
void apply_end_pass(struct apply *apply);

/* Where it stands in the content; `room` is what the path is made of. */
const struct sj_path *apply_record_path(const struct apply_record *record, struct sj_path room[2]);
const struct sj_path *apply_removal_path(const struct apply_removal *removal,
                                         struct sj_path room[3]);
/* Lua has one empty table: [] and {} are the same. */
bool apply_is_empty(const cJSON *json);

#endif
