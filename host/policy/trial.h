/* Trying a policy file without holding the loop: it is compiled, its test cases are run, and
 * recorded decisions are replayed on the pool; back on the loop the records that it names are
 * looked up. One file is tried at a time. */
#ifndef HOST_POLICY_TRIAL_H
#define HOST_POLICY_TRIAL_H

#include "host/policy/replay.h"
#include "host/policy/service.h"

struct policy_trial;

/* The file is good; the trial and its version end with the call, unless the version is kept. */
typedef void (*policy_tried_fn)(struct policy_engine *policy, const struct policy_trial *trial);

struct policy_trial {
    struct policy_engine *policy; /* NULL once that is closed */
    sj_question *question;
    policy_tried_fn tried;
    char *name, *text, *asker; /* copies; asker: who activates it */
    struct sj_arena metas;     /* the hooks, as the version will know them */
    const sj_policy_meta *hooks[SJ_POLICY_HOOKS + 1];
    struct sj_sandbox_limits limits;
    bool replays;
    struct sj_replay replay;
    struct sj_version *version;
    int status;
    sj_error error;
};

/* Answers the question itself when something is wrong with the file, or when another one is being
 * tried. */
void sj_policy_try(struct policy_engine *policy, sj_question *question, const char *name,
                   const char *text, const char *asker, bool replays, policy_tried_fn tried);

/* The engine closes: what runs comes to nothing. */
void sj_policy_forget_trial(struct policy_engine *policy);

#endif
