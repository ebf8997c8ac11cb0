/* Records that have changed are read one by one. All of one kind, or of one imported catalog, are
 * read in the order of their keys, some in each step of the loop. */
#include "own_reading.h"

#include <stdlib.h>
#include <string.h>

#include "imported_catalogs.h"
#include "resources/ils.h"

enum { STEP_RECORDS = 500, STEP_EVERY_MS = 10 };

/* A record that has changed; source ILS_SOURCES: an imported catalog. */
struct changed {
    sj_list_link link;
    enum ils_source source;
    char key[];
};

/* Records that are read one after the other. */
struct reading {
    sj_list_link link;
    enum ils_source source;
    char catalog[51];           /* those of this one; "": all */
    char after[ILS_RECORD_KEY]; /* up to this key they have been read */
};

bool ils_own_is_reading(const struct ils_own_objects *own) {
    return !own->begun || !own->complete || !sj_list_empty(&own->changed) ||
           !sj_list_empty(&own->readings);
}

/* Without memory all is read anew with the next tick, from the beginning. */
static void read_all_later(struct ils_service *service) {
    sj_log_limited(service->scope, SJ_LOG_ERROR,
                   "no memory to note which records have changed: all are read again", "%s", "ils");
    service->own.begun = service->own.complete = false;
    service->own.withdrawn = 0;
}

/* From the beginning, also if they are being read. */
static void read_source(struct ils_service *service, enum ils_source source, const char *catalog) {
    struct reading *reading = NULL;
    SJ_LIST_EACH(one, &service->own.readings, struct reading, link) {
        if (one->source == source && strcmp(one->catalog, catalog) == 0) {
            reading = one;
        }
    }
    if (reading == NULL && (reading = calloc(1, sizeof *reading)) == NULL) {
        read_all_later(service);
        return;
    }
    reading->source = source;
    reading->after[0] = '\0';
    (void)snprintf(reading->catalog, sizeof reading->catalog, "%s", catalog);
    sj_list_add_last(&service->own.readings, &reading->link);
}

static void read_sources(struct ils_service *service, bool imported, const char *catalog) {
    for (enum ils_source source = 0; source < ILS_SOURCES; source++) {
        if (ils_source_is_imported(source) == imported) {
            read_source(service, source, catalog);
        }
    }
}

static void begin(struct ils_service *service) {
    struct ils_own_objects *own = &service->own;
    if (ils_imported_read(service)) {
        ils_own_free(own);
        own->begun = true;
        read_sources(service, false, "");
        read_sources(service, true, "");
    }
}

void ils_own_configure(struct ils_service *service, bool advertised, bool hub) {
    struct ils_own_objects *own = &service->own;
    const bool own_differ = own->advertised != advertised, imported_differ = own->hub != hub;
    own->advertised = advertised;
    own->hub = hub;
    if (own->begun && own_differ) {
        read_sources(service, false, "");
    }
    if (own->begun && imported_differ) {
        read_sources(service, true, "");
    }
}

void ils_own_changed(struct ils_service *service, const sj_config_changed *event) {
    const enum ils_source source = ils_source_of(event->resource);
    const size_t length = strlen(event->key);
    if (!service->own.begun ||
        (source == ILS_SOURCES && strcmp(event->resource, "imported_catalog") != 0)) {
        return;
    }
    struct changed *changed = malloc(sizeof *changed + length + 1);
    if (changed == NULL) {
        read_all_later(service);
        return;
    }
    *changed = (struct changed){.source = source};
    memcpy(changed->key, event->key, length + 1);
    sj_list_add_last(&service->own.changed, &changed->link);
}

static void read_changed(struct ils_service *service, const struct changed *changed) {
    if (changed->source == ILS_SOURCES) {
        if (ils_imported_look(service, changed->key)) {
            read_sources(service, true, changed->key);
        }
        return;
    }
    void *record = NULL;
    const sj_resource_meta *meta = ils_source_meta(changed->source);
    sj_error error = {0};
    const int status =
        service->scope->host->store_get(service->scope, meta, changed->key, &record, &error);
    if (status == SJ_OK || status == SJ_E_NOT_FOUND) {
        ils_own_look(service, changed->source, changed->key, record);
    } else {
        sj_log_limited(service->scope, SJ_LOG_WARNING, "a record cannot be read", "%s: %s",
                       changed->key, error.text);
    }
    sj_record_free(service->scope, record);
}

/* The next of a reading. False: they cannot be read now. */
static bool read_some(struct ils_service *service, struct reading *reading) {
    sj_scope *scope = service->scope;
    const bool all = reading->catalog[0] == '\0';
    const sj_query query = {.field = all ? NULL : "catalog",
                            .value = all ? NULL : reading->catalog,
                            .after_key = reading->after,
                            .limit = STEP_RECORDS};
    sj_list list = {0};
    sj_error error = {0};
    int status =
        scope->host->store_list(scope, ils_source_meta(reading->source), &query, &list, &error);
    if (status == SJ_OK && ils_source_is_imported(reading->source)) {
        status = ils_imported_remove_orphans(service, reading->source, &list, &error);
    }
    for (size_t i = 0; i < list.count && status == SJ_OK; i++) {
        ils_record_key(reading->source, list.records[i], reading->after);
        ils_own_look(service, reading->source, reading->after, list.records[i]);
    }
    if (status == SJ_OK && list.count < STEP_RECORDS) {
        sj_list_remove(&reading->link);
        free(reading);
    } else if (status != SJ_OK) {
        sj_log_limited(scope, SJ_LOG_WARNING, "what this cluster advertises cannot be read", "%s",
                       error.text);
    }
    sj_list_free(scope, &list);
    return status == SJ_OK;
}

/* False: what is next has to wait for a better time. */
static bool read_next(struct ils_service *service) {
    struct ils_own_objects *own = &service->own;
    struct changed *changed;
    size_t count = 0;
    while (count < STEP_RECORDS &&
           (changed = SJ_OWNER(sj_list_take_first(&own->changed), struct changed, link)) != NULL) {
        read_changed(service, changed);
        free(changed);
        count++;
    }
    if (count == STEP_RECORDS) {
        return true;
    }
    if (!own->begun) {
        begin(service);
        return own->begun;
    }
    struct reading *reading = SJ_OWNER(sj_list_first(&own->readings), struct reading, link);
    if (reading != NULL) {
        return read_some(service, reading);
    }
    own->complete = own->complete || !ils_own_withdraw_others(service, STEP_RECORDS);
    return true;
}

static void on_step(void *user) {
    struct ils_service *service = user;
    service->own.step = NULL;
    ils_own_step(service);
}

void ils_own_step(struct ils_service *service) {
    struct ils_own_objects *own = &service->own;
    if (ils_own_is_reading(own) && read_next(service) && ils_own_is_reading(own) &&
        own->step == NULL) {
        own->step = sj_timer_start(service->scope, STEP_EVERY_MS, 0, on_step, service);
    }
}

void ils_own_reading_stop(struct ils_service *service) {
    sj_list_link *link;
    while ((link = sj_list_take_first(&service->own.changed)) != NULL) {
        free(SJ_OWNER(link, struct changed, link));
    }
    while ((link = sj_list_take_first(&service->own.readings)) != NULL) {
        free(SJ_OWNER(link, struct reading, link));
    }
}
