/* Publishing on the bus, beside a bare indirect call and g_signal_emit, in one run. Prints rows as
 * tests/bench/run does. */
#include <stdio.h>
#include <stdlib.h>

#include <glib-object.h>
#include <uv.h>

#include "events/node.h"
#include "host/bus/bus.h"
#include "host/core/node.h"
#include "host/node/host_table.h"
#include "host/telemetry/log.h"
#include "host/telemetry/metrics.h"
#include "measure.h"
#include "sojourn_schema.h"

enum { ROUNDS = 5, TURNS = 4000000 };

static volatile unsigned long heard;

static void on_event(void *user, const sj_service_started *event) {
    (void)user;
    (void)event;
    heard++;
}

static void plain(void *user, const void *event) {
    (void)user;
    (void)event;
    heard++;
}

static void on_signal(GObject *object, gpointer data, gpointer user) {
    (void)object;
    (void)data;
    (void)user;
    heard++;
}

/* Best of a few rounds, in ns a turn: the machine is shared. */
#define BEST_NS(statement)                                                                         \
    __extension__({                                                                                \
        double best = 1e9;                                                                         \
        for (int round = 0; round < ROUNDS; round++) {                                             \
            uint64_t begun = measure_now_us();                                                     \
            for (long turn = 0; turn < TURNS; turn++) {                                            \
                statement;                                                                         \
            }                                                                                      \
            double ns = (double)(measure_now_us() - begun) * 1000.0 / TURNS;                       \
            best = ns < best ? ns : best;                                                          \
        }                                                                                          \
        best;                                                                                      \
    })

static void row(const char *what, double ours, double theirs) {
    printf("%-52s %14.1f %14.1f %8.2f\n", what, ours, theirs, ours / theirs);
}

int main(void) {
    struct node node = {0};
    uv_loop_t loop;
    sj_error error = {0};
    if (uv_loop_init(&loop) != 0 || sj_node_init(&node, &loop, &error) != SJ_OK) {
        return 1;
    }
    sj_table_fill(&node.table);
    node.schema = &sojourn_schema;
    if (sj_log_open(&node, &error) != SJ_OK || sj_metrics_open(&node, &error) != SJ_OK ||
        sj_bus_open(&node, &error) != SJ_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    sj_scope *scope = node.scope;
    sj_topic *topic = sj_service_started_topic(scope, &error);
    sj_service_started event = {.service = "bench"};
    double none = BEST_NS(sj_publish_service_started(scope, topic, &event));
    if (topic == NULL || sj_on_service_started(scope, on_event, NULL, &error) == NULL) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    double one = BEST_NS(sj_publish_service_started(scope, topic, &event));
    for (int i = 0; i < 4; i++) {
        (void)sj_on_service_started(scope, on_event, NULL, &error);
    }
    double five = BEST_NS(sj_publish_service_started(scope, topic, &event));

    void (*volatile call)(void *, const void *) = plain;
    double bare = BEST_NS(call(NULL, &event));
    GObject *object = g_object_new(G_TYPE_OBJECT, NULL);
    guint signal = g_signal_newv("benched", G_TYPE_OBJECT, G_SIGNAL_RUN_LAST, NULL, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, (GType[]){G_TYPE_POINTER});
    (void)g_signal_connect(object, "benched", G_CALLBACK(on_signal), NULL);
    double glib = BEST_NS(g_signal_emit(object, signal, 0, &event));

    row("bus publish, 1 subscriber, ns (bare indirect call)", one, bare);
    row("bus publish, 1 subscriber, ns (g_signal_emit)", one, glib);
    row("bus publish, 0 subscribers, ns (goal 5)", none, 5);
    row("bus publish, 5 subscribers, ns a subscriber (goal 5)", five / 5, 5);
    g_object_unref(object);
    return 0;
}
