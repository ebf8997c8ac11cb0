/* struct node: the one context that all parts of the host hang on. There may be several in one
 * process (tests); nothing of the host is global but what belongs to the process (signals, the
 * supervision slot).
 *
 * Each part keeps its own data behind an opaque pointer here and exports sj_<part>_open and
 * sj_<part>_close. */
#ifndef SJ_HOST_CORE_NODE_H
#define SJ_HOST_CORE_NODE_H

#include <uv.h>

#include <sojourn/host.h>

#include "host/core/scope.h"

/* What the node file says and only the host needs to know. */
struct node_settings {
    sj_log_level log_level;
    bool log_json;
    const char *dns_servers; /* "" or NULL: the system's */
};

struct node {
    uv_loop_t *loop;
    sj_host table;           /* what plugins and host-owned scopes call */
    struct sj_node facts;    /* table.node points here */
    const sj_schema *schema; /* the built-in declarations; NULL in tests without them */
    sj_scope *scope;         /* the host's own, for what no plugin owns */
    struct owner host;       /* on whose behalf that is */
    sj_list_head owners;     /* the host and all plugins */
    struct later_queue later;
    bool stopping; /* nothing new begins: set once, when the node is told to end */

    struct node_settings settings;
    struct log *log;
    sj_list_head log_subjects; /* log_limit.c */
    struct trace *trace;
    struct metrics *metrics;
    struct work_pool *work;
    struct post_queue *post;
    struct bus *bus;
    struct timers *timers;
    struct store *store;
    struct params *params;
    struct secrets *secrets;
    struct tls *tls;
    struct net *net;
    struct resolver *resolver;
    struct http *http;
    struct http_client *http_client;
    struct policy_engine *policy;
    struct rest *rest;
    struct loader *loader;

    /* What lower rooms ask of higher ones; NULL until the part that answers is open. */
    void (*log_slow_callback)(struct node *node, const char *sentence);
    /* Adds to `text` which service would answer a request that nothing answers now, and what brings
     * it. */
    void (*explain_unanswered)(const struct node *node, const char *request, char *text,
                               size_t room);

    /* The source of time. NULL: the loop's and the system's; the testkit sets its own. */
    uint64_t (*monotonic_ms)(struct node *node);
    int64_t (*wall_ms)(struct node *node);
    /* When not 0, counted down by each allocation that can fail; the one that reaches 0 fails. */
    long fail_allocation;
};

/* Makes an empty node on `loop`: the queue of deferred work and the host's own scope; no part is
 * open, and the table has its size and versions only (sj_table_fill sets its functions). Settings:
 * level info, text, the system's name servers. */
int sj_node_init(struct node *node, uv_loop_t *loop, sj_error *error);

/* Closes the host's own scope and runs the loop until it is empty. */
void sj_node_close_scope(struct node *node);

/* Closes the host's own scope and runs the loop until nothing of the node is left on it. All parts
 * must be closed before. */
void sj_node_finish(struct node *node);

/* Zeroed memory, or NULL when there is none (or the test wants that). Free with free(). */
void *sj_node_alloc(struct node *node, size_t bytes);

#endif
