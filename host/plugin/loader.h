/* The set of plugins of this node: found, activated, started in the order of their needs, stopped.
 */
#ifndef SJ_HOST_PLUGIN_LOADER_H
#define SJ_HOST_PLUGIN_LOADER_H

#include "host/plugin/lifecycle.h"

struct node;

enum { SJ_STOP_DEADLINE_MS = 30000 };

struct loader {
    struct node *node;
    struct plugin *plugins;
    uint64_t started;
    int64_t stop_deadline_ms;
    int64_t retry_ms; /* after a load that failed for want of room */
    char *copies;     /* directory of private copies */
    struct declared *declared;
    sj_topic *started_topic, *stopped_topic;
    sj_done_fn all_stopped;
    void *all_stopped_user;
};

/* Scans the plugin directory, answers the host's requests, starts what is activated. */
int sj_loader_open(struct node *node, sj_error *error);
/* Everything must have been stopped. */
void sj_loader_close(struct node *node);

/* Stops all in the reverse order of their start; `done` runs on the loop when each has stopped or
 * its deadline has passed. */
void sj_loader_stop_all(struct node *node, sj_done_fn done, void *user);

/* Looks for new files and at those that have changed; returns how many plugins are new, or a
 * negative code. */
int sj_loader_scan(struct loader *loader, sj_error *error);
/* The same for one plugin, by its name: reading and hashing them all takes the loop long. All are
 * looked at when it is not known yet. */
int sj_loader_look_for(struct loader *loader, const char *name, sj_error *error);
/* By short name or title (without regard to case); NULL when there is none. */
struct plugin *sj_loader_find(struct loader *loader, const char *name);
/* Starts what is wanted and can be, in the order of needs; the others get their sentence. */
void sj_loader_start_wanted(struct loader *loader);
/* Changes the activation, here and in the store. */
int sj_loader_set_activated(struct plugin *plugin, bool activated, sj_error *error);
/* A stop of this plugin has ended. */
void sj_loader_settled(struct plugin *plugin);

#endif
