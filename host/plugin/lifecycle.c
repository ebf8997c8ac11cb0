/* One plugin's way from inspected to stopped. There is one way out, for a stop and for a failure:
 * hide, ask it to stop, wait for holds, close the scope, fini, and only then at rest. */
#include "host/plugin/lifecycle.h"

#include <stdlib.h>
#include <string.h>

#include "events/node.h"
#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/plugin/declared.h"
#include "host/plugin/loader.h"
#include "host/telemetry/log.h"

static const char *const state_texts[] = {"discovered", "inspected",   "loaded",  "initialised",
                                          "started",    "stopping",    "stopped", "refused",
                                          "failed",     "quarantined", "retired"};

const char *sj_plugin_state_text(enum plugin_state state) {
    return state_texts[state];
}

bool sj_plugin_settled(const struct plugin *plugin) {
    return plugin->scope == NULL ||
           (plugin->state != PLUGIN_STOPPING && plugin->state != PLUGIN_INITIALISED);
}

static void set_state(struct plugin *plugin, enum plugin_state state, const char *reason) {
    plugin->state = state;
    (void)snprintf(plugin->reason, sizeof plugin->reason, "%s", reason);
}

static void publish_stopped(struct plugin *plugin) {
    struct loader *loader = plugin->loader;
    sj_service_stopped event = {.service = plugin->owner.name, .reason = plugin->ending};
    if (loader->stopped_topic != NULL) {
        sj_publish_service_stopped(loader->node->scope, loader->stopped_topic, &event);
    }
}

/* The scope is empty but for its memory: the last call, and rest. */
static void scope_closed(void *user) {
    struct plugin *plugin = user;
    struct node *node = plugin->loader->node;
    bool was_started = plugin->started_order != 0;
    if (plugin->descriptor->fini != NULL) {
        struct bracket bracket = sj_enter(plugin->scope, "fini");
        plugin->descriptor->fini(plugin->state_memory);
        sj_leave(&bracket);
    }
    free(plugin->state_memory);
    plugin->state_memory = NULL;
    plugin->scope = NULL;
    plugin->started_order = 0;
    plugin->owner.on_release = NULL;
    sj_later_cancel(&plugin->later);
    sj_timer_clear(node, &plugin->deadline);
    set_state(plugin,
              plugin->ends_as == PLUGIN_STOPPED && plugin->retired ? PLUGIN_RETIRED
                                                                   : plugin->ends_as,
              plugin->ending);
    plugin->overdue = false;
    if (plugin->ends_as == PLUGIN_FAILED) {
        sj_node_log(node, SJ_LOG_ERROR, "%s failed: %s", plugin->owner.name, plugin->reason);
    } else {
        sj_node_log(node, SJ_LOG_INFO, "%s stopped: %s", plugin->owner.name, plugin->reason);
    }
    if (was_started) {
        publish_stopped(plugin);
    }
    sj_loader_settled(plugin);
}

/* Past the deadline: an error that names what is awaited. The plugin stays as it is, so that
 * nothing is pulled from under it.
 */
static void stop_overdue(struct timer_item *item) {
    struct plugin *plugin =
        (struct plugin *)(void *)((char *)item - offsetof(struct plugin, deadline));
    char awaited[512], reason[sizeof plugin->reason];
    if (sj_scope_awaited(plugin->scope, awaited, sizeof awaited) == 0) {
        (void)sj_timer_set(plugin->loader->node, item, 10,
                           stop_overdue); /* its end is in the loop's next turn */
        return;
    }
    (void)snprintf(reason, sizeof reason, "did not stop within %lld s, awaited: %s",
                   (long long)plugin->loader->stop_deadline_ms / 1000, awaited);
    plugin->overdue = true;
    plugin->ends_as = PLUGIN_FAILED;
    (void)snprintf(plugin->ending, sizeof plugin->ending, "%s", reason);
    set_state(plugin, PLUGIN_FAILED, reason);
    sj_node_log(plugin->loader->node, SJ_LOG_ERROR, "%s %s", plugin->owner.name, reason);
    sj_host_scope_close(plugin->scope); /* what else it owns is cancelled all the same */
    sj_loader_settled(plugin);
}

static void close_when_free(struct later *item) {
    struct plugin *plugin =
        (struct plugin *)(void *)((char *)item - offsetof(struct plugin, later));
    if (!sj_scope_held(plugin->scope)) {
        sj_host_scope_close(plugin->scope);
    }
}

static void hold_released(struct owner *owner) {
    struct plugin *plugin = (struct plugin *)(void *)owner;
    sj_later_add(&plugin->loader->node->later, &plugin->later, close_when_free);
}

