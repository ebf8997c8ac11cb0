/* The set of plugins: which files there are, which are activated, who starts when. Touches the
 * plugin directory, the directory of private copies and the resource service_activation. */
#include "host/plugin/loader.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/node.h"
#include "host/core/callback.h"
#include "host/core/file_guard.h"
#include "host/core/node.h"
#include "host/plugin/declared.h"
#include "host/plugin/service_names.h"
#include "host/plugin/service_requests.h"
#include "host/plugin/start_order.h"
#include "host/telemetry/log.h"
#include "resources/node.h"

enum { RETRY_MS = 10000 };
enum { MOST_PLUGINS = SJ_SLOT_PLUGINS - 1, PATH_ROOM = 4096 };

struct plugin *sj_loader_find(struct loader *loader, const char *name) {
    for (struct plugin *plugin = loader->plugins; plugin != NULL; plugin = plugin->next) {
        if (sj_service_is_named(plugin->owner.name, name) ||
            sj_service_is_named(plugin->file.manifest.title, name)) {
            return plugin;
        }
    }
    return NULL;
}

static void insert_by_name(struct loader *loader, struct plugin *plugin) {
    struct plugin **at = &loader->plugins;
    while (*at != NULL && strcmp((*at)->owner.name, plugin->owner.name) < 0) {
        at = &(*at)->next;
    }
    plugin->next = *at;
    *at = plugin;
}

/* The name that stands for a file whose own cannot be read. */
static void name_from_path(const char *path, char *name, size_t room) {
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    (void)snprintf(name, room, "%.*s", (int)strcspn(base, "."), base);
}

/* Its file may be another by now. */
static void look_again(struct plugin *plugin) {
    char waited[sizeof plugin->waits];
    (void)snprintf(waited, sizeof waited, "%s", plugin->waits);
    sj_plugin_refresh(plugin);
    if (plugin->waits[0] != '\0' && strcmp(plugin->waits, waited) != 0) {
        sj_node_log(plugin->loader->node, SJ_LOG_INFO, "%s: %s", plugin->owner.name, plugin->waits);
    }
}

/* True when the file, or the plugin in it, is known already. */
static bool known_file(struct loader *loader, const char *path, const char *name) {
    for (struct plugin *plugin = loader->plugins; plugin != NULL; plugin = plugin->next) {
        if (strcmp(plugin->file.path, path) == 0) {
            look_again(plugin);
            return true;
        }
    }
    if (name[0] != '\0') {
        const struct plugin *plugin = sj_loader_find(loader, name);
        if (plugin != NULL) {
            sj_node_log(loader->node, SJ_LOG_WARNING, "not loading %s: plugin %s is already %s",
                        path, name, plugin->file.path);
            return true;
        }
    }
    return false;
}

static int add_file(struct loader *loader, const char *path) {
    struct plugin_file file;
    struct plugin *plugin;
    char name[64];
    sj_error error;
    int status;
    if (known_file(loader, path, "")) {
        return 0;
    }
    status = sj_plugin_file_inspect(&file, path, &error);
    if (status == SJ_OK) {
        status = sj_manifest_fits(&file.manifest, &error);
    }
    (void)snprintf(name, sizeof name, "%s", file.manifest.name);
    if (name[0] == '\0') {
        name_from_path(path, name, sizeof name);
    }
    if (known_file(loader, path, name)) {
        sj_plugin_file_free(&file);
        return 0;
    }
    plugin = sj_node_alloc(loader->node, sizeof *plugin);
    if (plugin == NULL) {
        sj_plugin_file_free(&file);
        return 0;
    }
    sj_owner_init(&plugin->owner, loader->node, name);
    plugin->owner.slot = sj_slot_find(name);
    if (plugin->owner.slot != 0) {
        sj_slot->plugins[plugin->owner.slot].owner = &plugin->owner;
    }
    plugin->loader = loader;
    plugin->file = file;
    plugin->state = status == SJ_OK ? PLUGIN_INSPECTED : PLUGIN_REFUSED;
    if (status != SJ_OK) {
        (void)snprintf(plugin->reason, sizeof plugin->reason, "%s", error.text);
        sj_node_log(loader->node, SJ_LOG_WARNING, "%s refused: %s", name, plugin->reason);
    } else if (sj_slot->plugins[plugin->owner.slot].quarantined && plugin->owner.slot != 0) {
        plugin->state = PLUGIN_QUARANTINED;
        (void)snprintf(plugin->reason, sizeof plugin->reason, "%s",
                       sj_slot->plugins[plugin->owner.slot].reason);
        sj_node_log(loader->node, SJ_LOG_ERROR, "%s quarantined: %s", name, plugin->reason);
    }
    insert_by_name(loader, plugin);
    return 1;
}

