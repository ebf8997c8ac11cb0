/* Metrics and their Prometheus text. */
#ifndef SJ_HOST_TELEMETRY_METRICS_H
#define SJ_HOST_TELEMETRY_METRICS_H

#include <sojourn/base/text.h>
#include <sojourn/types.h>

struct node;

/* Adds a family of metrics (HELP, TYPE, lines) that another part works out when the page is asked
 * for. */
typedef void (*sj_metrics_family)(sj_text *text, struct node *node);

int sj_metrics_open(struct node *node, sj_error *error);
void sj_metrics_close(struct node *node);
/* Shows the family from now on; its part closes before the metrics do. Without metrics: nothing. At
 * most 8. */
void sj_metrics_add_family(struct node *node, sj_metrics_family family);

/* The page /metrics: all metrics, time in callbacks per service, live resources. free() it; NULL
 * when out of memory. */
char *sj_metrics_text(struct node *node);

/* The value of a metric by its full name (labels included); 0 when there is none. For tests and the
 * shell. */
double sj_metrics_value(struct node *node, const char *name);

sj_metric *sj_host_metric(sj_scope *scope, const char *here, sj_metric_kind kind, const char *name,
                          const char *help);
void sj_host_metric_add(sj_metric *metric, double amount);
void sj_host_metric_set(sj_metric *metric, double value);

#endif
