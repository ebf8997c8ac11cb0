/* The cluster's policy versions: records of policy_version in the store, and the loaded versions
 * that follow from them.
 *
 * Which version decides a hook stands in active_hooks of exactly one record. An activation takes
 * the hooks from those that had them and notes in `replaces` whose they were; a rollback gives them
 * back. */
#include "host/policy/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>
#include <sojourn/store.h>
#include <sojourn/timer.h>

#include "host/core/node.h"
#include "resources/node.h"

enum { KEPT_VERSIONS = 50 };

/* A record that is being changed: the lists are copies, their texts belong to others. */
struct draft {
    sj_policy_version record;
    const char *active_hooks[SJ_POLICY_HOOKS];
    bool changed;
};

static bool has(const char *const *words, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static void begin_draft(struct draft *draft, const sj_policy_version *record) {
    draft->record = *record;
    draft->record.active_hooks_count = 0;
    for (size_t i = 0; i < record->active_hooks_count && i < SJ_POLICY_HOOKS; i++) {
        draft->active_hooks[draft->record.active_hooks_count++] = record->active_hooks[i];
    }
    draft->record.active_hooks = draft->active_hooks;
    draft->changed = false;
}

static void take_hook(struct draft *draft, const char *hook) {
    size_t kept = 0;
    for (size_t i = 0; i < draft->record.active_hooks_count; i++) {
        if (strcmp(draft->active_hooks[i], hook) == 0) {
            draft->changed = true;
        } else {
            draft->active_hooks[kept++] = draft->active_hooks[i];
        }
    }
    draft->record.active_hooks_count = kept;
}

static void give_hook(struct draft *draft, const char *hook) {
    if (draft->record.active_hooks_count < SJ_POLICY_HOOKS &&
        !has(draft->active_hooks, draft->record.active_hooks_count, hook)) {
        draft->active_hooks[draft->record.active_hooks_count++] = hook;
        draft->changed = true;
    }
}

/* All records, as drafts, in the order of the list. NULL with `error` when that fails. */
static struct draft *draft_all(struct node *node, sj_list *list, sj_error *error) {
    struct draft *drafts;
    if (sj_policy_version_list(node->scope, NULL, list, error) != SJ_OK) {
        return NULL;
    }
    drafts = calloc(list->count + 1, sizeof *drafts); /* and one for a new record */
    if (drafts == NULL) {
        sj_list_free(node->scope, list);
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the policy versions");
        return NULL;
    }
    for (size_t i = 0; i < list->count; i++) {
        begin_draft(&drafts[i], sj_policy_version_at(list, i));
    }
    return drafts;
}

static struct draft *draft_numbered(struct draft *drafts, size_t count, int64_t number) {
    for (size_t i = 0; i < count; i++) {
        if (drafts[i].record.number == number) {
            return &drafts[i];
        }
    }
    return NULL;
}

static struct draft *draft_deciding(struct draft *drafts, size_t count, const char *hook) {
    for (size_t i = 0; i < count; i++) {
        if (has(drafts[i].active_hooks, drafts[i].record.active_hooks_count, hook)) {
            return &drafts[i];
        }
    }
    return NULL;
}

/* The oldest record that decides nothing and may be forgotten, or NULL. */
static const struct draft *oldest_unused(const struct draft *drafts, size_t count) {
    const struct draft *oldest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (drafts[i].record.active_hooks_count == 0 &&
            (oldest == NULL || drafts[i].record.number < oldest->record.number)) {
            oldest = &drafts[i];
        }
    }
    return oldest;
}