static int only_libraries(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + length - 3, ".so") == 0;
}

int sj_loader_scan(struct loader *loader, sj_error *error) {
    const char *directory = loader->node->facts.plugin_directory;
    struct dirent **entries = NULL;
    int count, found = 0;
    size_t plugins = 0;
    if (sj_guarded_path(directory, SJ_GUARD_TRUSTED, error) != SJ_OK) {
        return SJ_E_IO;
    }
    count = scandir(directory, &entries, only_libraries, alphasort);
    if (count < 0) {
        return sj_error_set(error, SJ_E_IO, "the plugin directory %s cannot be read: %s", directory,
                            strerror(errno));
    }
    for (const struct plugin *plugin = loader->plugins; plugin != NULL; plugin = plugin->next) {
        plugins++;
    }
    for (int i = 0; i < count; i++) {
        char path[PATH_ROOM];
        (void)snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        if (plugins + (size_t)found < MOST_PLUGINS) {
            found += add_file(loader, path);
        } else {
            sj_node_log(loader->node, SJ_LOG_WARNING, "not loading %s: limit of %d plugins reached",
                        path, MOST_PLUGINS);
        }
        free(entries[i]);
    }
    free(entries);
    return found;
}

int sj_loader_look_for(struct loader *loader, const char *name, sj_error *error) {
    struct plugin *plugin = sj_loader_find(loader, name);
    if (plugin == NULL) {
        return sj_loader_scan(loader, error);
    }
    if (sj_guarded_path(loader->node->facts.plugin_directory, SJ_GUARD_TRUSTED, error) != SJ_OK) {
        return SJ_E_IO;
    }
    look_again(plugin);
    return 0;
}

/* Reads which services are activated on this node. */
static int read_activation(struct loader *loader, sj_error *error) {
    struct node *node = loader->node;
    sj_query query = {.field = "node", .value = node->facts.name};
    sj_list list;
    int status = sj_service_activation_list(node->scope, &query, &list, error);
    if (status < 0) {
        return status;
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_service_activation *record = sj_service_activation_at(&list, i);
        struct plugin *plugin = sj_loader_find(loader, record->service);
        if (plugin != NULL) {
            plugin->activated = plugin->wanted = record->activated;
        } else if (record->activated) {
            sj_node_log(node, SJ_LOG_WARNING, "service %s is activated, but %s has no such plugin",
                        record->service, node->facts.plugin_directory);
        }
    }
    sj_list_free(node->scope, &list);
    return SJ_OK;
}

int sj_loader_set_activated(struct plugin *plugin, bool activated, sj_error *error) {
    struct node *node = plugin->loader->node;
    sj_service_activation record = {
        .service = plugin->owner.name, .node = node->facts.name, .activated = activated};
    int status = sj_service_activation_put(node->scope, &record, SJ_PUT_ANY, error);
    if (status >= 0) {
        plugin->activated = plugin->wanted = activated;
    }
    return status;
}

static bool provided_by_running(void *user, const char *word) {
    const struct loader *loader = user;
    for (const struct plugin *plugin = loader->plugins; plugin != NULL; plugin = plugin->next) {
        if (plugin->state == PLUGIN_STARTED && sj_order_has(plugin->file.manifest.provides, word)) {
            return true;
        }
    }
    return false;
}

/* Can it be tried now? */
static bool startable(const struct plugin *plugin) {
    return plugin->wanted && plugin->scope == NULL &&
           (plugin->state == PLUGIN_INSPECTED || plugin->state == PLUGIN_LOADED ||
            plugin->state == PLUGIN_STOPPED || plugin->state == PLUGIN_RETIRED ||
            (plugin->state == PLUGIN_FAILED && plugin->missing));
}

