/* What another version of a policy would have decided: of one decision, and of recorded ones, which
 * are copied so that they can be replayed on any thread. */
#ifndef HOST_POLICY_REPLAY_H
#define HOST_POLICY_REPLAY_H

#include "host/policy/recorder.h"
#include "host/policy/version.h"
#include "host/record/arena.h"

enum {
    SJ_REPLAY_BYTES = 16 * 1024 * 1024, /* of decisions that are copied; the newest first */
    SJ_REPLAY_USES = 24,                /* records that one answer names */
};

/* A record that answers name, and that their decisions do not mention. */
struct sj_replay_name {
    const char *resource, *key;
    bool missing;
};

/* One decision. */
struct sj_replayed {
    const sj_policy_meta *meta;
    int64_t at;
    char trace_id[33];
    const void *input, *fallback, *output;
    unsigned char uses[SJ_REPLAY_USES]; /* numbers of names */
    size_t uses_count;
    char *text; /* how the other version differs; NULL: it does not */
};

struct sj_replay {
    struct sj_arena arena;
    struct sj_replayed *decisions; /* the oldest first */
    size_t count, replayed, differing;
    struct sj_replay_name names[SJ_POLICY_NAMES];
    size_t names_count;
};

/* A deep copy in the arena with every field of the metadata, of a struct that has the first
 * `fields`; NULL when memory is short. */
void *sj_replay_copy(struct sj_arena *arena, const sj_record_meta *meta, size_t fields,
                     const void *record);

/* Asks a version what was decided. NULL when it would have decided the same; else a text to free.
 */
char *sj_replay_one(const sj_policy_meta *meta, struct sj_version *version,
                    struct sj_version_hook *function, const void *input, const void *fallback,
                    const void *decided, struct sj_arena *arena, const struct sj_names *names,
                    bool *failed);

/* Copies the recorded decisions of these hooks; their metadata must live as long. False when memory
 * is short. */
bool sj_replay_take(struct sj_replay *replay, const struct sj_recorder *recorder,
                    const struct sj_hook_list *hooks);

/* Asks the version all of them. Touches the replay and the version only. */
void sj_replay_run(struct sj_replay *replay, struct sj_version *version);

/* Then: answers that name what does not exist would have failed. `names` NULL: nothing is looked
 * up. */
void sj_replay_look_up(struct sj_replay *replay, const struct sj_version *version,
                       const struct sj_names *names);

void sj_replay_free(struct sj_replay *replay);

#endif
