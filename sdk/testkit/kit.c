/* The kit: a node without network and with a clock of its own; plugins started and stopped on it.
 */
#include "kit.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bus/bus.h"
#include "host/core/callback.h"
#include "host/node/host_table.h"
#include "host/params/params.h"
#include "host/store/store.h"
#include "host/telemetry/log.h"
#include "host/telemetry/metrics.h"
#include "host/telemetry/trace.h"
#include "host/work/jobs.h"
#include "host/work/work.h"
#include "sojourn_schema.h"

enum { STOP_DEADLINE_MS = 30000 };
static const int64_t monday_morning = 1767600000000; /* 2026-01-05 08:00:00 UTC */

static void give_up(const char *text) {
    (void)fprintf(stderr, "testkit: %s\n", text);
    abort();
}

void *kit_need(size_t bytes) {
    void *memory = calloc(1, bytes == 0 ? 1 : bytes);
    if (memory == NULL) {
        give_up("out of memory");
    }
    return memory;
}

char *kit_copy(const char *text) {
    size_t length = strlen(sj_or_empty(text));
    char *copy = kit_need(length + 1);
    memcpy(copy, sj_or_empty(text), length);
    return copy;
}

static uint64_t monotonic(struct node *node) {
    return ((sj_testkit *)(void *)node)->now_ms;
}

static int64_t wall(struct node *node) {
    const sj_testkit *kit = (sj_testkit *)(void *)node;
    return (int64_t)kit->now_ms + kit->wall_offset;
}

static void fill_table(sj_host *table) {
    sj_table_fill(table);
    kit_udp_fill(table);
    kit_stream_fill(table);
    kit_http_fill(table);
    kit_fetch_fill(table);
    kit_dns_fill(table);
    kit_job_fill(table);
    kit_security_fill(table);
}

static void set_facts(sj_testkit *kit, const sj_testkit_options *options) {
    struct sj_node *facts = &kit->node.facts;
    char directory[] = "/tmp/sojourn-testkit-XXXXXX";
    kit->cluster_id = kit_copy(options->cluster_id == NULL ? "hq" : options->cluster_id);
    kit->name = kit_copy(options->node == NULL ? "hq-1" : options->node);
    kit->role = kit_copy(options->role == NULL ? "publisher" : options->role);
    kit->address = kit_copy(options->address == NULL ? "127.0.0.1" : options->address);
    if (mkdtemp(directory) == NULL) {
        give_up("no temporary directory can be made");
    }
    kit->state_directory = kit_copy(directory);
    facts->cluster_id = kit->cluster_id;
    facts->name = kit->name;
    facts->role = kit->role;
    facts->version = SOJOURN_VERSION;
    facts->address = kit->address;
    facts->further_addresses = options->further_addresses;
    facts->further_addresses_count = options->further_addresses_count;
    facts->sip_port = 5060;
    facts->sips_port = 5061;
    facts->tftp_port = 69;
    facts->tftp_http_port = 6970;
    facts->http_port = 8080;
    facts->https_port = 8443;
    facts->state_directory = kit->state_directory;
    facts->plugin_directory = kit->state_directory;
}

static int open_store(struct node *node, sj_error *error) {
    return sj_store_open_at(node, ":memory:", error);
}

sj_testkit *sj_testkit_open(const sj_testkit_options *given) {
    static const sj_testkit_options none;
    static int (*const parts[])(struct node *, sj_error *) = {
        sj_log_open,  sj_trace_open, sj_timers_open, sj_metrics_open,
        sj_work_open, sj_bus_open,   open_store,     sj_params_open};
    const sj_testkit_options *options = given == NULL ? &none : given;
    sj_testkit *kit = kit_need(sizeof *kit);
    sj_error error;
    if (uv_loop_init(&kit->loop) != 0 || sj_node_init(&kit->node, &kit->loop, &error) != SJ_OK) {
        give_up("no loop");
    }
    kit->now_ms = 1000000;
    kit->wall_offset =
        (options->wall_ms != 0 ? options->wall_ms : monday_morning) - (int64_t)kit->now_ms;
    kit->node.monotonic_ms = monotonic;
    kit->node.wall_ms = wall;
    kit->node.schema = options->schema != NULL ? options->schema : &sojourn_schema;
    kit->next_port = 20000;
    set_facts(kit, options);
    fill_table(&kit->node.table);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i](&kit->node, &error) != SJ_OK) {
            give_up(error.text);
        }
    }
    sj_owner_init(&kit->test_owner, &kit->node, "test");
    kit->test_owner.visible = true;
    kit->scope = sj_scope_open_root(&kit->node, &kit->test_owner, "test", NULL, NULL);
    kit_recorder_open(kit);
    sj_testkit_run(kit);
    return kit;
}

