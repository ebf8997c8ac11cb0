/* What operators ask of the policy engine: answers to the requests of schemas/events/policy.lua. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/bus.h>
#include <sojourn/store.h>
#include <sojourn/words.h>

#include "events/policy.h"
#include "host/core/node.h"
#include "host/policy/service.h"
#include "host/policy/trial.h"
#include "host/policy/values.h"
#include "resources/node.h"

enum { INPUT_TEXT = 2000, ANSWER_TEXT = 1000, EXPLAINED = 10 };

/* An answer that waits until what it tells is durable. The engine keeps the list, so that none is
 * lost when it closes. */
struct policy_pending {
    sj_list_link link;
    struct policy_engine *policy;
    sj_question *question;
    int64_t number, tests; /* of an activation; number 0: a rollback */
    char message[1000];
};

static struct policy_pending *pend(struct policy_engine *policy, sj_question *question) {
    struct policy_pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL) {
        sj_fail(policy->node->scope, question, SJ_E_NO_MEMORY, "out of memory for the answer");
        return NULL;
    }
    pending->policy = policy;
    pending->question = question;
    sj_list_add_first(&policy->pending, &pending->link);
    return pending;
}

static void end_pending(struct policy_pending *pending) {
    sj_list_remove(&pending->link);
    free(pending);
}

static void on_durable(void *user, int status, const sj_error *error) {
    struct policy_pending *pending = user;
    sj_scope *scope = pending->policy->node->scope;
    if (status != SJ_OK) {
        sj_fail_error(scope, pending->question, error);
    } else if (pending->number > 0) {
        sj_policy_activate_reply reply = {
            .number = pending->number, .tests = pending->tests, .message = pending->message};
        sj_reply_policy_activate(scope, pending->question, &reply);
    } else {
        sj_policy_rollback_reply reply = {.message = pending->message};
        sj_reply_policy_rollback(scope, pending->question, &reply);
    }
    end_pending(pending);
}

static void activate_tried(struct policy_engine *policy, const struct policy_trial *trial) {
    struct policy_pending *pending = pend(policy, trial->question);
    struct sj_version *version = trial->version;
    sj_error error;
    if (pending == NULL) {
        return;
    }
    if (sj_versions_activate(policy->node, version, trial->text, trial->asker, on_durable, pending,
                             &error) != SJ_OK) {
        sj_fail_error(policy->node->scope, trial->question, &error);
        end_pending(pending);
        return;
    }
    pending->number = version->number;
    pending->tests = (int64_t)version->tests_count;
    (void)snprintf(pending->message, sizeof pending->message,
                   "%s is active as version %" PRId64 "; its %zu test case%s passed", version->name,
                   version->number, version->tests_count, sj_plural((int64_t)version->tests_count));
    sj_log_info(policy->node->scope, "policy %s", pending->message);
}

static void answer_activate(void *user, sj_question *question, const sj_policy_activate *request) {
    sj_policy_try(user, question, request->name, request->text, request->activated_by, false,
                  activate_tried);
}

static void answer_rollback(void *user, sj_question *question, const sj_policy_rollback *request) {
    struct policy_engine *policy = user;
    struct policy_pending *pending = pend(policy, question);
    sj_error error;
    if (pending == NULL) {
        return;
    }
    if (sj_versions_rollback(policy->node, request->hook, on_durable, pending, pending->message,
                             sizeof pending->message, &error) != SJ_OK) {
        sj_fail_error(policy->node->scope, question, &error);
        end_pending(pending);
        return;
    }
    sj_log_info(policy->node->scope, "policy rollback: %s", pending->message);
}

