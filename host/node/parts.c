/* The list of parts. */
#include "host/node/parts.h"

#include "host/bus/bus.h"
#include "host/core/node.h"
#include "host/core/timers.h"
#include "host/http/client.h"
#include "host/http/server.h"
#include "host/net/net.h"
#include "host/net/resolver.h"
#include "host/node/node_record.h"
#include "host/params/params.h"
#include "host/plugin/loader.h"
#include "host/policy/service.h"
#include "host/rest/rest.h"
#include "host/secret/secret.h"
#include "host/store/store.h"
#include "host/telemetry/log.h"
#include "host/telemetry/metrics.h"
#include "host/telemetry/trace.h"
#include "host/tls/context.h"
#include "host/work/work.h"

static const struct part {
    const char *name;
    int (*open)(struct node *node, sj_error *error);
    void (*close)(struct node *node);
} parts[] = {
    {"log", sj_log_open, sj_log_close},
    {"trace", sj_trace_open, sj_trace_close},
    {"timers", sj_timers_open, sj_timers_close},
    {"metrics", sj_metrics_open, sj_metrics_close},
    {"work", sj_work_open, sj_work_close},
    {"bus", sj_bus_open, sj_bus_close},
    {"store", sj_store_open, sj_store_close},
    {"params", sj_params_open, sj_params_close},
    {"secrets", sj_secret_open, sj_secret_close},
    {"tls", sj_tls_open, sj_tls_close},
    {"net", sj_net_open, sj_net_close},
    {"resolver", sj_resolver_open, sj_resolver_close},
    {"http", sj_http_open, sj_http_close},
    {"http client", sj_http_client_open, sj_http_client_close},
    {"policy", sj_policy_open, sj_policy_close},
    {"node record", sj_node_record_open, sj_node_record_close},
    {"rest", sj_rest_open, sj_rest_close},
    {"loader", sj_loader_open, sj_loader_close},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

/* What the host's own scope holds goes first, while the parts that it belongs to are there. */
static void close_from(struct node *node, size_t count) {
    sj_node_close_scope(node);
    while (count-- > 0) {
        parts[count].close(node);
    }
}

int sj_parts_open(struct node *node, sj_error *error) {
    for (size_t i = 0; i < PARTS; i++) {
        sj_error inner = {.text = ""};
        int status = parts[i].open(node, &inner);
        if (status < 0) {
            close_from(node, i);
            return sj_error_set(error, status, "%s: %s", parts[i].name, inner.text);
        }
    }
    return SJ_OK;
}

void sj_parts_close(struct node *node) {
    close_from(node, PARTS);
}

void sj_parts_reload(struct node *node) {
    sj_error error;
    sj_policy_reload(node);
    if (sj_tls_reload(node, &error) != SJ_OK) {
        sj_node_log(node, SJ_LOG_ERROR, "certificates are not reloaded: %s", error.text);
    }
}
