/* What to do when two clusters compare their views of the sessions between them. Pure. */
#ifndef EM_RECONCILE_H
#define EM_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One session between both clusters, in either view. */
struct em_lease {
    const char *lease_id, *device_name;
    bool home;   /* the owner of the view is the home cluster */
    bool ending; /* logged out, the other cluster not yet notified (own view only) */
    int64_t login_time;
};

enum em_reconcile_action {
    EM_RECONCILE_CONFIRM, /* both agree: it stands */
    EM_RECONCILE_END,     /* the other cluster does not have it: end it here */
    EM_RECONCILE_NOTIFY,  /* the other cluster still has what has ended here: notify it */
    EM_RECONCILE_DELETE,  /* the other cluster does not have what we ended: done */
    EM_RECONCILE_WAIT,    /* too young to judge: it may have been made while the views crossed */
};

/* Writes for each of ours what to do. Sessions are distinguished by lease; those begun at or after
 * `made_before` are younger than the other's view may be. A session in which both sides think
 * themselves home, or both visiting, is not the same session.
 */
void em_reconcile_decide(const struct em_lease *ours, size_t ours_count,
                         const struct em_lease *theirs, size_t theirs_count, int64_t made_before,
                         enum em_reconcile_action *actions);

#endif