static void describe_hook(const struct sj_engine_hook *hook, sj_policy_list_reply_entry *entry,
                          char *causes, size_t size) {
    size_t used = 0;
    causes[0] = '\0';
    for (int cause = SJ_FAULT_NONE + 1; cause < SJ_FAULT_CAUSES; cause++) {
        if (hook->faults[cause] > 0 && used < size) {
            used +=
                (size_t)snprintf(causes + used, size - used, "%s%s %" PRIu64, used > 0 ? ", " : "",
                                 sj_fault_name((enum sj_fault_cause)cause), hook->faults[cause]);
        }
    }
    *entry = (sj_policy_list_reply_entry){
        .hook = hook->meta->name,
        .policy = hook->active != NULL ? hook->active->name : "",
        .version = hook->active != NULL ? hook->active->number : 0,
        .activated_at = hook->active != NULL ? hook->active->activated_at : 0,
        .activated_by = hook->active != NULL ? hook->active->activated_by : "",
        .state = hook->active == NULL          ? "default"
                 : hook->function->faults.open ? "suspended"
                                               : "deciding",
        .decisions = (int64_t)hook->count[SJ_BY_POLICY],
        .defaults = (int64_t)hook->count[SJ_BY_DEFAULT],
        .faults = (int64_t)(hook->count[SJ_BY_FAULT] + hook->count[SJ_BY_BREAKER]),
        .causes = causes,
        .memory = hook->active != NULL ? (int64_t)hook->active->sandbox->bytes : 0,
    };
}

static void answer_list(void *user, sj_question *question, const sj_policy_list *request) {
    struct policy_engine *policy = user;
    sj_policy_list_reply_entry entries[SJ_POLICY_HOOKS];
    char causes[SJ_POLICY_HOOKS][200];
    (void)request;
    for (size_t i = 0; i < policy->core.hooks_count; i++) {
        describe_hook(&policy->core.hooks[i], &entries[i], causes[i], sizeof causes[i]);
    }
    sj_reply_policy_list(
        policy->node->scope, question,
        &(sj_policy_list_reply){.hooks = entries, .hooks_count = policy->core.hooks_count});
}

/* Words with blanks between them, in the arena of answers. */
static const char *joined(struct sj_arena *arena, const char *const *words, size_t count) {
    sj_text text = {0};
    const char *copy;
    for (size_t i = 0; i < count; i++) {
        sj_text_printf(&text, "%s%s", i == 0 ? "" : " ", words[i]);
    }
    copy = text.data == NULL ? "" : sj_arena_copy(arena, text.data, text.length);
    sj_text_clear(&text);
    return sj_or_empty(copy);
}

static void answer_versions(void *user, sj_question *question, const sj_policy_versions *request) {
    struct policy_engine *policy = user;
    sj_scope *scope = policy->node->scope;
    sj_policy_versions_reply_entry *entries;
    struct sj_arena arena = {0};
    sj_error error;
    sj_list list;
    (void)request;
    if (sj_policy_version_list(scope, NULL, &list, &error) != SJ_OK) {
        sj_fail_error(scope, question, &error);
        return;
    }
    entries = sj_arena_alloc(&arena, (list.count + 1) * sizeof *entries);
    for (size_t i = 0; entries != NULL && i < list.count; i++) {
        const sj_policy_version *record = sj_policy_version_at(&list, i);
        size_t at = i; /* by falling number; keys of the store are texts */
        while (at > 0 && entries[at - 1].number < record->number) {
            entries[at] = entries[at - 1];
            at--;
        }
        entries[at] = (sj_policy_versions_reply_entry){
            .number = record->number,
            .name = record->name,
            .hooks = joined(&arena, record->hooks, record->hooks_count),
            .deciding = joined(&arena, record->active_hooks, record->active_hooks_count),
            .activated_at = record->activated_at,
            .activated_by = record->activated_by};
    }
    sj_reply_policy_versions(
        scope, question,
        &(sj_policy_versions_reply){.versions = entries,
                                    .versions_count = entries == NULL ? 0 : list.count});
    sj_arena_free(&arena);
    sj_list_free(scope, &list);
}

static void answer_show(void *user, sj_question *question, const sj_policy_show *request) {
    struct policy_engine *policy = user;
    sj_scope *scope = policy->node->scope;
    sj_policy_version *record;
    sj_error error;
    char key[24];
    (void)snprintf(key, sizeof key, "%" PRId64, request->number);
    if (sj_policy_version_get(scope, key, &record, &error) != SJ_OK) {
        sj_fail_error(scope, question, &error);
        return;
    }
    sj_reply_policy_show(scope, question,
                         &(sj_policy_show_reply){.name = record->name, .text = record->text});
    sj_record_free(scope, record);
}