static void fail_missing(struct plugin *plugin, const char *problem) {
    bool changed = strcmp(plugin->reason, problem) != 0;
    plugin->state = PLUGIN_FAILED;
    plugin->missing = true;
    (void)snprintf(plugin->reason, sizeof plugin->reason, "%s", problem);
    if (changed) {
        sj_node_log(plugin->loader->node, SJ_LOG_ERROR, "%s failed: %s", plugin->owner.name,
                    plugin->reason);
    }
}

/* A provider that came earlier in the order may have failed: its dependants say whose fault it is.
 */
static bool needs_are_met(struct plugin *plugin) {
    const char *needs = plugin->file.manifest.needs;
    char word[160], problem[sizeof plugin->reason];
    while (sj_order_next(&needs, word, sizeof word)) {
        if (sj_order_has(plugin->file.manifest.provides, word) ||
            provided_by_running(plugin->loader, word)) {
            continue;
        }
        (void)snprintf(problem, sizeof problem, "needs %s, which no active service provides", word);
        for (const struct plugin *other = plugin->loader->plugins; other != NULL;
             other = other->next) {
            if (sj_order_has(other->file.manifest.provides, word)) {
                (void)snprintf(problem, sizeof problem, "needs %s of %s, which is %s: %.400s", word,
                               other->owner.name, sj_plugin_state_text(other->state),
                               other->reason);
            }
        }
        fail_missing(plugin, problem);
        return false;
    }
    return true;
}

