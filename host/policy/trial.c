/* A job for each policy file that is tried. The pool's thread touches the trial only; all else is
 * on the loop. */
#include "host/policy/trial.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/bus.h>
#include <sojourn/job.h>

#include "host/core/node.h"
#include "host/record/declaration.h"

static void end_trial(struct policy_trial *trial) {
    if (trial->policy != NULL) {
        trial->policy->trial = NULL;
    }
    sj_version_drop(trial->version);
    sj_replay_free(&trial->replay);
    sj_arena_free(&trial->metas);
    free(trial->name);
    free(trial->text);
    free(trial->asker);
    free(trial);
}

/* On the pool. */
static void run(void *data) {
    struct policy_trial *trial = data;
    const struct sj_hook_list hooks = {trial->hooks};
    trial->status =
        sj_version_load(trial->name, trial->text, strlen(trial->text), &hooks, &trial->limits, true,
                        NULL, NULL, &trial->version, &trial->error);
    if (trial->status == SJ_OK) {
        trial->version->metas = trial->metas; /* from now on the version's */
        memset(&trial->metas, 0, sizeof trial->metas);
    }
    if (trial->status == SJ_OK && trial->replays) {
        sj_replay_run(&trial->replay, trial->version);
    }
}

/* The records that the file's test cases answer with out of themselves must exist. */
static void check_names(struct policy_trial *trial, const struct sj_names *names) {
    for (size_t i = 0; i < trial->version->named_count && trial->status == SJ_OK; i++) {
        const struct sj_version_name *name = &trial->version->named[i];
        if (!names->exists(names->user, name->resource, name->key)) {
            trial->status = sj_error_set(
                &trial->error, SJ_E_INVALID,
                "%s: its test case \"%.60s\" answers with the %s \"%.60s\", which does not exist: "
                "create it, or correct the name",
                trial->name, name->test, name->resource, name->key);
        }
    }
}

static void ran(void *data, int status, const sj_error *error) {
    struct policy_trial *trial = data;
    struct policy_engine *policy = trial->policy;
    (void)error;
    if (policy != NULL && status != SJ_OK) {
        sj_fail(policy->node->scope, trial->question, status,
                "the policy file was not tried: the node is busy or stopping");
    } else if (policy != NULL) {
        const struct sj_names names = {policy->core.events.user, policy->core.events.exists};
        if (trial->status == SJ_OK && names.exists != NULL) {
            check_names(trial, &names);
        }
        if (trial->status != SJ_OK) {
            sj_fail_error(policy->node->scope, trial->question, &trial->error);
        } else {
            sj_replay_look_up(&trial->replay, trial->version, names.exists != NULL ? &names : NULL);
            policy->trial = NULL;
            trial->tried(policy, trial);
            trial->policy = NULL;
        }
    }
    end_trial(trial);
}

/* Copies of all that the thread needs. */
static bool prepare(struct policy_trial *trial, const char *name, const char *text,
                    const char *asker) {
    const struct sj_hook_list hooks = sj_engine_hooks(&trial->policy->core);
    trial->limits = trial->policy->core.limits;
    trial->name = strdup(name);
    trial->text = strdup(text);
    trial->asker = strdup(asker);
    for (size_t i = 0; hooks.metas[i] != NULL; i++) {
        trial->hooks[i] = sj_declaration_copy_policy(&trial->metas, hooks.metas[i]);
        if (trial->hooks[i] == NULL) {
            return false;
        }
    }
    return trial->name != NULL && trial->text != NULL && trial->asker != NULL &&
           (!trial->replays || sj_replay_take(&trial->replay, &trial->policy->core.recorder,
                                              &(struct sj_hook_list){trial->hooks}));
}

void sj_policy_try(struct policy_engine *policy, sj_question *question, const char *name,
                   const char *text, const char *asker, bool replays, policy_tried_fn tried) {
    sj_scope *scope = policy->node->scope;
    struct policy_trial *trial;
    if (policy->trial != NULL) {
        sj_fail(scope, question, SJ_E_IN_USE,
                "the policy file %s is being tried just now; try again in a moment",
                policy->trial->name);
        return;
    }
    trial = calloc(1, sizeof *trial);
    if (trial != NULL) {
        trial->policy = policy;
        trial->question = question;
        trial->tried = tried;
        trial->replays = replays;
        policy->trial = trial;
    }
    if (trial == NULL || !prepare(trial, name, text, asker) ||
        sj_job_run(scope, run, ran, trial) == NULL) {
        sj_fail(scope, question, SJ_E_NO_MEMORY, "out of memory for trying the policy file");
        if (trial != NULL) {
            end_trial(trial);
        }
    }
}

void sj_policy_forget_trial(struct policy_engine *policy) {
    if (policy->trial != NULL) {
        policy->trial->policy = NULL;
        policy->trial = NULL;
    }
}
