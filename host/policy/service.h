/* The policy engine of a node: wires engine.c to the store, the bus, the log and the metrics.
 *
 * service.c   opening and closing, decisions, answers' memory
 * versions.c  the cluster's policy versions: activation, rollback, reload
 * commands.c  what operators ask (schemas/events/policy.lua)
 * trial.c     compiling, test cases and replay, off the loop */
#ifndef HOST_POLICY_SERVICE_H
#define HOST_POLICY_SERVICE_H

#include <sojourn/host.h>

#include "host/core/later.h"
#include "host/policy/engine.h"

struct node;

struct policy_engine {
    struct node *node;
    struct sj_engine core;
    struct later forget; /* answers, once control is back with the loop */
    struct later reload; /* versions, once what changed them is over */
    sj_metric *decisions[SJ_BY_COUNT];
    sj_metric *faults[SJ_FAULT_CAUSES];
    sj_list_head pending;       /* answers that wait for the store */
    struct policy_trial *trial; /* the file that is being tried, or NULL */
};

int sj_policy_open(struct node *node, sj_error *error);
void sj_policy_close(struct node *node);
/* Memory of the decisions that are kept for `policy explain` and `policy replay`. */
size_t sj_policy_decisions_bytes(const struct node *node);

/* The hooks that a plugin declares; they stay known when it is gone. */
int sj_policy_add_schema(struct node *node, const sj_schema *schema, sj_error *error);

/* Makes what decides here equal to what the store says. A version that cannot be loaded leaves its
 * hooks as they are. */
void sj_policy_reload(struct node *node);

/* versions.c. `durable` as in store.h. On failure nothing has changed. `version` was loaded from
 * `text`, and gets its number.
 */
int sj_versions_activate(struct node *node, struct sj_version *version, const char *text,
                         const char *activated_by, sj_result_fn durable, void *user,
                         sj_error *error);
int sj_versions_rollback(struct node *node, const char *hook, sj_result_fn durable, void *user,
                         char *message, size_t size, sj_error *error);

/* commands.c */
int sj_policy_answer_commands(struct node *node, sj_error *error);
void sj_policy_drop_pending(struct policy_engine *policy);

/* Of the host table. */
int sj_host_policy_decide(sj_scope *scope, const sj_policy_meta *meta, const char *trace_id,
                          const void *input, void *output);

#endif
