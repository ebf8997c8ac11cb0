/* Tries changes of the dial plan on the plan itself, within one callback: no call sees them, and
 * only what changes is touched. What was there is kept and put back. */
#include "dial_plan/dial_plan_changes.h"

#include <sojourn/base/text.h>
#include <sojourn/log.h>

#include <stdlib.h>

struct tried_change {
    const struct plan_resource *resource;
    char key[400];
    void *before; /* the record as it was; NULL: there was none */
};

static bool is_known(const struct dial_plan_changes *changes, const char *name) {
    for (size_t i = 0; i < changes->passed_over_count; i++) {
        const char *known = changes->passed_over[i];
        if (known != NULL && strcmp(known, name) == 0) {
            return true;
        }
    }
    return false;
}

static int read_record(sj_scope *scope, const struct plan_resource *resource,
                       const sj_plan_change *change, void **record, sj_error *error) {
    sj_error inner = {0};
    const int status =
        scope->host->record_from_json(dial_plan_resource_meta(resource)->record, change->record,
                                      strlen(change->record), record, &inner);
    return status == SJ_OK
               ? SJ_OK
               : sj_error_field(error, SJ_E_INVALID, "changes", "%s: %s%s%.300s", change->resource,
                                inner.field, inner.field[0] != '\0' ? ": " : "", inner.text);
}

static int try_change(struct dial_plan_changes *changes, const sj_plan_change *change,
                      sj_error *error) {
    const struct plan_resource *resource = dial_plan_resource(change->resource);
    struct tried_change *tried = &changes->tried[changes->count];
    void *record = NULL;
    if (resource == NULL) {
        if (!is_known(changes, change->resource)) {
            changes->passed_over[changes->passed_over_count++] = change->resource;
        }
        return SJ_OK;
    }
    if (sj_given(change->removed)) {
        (void)snprintf(tried->key, sizeof tried->key, "%s", change->removed);
    } else {
        const int status = read_record(changes->scope, resource, change, &record, error);
        if (status != SJ_OK) {
            return status;
        }
        dial_plan_resource_key(resource, record, tried->key, sizeof tried->key);
    }
    tried->resource = resource;
    tried->before = dial_plan_detach(changes->plan, resource, tried->key);
    changes->count++;
    return record == NULL ? SJ_OK : dial_plan_take(changes->plan, resource, record, error);
}

int dial_plan_changes_begin(struct dial_plan_changes *changes, struct dial_plan *plan,
                            sj_scope *scope, const sj_plan_change *list, size_t count,
                            sj_error *error) {
    int status = SJ_OK;
    *changes = (struct dial_plan_changes){.plan = plan, .scope = scope};
    if (count == 0) {
        return SJ_OK;
    }
    changes->tried = calloc(count, sizeof *changes->tried);
    changes->passed_over = calloc(count, sizeof *changes->passed_over);
    if (changes->tried == NULL || changes->passed_over == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the changes");
    }
    for (size_t i = 0; i < count && status == SJ_OK; i++) {
        status = try_change(changes, &list[i], error);
    }
    return status;
}

void dial_plan_changes_end(struct dial_plan_changes *changes) {
    while (changes->count > 0) {
        struct tried_change *tried = &changes->tried[--changes->count];
        sj_error error;
        sj_record_free(changes->scope,
                       dial_plan_detach(changes->plan, tried->resource, tried->key));
        if (tried->before != NULL &&
            dial_plan_take(changes->plan, tried->resource, tried->before, &error) != SJ_OK) {
            sj_log_error(
                changes->scope, "%s %s is not in the dial plan until it is written again: %s",
                dial_plan_resource_meta(tried->resource)->record->name, tried->key, error.text);
        }
    }
    free(changes->tried);
    free((void *)changes->passed_over);
    *changes = (struct dial_plan_changes){0};
}
