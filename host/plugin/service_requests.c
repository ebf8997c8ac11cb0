/* The requests service.* and plugin.*: the host answers them itself. What takes time is answered
 * when the plugin has come to rest. */
#include "host/plugin/service_requests.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/nearest.h>
#include <sojourn/bus.h>
#include <sojourn/words.h>

#include "events/node.h"
#include "host/bus/bus.h"
#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/plugin/loader.h"
#include "host/plugin/service_names.h"
#include "host/store/store.h"
#include "resources/node.h"
#include "services/not_offered.h"

/* A question that waits for a plugin to settle. */
enum wish { ACTIVATE, DEACTIVATE, RESTART };

struct pending {
    struct node *node;
    sj_question *question;
    enum wish wish;
};

/* Why the plugin is as it is; for one being stopped, what is awaited. */
static void explain(const struct plugin *plugin, char *text, size_t room) {
    char awaited[512];
    if (plugin->scope != NULL && plugin->state != PLUGIN_STARTED &&
        sj_scope_awaited(plugin->scope, awaited, sizeof awaited) > 0 && !plugin->overdue) {
        (void)snprintf(text, room, "%s; awaited: %s", plugin->reason, awaited);
    } else {
        (void)snprintf(text, room, "%s%s%s", plugin->reason,
                       plugin->reason[0] != '\0' && plugin->waits[0] != '\0' ? "; " : "",
                       plugin->waits);
    }
}

static void say_not_offered(const struct sj_service_not_offered *service, char *text, size_t room) {
    (void)snprintf(text, room, "%s is not offered: it would %s; without it %s", service->title,
                   service->does, service->without);
}

/* The known service of that name in the field, as a whole, in short, or by the words that it alone
 * has; or NULL. */
static const struct sj_service_not_offered *find_not_offered(const char *name) {
    const struct sj_service_not_offered *found = NULL;
    size_t count = 0;
    for (const struct sj_service_not_offered *service = sj_services_not_offered;
         service->title != NULL; service++) {
        if (sj_service_is_named(service->title, name) ||
            sj_service_is_named(service->short_name, name)) {
            return service;
        }
        if (sj_service_has_words(service->title, name)) {
            found = service;
            count++;
        }
    }
    return count == 1 ? found : NULL;
}

/* " (did you mean X?)": the service whose title alone has these words, else the name that is spelt
 * nearest. */
static const char *hint_of(const struct loader *loader, const char *name,
                           char hint[SJ_NEAREST_HINT]) {
    struct sj_nearest search;
    const char *by_words = NULL;
    size_t count = 0;
    sj_nearest_begin(&search, name);
    for (const struct plugin *plugin = loader->plugins; plugin != NULL; plugin = plugin->next) {
        sj_nearest_offer(&search, plugin->owner.name);
        sj_nearest_offer(&search, plugin->file.manifest.title);
        if (sj_service_has_words(plugin->file.manifest.title, name)) {
            by_words = plugin->owner.name;
            count++;
        }
    }
    for (const struct sj_service_not_offered *service = sj_services_not_offered;
         service->title != NULL; service++) {
        sj_nearest_offer(&search, service->title);
        sj_nearest_offer(&search, service->short_name);
    }
    search.best = count == 1 ? by_words : search.best;
    return sj_nearest_hint(&search, hint);
}

static struct plugin *find_or_fail(struct loader *loader, sj_question *question, const char *name) {
    struct plugin *plugin = sj_loader_find(loader, name);
    char known[512] = "", text[900], hint[SJ_NEAREST_HINT];
    size_t used = 0;
    if (plugin != NULL) {
        return plugin;
    }
    const struct sj_service_not_offered *not_offered = find_not_offered(name);
    if (not_offered != NULL) {
        say_not_offered(not_offered, text, sizeof text);
        sj_host_question_fail(question, SJ_E_NOT_FOUND, "service", text);
        return NULL;
    }
    for (plugin = loader->plugins; plugin != NULL && used < sizeof known; plugin = plugin->next) {
        int length = snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "",
                              plugin->owner.name);
        used += length > 0 ? (size_t)length : 0;
    }
    (void)snprintf(text, sizeof text,
                   "there is no service \"%.64s\"%s; expected one of %s; \"sojourn service list "
                   "--all\" shows all that are known",
                   name, hint_of(loader, name, hint), used > 0 ? known : "(none)");
    sj_host_question_fail(question, SJ_E_NOT_FOUND, "service", text);
    return NULL;
}

