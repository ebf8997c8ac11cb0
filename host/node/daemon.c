/* The worker: reads the node file, opens the parts, serves, reloads on SIGHUP, stops on SIGTERM. */
#include "host/node/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/core/callback.h"
#include "host/core/file_guard.h"
#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/http/server.h"
#include "host/node/host_table.h"
#include "host/node/node_facts.h"
#include "host/node/node_file.h"
#include "host/node/node_file_choice.h"
#include "host/node/parts.h"
#include "host/plugin/loader.h"
#include "host/store/store.h"
#include "host/supervisor/worker.h"
#include "host/telemetry/log.h"
#include "sojourn_schema.h"

enum { EXIT_WELL = 0, EXIT_FAILED = 1, EXIT_WRONG = 2 };

struct daemon {
    struct node node;
    struct config config;
    uv_signal_t terminate, interrupt, reload;
    uv_timer_t pulse;
    struct later soon; /* the next step of a stop, behind the answers that are on their way */
    int code;
};

static void report(void *user, const char *sentence) {
    sj_node_log(user, SJ_LOG_ERROR, "%s", sentence);
}

/* Makes the state directory when this is the first start, and says so. What is above it must be
 * there: a path that was typed wrongly would otherwise be a new, empty cluster. */
static int make_state(struct node *node, const char *path, sj_error *error) {
    struct stat status;
    if (mkdir(path, 0750) == 0) {
        sj_node_log(node, SJ_LOG_INFO,
                    "made the state directory %s: the node starts for the first time there", path);
    } else if (errno != EEXIST) {
        return sj_error_set(error, SJ_E_IO, "directories.state: %s cannot be made: %s%s", path,
                            strerror(errno),
                            errno == ENOENT ? " (the directory that it is in must exist)" : "");
    }
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        return sj_error_set(error, SJ_E_IO,
                            "directories.state: expected a directory at %s, got something else",
                            path);
    }
    return sj_guarded_path(path, SJ_GUARD_TRUSTED, error);
}

void sj_daemon_terms(const struct config *config) {
    sj_slot->terms.log_json = strcmp(config->log_format, "json") == 0;
    sj_slot->terms.callback_limit_s = config->callback_limit;
    sj_slot->terms.stop_limit_s = config->stop_limit;
}

static void set_log(struct node *node, const struct config *config) {
    struct node_settings settings;
    sj_node_settings_read(&settings, config);
    sj_log_configure(node, settings.log_level, settings.log_json);
    sj_daemon_terms(config);
}

/* A stop that is asked for once more, as a terminal and the supervisor both do, does not end a node
 * that ends by itself. */
static void close_signals(struct daemon *daemon) {
    uv_close((uv_handle_t *)&daemon->terminate, NULL);
    uv_close((uv_handle_t *)&daemon->interrupt, NULL);
    uv_close((uv_handle_t *)&daemon->reload, NULL);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    uv_close((uv_handle_t *)&daemon->pulse, NULL);
}

static void finish_soon(void *user, int status, const sj_error *error);

/* What was committed is answered as what it is, never as refused, before the servers end: nothing
 * more is, so the second flush is the last one that somebody waits for. Those who are notified of
 * it answer over the bus, which hands over in a later turn of the loop. */
static void finish(struct later *soon) {
    struct daemon *daemon = SJ_OWNER(soon, struct daemon, soon);
    struct node *node = &daemon->node;
    if (sj_store_await(node->store, node->scope, SJ_HERE, finish_soon, daemon, NULL) > 0) {
        return;
    }
    if (sj_list_empty(&node->later.items)) {
        uv_stop(node->loop);
    } else {
        sj_later_add(&node->later, soon, finish);
    }
}

static void finish_soon(void *user, int status, const sj_error *error) {
    struct daemon *daemon = user;
    (void)status;
    (void)error;
    sj_later_add(&daemon->node.later, &daemon->soon, finish);
}

/* All plugins have stopped, or their time is up. */
static void plugins_stopped(void *user) {
    struct daemon *daemon = user;
    for (const struct plugin *plugin = daemon->node.loader->plugins; plugin != NULL;
         plugin = plugin->next) {
        if (plugin->overdue) {
            daemon->code = EXIT_FAILED;
        }
    }
    sj_store_stop_writes(daemon->node.store);
    finish_soon(daemon, SJ_OK, NULL);
}

static void stop_plugins(struct later *soon) {
    struct daemon *daemon = SJ_OWNER(soon, struct daemon, soon);
    sj_loader_stop_all(&daemon->node, plugins_stopped, daemon);
}

static void stop_plugins_soon(void *user, int status, const sj_error *error) {
    struct daemon *daemon = user;
    (void)status;
    (void)error;
    sj_later_add(&daemon->node.later, &daemon->soon, stop_plugins);
}

/* A service that has done a command answers when it is on the disk: it is let to, before it is
 * stopped and what it was asked counts as unanswered. */
