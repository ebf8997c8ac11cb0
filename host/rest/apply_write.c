/* What an apply writes: removals, then records, then parameters. */
#include "host/rest/apply_write.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/nearest.h>

#include "host/core/node.h"
#include "host/params/params.h"
#include "host/rest/apply_changes.h"
#include "host/rest/record_body.h"
#include "host/rest/secret_age.h"
#include "host/store/store.h"

/* Of a copy, so that it can be done again: what was not given is taken from what is stored now. */
static void write_record(struct apply *apply, struct apply_record *entry) {
    struct store *store = apply->node->store;
    const sj_record_meta *meta = entry->meta->record;
    struct sj_path room[2];
    const struct sj_path *path = apply_record_path(entry, room);
    void *record = malloc(meta->struct_size), *stored = NULL;
    sj_error error;
    if (record == NULL) {
        sj_problem(&apply->problems, path, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    memcpy(record, entry->record, meta->struct_size);
    (void)sj_store_get(store, entry->meta, entry->key, &stored, NULL);
    rest_keep_read_only(meta, record, stored);
    rest_secrets_keep(meta, record, stored);
    if (stored != NULL && sj_record_equal(meta, stored, record)) {
        apply->unchanged++;
    } else if (sj_store_put(store, entry->meta, record, STORE_PUT_UNCHECKED_REFERENCES, &error) !=
                   SJ_OK ||
               rest_credentials_note(apply->node, entry->meta, record, stored, &error) != SJ_OK) {
        (void)sj_problem_error(&apply->problems, path, &error);
    } else {
        apply->added += stored == NULL ? 1 : 0;
        apply->changed += stored != NULL ? 1 : 0;
        apply_list_record(apply, entry, record, stored);
    }
    sj_host_record_free(stored);
    sj_host_record_free(record);
}

static void remove_record(struct apply *apply, struct apply_removal *removal) {
    struct sj_path room[3];
    struct store *store = apply->node->store;
    sj_error error;
    int status = SJ_OK;
    if (sj_store_exists(store, removal->meta, removal->key)) {
        status = sj_store_ask_removal(store, removal->meta, removal->key, apply->force, &error);
    }
    if (status == SJ_OK) {
        status = sj_store_delete(store, removal->meta, removal->key, STORE_PUT_UNCHECKED_REFERENCES,
                                 &error);
    }
    if (status == SJ_E_NOT_FOUND) {
        apply->unchanged++;
    } else if (status != SJ_OK) {
        removal->refused = true;
        (void)sj_problem_error(&apply->problems, apply_removal_path(removal, room), &error);
    } else {
        apply->removed++;
        apply_list_removal(apply, removal);
    }
}

static void unknown_service(struct apply *apply, const struct sj_path *path, const char *service) {
    const sj_param_meta *meta;
    struct sj_nearest nearest;
    char hint[SJ_NEAREST_HINT];
    if (sj_problem_only_counted(&apply->problems)) {
        return;
    }
    sj_nearest_begin(&nearest, service);
    for (size_t i = 0; (meta = sj_catalog_param_at(apply->catalog, i)) != NULL; i++) {
        sj_nearest_offer(&nearest, meta->service);
    }
    sj_problem(&apply->problems, path, SJ_E_INVALID,
               "expected the parameters of a known service, not \"%s\"%s", service,
               sj_nearest_hint(&nearest, hint));
}

static void unknown_parameter(struct apply *apply, const struct sj_path *path, const char *service,
                              const char *name) {
    const sj_param_meta *meta;
    struct sj_nearest nearest;
    char hint[SJ_NEAREST_HINT];
    if (sj_problem_only_counted(&apply->problems)) {
        return;
    }
    sj_nearest_begin(&nearest, name);
    for (size_t i = 0; (meta = sj_catalog_param_at(apply->catalog, i)) != NULL; i++) {
        if (strcmp(meta->service, service) == 0) {
            sj_nearest_offer(&nearest, meta->field.title);
            sj_nearest_offer(&nearest, meta->symbol);
        }
    }
    sj_problem(&apply->problems, path, SJ_E_INVALID,
               "expected a parameter of the service \"%s\", got an unknown one%s", service,
               sj_nearest_hint(&nearest, hint));
}

/* By its printed name and by its symbol, or by one of them twice: which value holds would be a
 * matter of chance. Each that is given is one change, so that a content of any length makes no more
 * of them than there are parameters. */
static bool is_given_twice(struct apply *apply, const sj_param_meta *meta,
                           const struct sj_path *path) {
    const uint64_t hash = sj_hash_with(0, (uintptr_t)meta);
    SJ_MAP_EACH_OF(other, &apply->given, hash, const struct apply_parameter, by_meta) {
        if (other->meta == meta) {
            sj_problem(&apply->problems, path, SJ_E_INVALID,
                       "expected each parameter once, but %s is given before, as \"%s\"",
                       meta->field.title, other->name);
            return true;
        }
    }
    struct apply_parameter *given = sj_arena_alloc(&apply->arena, sizeof *given);
    if (given != NULL) { /* else the arena's failure is the end of it */
        given->meta = meta;
        given->name = path->name;
        sj_map_add(&apply->given, &given->by_meta, hash);
    }
    return false;
}

static void write_parameter(struct apply *apply, const cJSON *service, const cJSON *value) {
    const sj_param_meta *meta =
        value->string != NULL ? sj_catalog_param(apply->catalog, service->string, value->string)
                              : NULL;
    const struct sj_path top = {NULL, "parameters", 0}, above = {&top, service->string, 0},
                         here = {&above, sj_or_empty(value->string), 0};
    bool changed;
    if (meta == NULL) {
        unknown_parameter(apply, &here, service->string, here.name);
    } else if (is_given_twice(apply, meta, &here)) {
        return;
    } else if (sj_params_set(apply->node, meta, value, &here, &apply->problems, &changed) ==
               SJ_OK) {
        apply->changed += changed ? 1 : 0;
        apply->unchanged += changed ? 0 : 1;
        if (changed) {
            apply_list_parameter(apply, apply->cursor.section, meta, value);
        }
    }
}

/* The first parameter of a service, or NULL. */
static const cJSON *begin_service(struct apply *apply, const cJSON *service) {
    const struct sj_path top = {NULL, "parameters", 0}, here = {&top, service->string, 0};
    if (sj_catalog_service(apply->catalog, service->string) == NULL) {
        unknown_service(apply, &here, service->string);
        return NULL;
    }
    if (cJSON_IsObject(service) || apply_is_empty(service)) {
        return service->child;
    }
    sj_problem(&apply->problems, &here, SJ_E_INVALID,
               "expected names of parameters with their values");
    return NULL;
}

static void begin_parameters(struct apply *apply) {
    const cJSON *parameters = apply->parameters;
    const struct sj_path path = {NULL, "parameters", 0};
    struct apply_cursor *cursor = &apply->cursor;
    cursor->in_parameters = true;
    cursor->item = cursor->part = NULL;
    cursor->section = 0;
    sj_map_clear(&apply->given);
    if (parameters == NULL) {
        return;
    }
    for (const cJSON *member = apply->content->child; member != parameters; member = member->next) {
        cursor->section++;
    }
    if (!cJSON_IsObject(parameters) && !apply_is_empty(parameters)) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID,
                   "expected names of services with their parameters");
        return;
    }
    cursor->item = parameters->child;
}