sj_scope *sj_testkit_scope(sj_testkit *kit) {
    return kit->scope;
}

/* Until nothing is ready: the loop does one round without waiting, timers due now fire, and again
 * while that gave new work. */
void sj_testkit_run(sj_testkit *kit) {
    int quiet = 0;
    while (quiet < 2) {
        uint64_t due;
        bool busy = !sj_list_empty(&kit->node.later.items) ||
                    (sj_timers_next(&kit->node, &due) && due <= kit->now_ms);
        uv_run(&kit->loop, UV_RUN_NOWAIT);
        sj_timers_run(&kit->node);
        quiet = busy ? 0 : quiet + 1;
    }
}

void sj_testkit_advance(sj_testkit *kit, int64_t ms) {
    uint64_t until = kit->now_ms + (uint64_t)ms, due;
    sj_testkit_run(kit);
    while (sj_timers_next(&kit->node, &due) && due <= until) {
        kit->now_ms = due > kit->now_ms ? due : kit->now_ms;
        sj_testkit_run(kit);
    }
    kit->now_ms = until;
    sj_testkit_run(kit);
}

bool sj_testkit_until(sj_testkit *kit, bool (*condition)(void *user), void *user, int64_t ms) {
    uint64_t until = kit->now_ms + (uint64_t)ms, due;
    sj_testkit_run(kit);
    while (!condition(user)) {
        if (!sj_timers_next(&kit->node, &due) || due > until) {
            kit->now_ms = until;
            sj_testkit_run(kit);
            return condition(user);
        }
        kit->now_ms = due > kit->now_ms ? due : kit->now_ms;
        sj_testkit_run(kit);
    }
    return true;
}

void sj_testkit_set_wall(sj_testkit *kit, int64_t wall_ms) {
    kit->wall_offset = wall_ms - (int64_t)kit->now_ms;
}

static struct tested_plugin *find_plugin(const sj_testkit *kit, const char *name) {
    struct tested_plugin *plugin = kit->plugins;
    while (plugin != NULL && strcmp(plugin->owner.name, name) != 0) {
        plugin = plugin->next;
    }
    return plugin;
}

static void plugin_closed(void *user) {
    struct tested_plugin *plugin = user;
    if (plugin->descriptor->fini != NULL) {
        struct bracket bracket = sj_enter(plugin->scope, "fini");
        plugin->descriptor->fini(plugin->state);
        sj_leave(&bracket);
    }
    free(plugin->state);
    plugin->state = NULL;
    plugin->scope = NULL;
    plugin->running = false;
    plugin->owner.on_release = NULL;
}

static void close_unless_held(struct owner *owner) {
    struct tested_plugin *plugin = (struct tested_plugin *)(void *)owner;
    if (plugin->scope != NULL && !sj_scope_held(plugin->scope)) {
        sj_host_scope_close(plugin->scope);
    }
}

static bool has_ended(void *user) {
    const struct tested_plugin *plugin = user;
    return !plugin->running;
}

/* Waits for the end of a plugin that has been asked to leave. */
static int await_end(struct tested_plugin *plugin, sj_error *error) {
    char awaited[480];
    if (sj_testkit_until(plugin->kit, has_ended, plugin, STOP_DEADLINE_MS)) {
        return SJ_OK;
    }
    (void)sj_scope_awaited(plugin->scope, awaited, sizeof awaited);
    return sj_error_set(error, SJ_E_TIMEOUT, "%s did not stop within %d s, awaited: %s",
                        plugin->owner.name, STOP_DEADLINE_MS / 1000, awaited);
}

