/* The log's entries: levels, the sink, stderr. Formatting is in log_format.c. */
#include "host/telemetry/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/base/text.h>
#include <sojourn/words.h>

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
    size_t lost; /* lines that could not be written since the last that could */
    int reason;  /* why: errno */
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

/* 0, or why not all of it was written: an errno. */
static int write_all(const char *line, size_t length) {
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, line, length);
        if (written > 0) {
            line += written;
            length -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            return written == 0 ? EIO : errno;
        }
    }
    return 0;
}

/* While the terminal has gone or the file's disk is full there is nowhere to complain; the first
 * line that can be written again comes behind one that says how many could not. */
static void write_line(struct log *log, const char *line, size_t length, int64_t now_ms) {
    int reason = 0;
    if (log->lost > 0) {
        char text[160], note[320];
        (void)snprintf(text, sizeof text, "%zu line%s of the log could not be written: %s",
                       log->lost, sj_plural((int64_t)log->lost), strerror(log->reason));
        reason = write_all(note, sj_log_format(note, sizeof note, log->json, now_ms, SJ_LOG_ERROR,
                                               "host", "", text));
    }
    if (reason == 0) {
        log->lost = 0;
        reason = write_all(line, length);
    }
    if (reason != 0) {
        log->lost++;
        log->reason = reason;
    }
}

static void entry(struct node *node, sj_log_level level, const char *who, const char *trace_id,
                  const char *text) {
    struct log *log = node->log;
    const int64_t now_ms = sj_node_wall_ms(node);
    char line[LONGEST_LINE];
    if (log != NULL && level > log->level) {
        return;
    }
    if (log != NULL && log->sink != NULL) {
        log->sink(log->user, level, who, trace_id, text);
        return;
    }
    const size_t length =
        sj_log_format(line, sizeof line, log != NULL ? log->json : sj_slot->terms.log_json, now_ms,
                      level, who, trace_id, text);
    if (log != NULL) {
        write_line(log, line, length, now_ms);
    } else {
        (void)write_all(line, length);
    }
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
