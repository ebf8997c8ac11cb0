/* The worker: reads the node file, opens the parts, serves, reloads on SIGHUP, stops on SIGTERM. */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "facts.h"
#include "loader.h"
#include "log.h"
#include "node.h"
#include "parts.h"
#include "sojourn_schema.h"
#include "supervisor.h"

enum { EXIT_WELL = 0, EXIT_FAILED = 1, EXIT_WRONG = 2 };

struct daemon {
    struct node node;
    struct config config;
    uv_signal_t terminate, interrupt, reload;
    bool stopping;
    int code;
};

static void report(void *user, const char *sentence) {
    sj_node_log(user, SJ_LOG_ERROR, "%s", sentence);
}

/* Makes the state directory with all above it. */
static int make_state(const char *path, sj_error *error) {
    char part[4096];
    struct stat status;
    for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        (void)snprintf(part, sizeof part, "%.*s", slash == NULL ? (int)strlen(path) : (int)(slash - path), path);
        if (mkdir(part, 0750) != 0 && errno != EEXIST) {
            return sj_error_set(error, SJ_E_IO, "directories.state: %s cannot be made: %s", part, strerror(errno));
        }
        if (slash == NULL) {
            break;
        }
    }
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        return sj_error_set(error, SJ_E_IO, "directories.state: expected a directory at %s, got something else", path);
    }
    return SJ_OK;
}

static void set_log(struct node *node, const struct config *config) {
    sj_log_level level = SJ_LOG_INFO;
    (void)sj_log_level_parse(config->log_level, &level);
    sj_log_configure(node, level, strcmp(config->log_format, "json") == 0);
}

static void close_signals(struct daemon *daemon) {
    uv_close((uv_handle_t *)&daemon->terminate, NULL);
    uv_close((uv_handle_t *)&daemon->interrupt, NULL);
    uv_close((uv_handle_t *)&daemon->reload, NULL);
}

/* All plugins have stopped, or their time is up. */
static void plugins_stopped(void *user) {
    struct daemon *daemon = user;
    for (const struct plugin *plugin = daemon->node.loader->plugins; plugin != NULL; plugin = plugin->next) {
        if (plugin->overdue) {
            daemon->code = EXIT_FAILED;
        }
    }
    uv_stop(daemon->node.loop);
}

static void on_terminate(uv_signal_t *handle, int number) {
    struct daemon *daemon = handle->data;
    if (!daemon->stopping) {
        daemon->stopping = true;
        sj_node_log(&daemon->node, SJ_LOG_INFO, "signal %d: the node stops", number);
        sj_loader_stop_all(&daemon->node, plugins_stopped, daemon);
    }
}

static void on_reload(uv_signal_t *handle, int number) {
    struct daemon *daemon = handle->data;
    struct config config;
    (void)number;
    if (sj_config_load(&config, daemon->config.file, report, &daemon->node) > 0) {
        sj_node_log(&daemon->node, SJ_LOG_ERROR, "the node file is not taken over; the node goes on with what it had");
    } else {
        set_log(&daemon->node, &config);
        sj_node_log(&daemon->node, SJ_LOG_INFO, "reloaded: log level %s, format %s", config.log_level, config.log_format);
        sj_parts_reload(&daemon->node);
    }
    sj_config_free(&config);
}

static void open_signals(struct daemon *daemon) {
    uv_loop_t *loop = daemon->node.loop;
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
}

static void serve(struct daemon *daemon) {
    struct node *node = &daemon->node;
    sj_node_log(node, SJ_LOG_INFO, "node %s of cluster %s serves on %s (HTTP %d, HTTPS %d)", node->facts.name,
                node->facts.cluster_id, node->facts.address, node->facts.http_port, node->facts.https_port);
    sj_supervise_ready();
    uv_run(node->loop, UV_RUN_DEFAULT);
    sj_node_log(node, SJ_LOG_INFO, "node %s stops", node->facts.name);
}

int sj_daemon_run(const char *file) {
    struct daemon *daemon = calloc(1, sizeof *daemon);
    uv_loop_t loop;
    sj_error error;
    int code = EXIT_FAILED;
    if (daemon == NULL || uv_loop_init(&loop) != 0) {
        free(daemon);
        return EXIT_FAILED;
    }
    sj_crash_handler_install();
    if (sj_node_init(&daemon->node, &loop, &error) != SJ_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
    } else if (sj_config_load(&daemon->config, file, report, &daemon->node) > 0) {
        code = EXIT_WRONG;
    } else {
        sj_node_set_facts(&daemon->node, &daemon->config);
        daemon->node.schema = &sojourn_schema;
        open_signals(daemon);
        if (make_state(daemon->config.state, &error) != SJ_OK || sj_parts_open(&daemon->node, &error) != SJ_OK) {
            sj_node_log(&daemon->node, SJ_LOG_ERROR, "the node cannot start: %s", error.text);
        } else {
            daemon->code = EXIT_WELL;
            serve(daemon);
            code = daemon->code;
            if (code != EXIT_WELL) {
                return code; /* a plugin does not let go: nothing is taken from under it, the process ends */
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
