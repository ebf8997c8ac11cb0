/* Opens and closes the node's policy engine and makes its decisions. Runs on the loop. */
#include "host/policy/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/metric.h>
#include <sojourn/timer.h>

#include "events/node.h"
#include "events/policy.h"
#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/policy/trial.h"
#include "host/store/store.h"
#include "host/telemetry/metrics.h"

static int64_t now_ms(void *user) {
    const struct policy_engine *policy = user;
    return sj_wall_ms(policy->node->scope);
}

static void log_line(void *user, sj_log_level level, const char *trace_id, const char *text) {
    const struct policy_engine *policy = user;
    policy->node->table.log(policy->node->scope, level, trace_id, text);
}

static bool record_exists(void *user, const char *resource, const char *key) {
    const struct policy_engine *policy = user;
    struct store *store = policy->node->store;
    const sj_resource_meta *meta =
        store == NULL ? NULL : sj_catalog_resource(sj_store_catalog(store), resource);
    return meta != NULL && sj_store_exists(store, meta, key);
}

static void forget_answers(struct later *item) {
    struct policy_engine *policy =
        (struct policy_engine *)(void *)((char *)item - offsetof(struct policy_engine, forget));
    sj_arena_reset(&policy->core.answers);
}

static void reload_later(struct later *item) {
    struct policy_engine *policy =
        (struct policy_engine *)(void *)((char *)item - offsetof(struct policy_engine, reload));
    sj_policy_reload(policy->node);
}

static void on_config_changed(void *user, const sj_config_changed *event) {
    struct policy_engine *policy = user;
    if (strcmp(event->resource, "policy_version") == 0) {
        sj_later_add(&policy->node->later, &policy->reload, reload_later);
    }
}

static void on_amended(void *user, const sj_policy_amended *event) {
    struct policy_engine *policy = user;
    sj_recorder_note(&policy->core.recorder, event->hook, event->trace_id, event->text);
}

static void add_decisions_bytes(sj_text *text, struct node *node) {
    sj_text_printf(text,
                   "# HELP sojourn_policy_decisions_bytes Memory of the decisions kept for `policy "
                   "explain` and `policy replay`.\n"
                   "# TYPE sojourn_policy_decisions_bytes gauge\n"
                   "sojourn_policy_decisions_bytes %zu\n",
                   sj_policy_decisions_bytes(node));
}

static void open_metrics(struct policy_engine *policy) {
    static const char *const words[SJ_BY_COUNT] = {"policy", "default", "fault", "suspended"};
    sj_scope *scope = policy->node->scope;
    sj_metrics_add_family(policy->node, add_decisions_bytes);
    for (int i = 0; i < SJ_BY_COUNT; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "sojourn_policy_decisions_total{by=\"%s\"}", words[i]);
        policy->decisions[i] =
            sj_metric_new(scope, SJ_COUNTER, name, "Decisions, by who made them");
    }
    for (int cause = SJ_FAULT_NONE + 1; cause < SJ_FAULT_CAUSES; cause++) {
        char name[80];
        (void)snprintf(name, sizeof name, "sojourn_policy_faults_total{cause=\"%s\"}",
                       sj_fault_name((enum sj_fault_cause)cause));
        policy->faults[cause] =
            sj_metric_new(scope, SJ_COUNTER, name, "Faults of policies, by cause");
    }
}

int sj_policy_add_schema(struct node *node, const sj_schema *schema, sj_error *error) {
    if (node->policy == NULL) { /* a node without the policy engine, in tests */
        return SJ_OK;
    }
    for (size_t i = 0; schema->policies != NULL && schema->policies[i] != NULL; i++) {
        if (sj_engine_add_hook(&node->policy->core, schema->policies[i]) == NULL) {
            return sj_error_set(error, SJ_E_CONFLICT,
                                "policy hook %s of schema %s is declared differently already, or "
                                "there are more than %d hooks",
                                schema->policies[i]->name, schema->name, SJ_POLICY_HOOKS);
        }
    }
    if (node->store != NULL) { /* one of the hooks may have an active version already */
        sj_later_add(&node->later, &node->policy->reload, reload_later);
    }
    return SJ_OK;
}

int sj_policy_open(struct node *node, sj_error *error) {
    struct policy_engine *policy = calloc(1, sizeof *policy);
    int status = SJ_OK;
    if (policy == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the policy engine");
    }
    policy->node = node;
    node->policy = policy;
    sj_engine_init(&policy->core,
                   &(struct sj_engine_events){policy, now_ms, log_line,
                                              node->store != NULL ? record_exists : NULL});
    open_metrics(policy);
    if (node->schema != NULL) {
        status = sj_policy_add_schema(node, node->schema, error);
    }
    if (status == SJ_OK && node->bus != NULL && node->schema != NULL) {
        status = sj_policy_answer_commands(node, error);
    }
    if (status == SJ_OK && node->bus != NULL &&
        (sj_on_config_changed(node->scope, on_config_changed, policy, error) == NULL ||
         (node->schema != NULL &&
          sj_on_policy_amended(node->scope, on_amended, policy, error) == NULL))) {
        status = error != NULL && error->code < 0 ? error->code : SJ_E_NO_MEMORY;
    }
    if (status == SJ_OK && node->store != NULL) {
        sj_policy_reload(node);
    }
    if (status != SJ_OK) {
        sj_policy_close(node);
    }
    return status;
}

void sj_policy_close(struct node *node) {
    struct policy_engine *policy = node->policy;
    if (policy == NULL) {
        return;
    }
    node->policy = NULL;
    sj_later_cancel(&policy->forget);
    sj_later_cancel(&policy->reload);
    sj_policy_drop_pending(policy);
    sj_policy_forget_trial(policy);
    sj_engine_finish(&policy->core);
    free(policy);
}

size_t sj_policy_decisions_bytes(const struct node *node) {
    return node->policy == NULL ? 0 : sj_recorder_bytes(&node->policy->core.recorder);
}

int sj_host_policy_decide(sj_scope *scope, const sj_policy_meta *meta, const char *trace_id,
                          const void *input, void *output) {
    struct node *node = sj_scope_node(scope);
    struct policy_engine *policy = node->policy;
    enum sj_decided_by by;
    enum sj_fault_cause cause;
    if (policy == NULL) {
        return SJ_OK;
    }
    by = sj_engine_decide(&policy->core, meta, trace_id, input, output, &cause);
    node->table.metric_add(policy->decisions[by], 1);
    if (cause != SJ_FAULT_NONE) {
        node->table.metric_add(policy->faults[cause], 1);
    }
    if (policy->core.answers.chunks != NULL) {
        sj_later_add(&node->later, &policy->forget, forget_answers);
    }
    return by == SJ_BY_POLICY ? 1 : SJ_OK;
}
