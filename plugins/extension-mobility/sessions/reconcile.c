/* Decides for each session of this side what the view of the other cluster means for it. Pure. */
#include "sessions/reconcile.h"

#include <stdlib.h>
#include <string.h>

static int by_lease(const void *a, const void *b) {
    const struct em_lease *const *first = a, *const *second = b;
    return strcmp((*first)->lease_id, (*second)->lease_id);
}

static bool holds(const struct em_lease *const *sorted, size_t count, const struct em_lease *ours) {
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(sorted[middle]->lease_id, ours->lease_id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < count && strcmp(sorted[low]->lease_id, ours->lease_id) == 0; low++) {
        if (sorted[low]->home != ours->home &&
            strcmp(sorted[low]->device_name, ours->device_name) == 0) {
            return true;
        }
    }
    return false;
}

void em_reconcile_decide(const struct em_lease *ours, size_t ours_count,
                         const struct em_lease *theirs, size_t theirs_count, int64_t made_before,
                         enum em_reconcile_action *actions) {
    const struct em_lease **sorted =
        theirs_count > 0 ? calloc(theirs_count, sizeof(const struct em_lease *)) : NULL;
    if (theirs_count > 0 && sorted == NULL) {
        /* Without memory nothing is judged; the next comparison will. */
        for (size_t i = 0; i < ours_count; i++) {
            actions[i] = EM_RECONCILE_WAIT;
        }
        return;
    }
    for (size_t i = 0; i < theirs_count; i++) {
        sorted[i] = &theirs[i];
    }
    if (theirs_count > 1) {
        qsort(sorted, theirs_count, sizeof(const struct em_lease *), by_lease);
    }
    for (size_t i = 0; i < ours_count; i++) {
        const bool there = holds(sorted, theirs_count, &ours[i]);
        if (ours[i].ending) {
            actions[i] = there ? EM_RECONCILE_NOTIFY : EM_RECONCILE_DELETE;
        } else if (there) {
            actions[i] = EM_RECONCILE_CONFIRM;
        } else {
            actions[i] = ours[i].login_time < made_before ? EM_RECONCILE_END : EM_RECONCILE_WAIT;
        }
    }
    free(sorted);
}
