/* The log (stderr, one line an entry, text or JSON), and the entrance for the host's own parts. */
#ifndef SJ_HOST_TELEMETRY_LOG_H
#define SJ_HOST_TELEMETRY_LOG_H

#include <sojourn/types.h>

struct node;

/* Where finished lines go instead of stderr; for tests. */
typedef void (*sj_log_sink)(void *user, sj_log_level level, const char *who, const char *trace_id,
                            const char *text);

int sj_log_open(struct node *node, sj_error *error);
void sj_log_close(struct node *node);
void sj_log_configure(struct node *node, sj_log_level level, bool json);
void sj_log_set_sink(struct node *node, sj_log_sink sink, void *user);

/* "error" ... "debug"; false when it is none of them. */
bool sj_log_level_parse(const char *text, sj_log_level *level);
const char *sj_log_level_name(sj_log_level level);

/* One entry of the host's own. Before sj_log_open it goes to stderr in the form of the run before.
 */
void sj_node_log(struct node *node, sj_log_level level, const char *format, ...) SJ_PRINTF(3, 4);

/* The same on behalf of `who`. */
void sj_node_log_as(struct node *node, sj_log_level level, const char *who, const char *format, ...)
    SJ_PRINTF(4, 5);

/* Writes one finished line (with its newline) into `line`; returns its length, less than `room`.
 * Pure, but for the clock given.
 */
size_t sj_log_format(char *line, size_t room, bool json, int64_t wall_ms, sj_log_level level,
                     const char *who, const char *trace_id, const char *text);

void sj_host_log(sj_scope *scope, sj_log_level level, const char *trace_id, const char *text);
bool sj_host_log_enabled(sj_scope *scope, sj_log_level level);

#endif