/* Some of them; true when the time is up before all are written. */
static bool write_parameters(struct apply *apply, uint64_t until) {
    struct apply_cursor *cursor = &apply->cursor;
    if (!cursor->in_parameters) {
        begin_parameters(apply);
    }
    while (cursor->item != NULL) {
        if (apply_time_is_up(until)) {
            return true;
        }
        if (cursor->part == NULL) {
            cursor->part = begin_service(apply, cursor->item);
        } else {
            write_parameter(apply, cursor->item, cursor->part);
            cursor->part = cursor->part->next;
        }
        if (cursor->part == NULL) {
            cursor->item = cursor->item->next;
        }
    }
    return false;
}

bool apply_write(struct apply *apply, uint64_t until) {
    apply_begin_pass(apply);
    if (apply_each_removal(apply, until, remove_record) ||
        apply_each_record(apply, until, write_record) || write_parameters(apply, until)) {
        return true;
    }
    if (apply->arena.failed) {
        sj_problem(&apply->problems, NULL, SJ_E_NO_MEMORY, "out of memory");
    }
    apply_end_pass(apply);
    return false;
}

/* What is wrong already is written all the same, unchecked and to be thrown away, so that only what
 * is wrong by itself is said of what refers to it. No secret goes there. */
static void try_record(struct apply *apply, struct apply_record *entry) {
    sj_error error;
    rest_secrets_mark(entry->meta->record, entry->record);
    (void)sj_store_put(apply->node->store, entry->meta, entry->record, STORE_PUT_UNCHECKED, &error);
}

bool apply_try(struct apply *apply, uint64_t until) {
    apply_begin_pass(apply);
    if (apply_each_removal(apply, until, remove_record) ||
        apply_each_record(apply, until, try_record) || write_parameters(apply, until)) {
        return true;
    }
    apply_end_pass(apply);
    return false;
}
