/* Metrics: owned by scopes, listed by the node, shown as Prometheus text. */
#include "host/telemetry/metrics.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/telemetry/trace.h"

enum { BOUNDS = 14 };

/* Upper bounds of the histograms' buckets, in seconds: from a local look-up to a login through two
 * clusters. */
static const double bounds[BOUNDS] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                      0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};

struct sj_metric {
    sj_handle handle;
    sj_list_link link;
    sj_metric_kind kind;
    double value; /* of a histogram: the sum */
    uint64_t count, buckets[BOUNDS];
    char *help;
    size_t family; /* length of the name without its labels */
    char name[];
};

enum { FAMILIES = 8 };

struct metrics {
    sj_metrics_family families[FAMILIES]; /* of the host's other parts */
    size_t families_count;
    sj_list_head metrics; /* newest first */
    sj_list_head
        gone; /* the host's own, whose parts may count until they are closed, after its scope */
};

/* What is given out when memory is short: counts, is shown nowhere. */
static sj_metric nowhere;

int sj_metrics_open(struct node *node, sj_error *error) {
    node->metrics = sj_node_alloc(node, sizeof *node->metrics);
    return node->metrics != NULL
               ? SJ_OK
               : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the metrics");
}

void sj_metrics_close(struct node *node) {
    if (node->metrics != NULL) {
        SJ_LIST_EACH(metric, &node->metrics->gone, struct sj_metric, link) {
            free(metric);
        }
    }
    free(node->metrics);
    node->metrics = NULL;
}

void sj_metrics_add_family(struct node *node, sj_metrics_family family) {
    struct metrics *metrics = node->metrics;
    if (metrics != NULL && metrics->families_count < FAMILIES) {
        metrics->families[metrics->families_count++] = family;
    }
}

static void metric_close(sj_handle *handle) {
    sj_metric *metric = (sj_metric *)handle;
    struct metrics *metrics = sj_scope_node(handle->scope)->metrics;
    sj_list_remove(&metric->link);
    free(metric->help);
    if (sj_scope_owner(handle->scope) == &sj_scope_node(handle->scope)->host) {
        sj_list_add_first(&metrics->gone, &metric->link);
        sj_handle_done(handle);
    } else {
        sj_handle_release(handle);
    }
}

sj_metric *sj_host_metric(sj_scope *scope, const char *here, sj_metric_kind kind, const char *name,
                          const char *help) {
    struct node *node = sj_scope_node(scope);
    size_t length = strlen(name);
    sj_metric *metric = sj_node_alloc(node, sizeof *metric + length + 1);
    if (metric == NULL) {
        return &nowhere;
    }
    metric->help = strdup(help);
    if (metric->help == NULL ||
        sj_handle_init(&metric->handle, scope, "metric", here, name, metric_close) != SJ_OK) {
        free(metric->help);
        free(metric);
        return &nowhere;
    }
    memcpy(metric->name, name, length);
    metric->family = strcspn(name, "{");
    metric->kind = kind;
    sj_list_add_first(&node->metrics->metrics, &metric->link);
    return metric;
}

void sj_host_metric_add(sj_metric *metric, double amount) {
    metric->value += amount;
    if (metric->kind == SJ_HISTOGRAM) {
        metric->count++;
        for (size_t i = BOUNDS; i-- > 0 && amount <= bounds[i];) {
            metric->buckets[i]++;
        }
    }
}

void sj_host_metric_set(sj_metric *metric, double value) {
    metric->value = value;
}

double sj_metrics_value(struct node *node, const char *name) {
    SJ_LIST_EACH(metric, &node->metrics->metrics, const sj_metric, link) {
        if (strcmp(metric->name, name) == 0) {
            return metric->kind == SJ_HISTOGRAM ? (double)metric->count : metric->value;
        }
    }
    return 0;
}

static int by_name(const void *a, const void *b) {
    const sj_metric *const *one = a, *const *other = b;
    return strcmp((*one)->name, (*other)->name);
}

static void add_histogram(sj_text *text, const sj_metric *metric) {
    int family = (int)metric->family;
    const char *labels = metric->name + metric->family; /* "" or "{a=\"b\"}" */
    int inner = labels[0] == '\0' ? 0 : (int)strlen(labels) - 2;
    const char *comma = inner > 0 ? "," : "";
    for (size_t i = 0; i < BOUNDS; i++) {
        sj_text_printf(text, "%.*s_bucket{%.*s%sle=\"%g\"} %llu\n", family, metric->name, inner,
                       labels + (inner > 0), comma, bounds[i],
                       (unsigned long long)metric->buckets[i]);
    }
    sj_text_printf(text, "%.*s_bucket{%.*s%sle=\"+Inf\"} %llu\n", family, metric->name, inner,
                   labels + (inner > 0), comma, (unsigned long long)metric->count);
    sj_text_printf(text, "%.*s_sum%s %.9g\n", family, metric->name, labels, metric->value);
    sj_text_printf(text, "%.*s_count%s %llu\n", family, metric->name, labels,
                   (unsigned long long)metric->count);
}

