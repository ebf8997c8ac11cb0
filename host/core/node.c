/* The node's frame: what exists before the first part is opened. */
#include "host/core/node.h"

#include <stdlib.h>
#include <string.h>

#include "host/core/scope.h"

void *sj_node_alloc(struct node *node, size_t bytes) {
    if (node->fail_allocation > 0 && --node->fail_allocation == 0) {
        return NULL;
    }
    return calloc(1, bytes);
}

static void host_scope_closed(void *user) {
    struct node *node = user;
    node->scope = NULL;
}

int sj_node_init(struct node *node, uv_loop_t *loop, sj_error *error) {
    memset(node, 0, sizeof *node);
    node->loop = loop;
    node->settings.log_level = SJ_LOG_INFO;
    node->table.size = sizeof node->table;
    node->table.abi_major = SJ_ABI_MAJOR;
    node->table.abi_minor = SJ_ABI_MINOR;
    node->table.node = &node->facts;
    node->facts.size = sizeof node->facts;
    if (sj_later_open(&node->later, loop) != 0) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "the queue of deferred work cannot be made");
    }
    sj_owner_init(&node->host, node, "host");
    node->host.visible = true;
    node->scope = sj_scope_open_root(node, &node->host, "host", host_scope_closed, node);
    if (node->scope == NULL) {
        sj_later_close(&node->later);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the host's scope");
    }
    return SJ_OK;
}

void sj_node_close_scope(struct node *node) {
    if (node->scope != NULL) {
        sj_host_scope_close(node->scope);
    }
    while (node->scope != NULL) {
        uv_run(node->loop, UV_RUN_ONCE);
    }
}

void sj_node_finish(struct node *node) {
    sj_node_close_scope(node);
    while (!sj_list_empty(&node->later.items) || uv_loop_alive(node->loop)) {
        uv_run(node->loop, UV_RUN_ONCE);
    }
    sj_later_close(&node->later);
    uv_run(node->loop, UV_RUN_DEFAULT);
}