static int run_phase(struct tested_plugin *plugin, const char *phase,
                     int (*function)(sj_scope *, void *, sj_error *), sj_error *error) {
    if (function == NULL) {
        return SJ_OK;
    }
    struct bracket bracket = sj_enter(plugin->scope, phase);
    int status = function(plugin->scope, plugin->state, error);
    sj_leave(&bracket);
    return status;
}

int sj_testkit_start(sj_testkit *kit, const sj_plugin *descriptor, sj_error *error) {
    struct tested_plugin *plugin = find_plugin(kit, descriptor->name);
    sj_error ignored;
    int status = SJ_OK;
    if (plugin == NULL) {
        plugin = kit_need(sizeof *plugin);
        sj_owner_init(&plugin->owner, &kit->node, descriptor->name);
        plugin->kit = kit;
        plugin->next = kit->plugins;
        kit->plugins = plugin;
        if (descriptor->schema != NULL) {
            status = sj_bus_add_schema(&kit->node, descriptor->schema, error);
            status =
                status < 0 ? status : sj_store_add_schema(&kit->node, descriptor->schema, error);
        }
    }
    if (status < 0 || plugin->running) {
        return status < 0 ? status
                          : sj_error_set(error, SJ_E_EXISTS, "%s runs already", descriptor->name);
    }
    plugin->descriptor = descriptor;
    plugin->owner.visible = false;
    plugin->state = kit_need(descriptor->state_size);
    plugin->scope =
        sj_scope_open_root(&kit->node, &plugin->owner, descriptor->name, plugin_closed, plugin);
    if (plugin->scope == NULL) {
        free(plugin->state);
        plugin->state = NULL;
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the scope of %s",
                            descriptor->name);
    }
    plugin->running = true;
    status = run_phase(plugin, "init", descriptor->init, error);
    if (status >= 0) {
        status = run_phase(plugin, "start", descriptor->start, error);
    }
    if (status < 0) {
        sj_host_scope_close(plugin->scope);
        (void)await_end(plugin, &ignored);
        return status;
    }
    plugin->owner.visible = true;
    sj_testkit_run(kit);
    return SJ_OK;
}

static int stop(struct tested_plugin *plugin, sj_error *error) {
    plugin->owner.visible = false;
    if (plugin->descriptor->stop != NULL) {
        struct bracket bracket = sj_enter(plugin->scope, "stop");
        plugin->descriptor->stop(plugin->scope, plugin->state);
        sj_leave(&bracket);
    }
    plugin->owner.on_release = close_unless_held;
    close_unless_held(&plugin->owner);
    return await_end(plugin, error);
}

int sj_testkit_stop(sj_testkit *kit, const char *name, sj_error *error) {
    struct tested_plugin *plugin = find_plugin(kit, name);
    if (plugin == NULL || !plugin->running) {
        return sj_error_set(error, SJ_E_NOT_FOUND, "no plugin %s runs", name);
    }
    return stop(plugin, error);
}

sj_scope *sj_testkit_plugin_scope(sj_testkit *kit, const char *name) {
    const struct tested_plugin *plugin = find_plugin(kit, name);
    return plugin == NULL ? NULL : plugin->scope;
}

void *sj_testkit_plugin_state(sj_testkit *kit, const char *name) {
    const struct tested_plugin *plugin = find_plugin(kit, name);
    return plugin == NULL ? NULL : plugin->state;
}

struct counted {
    const char *kind;
    size_t count;
};

static void count_kind(void *user, const sj_handle *handle) {
    struct counted *counted = user;
    counted->count += counted->kind == NULL || strcmp(handle->kind, counted->kind) == 0;
}

size_t sj_testkit_owned(sj_testkit *kit, const char *name, const char *kind) {
    const sj_scope *scope = sj_testkit_plugin_scope(kit, name);
    struct counted counted = {kind, 0};
    if (scope != NULL) {
        sj_scope_walk(scope, count_kind, &counted);
    }
    return counted.count;
}