static bool is_this_node(struct loader *loader, sj_question *question, const char *node) {
    char text[400];
    if (node == NULL || node[0] == '\0' || strcmp(node, loader->node->facts.name) == 0) {
        return true;
    }
    (void)snprintf(text, sizeof text, "this is node %s; ask node %.255s itself",
                   loader->node->facts.name, node);
    sj_host_question_fail(question, SJ_E_NOT_FOUND, "node", text);
    return false;
}

static void answer_wish(struct pending *pending, const struct plugin *plugin) {
    char text[1024];
    const char *name = plugin->owner.name, *state = sj_plugin_state_text(plugin->state);
    bool well = pending->wish == DEACTIVATE ? plugin->state != PLUGIN_FAILED || !plugin->overdue
                                            : plugin->state == PLUGIN_STARTED;
    if (well && pending->wish == RESTART && plugin->waits[0] != '\0') {
        /* It runs again, but not what is on the disk, which a restart is asked for. */
        (void)snprintf(text, sizeof text, "%s is started again with the old version %s; %s", name,
                       plugin->file.manifest.version, plugin->waits);
        sj_host_question_fail(pending->question, SJ_E_CONFLICT, "service", text);
        return;
    }
    if (!well) {
        (void)snprintf(text, sizeof text, "%s is %s, but %s: %s", name,
                       plugin->activated ? "activated" : "deactivated", state, plugin->reason);
        /* What did not stop is in the way of whatever is wished next, and is refused alike. */
        sj_host_question_fail(pending->question, plugin->overdue ? SJ_E_CONFLICT : SJ_E_UNAVAILABLE,
                              "", text);
        return;
    }
    if (pending->wish == DEACTIVATE) {
        (void)snprintf(text, sizeof text, "%s (%s) is deactivated", name,
                       plugin->file.manifest.title);
    } else {
        (void)snprintf(text, sizeof text, "%s (%s) is activated and started, version %s%s%s", name,
                       plugin->file.manifest.title, plugin->file.manifest.version,
                       plugin->waits[0] == '\0' ? "" : "; ", plugin->waits);
    }
    if (pending->wish == ACTIVATE) {
        sj_service_activate_reply reply = {.state = state, .message = text};
        sj_reply_service_activate(pending->node->scope, pending->question, &reply);
    } else if (pending->wish == DEACTIVATE) {
        sj_service_deactivate_reply reply = {.state = state, .message = text};
        sj_reply_service_deactivate(pending->node->scope, pending->question, &reply);
    } else {
        sj_service_restart_reply reply = {.state = state, .message = text};
        sj_reply_service_restart(pending->node->scope, pending->question, &reply);
    }
}

static void settled(void *user, struct plugin *plugin) {
    struct pending *pending = user;
    answer_wish(pending, plugin);
    free(pending);
}

static void answer_when_settled(struct plugin *plugin, sj_question *question, enum wish wish) {
    struct pending *pending = calloc(1, sizeof *pending);
    if (pending != NULL) {
        pending->node = plugin->loader->node;
        pending->question = question;
        pending->wish = wish;
    }
    if (pending == NULL || sj_plugin_when_settled(plugin, settled, pending) != SJ_OK) {
        free(pending);
        sj_host_question_fail(question, SJ_E_NO_MEMORY, "",
                              "out of memory: cannot wait for the service");
    }
}

/* A plugin that may not run whatever is wished; true when the question has been refused. */
static bool refuse(struct plugin *plugin, sj_question *question, bool ends_quarantine) {
    char text[1024];
    if (plugin->state == PLUGIN_REFUSED) {
        (void)snprintf(text, sizeof text, "%s is refused: %s", plugin->owner.name, plugin->reason);
    } else if (plugin->state == PLUGIN_QUARANTINED && !ends_quarantine) {
        (void)snprintf(text, sizeof text,
                       "%s is quarantined: %s; \"sojourn service restart %s\" ends that",
                       plugin->owner.name, plugin->reason, plugin->owner.name);
    } else if (plugin->overdue) {
        (void)snprintf(text, sizeof text, "%s %s", plugin->owner.name, plugin->reason);
    } else {
        return false;
    }
    sj_host_question_fail(question, SJ_E_CONFLICT, "service", text);
    return true;
}