static void add_metrics(sj_text *text, const struct metrics *metrics) {
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const sj_metric **sorted, *before = NULL;
    size_t count = 0, i = 0;
    SJ_LIST_EACH(metric, &metrics->metrics, const struct sj_metric, link) {
        count++;
    }
    sorted = calloc(count + 1, sizeof(const sj_metric *));
    if (sorted == NULL) {
        text->failed = true;
        return;
    }
    SJ_LIST_EACH(metric, &metrics->metrics, const struct sj_metric, link) {
        sorted[i++] = metric;
    }
    qsort(sorted, count, sizeof(const sj_metric *), by_name);
    for (i = 0; i < count; i++) {
        const sj_metric *metric = sorted[i];
        if (before == NULL || before->family != metric->family ||
            memcmp(before->name, metric->name, metric->family) != 0) {
            sj_text_printf(text, "# HELP %.*s %s\n# TYPE %.*s %s\n", (int)metric->family,
                           metric->name, metric->help, (int)metric->family, metric->name,
                           kinds[metric->kind]);
        }
        if (metric->kind == SJ_HISTOGRAM) {
            add_histogram(text, metric);
        } else {
            sj_text_printf(text, "%s %.17g\n", metric->name, metric->value);
        }
        before = metric;
    }
    free(sorted);
}

static void add_family(sj_text *text, const char *name, const char *kind, const char *help) {
    sj_text_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* What each service owns now: the first place to look for a leak. */
static void add_owned(sj_text *text, const struct node *node) {
    add_family(text, "sojourn_owned", "gauge",
               "Live things (timers, sockets, routes, subscriptions ...), by service.");
    SJ_LIST_EACH(owner, &node->owners, const struct owner, link) {
        sj_text_printf(text, "sojourn_owned{service=\"%s\"} %zu\n", owner->name, owner->owned);
    }
}

static void add_callbacks(sj_text *text, const struct node *node) {
    add_family(text, "sojourn_callbacks_total", "counter", "Callbacks run, by service.");
    SJ_LIST_EACH(owner, &node->owners, const struct owner, link) {
        sj_text_printf(text, "sojourn_callbacks_total{service=\"%s\"} %llu\n", owner->name,
                       (unsigned long long)owner->callbacks);
    }
    add_family(text, "sojourn_callback_seconds_total", "counter",
               "Time spent in callbacks, by service.");
    SJ_LIST_EACH(owner, &node->owners, const struct owner, link) {
        sj_text_printf(text, "sojourn_callback_seconds_total{service=\"%s\"} %.9f\n", owner->name,
                       (double)sj_ticks_to_ns(owner->total_ticks) / 1e9);
    }
    add_family(text, "sojourn_callback_longest_seconds", "gauge",
               "The longest callback of a service, and of what kind it was.");
    SJ_LIST_EACH(owner, &node->owners, const struct owner, link) {
        if (owner->longest_kind != NULL) {
            sj_text_printf(
                text,
                "sojourn_callback_longest_seconds{service=\"%s\",kind=\"%s\",detail=\"%s\"} %.9f\n",
                owner->name, owner->longest_kind, owner->longest_detail,
                (double)sj_ticks_to_ns(owner->longest_ticks) / 1e9);
        }
    }
    add_family(text, "sojourn_callback_longest_ran_seconds", "gauge",
               "Processor time of the callback of a service that used most; 0 while none took "
               "longer than 5 ms.");
    SJ_LIST_EACH(owner, &node->owners, const struct owner, link) {
        sj_text_printf(text, "sojourn_callback_longest_ran_seconds{service=\"%s\"} %.9f\n",
                       owner->name, (double)owner->longest_ran_ns / 1e9);
    }
}

char *sj_metrics_text(struct node *node) {
    sj_text text = {0};
    add_family(&text, "sojourn_build_info", "gauge",
               "Version and plugin interface of the program that runs; always 1.");
    sj_text_printf(&text, "sojourn_build_info{version=\"%s\",abi=\"%d.%d\"} 1\n", SOJOURN_VERSION,
                   SJ_ABI_MAJOR, SJ_ABI_MINOR);
    add_metrics(&text, node->metrics);
    add_callbacks(&text, node);
    add_owned(&text, node);
    add_family(&text, "sojourn_trace_journal_bytes", "gauge", "Memory of the trace journal.");
    sj_text_printf(&text, "sojourn_trace_journal_bytes %zu\n", sj_trace_bytes(node));
    for (size_t i = 0; i < node->metrics->families_count; i++) {
        node->metrics->families[i](&text, node);
    }
    return sj_text_take(&text);
}