/* Writes the changed drafts in one transaction. */
static int commit(struct node *node, const struct draft *drafts, size_t count, sj_result_fn durable,
                  void *user, sj_error *error) {
    const struct draft *forgotten = count > KEPT_VERSIONS ? oldest_unused(drafts, count) : NULL;
    int status = sj_store_begin(node->scope, error);
    if (status != SJ_OK) {
        return status;
    }
    for (size_t i = 0; i < count && status == SJ_OK; i++) {
        if (drafts[i].changed) {
            status = sj_policy_version_put(node->scope, &drafts[i].record, SJ_PUT_ANY, error);
        }
    }
    if (status == SJ_OK && forgotten != NULL) {
        char key[24];
        (void)snprintf(key, sizeof key, "%" PRId64, forgotten->record.number);
        status = sj_policy_version_delete(node->scope, key, error);
    }
    if (status != SJ_OK) {
        sj_store_rollback(node->scope);
        return status;
    }
    return sj_store_commit(node->scope, durable, user, error);
}

/* On the loop: what was activated once was tried then, and the file itself has little time to run.
 */
static int load(struct node *node, const sj_policy_version *record, struct sj_version **version,
                sj_error *error) {
    struct sj_engine *engine = &node->policy->core;
    struct sj_hook_list hooks = sj_engine_hooks(engine);
    int status = sj_version_load(record->name, record->text, strlen(record->text), &hooks,
                                 &engine->limits, false, NULL, NULL, version, error);
    if (status == SJ_OK) {
        (*version)->number = record->number;
        (*version)->activated_at = record->activated_at;
        (void)snprintf((*version)->activated_by, sizeof(*version)->activated_by, "%s",
                       record->activated_by);
    }
    return status;
}

int sj_versions_activate(struct node *node, struct sj_version *version, const char *text,
                         const char *activated_by, sj_result_fn durable, void *user,
                         sj_error *error) {
    const char *hooks[SJ_POLICY_HOOKS], *replaces[SJ_POLICY_HOOKS];
    char replaced[SJ_POLICY_HOOKS][96];
    sj_policy_version record = {.name = version->name,
                                .text = text,
                                .activated_by = activated_by,
                                .activated_at = sj_wall_ms(node->scope)};
    struct draft *drafts, *added;
    sj_list list;
    int status;
    drafts = draft_all(node, &list, error);
    if (drafts == NULL) {
        return error->code;
    }
    for (size_t i = 0; i < list.count; i++) {
        record.number =
            drafts[i].record.number > record.number ? drafts[i].record.number : record.number;
    }
    version->number = ++record.number;
    version->activated_at = record.activated_at;
    (void)snprintf(version->activated_by, sizeof version->activated_by, "%s", activated_by);
    added = &drafts[list.count];
    begin_draft(added, &record);
    for (size_t i = 0; i < version->hooks_count; i++) {
        struct draft *before;
        hooks[i] = version->hooks[i].meta->name;
        before = draft_deciding(drafts, list.count, hooks[i]);
        (void)snprintf(replaced[i], sizeof replaced[i], "%.60s=%" PRId64, hooks[i],
                       before != NULL ? before->record.number : 0);
        replaces[i] = replaced[i];
        if (before != NULL) {
            take_hook(before, hooks[i]);
        }
        give_hook(added, hooks[i]);
    }
    added->record.hooks = hooks;
    added->record.replaces = replaces;
    added->record.hooks_count = added->record.replaces_count = version->hooks_count;
    status = commit(node, drafts, list.count + 1, durable, user, error);
    if (status == SJ_OK) {
        sj_engine_activate(&node->policy->core, version, NULL);
    }
    free(drafts);
    sj_list_free(node->scope, &list);
    return status;
}

/* What `draft` noted to have decided the hook before it; 0 for the default. */
static int64_t number_before(const struct draft *draft, const char *hook) {
    size_t length = strlen(hook);
    for (size_t i = 0; i < draft->record.replaces_count; i++) {
        if (strncmp(draft->record.replaces[i], hook, length) == 0 &&
            draft->record.replaces[i][length] == '=') {
            return strtoll(draft->record.replaces[i] + length + 1, NULL, 10);
        }
    }
    return 0;
}

/* Moves each hook of `present` back to what decided it before; loads that first, so that nothing is
 * moved to a file that does not load. */
