/* Tries changes of the dial plan on the plan itself, within one callback: no call sees them, and
 * only what changes is touched. What was there is kept and put back, and so are they. */
#include "dial_plan/dial_plan_changes.h"
#include "resources/ils.h"

#include <sojourn/base/text.h>
#include <sojourn/log.h>

#include <stdlib.h>

struct tried_change {
    const struct plan_resource *resource;
    char *key;
    void *record; /* the plan's while they are put in; NULL: it is removed */
    void *before; /* the record as it was; NULL: there was none */
};

/* ---- reading ---- */

static int refuse_change(const char *what, sj_error *error) {
    return sj_error_field(error, SJ_E_INVALID, "changes",
                          "an analysis does not look at changes of %s, on which calls may depend: "
                          "leave them out, or test what is there once they are applied",
                          what);
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

static int read_change(struct dial_plan_changes *changes, const sj_plan_change *change,
                       sj_error *error) {
    const struct plan_resource *resource = dial_plan_resource(change->resource);
    struct tried_change *tried = &changes->tried[changes->count];
    char key[400];
    if (resource == NULL) {
        return refuse_change(change->resource, error);
    }
    if (sj_given(change->removed)) {
        (void)snprintf(key, sizeof key, "%s", change->removed);
    } else {
        const int status = read_record(changes->scope, resource, change, &tried->record, error);
        if (status != SJ_OK) {
            return status;
        }
        dial_plan_resource_key(resource, tried->record, key, sizeof key);
    }
    changes->count++;
    tried->resource = resource;
    tried->key = strdup(key);
    return tried->key != NULL
               ? SJ_OK
               : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the changes");
}

static void write_source(const sj_plan_change *list, size_t count, sj_text *source) {
    for (size_t i = 0; i < count; i++) {
        const char *const texts[] = {list[i].resource, sj_or_empty(list[i].record),
                                     sj_or_empty(list[i].removed)};
        for (size_t j = 0; j < 3; j++) {
            sj_text_add(source, texts[j], strlen(texts[j]) + 1);
        }
    }
}

static struct dial_plan_changes *changes_new(sj_scope *scope, sj_text *source, size_t count) {
    struct dial_plan_changes *changes = calloc(1, sizeof *changes);
    if (changes == NULL) {
        return NULL;
    }
    changes->references = 1;
    changes->scope = scope;
    changes->tried = calloc(count + 1, sizeof *changes->tried);
    changes->source_length = source->length;
    changes->source = sj_text_take(source);
    if (changes->tried == NULL || (changes->source == NULL && changes->source_length > 0)) {
        dial_plan_changes_release(changes);
        return NULL;
    }
    return changes;
}

static bool is_same(const struct dial_plan_changes *changes, const sj_text *source) {
    return changes != NULL && changes->source_length == source->length &&
           (source->length == 0 || memcmp(changes->source, source->data, source->length) == 0);
}

struct dial_plan_changes *dial_plan_changes_read(struct dial_plan_changes **kept, sj_scope *scope,
                                                 const sj_plan_change *list, size_t count,
                                                 sj_error *error) {
    sj_text source = {0};
    write_source(list, count, &source);
    if (!source.failed && is_same(*kept, &source)) {
        sj_text_clear(&source);
        (*kept)->references++;
        return *kept;
    }
    struct dial_plan_changes *changes = source.failed ? NULL : changes_new(scope, &source, count);
    sj_text_clear(&source);
    if (changes == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the changes");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (read_change(changes, &list[i], error) != SJ_OK) {
            dial_plan_changes_release(changes);
            return NULL;
        }
    }
    dial_plan_changes_forget(kept);
    *kept = changes;
    changes->references++;
    return changes;
}

void dial_plan_changes_release(struct dial_plan_changes *changes) {
    if (changes == NULL || --changes->references > 0) {
        return;
    }
    for (size_t i = 0; changes->tried != NULL && i <= changes->count; i++) {
        sj_record_free(changes->scope, changes->tried[i].record);
        free(changes->tried[i].key);
    }
    free(changes->tried);
    free(changes->source);
    free(changes);
}

void dial_plan_changes_forget(struct dial_plan_changes **kept) {
    dial_plan_changes_release(*kept);
    *kept = NULL;
}

/* ---- trying ---- */

static char *without_route_string(sj_scope *scope, const sj_ils_configuration *configuration) {
    sj_ils_configuration rest = *configuration;
    rest.advertised_route_string = "";
    return scope->host->record_to_json(sj_ils_configuration_meta.record, &rest);
}

/* Of the ILS configuration the plan holds the route string; the rest decides what is learned of
 * other clusters, which an analysis asks of the service as it is now. */
static int check_ils(const struct dial_plan_changes *changes, const struct tried_change *tried,
                     sj_error *error) {
    const sj_host *host = changes->scope->host;
    void *none = NULL; /* what counts when nothing has been configured */
    bool same = false;
    if (tried->record != NULL &&
        (tried->before != NULL || host->record_from_json(sj_ils_configuration_meta.record, "{}", 2,
                                                         &none, error) == SJ_OK)) {
        char *is =
            without_route_string(changes->scope, tried->before != NULL ? tried->before : none);
        char *becomes = without_route_string(changes->scope, tried->record);
        same = is != NULL && becomes != NULL && strcmp(is, becomes) == 0;
        host->text_free(is);
        host->text_free(becomes);
    }
    sj_record_free(changes->scope, none);
    return same ? SJ_OK
                : refuse_change("ils_configuration other than advertised_route_string", error);
}

static int put_in(const struct dial_plan_changes *changes, struct tried_change *tried,
                  struct dial_plan *plan, sj_error *error) {
    int status = SJ_OK;
    tried->before = dial_plan_detach(plan, tried->resource, tried->key);
    if (strcmp(dial_plan_resource_meta(tried->resource)->record->name, "ils_configuration") == 0) {
        status = check_ils(changes, tried, error);
    }
    if (status == SJ_OK && tried->record != NULL) {
        status = dial_plan_take(plan, tried->resource, tried->record, error);
        if (status != SJ_OK) {
            tried->record = NULL; /* the plan has freed it */
        }
    }
    return status;
}

int dial_plan_changes_begin(struct dial_plan_changes *changes, struct dial_plan *plan,
                            sj_error *error) {
    int status = SJ_OK;
    while (changes->put_in < changes->count && status == SJ_OK) {
        status = put_in(changes, &changes->tried[changes->put_in++], plan, error);
    }
    return status;
}

void dial_plan_changes_end(struct dial_plan_changes *changes, struct dial_plan *plan) {
    while (changes->put_in > 0) {
        struct tried_change *tried = &changes->tried[--changes->put_in];
        sj_error error;
        (void)dial_plan_detach(plan, tried->resource, tried->key); /* it stays the change's */
        if (tried->before != NULL &&
            dial_plan_take(plan, tried->resource, tried->before, &error) != SJ_OK) {
            sj_log_error(
                changes->scope, "%s %s is not in the dial plan until it is written again: %s",
                dial_plan_resource_meta(tried->resource)->record->name, tried->key, error.text);
        }
        tried->before = NULL;
    }
}