void sj_loader_start_wanted(struct loader *loader) {
    struct plugin *plugins[SJ_SLOT_PLUGINS];
    size_t order[SJ_SLOT_PLUGINS], count = 0, ordered;
    struct order_item *items;
    if (loader->node->stopping) {
        return;
    }
    for (struct plugin *plugin = loader->plugins; plugin != NULL; plugin = plugin->next) {
        if (startable(plugin)) {
            plugins[count++] = plugin;
        }
    }
    items = calloc(count + 1, sizeof *items);
    if (items == NULL) {
        sj_node_log(loader->node, SJ_LOG_ERROR,
                    "out of memory: cannot order the start of %zu services", count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        items[i].name = plugins[i]->owner.name;
        items[i].needs = plugins[i]->file.manifest.needs;
        items[i].provides = plugins[i]->file.manifest.provides;
    }
    ordered = sj_order(items, count, provided_by_running, loader, order);
    for (size_t i = 0; i < ordered; i++) {
        if (needs_are_met(plugins[order[i]])) {
            sj_plugin_start(plugins[order[i]]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].problem[0] != '\0') {
            fail_missing(plugins[i], items[i].problem);
        }
    }
    free(items);
}

int sj_plugin_when_settled(struct plugin *plugin,
                           void (*settled)(void *user, struct plugin *plugin), void *user) {
    struct waiter *waiter;
    if (sj_plugin_settled(plugin)) {
        settled(user, plugin);
        return SJ_OK;
    }
    waiter = sj_node_alloc(plugin->loader->node, sizeof *waiter);
    if (waiter == NULL) {
        return SJ_E_NO_MEMORY;
    }
    waiter->settled = settled;
    waiter->user = user;
    sj_list_add_first(&plugin->waiters, &waiter->link);
    return SJ_OK;
}

static void stop_next(struct loader *loader);

void sj_loader_settled(struct plugin *plugin) {
    struct loader *loader = plugin->loader;
    sj_list_head waiters = {0};
    struct waiter *waiter;
    sj_list_take_all(&plugin->waiters, &waiters);
    if (loader->all_stopped != NULL) {
        stop_next(loader);
    } else if (plugin->wanted && plugin->state == PLUGIN_STOPPED) {
        sj_loader_start_wanted(loader);
    }
    while ((waiter = SJ_OWNER(sj_list_take_first(&waiters), struct waiter, link)) != NULL) {
        (void)sj_plugin_when_settled(plugin, waiter->settled, waiter->user);
        free(waiter);
    }
}

/* Stops the one that started last and still runs; when none does, it is over. */
static void stop_next(struct loader *loader) {
    struct plugin *last = NULL;
    sj_done_fn done = loader->all_stopped;
    for (struct plugin *plugin = loader->plugins; plugin != NULL; plugin = plugin->next) {
        if (!sj_plugin_settled(plugin)) {
            return; /* its end comes here again */
        }
        if (plugin->state == PLUGIN_STARTED &&
            (last == NULL || plugin->started_order > last->started_order)) {
            last = plugin;
        }
    }
    if (last != NULL) {
        sj_plugin_stop(last, PLUGIN_STOPPED, "the node stops");
    } else if (done != NULL) {
        loader->all_stopped = NULL;
        done(loader->all_stopped_user);
    }
}

void sj_loader_stop_all(struct node *node, sj_done_fn done, void *user) {
    struct loader *loader = node->loader;
    node->stopping = true;
    loader->all_stopped = done;
    loader->all_stopped_user = user;
    stop_next(loader);
}

/* Private copies of an earlier run, and those it did not finish, are of no use. */
static int prepare_copies(struct loader *loader, sj_error *error) {
    char path[PATH_ROOM];
    DIR *directory;
    const struct dirent *entry;
    (void)snprintf(path, sizeof path, "%s/loaded", loader->node->facts.state_directory);
    loader->copies = strdup(path);
    if (loader->copies == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the loader");
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return sj_error_set(error, SJ_E_IO, "the directory %s cannot be made: %s", path,
                            strerror(errno));
    }
    directory = opendir(path);
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strstr(entry->d_name, ".so") != NULL) {
            (void)unlinkat(dirfd(directory), entry->d_name, 0);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return SJ_OK;
}

/* As far as the plugins' manifests tell. */
static void explain_unanswered(const struct node *node, const char *request, char *text,
                               size_t room) {
    char word[200];
    const struct plugin *plugin = node->loader->plugins;
    (void)snprintf(word, sizeof word, "request:%s", request);
    while (plugin != NULL && !sj_order_has(plugin->file.manifest.provides, word)) {
        plugin = plugin->next;
    }
    if (plugin != NULL) {
        (void)snprintf(text, room, "; %s does when it runs: sojourn service %s %s",
                       plugin->owner.name, plugin->activated ? "status" : "activate",
                       plugin->owner.name);
    }
}

int sj_loader_open(struct node *node, sj_error *error) {
    struct loader *loader = sj_node_alloc(node, sizeof *loader);
    int status;
    if (loader == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the loader");
    }
    node->loader = loader;
    node->explain_unanswered = explain_unanswered;
    loader->node = node;
    loader->stop_deadline_ms = SJ_STOP_DEADLINE_MS;
    loader->retry_ms = RETRY_MS;
    status = prepare_copies(loader, error);
    if (status == SJ_OK) {
        status = sj_loader_scan(loader, error);
    }
    if (status >= 0) {
        status = read_activation(loader, error);
    }
    if (status >= 0) {
        loader->started_topic = sj_service_started_topic(node->scope, error);
        loader->stopped_topic = sj_service_stopped_topic(node->scope, error);
        status = loader->started_topic == NULL || loader->stopped_topic == NULL
                     ? error->code
                     : sj_services_answer(loader, error);
    }
    if (status < 0) {
        sj_loader_close(node);
        return status;
    }
    sj_loader_start_wanted(loader);
    return SJ_OK;
}

void sj_loader_close(struct node *node) {
    struct loader *loader = node->loader;
    if (loader == NULL) {
        return;
    }
    node->loader = NULL;
    node->explain_unanswered = NULL;
    while (loader->plugins != NULL) {
        struct plugin *plugin = loader->plugins;
        loader->plugins = plugin->next;
        sj_timer_clear(node, &plugin->deadline);
        if (plugin->scope != NULL) {
            continue; /* overdue: it is still in use */
        }
        sj_declared_forget(node, plugin->schema);
        sj_slot->plugins[plugin->owner.slot].owner = NULL;
        sj_owner_remove(&plugin->owner);
        sj_plugin_file_free(&plugin->file);
        free(plugin);
    }
    sj_declared_free(&loader->declared);
    free(loader->copies);
    free(loader);
}
