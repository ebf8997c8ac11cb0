/* Whether the whole holds, now that all of it is there. */
#include "host/rest/apply_check.h"

#include "host/core/node.h"
#include "host/store/store.h"

static void check_record(struct apply *apply, struct apply_record *entry) {
    struct sj_path room[2];
    const struct sj_path *path = apply_record_path(entry, room);
    struct sj_problems found;
    sj_problems_init(&found, SJ_PROBLEMS_MAX);
    found.first = apply->problems.first;
    sj_store_check_given(apply->node->store, entry->meta, entry->record, &apply->twins, path,
                         &found);
    if (found.total > 0) {
        sj_problems_add_others(&apply->problems, &found);
    }
}

static void check_removal(struct apply *apply, struct apply_removal *removal) {
    struct sj_path room[3];
    const struct sj_path *path = apply_removal_path(removal, room);
    sj_error error;
    bool exists = sj_store_exists(apply->node->store, removal->meta, removal->key);
    if (exists && !removal->refused) { /* it was written after it was removed */
        sj_problem(&apply->problems, path, SJ_E_INVALID,
                   "expected a record that the file does not declare too, got \"%.100s\"",
                   removal->key);
    }
    if (!exists && sj_store_check_unreferenced(apply->node->store, removal->meta, removal->key,
                                               &error) != SJ_OK) {
        (void)sj_problem_error(&apply->problems, path, &error);
    }
}

bool apply_check(struct apply *apply, uint64_t until) {
    if (!apply->cursor.begun) {
        store_twins_clear(&apply->twins); /* of a pass that was given up */
    }
    apply_begin_pass(apply);
    if (apply_each_record(apply, until, check_record) ||
        apply_each_removal(apply, until, check_removal)) {
        return true;
    }
    store_twins_clear(&apply->twins);
    apply_end_pass(apply);
    return false;
}
