/* Asks the active policy, contains what goes wrong with it, records, and compares with the shadow.
 * Touches its own memory only; time and log come from its events. */
#include "host/policy/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/policy/meta.h"
#include "host/policy/replay.h"
#include "host/policy/values.h"
#include "host/record/declaration.h"

enum { INPUT_LIMIT = 600 }; /* bytes of it in one line */

void sj_engine_init(struct sj_engine *engine, const struct sj_engine_events *events) {
    memset(engine, 0, sizeof *engine);
    engine->events = *events;
    engine->limits = sj_decision_limits;
}

void sj_engine_finish(struct sj_engine *engine) {
    sj_engine_shadow(engine, NULL);
    for (size_t i = 0; i < engine->hooks_count; i++) {
        sj_engine_deactivate(engine, &engine->hooks[i]);
    }
    sj_recorder_free(&engine->recorder);
    sj_arena_free(&engine->answers);
    sj_arena_free(&engine->metadata);
}

struct sj_engine_hook *sj_engine_hook_named(struct sj_engine *engine, const char *name) {
    for (size_t i = 0; i < engine->hooks_count; i++) {
        if (strcmp(engine->hooks[i].meta->name, name) == 0) {
            return &engine->hooks[i];
        }
    }
    return NULL;
}

struct sj_hook_list sj_engine_hooks(const struct sj_engine *engine) {
    return (struct sj_hook_list){engine->metas};
}

static bool compatible(const sj_policy_meta *own, const sj_policy_meta *caller) {
    return sj_meta_common(own->input, caller->input) != SIZE_MAX &&
           sj_meta_common(own->output, caller->output) != SIZE_MAX;
}

struct sj_engine_hook *sj_engine_add_hook(struct sj_engine *engine, const sj_policy_meta *meta) {
    struct sj_engine_hook *hook = sj_engine_hook_named(engine, meta->name);
    struct sj_recorder_plans *plans;
    const sj_policy_meta *copy;
    if (hook != NULL) {
        return compatible(hook->meta, meta) ? hook : NULL;
    }
    copy = engine->hooks_count < SJ_POLICY_HOOKS
               ? sj_declaration_copy_policy(&engine->metadata, meta)
               : NULL;
    plans = copy == NULL ? NULL : sj_arena_alloc(&engine->metadata, sizeof *plans);
    if (plans == NULL) {
        return NULL;
    }
    plans->meta = copy;
    sj_plan_make(&plans->input, copy->input);
    sj_plan_make(&plans->output, copy->output);
    hook = &engine->hooks[engine->hooks_count];
    memset(hook, 0, sizeof *hook);
    hook->meta = copy;
    hook->plans = plans;
    engine->metas[engine->hooks_count++] = copy;
    return hook;
}

/* Is this the very caller whose fields were counted? Its fingerprints are compared as well, since
 * another plugin's metadata may lie where one lay that is gone. */
static inline bool is_known(const struct sj_engine_hook *hook, const sj_policy_meta *meta) {
    return hook->known.meta == meta && hook->known.counts[0] == meta->input->fields_count &&
           hook->known.counts[1] == meta->output->fields_count &&
           hook->known.prints[0] == meta->input->fingerprints[meta->input->fields_count] &&
           hook->known.prints[1] == meta->output->fingerprints[meta->output->fields_count];
}

/* The hook of a caller's metadata; NULL when it does not fit what the engine knows under that name.
 */
static struct sj_engine_hook *find_hook(struct sj_engine *engine, const sj_policy_meta *meta) {
    struct sj_engine_hook *hook;
    for (size_t i = 0; i < engine->hooks_count; i++) {
        if (is_known(&engine->hooks[i], meta)) {
            return &engine->hooks[i];
        }
    }
    hook = sj_engine_add_hook(engine, meta);
    if (hook != NULL) {
        hook->known.meta = meta;
        hook->known.counts[0] = meta->input->fields_count;
        hook->known.counts[1] = meta->output->fields_count;
        hook->known.prints[0] = meta->input->fingerprints[meta->input->fields_count];
        hook->known.prints[1] = meta->output->fingerprints[meta->output->fields_count];
        hook->known.input_fields = sj_meta_common(hook->meta->input, meta->input);
        hook->known.output_fields = sj_meta_common(hook->meta->output, meta->output);
    }
    return hook;
}

