/* The last decisions, kept with all they were made from: for `policy explain` and `policy replay`.
 * A ring of slots whose memory is used again; a decision that is larger than a slot may be is not
 * kept, and counted. */
#ifndef HOST_POLICY_RECORDER_H
#define HOST_POLICY_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include <sojourn/schema.h>

#include "host/policy/plan.h"
#include "host/policy/version.h"

enum {
    SJ_RECORDER_SLOTS = 1024,
    SJ_RECORDER_BYTES = 64 * 1024, /* of one decision at most */
};

struct sj_recorded {
    const sj_policy_meta *meta; /* NULL: an empty slot */
    int64_t at;                 /* wall clock, ms */
    uint64_t sequence;
    int64_t version; /* whose policy was asked; 0 none */
    enum sj_outcome outcome;
    char trace_id[33];
    char *fault; /* why the policy failed, or NULL */
    char *note;  /* what the caller made of it, or NULL */
    const void *input, *fallback,
        *output; /* all with every field of `meta`; fallback is what the default decided */
    struct sj_recorder_room {
        char *bytes;
        size_t size;
    } rooms[3]; /* where the three are */
};

/* How the structs of a hook are copied. */
struct sj_recorder_plans {
    const sj_policy_meta *meta;
    struct sj_plan input, output;
};

struct sj_recorder {
    struct sj_recorded *slots; /* SJ_RECORDER_SLOTS of them, NULL until the first decision */
    uint64_t next, dropped;
};

/* A decision that is about to be made: keeps input and default. NULL when it is not kept. The slot
 * is complete, with the default as the outcome, even when nothing more is said of it. */
struct sj_recorded *sj_recorder_begin(struct sj_recorder *recorder,
                                      const struct sj_recorder_plans *plans, size_t input_fields,
                                      const void *input, size_t output_fields,
                                      const void *fallback);

/* What came of it. `fault` is copied; may be NULL. */
void sj_recorder_end(struct sj_recorder *recorder, const struct sj_recorder_plans *plans,
                     struct sj_recorded *slot, enum sj_outcome outcome, size_t output_fields,
                     const void *output, const char *fault);

/* Adds what the caller of the last decision of this hook and trace made of it. Nothing happens when
 * it is not kept. */
void sj_recorder_note(struct sj_recorder *recorder, const char *hook, const char *trace_id,
                      const char *text);

/* The decision made `ago` decisions before the last one (0: the last), or NULL. */
const struct sj_recorded *sj_recorder_at(const struct sj_recorder *recorder, size_t ago);

/* Memory of the decisions that are kept. */
size_t sj_recorder_bytes(const struct sj_recorder *recorder);

void sj_recorder_free(struct sj_recorder *recorder);

#endif
