/* One policy file, loaded: its own Lua state, the functions by hook, and how each of them fares.
 *
 * A version is built aside (compiled, run, its table checked, its own tests run) and only then put
 * to work by the engine; it is freed when nobody refers to it any more, so one that is replaced
 * during its own call ends after that call. */
#ifndef HOST_POLICY_VERSION_H
#define HOST_POLICY_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include <sojourn/error.h>
#include <sojourn/schema.h>

#include "host/policy/answer.h"
#include "host/policy/bindings.h"
#include "host/policy/faults.h"
#include "host/policy/sandbox.h"
#include "host/record/arena.h"

enum {
    SJ_POLICY_HOOKS = 32,   /* hooks there can be */
    SJ_POLICY_TESTS = 1000, /* test cases in one file */
    SJ_POLICY_NAMES = 200,  /* records that a file names out of itself */
};

/* The hooks a file may define. */
struct sj_hook_list {
    const sj_policy_meta *const *metas; /* ends with NULL */
};
/* NULL when there is none. */
const sj_policy_meta *sj_hook_named(const struct sj_hook_list *hooks, const char *name);

struct sj_version_hook {
    const sj_policy_meta *meta;
    struct sj_record_view *view; /* of the input; held by the stack slot behind the function's */
    int slot;                    /* stack slot of the function */
    int line;                    /* where it is defined */
    struct sj_faults faults;
    uint64_t decisions;
};

/* A record that the file names out of itself: one of its test cases answers with it, and was not
 * given it. */
struct sj_version_name {
    const char *resource, *key, *test;
};

struct sj_version {
    char name[128];
    char activated_by[128];
    int64_t number, activated_at;
    struct sj_sandbox *sandbox;
    struct sj_views views;
    struct sj_version_hook hooks[SJ_POLICY_HOOKS];
    size_t hooks_count;
    size_t tests_count; /* test cases the file brought */
    struct sj_version_name named[SJ_POLICY_NAMES];
    size_t named_count;
    struct sj_arena names; /* texts of `named` */
    struct sj_arena metas; /* the declarations it was loaded with, where they are its own */
    unsigned references;
};

/* Told of each test case of a file as it is run. `text` is empty when it passed. */
typedef void (*sj_test_fn)(void *user, const char *name, bool passed, const char *text);

/* Budgets: for a decision, and for compiling and running the file itself (its main chunk and each
 * of its tests). */
extern const struct sj_sandbox_limits sj_decision_limits, sj_loading_limits;

/* Loads a file. `tested` may be NULL. SJ_OK with *version (one reference), or SJ_E_INVALID with the
 * reason; a file that fails one of its own tests is refused, when `test` is true. */
int sj_version_load(const char *name, const char *text, size_t length,
                    const struct sj_hook_list *hooks, const struct sj_sandbox_limits *limits,
                    bool test, sj_test_fn tested, void *user, struct sj_version **version,
                    sj_error *error);

static inline void sj_version_keep(struct sj_version *version) {
    version->references++;
}
void sj_version_drop(struct sj_version *version);

/* The version's function for the hook of this name, or NULL. */
struct sj_version_hook *sj_version_find(struct sj_version *version, const char *hook);

enum sj_outcome {
    SJ_OUTCOME_DECIDED,  /* the policy's answer is in `output` */
    SJ_OUTCOME_DECLINED, /* it returned nil: the default stands */
    SJ_OUTCOME_FAULT,    /* `fault` says why: the default stands */
};

/* Asks one function. `input` has the first `input_fields` fields of the metadata, `output` (the
 * default's decision) the first `output_fields` in `output_size` bytes; it is overwritten only when
 * the policy decides. Texts and lists go to the arena. `names` NULL: what references refer to is
 * not looked up. Does not count. */
enum sj_outcome sj_version_ask(struct sj_version *version, struct sj_version_hook *hook,
                               const void *input, size_t input_fields, void *output,
                               size_t output_size, struct sj_arena *arena,
                               const struct sj_names *names, struct sj_fault *fault);

#endif
