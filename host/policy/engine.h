/* Which policy decides which hook: the registry of hooks, the active version of each, the shadow,
 * and the record of decisions.
 *
 * Knows nothing of the node, its store or its bus (service.c does) and runs as well in the command
 * line program and in tests. Versions are exchanged by a pointer between two calls; one that is
 * replaced while it is being asked ends after that. */
#ifndef HOST_POLICY_ENGINE_H
#define HOST_POLICY_ENGINE_H

#include <sojourn/log.h>

#include "host/policy/recorder.h"
#include "host/policy/version.h"
#include "host/record/arena.h"

/* What came of a decision, for counting. */
enum sj_decided_by {
    SJ_BY_POLICY,
    SJ_BY_DEFAULT, /* no policy is active for the hook, or it declined */
    SJ_BY_FAULT,   /* the default, because the policy failed */
    SJ_BY_BREAKER, /* the default, because the policy had failed too often in a row */
    SJ_BY_COUNT,
};

struct sj_engine_hook {
    const sj_policy_meta *meta;     /* the engine's own copy */
    struct {                        /* the caller seen last, so that it is found again at once */
        const sj_policy_meta *meta; /* only compared, never read through */
        uint64_t prints[2];
        size_t counts[2];
        size_t input_fields, output_fields; /* how many it shares with `meta` */
    } known;
    struct sj_recorder_plans *plans;  /* in the engine's metadata arena */
    struct sj_version *active;        /* NULL: the default decides */
    struct sj_version_hook *function; /* of `active` */
    struct sj_version *shadow;
    struct sj_version_hook *shadow_function;
    uint64_t count[SJ_BY_COUNT];
    uint64_t faults[SJ_FAULT_CAUSES];
};

struct sj_engine_events {
    void *user;
    int64_t (*now_ms)(void *user); /* wall clock */
    void (*log)(void *user, sj_log_level level, const char *trace_id, const char *text);
    bool (*exists)(void *user, const char *resource,
                   const char *key); /* NULL: records are not looked up */
};

/* A decision on which another version would have decided otherwise. */
struct sj_difference {
    int64_t at;
    char hook[48];
    char trace_id[33];
    char *text; /* field, both answers, and the input */
};

enum { SJ_ENGINE_DIFFERENCES = 200 };

struct sj_engine {
    struct sj_engine_events events;
    struct sj_engine_hook hooks[SJ_POLICY_HOOKS];
    const sj_policy_meta *metas[SJ_POLICY_HOOKS + 1]; /* the same, for loading files */
    size_t hooks_count;
    struct sj_sandbox_limits limits;
    struct sj_arena metadata, answers;
    struct sj_recorder recorder;
    struct { /* what the shadow has seen */
        char name[128];
        int64_t since;
        uint64_t compared, differing, failed;
        struct sj_difference differences[SJ_ENGINE_DIFFERENCES]; /* a ring of the last */
    } shadow;
    bool quiet; /* no recording: for measurements */
};

void sj_engine_init(struct sj_engine *engine, const struct sj_engine_events *events);
void sj_engine_finish(struct sj_engine *engine);

/* Makes a hook known. The metadata is copied. NULL when memory or room is short, or two
 * declarations of one name disagree. */
struct sj_engine_hook *sj_engine_add_hook(struct sj_engine *engine, const sj_policy_meta *meta);
struct sj_engine_hook *sj_engine_hook_named(struct sj_engine *engine, const char *name);

/* The hooks that files may define. */
struct sj_hook_list sj_engine_hooks(const struct sj_engine *engine);

/* As policy.h says. Answers live in engine->answers until the caller resets it. *cause says why a
 * policy failed. */
enum sj_decided_by sj_engine_decide(struct sj_engine *engine, const sj_policy_meta *meta,
                                    const char *trace_id, const void *input, void *output,
                                    enum sj_fault_cause *cause);

/* Puts a version to work for each hook it defines, or (with `only`) for that one. Takes references
 * of its own. */
void sj_engine_activate(struct sj_engine *engine, struct sj_version *version, const char *only);

/* Lets the default decide again. */
void sj_engine_deactivate(struct sj_engine *engine, struct sj_engine_hook *hook);

/* Runs a version beside the active ones; NULL ends that. */
void sj_engine_shadow(struct sj_engine *engine, struct sj_version *version);

#endif