/* A failed one gets another chance. */
static void forgive(struct plugin *plugin) {
    if (plugin->state == PLUGIN_FAILED && plugin->scope == NULL) {
        plugin->state = plugin->library != NULL ? PLUGIN_STOPPED : PLUGIN_INSPECTED;
    }
}

static void on_activate(void *user, sj_question *question, const sj_service_activate *request) {
    struct loader *loader = user;
    struct plugin *plugin;
    sj_error error;
    if (!is_this_node(loader, question, request->node)) {
        return;
    }
    if (sj_loader_look_for(loader, request->service, &error) < 0) { /* it may be new, or newer */
        sj_host_question_fail(question, error.code, "", error.text);
        return;
    }
    plugin = find_or_fail(loader, question, request->service);
    if (plugin == NULL || refuse(plugin, question, false)) {
        return;
    }
    if (sj_loader_set_activated(plugin, true, &error) < 0) {
        sj_host_question_fail(question, error.code, error.field, error.text);
        return;
    }
    forgive(plugin);
    sj_loader_start_wanted(loader);
    answer_when_settled(plugin, question, ACTIVATE);
}

/* What plugins say of those who need the service; false after the refusal. */
static bool may_go(struct loader *loader, const struct plugin *plugin, sj_question *question) {
    char key[320], text[600];
    const char *name = plugin->owner.name;
    sj_error reason = {0};
    (void)snprintf(key, sizeof key, "%s@%s", name, loader->node->facts.name);
    const int status =
        sj_store_in_use(loader->node->store, &sj_service_activation_meta, key, &reason);
    if (status == SJ_OK) {
        return true;
    }
    if (status == SJ_E_IN_USE) {
        (void)snprintf(text, sizeof text,
                       "%s is in use: %.380s; force=true deactivates it all the same", name,
                       reason.text);
    } else {
        (void)snprintf(
            text, sizeof text,
            "whether %s is in use could not be found out: %.380s; force=true does not ask", name,
            reason.text);
    }
    sj_host_question_fail(question, status, "service", text);
    return false;
}

static void on_deactivate(void *user, sj_question *question, const sj_service_deactivate *request) {
    struct loader *loader = user;
    struct plugin *plugin;
    sj_error error;
    if (!is_this_node(loader, question, request->node)) {
        return;
    }
    plugin = find_or_fail(loader, question, request->service);
    if (plugin == NULL ||
        (!request->force && plugin->state == PLUGIN_STARTED && !may_go(loader, plugin, question))) {
        return;
    }
    if (sj_loader_set_activated(plugin, false, &error) < 0) {
        sj_host_question_fail(question, error.code, error.field, error.text);
        return;
    }
    if (plugin->state == PLUGIN_STARTED) {
        sj_plugin_stop(plugin, PLUGIN_STOPPED, "deactivated");
    }
    answer_when_settled(plugin, question, DEACTIVATE);
}

static void on_restart(void *user, sj_question *question, const sj_service_restart *request) {
    struct loader *loader = user;
    struct plugin *plugin = find_or_fail(loader, question, request->service);
    char text[200];
    if (plugin == NULL) {
        return;
    }
    sj_plugin_refresh(plugin);
    if (refuse(plugin, question, true)) {
        return;
    }
    if (!plugin->activated) {
        (void)snprintf(text, sizeof text,
                       "%s is not activated; \"sojourn service activate %s\" does that",
                       plugin->owner.name, plugin->owner.name);
        sj_host_question_fail(question, SJ_E_CONFLICT, "service", text);
        return;
    }
    if (plugin->state == PLUGIN_QUARANTINED) {
        memset(sj_slot->plugins[plugin->owner.slot].crashes, 0, sizeof sj_slot->plugins[0].crashes);
        sj_slot->plugins[plugin->owner.slot].quarantined = false;
        plugin->state = PLUGIN_INSPECTED;
        plugin->reason[0] = '\0';
    }
    forgive(plugin);
    if (plugin->state == PLUGIN_STARTED) {
        sj_plugin_stop(plugin, PLUGIN_STOPPED, "restarted");
    } else {
        sj_loader_start_wanted(loader);
    }
    answer_when_settled(plugin, question, RESTART);
}