static int move_back(struct node *node, struct draft *drafts, size_t count, struct draft *present,
                     sj_text *message, sj_error *error) {
    const char *hooks[SJ_POLICY_HOOKS];
    size_t hooks_count = present->record.active_hooks_count;
    memcpy(hooks, present->active_hooks, hooks_count * sizeof *hooks);
    for (size_t i = 0; i < hooks_count; i++) {
        struct draft *before = draft_numbered(drafts, count, number_before(present, hooks[i]));
        struct sj_version *version;
        if (before != NULL) {
            int status = load(node, &before->record, &version, error);
            if (status != SJ_OK) {
                return status;
            }
            sj_version_drop(version);
            give_hook(before, hooks[i]);
            sj_text_printf(message, "%s%s is decided by version %" PRId64 " (%s) again",
                           i == 0 ? "" : "; ", hooks[i], before->record.number,
                           before->record.name);
        } else {
            sj_text_printf(message, "%s%s is decided by the default again", i == 0 ? "" : "; ",
                           hooks[i]);
        }
        take_hook(present, hooks[i]);
    }
    return SJ_OK;
}

int sj_versions_rollback(struct node *node, const char *hook, sj_result_fn durable, void *user,
                         char *message, size_t size, sj_error *error) {
    struct draft *drafts, *present;
    sj_text text = {0};
    sj_list list;
    int status;
    if (sj_engine_hook_named(&node->policy->core, hook) == NULL) {
        return sj_error_field(error, SJ_E_NOT_FOUND, "hook", "there is no hook \"%.60s\"", hook);
    }
    drafts = draft_all(node, &list, error);
    if (drafts == NULL) {
        return error->code;
    }
    present = draft_deciding(drafts, list.count, hook);
    status =
        present == NULL
            ? sj_error_field(error, SJ_E_CONFLICT, "hook",
                             "%s is decided by the default: there is nothing to roll back", hook)
            : move_back(node, drafts, list.count, present, &text, error);
    if (status == SJ_OK) {
        status = commit(node, drafts, list.count, durable, user, error);
    }
    if (status == SJ_OK) {
        sj_policy_reload(node);
        (void)snprintf(message, size, "%s", text.data != NULL ? text.data : "rolled back");
    }
    sj_text_clear(&text);
    free(drafts);
    sj_list_free(node->scope, &list);
    return status;
}

/* One hook as the store says. `record` NULL: the default. */
static void follow(struct node *node, struct sj_engine_hook *hook,
                   const sj_policy_version *record) {
    struct sj_engine *engine = &node->policy->core;
    struct sj_version *version;
    sj_error error;
    if (record == NULL) {
        sj_engine_deactivate(engine, hook);
        return;
    }
    if (hook->active != NULL && hook->active->number == record->number) {
        return;
    }
    if (load(node, record, &version, &error) != SJ_OK) {
        sj_log_error(node->scope,
                     "policy version %" PRId64 " is not loaded, %s stays as it was: %s",
                     record->number, hook->meta->name, error.text);
        return;
    }
    /* One file, one state: all its hooks at once, where the store has them with it. */
    for (size_t i = 0; i < record->active_hooks_count; i++) {
        sj_engine_activate(engine, version, record->active_hooks[i]);
    }
    sj_version_drop(version);
}

void sj_policy_reload(struct node *node) {
    struct sj_engine *engine = &node->policy->core;
    sj_error error;
    sj_list list;
    if (sj_policy_version_list(node->scope, NULL, &list, &error) != SJ_OK) {
        sj_log_error(node->scope,
                     "the policy versions cannot be read, what decides stays as it is: %s",
                     error.text);
        return;
    }
    for (size_t i = 0; i < engine->hooks_count; i++) {
        struct sj_engine_hook *hook = &engine->hooks[i];
        const sj_policy_version *deciding = NULL;
        for (size_t k = 0; k < list.count; k++) {
            const sj_policy_version *record = sj_policy_version_at(&list, k);
            if (has(record->active_hooks, record->active_hooks_count, hook->meta->name)) {
                deciding = record;
            }
        }
        follow(node, hook, deciding);
    }
    sj_list_free(node->scope, &list);
}
