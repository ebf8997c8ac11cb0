/* The log's entries: levels, the sink, stderr. Formatting is in log_format.c. */
#include "host/telemetry/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/base/text.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/core/timers.h"
#include "host/telemetry/log_limit.h"

enum { LONGEST_LINE = 8192 };

struct log {
    sj_log_level level;
    bool json;
    sj_log_sink sink;
    void *user;
};

static const char *const names[] = {"error", "warning", "info", "debug"};

bool sj_log_level_parse(const char *text, sj_log_level *level) {
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, names[i]) == 0) {
            *level = (sj_log_level)i;
            return true;
        }
    }
    return false;
}

const char *sj_log_level_name(sj_log_level level) {
    return names[level];
}

static void log_slow_callback(struct node *node, const char *sentence) {
    sj_node_log(node, SJ_LOG_WARNING, "%s", sentence);
}

int sj_log_open(struct node *node, sj_error *error) {
    node->log = sj_node_alloc(node, sizeof *node->log);
    if (node->log == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the log");
    }
    node->log->level = node->settings.log_level; /* as the node file says; SIGHUP reads it again */
    node->log->json = node->settings.log_json;
    node->log_slow_callback = log_slow_callback;
    return SJ_OK;
}

void sj_log_close(struct node *node) {
    sj_log_limit_close(node);
    free(node->log);
    node->log = NULL;
}

void sj_log_configure(struct node *node, sj_log_level level, bool json) {
    node->log->level = level;
    node->log->json = json;
}

void sj_log_set_sink(struct node *node, sj_log_sink sink, void *user) {
    node->log->sink = sink;
    node->log->user = user;
}

static void write_all(const char *line, size_t length) {
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, line, length);
        if (written <= 0) {
            return; /* nobody reads: there is nowhere left to complain */
        }
        line += written;
        length -= (size_t)written;
    }
}

static void entry(struct node *node, sj_log_level level, const char *who, const char *trace_id,
                  const char *text) {
    const struct log *log = node->log;
    char line[LONGEST_LINE];
    if (log != NULL && level > log->level) {
        return;
    }
    if (log != NULL && log->sink != NULL) {
        log->sink(log->user, level, who, trace_id, text);
        return;
    }
    write_all(line,
              sj_log_format(line, sizeof line, log != NULL ? log->json : sj_slot->terms.log_json,
                            sj_node_wall_ms(node), level, who, trace_id, text));
}

void sj_node_log(struct node *node, sj_log_level level, const char *format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    entry(node, level, "host", "", text);
}

void sj_node_log_as(struct node *node, sj_log_level level, const char *who, const char *format,
                    ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    entry(node, level, who, "", text);
}

void sj_host_log(sj_scope *scope, sj_log_level level, const char *trace_id, const char *text) {
    entry(sj_scope_node(scope), level, sj_scope_owner(scope)->name, sj_or_empty(trace_id), text);
}

bool sj_host_log_enabled(sj_scope *scope, sj_log_level level) {
    const struct log *log = sj_scope_node(scope)->log;
    return log == NULL || level <= log->level;
}
