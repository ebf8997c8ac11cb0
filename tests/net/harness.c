/* A node with nothing but the network parts. */
#include "harness.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/net.h>

#include "host/http/client.h"
#include "host/http/server.h"
#include "host/net/net.h"
#include "host/node/host_table.h"
#include "host/telemetry/log.h"
#include "host/tls/context.h"
#include "host/work/work.h"

static void quiet(void *user, sj_log_level level, const char *who, const char *trace_id,
                  const char *text) {
    (void)user, (void)trace_id;
    if (level == SJ_LOG_ERROR && getenv("SJ_TEST_LOG") != NULL) {
        print_message("%s: %s\n", who, text);
    }
}

static void open_parts(struct harness *harness, uv_loop_t *loop, const char *cluster,
                       const char *name, const char *address, unsigned parts) {
    sj_error error;
    struct node *node = &harness->node;
    assert_int_equal(sj_node_init(node, loop, &error), SJ_OK);
    sj_table_fill(&node->table);
    (void)snprintf(harness->state, sizeof harness->state, "/tmp/sj-net-XXXXXX");
    assert_non_null(mkdtemp(harness->state));
    node->facts.cluster_id = cluster;
    node->facts.name = name;
    node->facts.address = address;
    node->facts.state_directory = harness->state;
    assert_int_equal(sj_log_open(node, &error), SJ_OK);
    sj_log_set_sink(node, quiet, NULL);
    assert_int_equal(sj_work_open(node, &error), SJ_OK);
    if (parts & HARNESS_TLS) {
        assert_int_equal(sj_tls_open(node, &error), SJ_OK);
    }
    assert_int_equal(sj_net_open(node, &error), SJ_OK);
    if (parts & HARNESS_HTTP) {
        node->facts.https_port = parts & HARNESS_TLS ? 0 : -1;
        assert_int_equal(sj_http_open(node, &error), SJ_OK);
        assert_int_equal(sj_http_client_open(node, &error), SJ_OK);
    }
    sj_owner_init(&harness->owner, node, "test");
    harness->owner.visible = true;
    harness->scope = sj_scope_open_root(node, &harness->owner, "test", NULL, NULL);
    assert_non_null(harness->scope);
}

struct harness *harness_new(const char *cluster, const char *name, const char *address,
                            unsigned parts) {
    struct harness *harness = calloc(1, sizeof *harness);
    assert_non_null(harness);
    assert_int_equal(uv_loop_init(&harness->loop), 0);
    open_parts(harness, &harness->loop, cluster, name, address, parts);
    return harness;
}

struct harness *harness_beside(struct harness *first, const char *cluster, const char *name,
                               const char *address, unsigned parts) {
    struct harness *harness = calloc(1, sizeof *harness);
    assert_non_null(harness);
    open_parts(harness, &first->loop, cluster, name, address, parts);
    return harness;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

void harness_free(struct harness *harness) {
    bool own_loop = harness->node.loop == &harness->loop;
    if (harness->scope != NULL) {
        sj_host_scope_close(harness->scope);
        for (int i = 0; i < 200; i++) {
            (void)uv_run(harness->node.loop, UV_RUN_NOWAIT);
        }
    }
    sj_http_client_close(&harness->node);
    sj_http_close(&harness->node);
    for (int i = 0; i < 50; i++) {
        (void)uv_run(harness->node.loop, UV_RUN_NOWAIT);
    }
    sj_work_close(&harness->node);
    sj_net_close(&harness->node);
    if (own_loop) {
        sj_node_finish(&harness->node);
        assert_int_equal(uv_loop_close(&harness->loop), 0);
    } else {
        sj_host_scope_close(harness->node.scope);
        for (int i = 0; i < 50; i++) {
            (void)uv_run(harness->node.loop, UV_RUN_NOWAIT);
        }
        sj_later_close(&harness->node.later);
        for (int i = 0; i < 50; i++) {
            (void)uv_run(harness->node.loop, UV_RUN_NOWAIT);
        }
    }
    sj_tls_close(&harness->node);
    sj_log_close(&harness->node);
    (void)nftw(harness->state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(harness);
}

/* A busy machine takes its time; what never comes fails. */
enum { PATIENCE_MS = 30000 };

static void wake(uv_timer_t *timer) {
    *(bool *)timer->data = true;
    uv_stop(timer->loop); /* it fires before the loop waits for sockets, too */
}

static void turn(struct harness *harness, const bool *flag, uint64_t milliseconds, bool *late) {
    uv_timer_t *timer = malloc(sizeof *timer);
    assert_non_null(timer);
    *late = false;
    (void)uv_timer_init(harness->node.loop, timer);
    timer->data = late;
    (void)uv_timer_start(timer, wake, milliseconds, 0);
    while (!*late && (flag == NULL || !*flag)) {
        (void)uv_run(harness->node.loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)timer, (uv_close_cb)free);
}

void harness_until(struct harness *harness, const bool *flag) {
    bool late;
    turn(harness, flag, PATIENCE_MS, &late);
    assert_false(late && !*flag);
}

void harness_turn(struct harness *harness, uint64_t milliseconds) {
    bool late;
    turn(harness, NULL, milliseconds, &late);
}

int harness_client(struct harness *harness, const char *text) {
    sj_address to;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)sj_address_parse(harness->node.facts.address, harness->node.facts.http_port, &to);
    assert_int_equal(connect(fd, &to.any, sizeof to.v4), 0);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    return fd;
}
