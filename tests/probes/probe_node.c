/* A real node for tests of the loader. */
#include "probe_node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "events/node.h"
#include "host/bus/bus.h"
#include "host/core/timers.h"
#include "host/node/host_table.h"
#include "host/params/params.h"
#include "host/policy/service.h"
#include "host/store/store.h"
#include "host/telemetry/log.h"
#include "host/telemetry/metrics.h"
#include "host/telemetry/trace.h"
#include "host/work/jobs.h"
#include "host/work/work.h"
#include "sojourn_schema.h"

struct probe_node *probe_node_new(void) {
    struct probe_node *probe = calloc(1, sizeof *probe);
    assert_non_null(probe);
    (void)strcpy(probe->directory, "/tmp/sojourn-probe-XXXXXX");
    assert_non_null(mkdtemp(probe->directory));
    (void)snprintf(probe->plugins, sizeof probe->plugins, "%s/plugins", probe->directory);
    (void)snprintf(probe->state, sizeof probe->state, "%s/state", probe->directory);
    assert_int_equal(mkdir(probe->plugins, 0700), 0);
    assert_int_equal(mkdir(probe->state, 0700), 0);
    return probe;
}

void probe_node_place_file(struct probe_node *probe, const char *path, const char *name) {
    char to[256], buffer[65536];
    FILE *in, *out;
    size_t count;
    (void)snprintf(to, sizeof to, "%s/%s.so", probe->plugins, name);
    in = fopen(path, "rb");
    out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((count = fread(buffer, 1, sizeof buffer, in)) > 0) {
        assert_int_equal(fwrite(buffer, 1, count, out), count);
    }
    (void)fclose(in);
    (void)fclose(out);
}

void probe_node_place(struct probe_node *probe, const char *name) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.so", PROBES, name);
    probe_node_place_file(probe, path, name);
}

static void on_log(void *user, sj_log_level level, const char *who, const char *trace_id,
                   const char *text) {
    struct probe_node *probe = user;
    (void)trace_id;
    if (level <= SJ_LOG_WARNING) {
        (void)snprintf(probe->last_line, sizeof probe->last_line, "%s: %s", who, text);
    }
}

static int open_store(struct node *node, sj_error *error) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/sojourn.db", node->facts.state_directory);
    return sj_store_open_at(node, path, error);
}

void probe_node_open(struct probe_node *probe, const char *role) {
    static int (*const parts[])(struct node *, sj_error *) = {
        sj_log_open, sj_trace_open, sj_timers_open, sj_metrics_open, sj_work_open,
        sj_bus_open, open_store,    sj_params_open, sj_policy_open};
    struct node *node = &probe->node;
    sj_error error = {.text = ""};
    assert_int_equal(uv_loop_init(&probe->loop), 0);
    assert_int_equal(sj_node_init(node, &probe->loop, &error), SJ_OK);
    sj_table_fill(&node->table);
    node->schema = &sojourn_schema;
    node->facts.cluster_id = "probes";
    node->facts.name = "probe-1";
    node->facts.role = role;
    node->facts.version = "1.0.0";
    node->facts.address = "127.0.0.1";
    node->facts.state_directory = probe->state;
    node->facts.plugin_directory = probe->plugins;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i](node, &error) != SJ_OK) {
            fail_msg("%s", error.text);
        }
        if (i == 0) {
            sj_log_set_sink(node, on_log, probe);
        }
    }
    if (sj_loader_open(node, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    node->loader->stop_deadline_ms = 400;
}

static void all_stopped(void *user) {
    *(bool *)user = true;
}

int probe_node_end(struct probe_node *probe) {
    struct node *node = &probe->node;
    bool stopped = false, refuses = false;
    char command[128];
    int left;
    for (const struct plugin *plugin = node->loader->plugins; plugin != NULL;
         plugin = plugin->next) {
        refuses = refuses || plugin->overdue;
    }
    node->loader->stop_deadline_ms = refuses ? 400 : 20000; /* a busy machine is no refusal */
    uv_update_time(&probe->loop); /* what was done since the last turn is no waiting */
    sj_loader_stop_all(node, all_stopped, &stopped);
    while (!stopped) {
        uv_run(&probe->loop, UV_RUN_ONCE);
    }
    sj_loader_close(node);
    sj_node_close_scope(node);
    sj_policy_close(node);
    sj_params_close(node);
    sj_store_close(node);
    sj_bus_close(node);
    sj_work_close(node);
    sj_metrics_close(node);
    sj_timers_close(node);
    sj_trace_close(node);
    sj_log_close(node);
    sj_node_finish(node);
    left = uv_loop_close(&probe->loop);
    (void)snprintf(command, sizeof command, "rm -rf %s", probe->directory);
    assert_int_equal(system(command), 0);
    free(probe);
    return left;
}

static void wake(uv_timer_t *timer) {
    *(bool *)timer->data = true;
}

void probe_node_spin(struct probe_node *probe, int64_t ms) {
    uv_timer_t timer;
    bool over = false;
    uv_timer_init(&probe->loop, &timer);
    timer.data = &over;
    uv_timer_start(&timer, wake, (uint64_t)ms, 0);
    while (!over) {
        uv_run(&probe->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&probe->loop, UV_RUN_NOWAIT);
}

/* All replies have the members state and message first. */
static void answered(void *user, int status, const sj_error *error, const void *reply) {
    struct probe_node *probe = user;
    const sj_service_activate_reply *texts = reply;
    probe->answered = true;
    probe->status = status;
    (void)snprintf(probe->state_text, sizeof probe->state_text, "%s",
                   status == SJ_OK ? texts->state : "");
    (void)snprintf(probe->text, sizeof probe->text, "%s",
                   status == SJ_OK ? texts->message : error->text);
}

static int ask(struct probe_node *probe, const sj_request_meta *meta, const void *request) {
    sj_error error;
    probe->answered = false;
    assert_int_equal(probe->node.table.request_ask(probe->node.scope, SJ_HERE, meta, request, 5000,
                                                   answered, probe, &error),
                     SJ_OK);
    while (!probe->answered) {
        uv_run(&probe->loop, UV_RUN_ONCE);
    }
    return probe->status;
}

int probe_node_activate(struct probe_node *probe, const char *name) {
    const sj_service_activate request = {.service = name, .node = ""};
    return ask(probe, &sj_service_activate_meta, &request);
}

int probe_node_deactivate(struct probe_node *probe, const char *name) {
    const sj_service_deactivate request = {.service = name, .node = ""};
    return ask(probe, &sj_service_deactivate_meta, &request);
}

int probe_node_restart(struct probe_node *probe, const char *name) {
    const sj_service_restart request = {.service = name};
    return ask(probe, &sj_service_restart_meta, &request);
}

int probe_node_unload(struct probe_node *probe, const char *name) {
    const sj_plugin_unload request = {.plugin = name};
    return ask(probe, &sj_plugin_unload_meta, &request);
}

const struct plugin *probe_node_plugin(struct probe_node *probe, const char *name) {
    const struct plugin *plugin = sj_loader_find(probe->node.loader, name);
    assert_non_null(plugin);
    return plugin;
}