static void reply_shadow(struct policy_engine *policy, sj_question *question) {
    struct sj_engine *engine = &policy->core;
    sj_policy_shadow_reply_difference differences[SJ_ENGINE_DIFFERENCES];
    size_t count = 0;
    for (uint64_t i = engine->shadow.differing; i-- > 0 && count < SJ_ENGINE_DIFFERENCES;) {
        const struct sj_difference *difference =
            &engine->shadow.differences[i % SJ_ENGINE_DIFFERENCES];
        differences[count++] =
            (sj_policy_shadow_reply_difference){.at = difference->at,
                                                .hook = difference->hook,
                                                .trace_id = difference->trace_id,
                                                .text = sj_or_empty(difference->text)};
    }
    sj_reply_policy_shadow(policy->node->scope, question,
                           &(sj_policy_shadow_reply){.name = engine->shadow.name,
                                                     .since = engine->shadow.since,
                                                     .compared = (int64_t)engine->shadow.compared,
                                                     .differing = (int64_t)engine->shadow.differing,
                                                     .failed = (int64_t)engine->shadow.failed,
                                                     .differences = differences,
                                                     .differences_count = count});
}

static void shadow_tried(struct policy_engine *policy, const struct policy_trial *trial) {
    sj_engine_shadow(&policy->core, trial->version);
    reply_shadow(policy, trial->question);
}

static void answer_shadow(void *user, sj_question *question, const sj_policy_shadow *request) {
    struct policy_engine *policy = user;
    if (request->text[0] != '\0') {
        sj_policy_try(policy, question, request->name[0] != '\0' ? request->name : "shadow.lua",
                      request->text, "", false, shadow_tried);
    } else if (request->name[0] != '\0') {
        sj_fail(policy->node->scope, question, SJ_E_INVALID,
                "text: missing; expected the policy file %s", request->name);
    } else {
        reply_shadow(policy, question);
        if (request->stop) {
            sj_engine_shadow(&policy->core, NULL);
        }
    }
}

static void replay_tried(struct policy_engine *policy, const struct policy_trial *trial) {
    sj_policy_replay_reply_difference differences[SJ_ENGINE_DIFFERENCES];
    const struct sj_replay *replay = &trial->replay;
    size_t kept = 0;
    for (size_t i = 0; i < replay->count && kept < SJ_ENGINE_DIFFERENCES; i++) {
        const struct sj_replayed *decision = &replay->decisions[i];
        if (decision->text != NULL) {
            differences[kept++] =
                (sj_policy_replay_reply_difference){.at = decision->at,
                                                    .hook = decision->meta->name,
                                                    .trace_id = decision->trace_id,
                                                    .text = decision->text};
        }
    }
    sj_reply_policy_replay(policy->node->scope, trial->question,
                           &(sj_policy_replay_reply){.replayed = (int64_t)replay->replayed,
                                                     .differing = (int64_t)replay->differing,
                                                     .differences = differences,
                                                     .differences_count = kept});
}

static void answer_replay(void *user, sj_question *question, const sj_policy_replay *request) {
    sj_policy_try(user, question, request->name, request->text, "", true, replay_tried);
}

/* A record as text, in the arena. */
static const char *written(struct sj_arena *arena, size_t limit, const sj_record_meta *meta,
                           const void *record) {
    sj_text text = {0};
    const char *copy;
    sj_values_write(&text, limit, meta, meta->fields_count, record);
    copy = text.data == NULL ? NULL : sj_arena_copy(arena, text.data, text.length);
    sj_text_clear(&text);
    return sj_or_empty(copy);
}

/* The declared outputs all have a `reason`: what the one who decided says. */
static const char *reason_in(const sj_record_meta *meta, const void *output) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        if (strcmp(meta->fields[i].name, "reason") == 0 && meta->fields[i].type == SJ_TYPE_TEXT) {
            return *(const char *const *)sj_member_const(output, meta->fields[i].offset);
        }
    }
    return "";
}