/* The one way out. `ask` is false when start or init has failed: then stop is not called. */
static void begin_stop(struct plugin *plugin, enum plugin_state ends_as, const char *reason,
                       bool ask) {
    struct node *node = plugin->loader->node;
    set_state(plugin, PLUGIN_STOPPING, reason);
    plugin->ends_as = ends_as;
    (void)snprintf(plugin->ending, sizeof plugin->ending, "%s", reason);
    plugin->owner.visible = false;
    (void)sj_timer_set(node, &plugin->deadline, plugin->loader->stop_deadline_ms, stop_overdue);
    if (ask && plugin->descriptor->stop != NULL) {
        struct bracket bracket = sj_enter(plugin->scope, "stop");
        plugin->descriptor->stop(plugin->scope, plugin->state_memory);
        sj_leave(&bracket);
    }
    if (ask && sj_scope_held(plugin->scope)) {
        plugin->owner.on_release = hold_released;
    } else {
        sj_host_scope_close(plugin->scope);
    }
}

void sj_plugin_stop(struct plugin *plugin, enum plugin_state ends_as, const char *reason) {
    sj_node_log(plugin->loader->node, SJ_LOG_INFO, "%s is being stopped: %s", plugin->owner.name,
                reason);
    begin_stop(plugin, ends_as, reason, true);
}

static void fail(struct plugin *plugin, enum plugin_state state, const char *reason) {
    set_state(plugin, state, reason);
    sj_node_log(plugin->loader->node, SJ_LOG_ERROR, "%s %s: %s", plugin->owner.name,
                sj_plugin_state_text(state), plugin->reason);
}

static void refuse(struct plugin *plugin, const char *reason) {
    if (plugin->state != PLUGIN_REFUSED || strcmp(plugin->reason, reason) != 0) {
        fail(plugin, PLUGIN_REFUSED, reason);
    }
}

static void try_again(struct timer_item *item) {
    struct plugin *plugin =
        (struct plugin *)(void *)((char *)item - offsetof(struct plugin, deadline));
    sj_loader_start_wanted(plugin->loader);
}

/* A full disk and short memory pass: the service is tried again by itself. What the file itself is
 * at fault for stays refused.
 */
static void fail_to_load(struct plugin *plugin, const sj_error *error) {
    if (error->code != SJ_E_IO && error->code != SJ_E_NO_MEMORY &&
        error->code != SJ_E_UNAVAILABLE) {
        refuse(plugin, error->text);
        return;
    }
    if (plugin->missing && strcmp(plugin->reason, error->text) == 0) {
        plugin->state = PLUGIN_FAILED; /* as before: it was said */
    } else {
        fail(plugin, PLUGIN_FAILED, error->text);
    }
    plugin->missing = true;
    (void)sj_timer_set(plugin->loader->node, &plugin->deadline, plugin->loader->retry_ms,
                       try_again);
}

/* Why the code must stay mapped, or NULL. */
static const char *keeps_mapped(const struct plugin *plugin) {
    if (plugin->file.facts.never_unmapped) {
        return "it was linked so that it is never unmapped";
    }
    if (plugin->file.facts.thread_destructors) {
        return "it has thread-local storage or destructors";
    }
    return NULL;
}

/* The plugin has no code any more: what it declared is forgotten first. Returns why the code stays
 * in memory all the same, or NULL. */
static const char *let_go(struct plugin *plugin) {
    struct loader *loader = plugin->loader;
    const char *why = keeps_mapped(plugin);
    sj_declared_forget(loader->node, plugin->schema);
    if (why == NULL && !sj_plugin_file_close(&plugin->file, loader->copies, plugin->library)) {
        why = "the system keeps its code";
    }
    plugin->library = NULL; /* of code that stays: a new start of this very file maps it again */
    plugin->descriptor = NULL;
    plugin->schema = NULL;
    return why;
}

void sj_plugin_refresh(struct plugin *plugin) {
    struct plugin_file file;
    sj_error error;
    int status = sj_plugin_file_inspect(&file, plugin->file.path, &error);
    plugin->waits[0] = '\0';
    if (status == SJ_OK) {
        status = sj_manifest_fits(&file.manifest, &error);
    }
    if (status == SJ_OK && strcmp(file.manifest.name, plugin->owner.name) != 0) {
        status = sj_error_set(&error, SJ_E_CONFLICT, "%s is plugin %s now", file.path,
                              file.manifest.name);
    }
    if (status != SJ_OK && plugin->library != NULL) {
        (void)snprintf(plugin->waits, sizeof plugin->waits,
                       "cannot load the version on the disk: %.400s", error.text);
    } else if (status != SJ_OK) {
        refuse(plugin, error.text);
    } else if (strcmp(file.digest, plugin->file.digest) == 0) {
        sj_plugin_file_free(&file);
        return;
    } else if (plugin->scope != NULL) {
        (void)snprintf(plugin->waits, sizeof plugin->waits,
                       "version %s on the disk waits for \"sojourn service restart %s\"",
                       file.manifest.version, plugin->owner.name);
    } else {
        if (plugin->library != NULL) {
            (void)let_go(plugin);
        }
        sj_plugin_file_free(&plugin->file);
        plugin->file = file;
        plugin->retired = false;
        if (plugin->state != PLUGIN_QUARANTINED) {
            set_state(plugin, PLUGIN_INSPECTED, "");
        }
        return;
    }
    sj_plugin_file_free(&file);
}

