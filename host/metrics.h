/* Metrics and their Prometheus text. */
#ifndef SJ_HOST_METRICS_H
#define SJ_HOST_METRICS_H

#include <sojourn/types.h>

struct node;

int sj_metrics_open(struct node *node, sj_error *error);
void sj_metrics_close(struct node *node);

/* The page /metrics: all metrics, time in callbacks per service, live resources. free() it; NULL when out of memory. */
char *sj_metrics_text(struct node *node);

/* The value of a metric by its full name (labels included); 0 when there is none. For tests and the shell. */
double sj_metrics_value(struct node *node, const char *name);

sj_metric *sj_host_metric(sj_scope *scope, const char *here, sj_metric_kind kind, const char *name, const char *help);
void sj_host_metric_add(sj_metric *metric, double amount);
void sj_host_metric_set(sj_metric *metric, double value);

#endif
