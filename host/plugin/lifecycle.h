/* One plugin, and its way:
 *
 *     discovered -> inspected -> loaded -> initialised -> started -> stopping -> stopped      and,
 * each with a sentence, refused (never runs here), failed (may be tried again), quarantined
 * (crashed too often), retired (stopped; code stays mapped) */
#ifndef SJ_HOST_PLUGIN_LIFECYCLE_H
#define SJ_HOST_PLUGIN_LIFECYCLE_H

#include "host/core/scope.h"
#include "host/core/timers.h"
#include "host/plugin/plugin_file.h"

struct loader;

enum plugin_state {
    PLUGIN_DISCOVERED,
    PLUGIN_INSPECTED,
    PLUGIN_LOADED,
    PLUGIN_INITIALISED,
    PLUGIN_STARTED,
    PLUGIN_STOPPING,
    PLUGIN_STOPPED,
    PLUGIN_REFUSED,
    PLUGIN_FAILED,
    PLUGIN_QUARANTINED,
    PLUGIN_RETIRED,
};

struct plugin {
    struct owner owner;  /* first: an owner's plugin */
    struct plugin *next; /* by name */
    struct loader *loader;
    struct plugin_file file;
    enum plugin_state state;
    char reason[768];
    bool activated;  /* is to run: persisted */
    bool wanted;     /* is to run now (activated, and the node is not stopping) */
    bool missing;    /* failed because a need was not met, or for want of room: tried again when
                        something starts */
    bool overdue;    /* did not stop within the deadline */
    bool retired;    /* its code can never be unmapped */
    char waits[512]; /* what is on the disk and does not run, or "" */

    void *library;
    const sj_plugin *descriptor;
    const sj_schema *schema; /* the host's copy of what it declares, while that is known */
    void *state_memory;
    sj_scope *scope;
    uint64_t started_order; /* 0: not started */
    char ending[768];       /* why it is being stopped: what `reason` will be */
    enum plugin_state ends_as;
    struct timer_item deadline;
    struct later later;
    sj_list_head waiters;
};

/* Somebody who waits for a plugin to come to rest. */
struct waiter {
    sj_list_link link;
    void (*settled)(void *user, struct plugin *plugin);
    void *user;
};

/* Start is over when it returns; a stop ends on the loop, as `ends_as` with `reason`. */
void sj_plugin_start(struct plugin *plugin);
void sj_plugin_stop(struct plugin *plugin, enum plugin_state ends_as, const char *reason);
/* Takes the code of a stopped plugin out of memory, or retires it with the reason. */
int sj_plugin_unmap(struct plugin *plugin, sj_error *error);
/* Looks at the file again. A plugin that does not run takes what is there now, however often it
 * changed; of one that runs, or whose new file is no good, `waits` says what waits for what. */
void sj_plugin_refresh(struct plugin *plugin);
bool sj_plugin_settled(const struct plugin *plugin);
const char *sj_plugin_state_text(enum plugin_state state);
/* Calls `settled` once the plugin is neither starting nor stopping: at once when it is so now. */
int sj_plugin_when_settled(struct plugin *plugin,
                           void (*settled)(void *user, struct plugin *plugin), void *user);

#endif