/* One call, with what the compared versions need to know of it. */
struct call {
    struct sj_engine_hook *hook;
    const char *trace_id;
    const void *input;
    size_t input_fields, output_fields, output_size;
    int64_t now;
};

/* How references of answers are looked up; NULL: they are not. */
static const struct sj_names *lookup(const struct sj_engine *engine, struct sj_names *names) {
    *names = (struct sj_names){engine->events.user, engine->events.exists};
    return engine->events.exists != NULL ? names : NULL;
}

/* The line about a fault: which policy, which hook, what, where, with which input, and what
 * follows. */
static void log_fault(struct sj_engine *engine, const struct call *call,
                      const struct sj_version *version, const struct sj_version_hook *function,
                      const struct sj_fault *fault, uint64_t suppressed) {
    sj_text text = {0};
    char *line;
    sj_text_printf(&text, "policy %s failed in %s (%s): %s; the default decides", version->name,
                   call->hook->meta->name, sj_fault_name(fault->cause), fault->text);
    if (function->faults.open) {
        sj_text_printf(&text, " until the next activation, after %d faults in a row",
                       SJ_BREAKER_FAULTS);
    }
    if (suppressed > 0) {
        sj_text_printf(&text, "; %" PRIu64 " more since the last line", suppressed);
    }
    sj_text_printf(&text, "; input ");
    sj_values_write(&text, INPUT_LIMIT, call->hook->meta->input, call->input_fields, call->input);
    line = sj_text_take(&text);
    if (line != NULL) {
        engine->events.log(engine->events.user, SJ_LOG_WARNING, call->trace_id, line);
    }
    free(line);
}

static void remember_difference(struct sj_engine *engine, const struct call *call, char *text) {
    struct sj_difference *slot =
        &engine->shadow.differences[engine->shadow.differing++ % SJ_ENGINE_DIFFERENCES];
    free(slot->text);
    slot->text = text;
    slot->at = call->now;
    (void)snprintf(slot->hook, sizeof slot->hook, "%s", call->hook->meta->name);
    (void)snprintf(slot->trace_id, sizeof slot->trace_id, "%s", call->trace_id);
    if (text != NULL) {
        engine->events.log(engine->events.user, SJ_LOG_INFO, call->trace_id, text);
    }
}

static void ask_shadow(struct sj_engine *engine, const struct call *call, const void *fallback,
                       const void *decided) {
    struct sj_engine_hook *hook = call->hook;
    struct sj_version *version = hook->shadow;
    const void *input =
        sj_replay_copy(&engine->answers, hook->meta->input, call->input_fields, call->input);
    const void *before =
        sj_replay_copy(&engine->answers, hook->meta->output, call->output_fields, fallback);
    const void *after =
        sj_replay_copy(&engine->answers, hook->meta->output, call->output_fields, decided);
    struct sj_names names;
    bool failed;
    char *text;
    if (input == NULL || before == NULL || after == NULL) {
        return;
    }
    sj_version_keep(version);
    engine->shadow.compared++;
    text = sj_replay_one(hook->meta, version, hook->shadow_function, input, before, after,
                         &engine->answers, lookup(engine, &names), &failed);
    engine->shadow.failed += failed ? 1 : 0;
    if (text != NULL) {
        remember_difference(engine, call, text);
    }
    sj_version_drop(version);
}

static enum sj_decided_by ask_active(struct sj_engine *engine, const struct call *call,
                                     struct sj_recorded *recorded, void *output,
                                     enum sj_fault_cause *cause) {
    struct sj_version *version = call->hook->active;
    struct sj_version_hook *function = call->hook->function;
    uint64_t suppressed;
    enum sj_outcome outcome;
    struct sj_names names;
    struct sj_fault fault;
    if (recorded != NULL) {
        recorded->version = version->number;
    }
    if (function->faults.open) {
        if (recorded != NULL) {
            sj_recorder_end(&engine->recorder, call->hook->plans, recorded, SJ_OUTCOME_FAULT, 0,
                            NULL, "not asked: it has failed too often in a row");
        }
        return SJ_BY_BREAKER;
    }
    sj_version_keep(version);
    outcome = sj_version_ask(version, function, call->input, call->input_fields, output,
                             call->output_size, &engine->answers, lookup(engine, &names), &fault);
    if (recorded != NULL) {
        sj_recorder_end(&engine->recorder, call->hook->plans, recorded, outcome,
                        call->output_fields, output,
                        outcome == SJ_OUTCOME_FAULT ? fault.text : NULL);
    }
    if (outcome == SJ_OUTCOME_FAULT) {
        call->hook->faults[fault.cause]++;
        *cause = fault.cause;
        if (sj_faults_add(&function->faults, fault.cause, call->now, &suppressed)) {
            log_fault(engine, call, version, function, &fault, suppressed);
        }
    } else {
        sj_faults_success(&function->faults);
        function->decisions++;
    }
    sj_version_drop(version);
    return outcome == SJ_OUTCOME_FAULT      ? SJ_BY_FAULT
           : outcome == SJ_OUTCOME_DECLINED ? SJ_BY_DEFAULT
                                            : SJ_BY_POLICY;
}

