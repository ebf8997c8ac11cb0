/* Log lines that somebody outside can cause as often as they like: the first of a subject is
 * written at once, those of the next minute are counted and told in one line with the text of the
 * last. */
#ifndef SJ_HOST_TELEMETRY_LOG_LIMIT_H
#define SJ_HOST_TELEMETRY_LOG_LIMIT_H

#include <sojourn/types.h>

struct node;

enum { SJ_LOG_LIMIT_MS = 60000, SJ_LOG_LIMIT_SUBJECTS = 256 };

void sj_log_limit_close(struct node *node);

/* `subject` is a constant of the program, never made from what came in. */
void sj_host_log_limited(sj_scope *scope, sj_log_level level, const char *subject,
                         const char *text);

#endif