static bool load(struct plugin *plugin) {
    struct loader *loader = plugin->loader;
    sj_error error;
    int status;
    sj_plugin_refresh(plugin);
    if (plugin->state == PLUGIN_REFUSED) {
        return false;
    }
    if (plugin->library != NULL) {
        return true;
    }
    if (sj_plugin_file_open(&plugin->file, loader->copies, &plugin->library, &plugin->descriptor,
                            &error) != SJ_OK) {
        fail_to_load(plugin, &error);
        return false;
    }
    if (plugin->descriptor->schema != NULL) {
        plugin->schema =
            sj_declared_copy(&loader->declared, plugin->file.digest, plugin->descriptor->schema);
        status = plugin->schema == NULL
                     ? sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory for its declarations")
                     : sj_declared_add(loader->node, plugin->schema, &error);
        if (status != SJ_OK) {
            plugin->schema = NULL;
            (void)let_go(plugin);
            fail_to_load(plugin, &error);
            return false;
        }
    }
    set_state(plugin, PLUGIN_LOADED, "");
    return true;
}

/* Runs init or start; false when it failed, with the sentence in `error`. */
static bool run_phase(struct plugin *plugin, const char *phase,
                      int (*function)(sj_scope *, void *, sj_error *), sj_error *error) {
    struct bracket bracket;
    int status;
    memset(error, 0, sizeof *error);
    if (function == NULL) {
        return true;
    }
    bracket = sj_enter(plugin->scope, phase);
    status = function(plugin->scope, plugin->state_memory, error);
    sj_leave(&bracket);
    if (status < 0 && error->text[0] == '\0') {
        (void)sj_error_set(error, status, "%s returned %s (%s) without a sentence", phase,
                           sj_error_name(status), sj_error_text(status));
    }
    return status >= 0;
}

static bool refused_role(struct plugin *plugin) {
    const struct node *node = plugin->loader->node;
    char reason[256];
    if ((plugin->descriptor->flags & SJ_PLUGIN_PUBLISHER_ONLY) == 0 ||
        strcmp(node->facts.role, "publisher") == 0) {
        return false;
    }
    (void)snprintf(reason, sizeof reason,
                   "%s runs only on the cluster's publisher; node %s is a %s",
                   plugin->descriptor->title, node->facts.name, node->facts.role);
    fail(plugin, PLUGIN_REFUSED, reason);
    return true;
}

void sj_plugin_start(struct plugin *plugin) {
    struct loader *loader = plugin->loader;
    struct node *node = loader->node;
    sj_service_started event = {.service = plugin->owner.name};
    char reason[768];
    sj_error error;
    if (!load(plugin)) {
        return;
    }
    plugin->missing = false;
    if (refused_role(plugin)) {
        return;
    }
    plugin->owner.visible = false;
    plugin->state_memory = sj_node_alloc(
        node, plugin->descriptor->state_size > 0 ? plugin->descriptor->state_size : 1);
    plugin->scope =
        plugin->state_memory == NULL
            ? NULL
            : sj_scope_open_root(node, &plugin->owner, plugin->owner.name, scope_closed, plugin);
    if (plugin->scope == NULL) {
        free(plugin->state_memory);
        plugin->state_memory = NULL;
        fail(plugin, PLUGIN_FAILED, "out of memory for its state");
        return;
    }
    set_state(plugin, PLUGIN_INITIALISED, "");
    if (!run_phase(plugin, "init", plugin->descriptor->init, &error)) {
        (void)snprintf(reason, sizeof reason, "init: %s", error.text);
        begin_stop(plugin, PLUGIN_FAILED, reason, false);
        return;
    }
    if (!run_phase(plugin, "start", plugin->descriptor->start, &error)) {
        (void)snprintf(reason, sizeof reason, "start: %s", error.text);
        begin_stop(plugin, PLUGIN_FAILED, reason, false);
        return;
    }
    plugin->owner.visible = true;
    plugin->started_order = ++loader->started;
    set_state(plugin, PLUGIN_STARTED, "");
    sj_node_log(node, SJ_LOG_INFO, "%s %s started", plugin->owner.name,
                plugin->descriptor->version);
    if (loader->started_topic != NULL) {
        sj_publish_service_started(node->scope, loader->started_topic, &event);
    }
}

int sj_plugin_unmap(struct plugin *plugin, sj_error *error) {
    const char *why;
    if (plugin->scope != NULL) {
        return sj_error_set(error, SJ_E_IN_USE, "%s is %s; deactivate it first", plugin->owner.name,
                            sj_plugin_state_text(plugin->state));
    }
    if (plugin->library == NULL) {
        return SJ_OK;
    }
    why = let_go(plugin);
    plugin->retired = why != NULL;
    set_state(plugin, why == NULL ? PLUGIN_INSPECTED : PLUGIN_RETIRED,
              why == NULL ? "unloaded" : why);
    return SJ_OK;
}