static void on_terminate(uv_signal_t *handle, int number) {
    struct daemon *daemon = handle->data;
    struct node *node = &daemon->node;
    if (node->stopping || node->loader == NULL) { /* it ends already, also when it cannot start */
        return;
    }
    node->stopping = true;
    sj_node_log(node, SJ_LOG_INFO, "signal %d: the node stops", number);
    sj_worker_stopping();
    if (sj_store_await(node->store, node->scope, SJ_HERE, stop_plugins_soon, daemon, NULL) <= 0) {
        stop_plugins_soon(daemon, SJ_OK, NULL);
    }
}

/* One line for the service manager. */
static void describe(const struct daemon *daemon, char *text, size_t room) {
    const struct node *node = &daemon->node;
    size_t wanted = 0, running = 0;
    for (const struct plugin *plugin = node->loader->plugins; plugin != NULL;
         plugin = plugin->next) {
        wanted += plugin->activated;
        running += plugin->activated && plugin->state == PLUGIN_STARTED;
    }
    (void)snprintf(text, room, "node %.40s serves on %s; %zu of %zu activated services run",
                   node->facts.name, node->facts.address, running, wanted);
}

static void on_reload(uv_signal_t *handle, int number) {
    struct daemon *daemon = handle->data;
    struct config config = {.file = NULL};
    char status[128];
    sj_text text = {0};
    size_t problems = 1;
    (void)number;
    sj_worker_reloading();
    if (sj_node_file_text(daemon->config.file, &text, report, &daemon->node)) {
        problems = sj_config_read(&config, daemon->config.file, sj_or_empty(text.data), text.length,
                                  report, &daemon->node);
    }
    describe(daemon, status, sizeof status);
    if (problems > 0) {
        sj_node_log(&daemon->node, SJ_LOG_ERROR,
                    "the node file is not applied: the node keeps its settings");
        (void)snprintf(status + strlen(status), sizeof status - strlen(status),
                       "; the node file is not applied");
    } else {
        sj_slot->use_served = false; /* what was wrong with it may be right now */
        set_log(&daemon->node, &config);
        sj_node_log(&daemon->node, SJ_LOG_INFO, "reloaded: log level %s, format %s",
                    config.log_level, config.log_format);
        sj_parts_reload(&daemon->node);
    }
    sj_worker_reloaded(status);
    sj_text_clear(&text);
    sj_config_free(&config);
}

static void open_signals(struct daemon *daemon) {
    uv_loop_t *loop = daemon->node.loop;
    sigset_t none;
    struct {
        uv_signal_t *handle;
        uv_signal_cb callback;
        int number;
    } signals[] = {{&daemon->terminate, on_terminate, SIGTERM},
                   {&daemon->interrupt, on_terminate, SIGINT},
                   {&daemon->reload, on_reload, SIGHUP}};
    for (size_t i = 0; i < 3; i++) {
        (void)uv_signal_init(loop, signals[i].handle);
        signals[i].handle->data = daemon;
        (void)uv_signal_start(signals[i].handle, signals[i].callback, signals[i].number);
    }
    (void)sj_worker_pulse(loop, &daemon->pulse);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* what the supervisor held back until now */
}

static void serve(struct daemon *daemon) {
    struct node *node = &daemon->node;
    char status[128];
    sj_node_log(node, SJ_LOG_INFO, "node %s of cluster %s serves on %s (HTTP %d, HTTPS %d)",
                node->facts.name, node->facts.cluster_id, node->facts.address,
                node->facts.http_port, node->facts.https_port);
    sj_node_file_served();
    describe(daemon, status, sizeof status);
    sj_worker_ready(status);
    uv_run(node->loop, UV_RUN_DEFAULT);
    sj_node_log(node, SJ_LOG_INFO, "node %s stops", node->facts.name);
}

int sj_daemon_run(const char *file) {
    struct daemon *daemon = calloc(1, sizeof *daemon);
    uv_loop_t loop;
    sj_error error;
    int code = EXIT_FAILED;
    const int result = daemon == NULL ? UV_ENOMEM : uv_loop_init(&loop);
    if (result != 0) {
        (void)fprintf(stderr, "the node cannot start: its event loop cannot be made: %s\n",
                      uv_strerror(result));
        free(daemon);
        return EXIT_FAILED;
    }
    if (sj_node_init(&daemon->node, &loop, &error) != SJ_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
    } else if (sj_node_file_load(&daemon->config, file, report, &daemon->node) > 0) {
        code = EXIT_WRONG;
    } else {
        sj_table_fill(&daemon->node.table);
        sj_node_set_facts(&daemon->node, &daemon->config);
        daemon->node.schema = &sojourn_schema;
        sj_daemon_terms(&daemon->config);
        open_signals(daemon);
        if (make_state(&daemon->node, daemon->config.state, &error) != SJ_OK ||
            sj_parts_open(&daemon->node, &error) != SJ_OK) {
            sj_node_log(&daemon->node, SJ_LOG_ERROR, "the node cannot start: %s", error.text);
        } else {
            daemon->code = EXIT_WELL;
            serve(daemon);
            code = daemon->code;
            if (code != EXIT_WELL) {
                return code; /* a plugin does not let go: nothing is taken from under it, the
                                process ends */
            }
            sj_parts_close(&daemon->node);
        }
        close_signals(daemon);
    }
    sj_node_finish(&daemon->node);
    (void)uv_loop_close(&loop);
    sj_config_free(&daemon->config);
    free(daemon);
    return code;
}