/* The plugins as a list of records, each with a text of its own, and room for `further` ones.
 * `fill` writes one. */
struct listing {
    void *entries;
    char (*texts)[1300];
    size_t count;
};

static bool list_plugins(const struct loader *loader, sj_question *question,
                         struct listing *listing, size_t entry_size, size_t further,
                         void (*fill)(const struct plugin *plugin, void *entry, char *text,
                                      size_t room)) {
    size_t count = 0;
    for (const struct plugin *plugin = loader->plugins; plugin != NULL; plugin = plugin->next) {
        count++;
    }
    *listing = (struct listing){calloc(count + further + 1, entry_size),
                                calloc(count + further + 1, sizeof *listing->texts), count};
    if (listing->entries == NULL || listing->texts == NULL) {
        sj_host_question_fail(question, SJ_E_NO_MEMORY, "",
                              "out of memory: cannot list the plugins");
        return false;
    }
    char *entry = listing->entries;
    count = 0;
    for (const struct plugin *plugin = loader->plugins; plugin != NULL;
         plugin = plugin->next, entry += entry_size, count++) {
        fill(plugin, entry, listing->texts[count], sizeof listing->texts[count]);
    }
    return true;
}

static void free_listing(struct listing *listing) {
    free(listing->entries);
    free(listing->texts);
}

static void fill_service(const struct plugin *plugin, void *entry, char *text, size_t room) {
    explain(plugin, text, room);
    *(sj_service_list_reply_entry *)entry = (sj_service_list_reply_entry){
        .name = plugin->owner.name,
        .title = plugin->file.manifest.title,
        .version = plugin->file.manifest.version,
        .activated = plugin->activated,
        .state = sj_plugin_state_text(plugin->state),
        .reason = text,
    };
}

static size_t count_not_offered(void) {
    size_t count = 0;
    while (sj_services_not_offered[count].title != NULL) {
        count++;
    }
    return count;
}

/* Those that no plugin here offers, after the plugins. */
static void add_not_offered(struct loader *loader, struct listing *listing) {
    sj_service_list_reply_entry *entries = listing->entries;
    for (const struct sj_service_not_offered *service = sj_services_not_offered;
         service->title != NULL; service++) {
        if (sj_loader_find(loader, service->title) != NULL) {
            continue;
        }
        char *text = listing->texts[listing->count];
        say_not_offered(service, text, sizeof *listing->texts);
        entries[listing->count++] = (sj_service_list_reply_entry){.name = "",
                                                                  .title = service->title,
                                                                  .version = "",
                                                                  .state = "not_offered",
                                                                  .reason = text};
    }
}

static void on_list(void *user, sj_question *question, const sj_service_list *request) {
    struct loader *loader = user;
    struct listing listing;
    const size_t further = request->all ? count_not_offered() : 0;
    if (list_plugins(loader, question, &listing, sizeof(sj_service_list_reply_entry), further,
                     fill_service)) {
        if (request->all) {
            add_not_offered(loader, &listing);
        }
        const sj_service_list_reply reply = {.services = listing.entries,
                                             .services_count = listing.count};
        sj_reply_service_list(loader->node->scope, question, &reply);
    }
    free_listing(&listing);
}

static void fill_plugin(const struct plugin *plugin, void *entry, char *text, size_t room) {
    const struct manifest *manifest = &plugin->file.manifest;
    (void)snprintf(text, room, "%d.%d", manifest->abi_major, manifest->abi_minor);
    *(sj_plugin_list_reply_entry *)entry = (sj_plugin_list_reply_entry){
        .name = plugin->owner.name,
        .version = manifest->version,
        .abi = text,
        .file = plugin->file.path,
        .needs = manifest->needs,
        .provides = manifest->provides,
        .state = sj_plugin_state_text(plugin->state),
    };
}

static void on_plugin_list(void *user, sj_question *question, const sj_plugin_list *request) {
    struct loader *loader = user;
    struct listing listing;
    (void)request;
    if (list_plugins(loader, question, &listing, sizeof(sj_plugin_list_reply_entry), 0,
                     fill_plugin)) {
        const sj_plugin_list_reply reply = {.plugins = listing.entries,
                                            .plugins_count = listing.count};
        sj_reply_plugin_list(loader->node->scope, question, &reply);
    }
    free_listing(&listing);
}

