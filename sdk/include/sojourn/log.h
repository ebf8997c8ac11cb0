/* Log lines and trace steps. A log entry is one line, with the plugin's name; a trace step is one
 * line in the story of one login or call (`sojourn trace ID`). Never put a secret or an
 * SJ_FIELD_SENSITIVE value into either. */
#ifndef SOJOURN_LOG_H
#define SOJOURN_LOG_H

#include "host.h"

/* printf format; cut at 1,000 bytes; line breaks are shown as spaces. */
static inline void sj_log(sj_scope *scope, sj_log_level level, const char *format, ...)
    SJ_PRINTF(3, 4);
static inline void sj_log(sj_scope *scope, sj_log_level level, const char *format, ...) {
    char text[1024];
    va_list arguments;
    if (!scope->host->log_enabled(scope, level)) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    scope->host->log(scope, level, "", text);
}

#define sj_log_error(scope, ...) sj_log((scope), SJ_LOG_ERROR, __VA_ARGS__)
#define sj_log_warning(scope, ...) sj_log((scope), SJ_LOG_WARNING, __VA_ARGS__)
#define sj_log_info(scope, ...) sj_log((scope), SJ_LOG_INFO, __VA_ARGS__)
#define sj_log_debug(scope, ...) sj_log((scope), SJ_LOG_DEBUG, __VA_ARGS__)

/* For what somebody outside can cause as often as they like (a refused message, a wrong secret):
 * the first line of a subject is written at once; those of the next minute are counted, and one
 * line tells how many there were and what the last one was. `subject` is a constant of the program
 * ("an INVITE is refused"), never made from what came in; the host puts it before the text. */
static inline void sj_log_limited(sj_scope *scope, sj_log_level level, const char *subject,
                                  const char *format, ...) SJ_PRINTF(4, 5);
static inline void sj_log_limited(sj_scope *scope, sj_log_level level, const char *subject,
                                  const char *format, ...) {
    char text[1024];
    va_list arguments;
    if (!scope->host->log_enabled(scope, level)) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (SJ_HAS(scope->host, log_limited)) {
        scope->host->log_limited(scope, level, subject, text);
    } else {
        scope->host->log(scope, level, "", text);
    }
}

/* One step of a traced story; also logged at debug level. `trace_id` is 32 lower-case hex digits
 * (W3C trace id); with an empty one only the log line is made. */
static inline void sj_trace(sj_scope *scope, const char *trace_id, const char *format, ...)
    SJ_PRINTF(3, 4);
static inline void sj_trace(sj_scope *scope, const char *trace_id, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    scope->host->trace_step(scope, trace_id, text);
}

/* Calls `visit` for each step of the trace that this node still holds, oldest first: time in ms
 * since 1970, plugin and text, which live as long as the call. Returns how many. Loop thread only.
 */
static inline size_t sj_trace_steps(const sj_scope *scope, const char *trace_id,
                                    sj_trace_step_fn visit, void *user) {
    return scope->host->trace_steps(scope, trace_id, visit, user);
}

/* The same as records, whose order is good for merging them with those of other nodes (types.h). */
static inline size_t sj_trace_records(const sj_scope *scope, const char *trace_id,
                                      sj_trace_record_fn visit, void *user) {
    return scope->host->trace_records(scope, trace_id, visit, user);
}

#endif