static void remove_tree(const char *path) {
    DIR *directory = opendir(path);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char inner[4096];
        struct stat status;
        (void)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            lstat(inner, &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            remove_tree(inner);
        } else {
            (void)unlink(inner);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    (void)rmdir(path);
}

/* Everything that does not depend on plugins having ended well. */
static void close_parts(sj_testkit *kit) {
    struct node *node = &kit->node;
    kit_recorder_close(kit);
    sj_host_scope_close(kit->scope);
    sj_testkit_run(kit);
    sj_node_close_scope(node);
    sj_params_close(node);
    sj_store_close(node);
    sj_bus_close(node);
    sj_work_close(node);
    sj_metrics_close(node);
    sj_timers_close(node);
    sj_trace_close(node);
    sj_log_close(node);
    kit_http_close(kit);
    kit_stream_close(kit);
    kit_security_close(kit);
}

int sj_testkit_end(sj_testkit *kit, sj_error *error) {
    for (struct tested_plugin *plugin = kit->plugins; plugin != NULL; plugin = plugin->next) {
        if (plugin->running) {
            if (stop(plugin, error) < 0) {
                if (error != NULL) {
                    error->code = SJ_E_IN_USE;
                }
                return SJ_E_IN_USE; /* the kit is left as it is, to be looked at */
            }
        }
    }
    close_parts(kit);
    sj_node_finish(&kit->node);
    (void)uv_loop_close(&kit->loop);
    remove_tree(kit->state_directory);
    while (kit->plugins != NULL) {
        struct tested_plugin *plugin = kit->plugins;
        kit->plugins = plugin->next;
        free(plugin);
    }
    free(kit->cluster_id);
    free(kit->name);
    free(kit->role);
    free(kit->address);
    free(kit->state_directory);
    free(kit);
    return SJ_OK;
}

void sj_testkit_fail_allocation(sj_testkit *kit, long n) {
    kit->node.fail_allocation = n;
}

void sj_testkit_set_table_size(sj_testkit *kit, size_t size) {
    kit->node.table.size = size;
}

int sj_testkit_put(sj_testkit *kit, const sj_resource_meta *resource, const char *json,
                   sj_error *error) {
    const sj_host *table = &kit->node.table;
    void *record = NULL;
    int status = table->record_from_json(resource->record, json, strlen(json), &record, error);
    if (status >= 0) {
        status = table->store_put(kit->scope, resource, record, SJ_PUT_ANY, error);
        table->record_free(record);
    }
    sj_testkit_run(kit);
    return status;
}

int sj_testkit_ask_removal(sj_testkit *kit, const sj_resource_meta *resource, const char *key,
                           sj_error *error) {
    return sj_store_ask_removal(kit->node.store, resource, key, false, error);
}

/* A parameter's text as the JSON that its type wants. */
static cJSON *value_of(const sj_param_meta *param, const char *text) {
    char *end;
    double number = strtod(text, &end);
    if (param->field.type == SJ_TYPE_BOOLEAN &&
        (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)) {
        return cJSON_CreateBool(text[0] == 't');
    }
    if ((param->field.type == SJ_TYPE_INTEGER || param->field.type == SJ_TYPE_REAL ||
         param->field.type == SJ_TYPE_MINUTES) &&
        end != text && *end == '\0') {
        return cJSON_CreateNumber(number);
    }
    return cJSON_CreateString(text);
}

int sj_testkit_set_param(sj_testkit *kit, const sj_param_meta *param, const char *value,
                         sj_error *error) {
    cJSON *json = value_of(param, value);
    const struct sj_path path = {.name = param->symbol};
    struct sj_problems problems;
    bool changed;
    sj_problems_init(&problems, 1);
    (void)sj_params_set(&kit->node, param, json, &path, &problems, &changed);
    cJSON_Delete(json);
    sj_testkit_run(kit);
    return sj_problems_result(&problems, error);
}