struct kinds {
    sj_service_status_reply_thing things[48];
    size_t count;
};

static void count_kind(void *user, const sj_handle *handle) {
    struct kinds *kinds = user;
    for (size_t i = 0; i < kinds->count; i++) {
        if (strcmp(kinds->things[i].kind, handle->kind) == 0) {
            kinds->things[i].count++;
            return;
        }
    }
    if (kinds->count < sizeof kinds->things / sizeof kinds->things[0]) {
        kinds->things[kinds->count].kind = handle->kind;
        kinds->things[kinds->count++].count = 1;
    }
}

static void on_status(void *user, sj_question *question, const sj_service_status *request) {
    struct loader *loader = user;
    const struct plugin *plugin = find_or_fail(loader, question, request->service);
    struct kinds kinds = {.count = 0};
    char reason[1300], slowest[128] = "";
    if (plugin == NULL) {
        return;
    }
    if (plugin->scope != NULL) {
        sj_scope_walk(plugin->scope, count_kind, &kinds);
    }
    explain(plugin, reason, sizeof reason);
    if (plugin->owner.longest_kind != NULL) {
        (void)snprintf(slowest, sizeof slowest, "%s%s%s", plugin->owner.longest_kind,
                       plugin->owner.longest_detail[0] == '\0' ? "" : " ",
                       plugin->owner.longest_detail);
    }
    sj_service_status_reply reply = {
        .name = plugin->owner.name,
        .title = plugin->file.manifest.title,
        .state = sj_plugin_state_text(plugin->state),
        .reason = reason,
        .activated = plugin->activated,
        .owned = kinds.things,
        .owned_count = kinds.count,
        .callbacks = (int64_t)plugin->owner.callbacks,
        .slowest_us = (int64_t)(sj_ticks_to_ns(plugin->owner.longest_ticks) / 1000),
        .slowest_name = slowest,
    };
    sj_reply_service_status(loader->node->scope, question, &reply);
}

static void on_unload(void *user, sj_question *question, const sj_plugin_unload *request) {
    struct loader *loader = user;
    struct plugin *plugin = find_or_fail(loader, question, request->plugin);
    char text[1024];
    sj_error error;
    if (plugin == NULL) {
        return;
    }
    if (sj_plugin_unmap(plugin, &error) < 0) {
        sj_host_question_fail(question, error.code, "plugin", error.text);
        return;
    }
    bool retired = plugin->state == PLUGIN_RETIRED;
    (void)snprintf(text, sizeof text,
                   retired ? "%s is retired: its code stays in memory, %s" : "%s is not in memory",
                   plugin->owner.name, plugin->reason);
    sj_plugin_unload_reply reply = {.state = retired ? "retired" : "unloaded", .message = text};
    sj_reply_plugin_unload(loader->node->scope, question, &reply);
}

static void on_rescan(void *user, sj_question *question, const sj_plugin_rescan *request) {
    struct loader *loader = user;
    char text[200];
    sj_error error;
    int found = sj_loader_scan(loader, &error);
    (void)request;
    if (found < 0) {
        sj_host_question_fail(question, error.code, "", error.text);
        return;
    }
    (void)snprintf(text, sizeof text, "%d new plugin%s in %.150s", found, sj_plural(found),
                   loader->node->facts.plugin_directory);
    sj_plugin_rescan_reply reply = {.found = found, .message = text};
    sj_reply_plugin_rescan(loader->node->scope, question, &reply);
}

int sj_services_answer(struct loader *loader, sj_error *error) {
    sj_scope *scope = loader->node->scope;
    bool all = sj_answer_service_list(scope, on_list, loader, error) != NULL &&
               sj_answer_service_status(scope, on_status, loader, error) != NULL &&
               sj_answer_service_activate(scope, on_activate, loader, error) != NULL &&
               sj_answer_service_deactivate(scope, on_deactivate, loader, error) != NULL &&
               sj_answer_service_restart(scope, on_restart, loader, error) != NULL &&
               sj_answer_plugin_list(scope, on_plugin_list, loader, error) != NULL &&
               sj_answer_plugin_unload(scope, on_unload, loader, error) != NULL &&
               sj_answer_plugin_rescan(scope, on_rescan, loader, error) != NULL;
    return all ? SJ_OK : error->code;
}