static sj_policy_explain_reply_decision explain(struct sj_arena *arena,
                                                const struct sj_recorded *recorded) {
    const char *given = reason_in(recorded->meta->output, recorded->output);
    const char *why = recorded->version == 0    ? "no policy is active for this hook"
                      : recorded->fault != NULL ? recorded->fault
                      : recorded->outcome == SJ_OUTCOME_DECLINED
                          ? "the policy left it to the default"
                          : "";
    sj_text reason = {0};
    const char *copy;
    sj_text_printf(&reason, "%s%s%s", given, given[0] != '\0' && why[0] != '\0' ? "; " : "", why);
    if (recorded->note != NULL) {
        sj_text_printf(&reason, "%s%s", given[0] != '\0' || why[0] != '\0' ? "; " : "",
                       recorded->note);
    }
    copy = reason.data == NULL ? NULL : sj_arena_copy(arena, reason.data, reason.length);
    sj_text_clear(&reason);
    return (sj_policy_explain_reply_decision){
        .at = recorded->at,
        .hook = recorded->meta->name,
        .trace_id = recorded->trace_id,
        .decided_by = recorded->outcome == SJ_OUTCOME_DECIDED ? "policy"
                      : recorded->outcome == SJ_OUTCOME_FAULT ? "fault"
                                                              : "default",
        .version = recorded->version,
        .input = written(arena, INPUT_TEXT, recorded->meta->input, recorded->input),
        .answer = written(arena, ANSWER_TEXT, recorded->meta->output, recorded->output),
        .reason = sj_or_empty(copy),
    };
}

static void answer_explain(void *user, sj_question *question, const sj_policy_explain *request) {
    struct policy_engine *policy = user;
    size_t wanted = request->count > 0 ? (size_t)request->count : EXPLAINED, count = 0;
    sj_policy_explain_reply_decision *decisions;
    const char **defaults;
    struct sj_arena arena = {0};
    if (request->hook[0] != '\0' && sj_engine_hook_named(&policy->core, request->hook) == NULL) {
        sj_error error;
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "hook", "there is no hook \"%.60s\"",
                             request->hook);
        sj_fail_error(policy->node->scope, question, &error);
        return;
    }
    decisions = sj_arena_alloc(&arena, wanted * sizeof *decisions);
    defaults = sj_arena_alloc(&arena, wanted * sizeof *defaults);
    for (size_t ago = 0;
         decisions != NULL && defaults != NULL && ago < SJ_RECORDER_SLOTS && count < wanted;
         ago++) {
        const struct sj_recorded *recorded = sj_recorder_at(&policy->core.recorder, ago);
        if (recorded != NULL &&
            (request->hook[0] == '\0' || strcmp(request->hook, recorded->meta->name) == 0) &&
            (request->trace_id[0] == '\0' || strcmp(request->trace_id, recorded->trace_id) == 0)) {
            defaults[count] =
                written(&arena, ANSWER_TEXT, recorded->meta->output, recorded->fallback);
            decisions[count++] = explain(&arena, recorded);
        }
    }
    sj_reply_policy_explain(policy->node->scope, question,
                            &(sj_policy_explain_reply){.decisions = decisions,
                                                       .decisions_count = count,
                                                       .defaults = defaults,
                                                       .defaults_count = count});
    sj_arena_free(&arena);
}

int sj_policy_answer_commands(struct node *node, sj_error *error) {
    struct policy_engine *policy = node->policy;
    sj_scope *scope = node->scope;
    bool all = sj_answer_policy_list(scope, answer_list, policy, error) != NULL &&
               sj_answer_policy_versions(scope, answer_versions, policy, error) != NULL &&
               sj_answer_policy_show(scope, answer_show, policy, error) != NULL &&
               sj_answer_policy_activate(scope, answer_activate, policy, error) != NULL &&
               sj_answer_policy_rollback(scope, answer_rollback, policy, error) != NULL &&
               sj_answer_policy_shadow(scope, answer_shadow, policy, error) != NULL &&
               sj_answer_policy_replay(scope, answer_replay, policy, error) != NULL &&
               sj_answer_policy_explain(scope, answer_explain, policy, error) != NULL;
    return all ? SJ_OK : error->code < 0 ? error->code : SJ_E_NO_MEMORY;
}

void sj_policy_drop_pending(struct policy_engine *policy) {
    SJ_LIST_EACH(pending, &policy->pending, struct policy_pending, link) {
        end_pending(pending);
    }
}