enum sj_decided_by sj_engine_decide(struct sj_engine *engine, const sj_policy_meta *meta,
                                    const char *trace_id, const void *input, void *output,
                                    enum sj_fault_cause *cause) {
    struct call call = {
        .hook = find_hook(engine, meta), .trace_id = sj_or_empty(trace_id), .input = input};
    char fallback[512] __attribute__((aligned(16)));
    bool shadowed;
    struct sj_recorded *recorded = NULL;
    enum sj_decided_by by = SJ_BY_DEFAULT;
    *cause = SJ_FAULT_NONE;
    if (call.hook == NULL) {
        return SJ_BY_DEFAULT;
    }
    call.input_fields = call.hook->known.input_fields;
    call.output_fields = call.hook->known.output_fields;
    call.output_size = meta->output->struct_size;
    call.now = engine->events.now_ms(engine->events.user);
    shadowed = call.hook->shadow != NULL && call.output_size <= sizeof fallback;
    if (shadowed) {
        memcpy(fallback, output, call.output_size);
    }
    if (!engine->quiet) {
        recorded = sj_recorder_begin(&engine->recorder, call.hook->plans, call.input_fields, input,
                                     call.output_fields, output);
    }
    if (recorded != NULL) {
        recorded->at = call.now;
        (void)memccpy(recorded->trace_id, call.trace_id, '\0', sizeof recorded->trace_id - 1);
    }
    if (call.hook->active != NULL) {
        by = ask_active(engine, &call, recorded, output, cause);
    }
    call.hook->count[by]++;
    if (shadowed) {
        ask_shadow(engine, &call, fallback, output);
    }
    return by;
}

void sj_engine_deactivate(struct sj_engine *engine, struct sj_engine_hook *hook) {
    struct sj_version *old = hook->active;
    (void)engine;
    hook->active = NULL;
    hook->function = NULL;
    sj_version_drop(old);
}

void sj_engine_activate(struct sj_engine *engine, struct sj_version *version, const char *only) {
    for (size_t i = 0; i < engine->hooks_count; i++) {
        struct sj_engine_hook *hook = &engine->hooks[i];
        struct sj_version_hook *function = sj_version_find(version, hook->meta->name);
        if (function != NULL && (only == NULL || strcmp(only, hook->meta->name) == 0)) {
            sj_version_keep(version);
            sj_engine_deactivate(engine, hook);
            hook->active = version;
            hook->function = function;
        }
    }
}

void sj_engine_shadow(struct sj_engine *engine, struct sj_version *version) {
    for (size_t i = 0; i < engine->hooks_count; i++) {
        struct sj_engine_hook *hook = &engine->hooks[i];
        struct sj_version *old = hook->shadow;
        hook->shadow = NULL;
        hook->shadow_function = version == NULL ? NULL : sj_version_find(version, hook->meta->name);
        if (hook->shadow_function != NULL) {
            sj_version_keep(version);
            hook->shadow = version;
        }
        sj_version_drop(old);
    }
    for (size_t i = 0; i < SJ_ENGINE_DIFFERENCES; i++) {
        free(engine->shadow.differences[i].text);
    }
    memset(&engine->shadow, 0, sizeof engine->shadow);
    if (version != NULL) {
        (void)snprintf(engine->shadow.name, sizeof engine->shadow.name, "%s", version->name);
        engine->shadow.since = engine->events.now_ms(engine->events.user);
    }
}
