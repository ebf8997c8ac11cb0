/* A real node without servers, for tests of the loader: parts up to the store, and a plugin
 * directory filled with chosen probes. */
#ifndef SOJOURN_PROBE_NODE_H
#define SOJOURN_PROBE_NODE_H

#include "host/core/node.h"
#include "host/plugin/loader.h"

struct probe_node {
    struct node node; /* first */
    uv_loop_t loop;
    char directory[64], plugins[96], state[96];
    char last_line[2048]; /* of the log */
    /* The answer to the last request. */
    bool answered;
    int status;
    char state_text[64], text[1024];
};

/* Makes the directories; place plugins, then open. */
struct probe_node *probe_node_new(void);
void probe_node_place(struct probe_node *probe, const char *name); /* PROBES/<name>.so */
void probe_node_place_file(struct probe_node *probe, const char *path, const char *name);
void probe_node_open(struct probe_node *probe, const char *role);
/* Stops all plugins and frees everything; returns the number of loop handles that were left. */
int probe_node_end(struct probe_node *probe);

void probe_node_spin(struct probe_node *probe, int64_t ms);
/* Asks for the activation (deactivation ...) and runs the loop until the answer has come. */
int probe_node_activate(struct probe_node *probe, const char *name);
int probe_node_deactivate(struct probe_node *probe, const char *name);
int probe_node_restart(struct probe_node *probe, const char *name);
int probe_node_unload(struct probe_node *probe, const char *name);

const struct plugin *probe_node_plugin(struct probe_node *probe, const char *name);

#endif
