/* Declarative configuration (apply.h): from the content to what has to be written. */
#include "apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../node.h"
#include "../params/params.h"
#include "../record/json.h"
#include "../record/nearest.h"
#include "../record/validate.h"
#include "../store/store.h"
#include "credentials.h"
#include "internal.h"

void apply_init(struct apply *apply, struct node *node, cJSON *content) {
    memset(apply, 0, sizeof *apply);
    apply->node = node;
    apply->catalog = sj_store_catalog(node->store);
    apply->content = content;
    apply->last_record = &apply->records;
    apply->last_removal = &apply->removals;
    apply->hashing.arena = &apply->arena;
    sj_problems_init(&apply->problems, SJ_PROBLEMS_MAX);
    sj_problems_init(&apply->notes, SJ_PROBLEMS_MAX);
    apply->notes.first = 1;
    apply->problems.first = 1; /* the files are Lua, and people count from one */
}

void apply_free(struct apply *apply) {
    cJSON_Delete(apply->content);
    sj_arena_free(&apply->arena);
    sj_buffer_free(&apply->changes);
}

/* ---- reading ---- */

static bool is_empty(const cJSON *json) {
    return json->child == NULL && (cJSON_IsArray(json) || cJSON_IsObject(json));
}

static struct apply_record **bucket_of(struct apply *apply, const struct apply_record *record) {
    uint64_t hash = (uint64_t)(uintptr_t)record->meta;
    for (const char *c = record->key; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    }
    return &apply->buckets[(hash ^ hash >> 32) % APPLY_BUCKETS];
}

static bool occurs_twice(struct apply *apply, struct apply_record *record, const sj_path *path) {
    struct apply_record **bucket = bucket_of(apply, record);
    for (const struct apply_record *other = *bucket; other != NULL; other = other->next_in_bucket) {
        if (other->meta == record->meta && strcmp(other->key, record->key) == 0) {
            sj_problem(&apply->problems, path, SJ_E_INVALID, "expected each key once, but number %zu has the key \"%s\" too",
                       other->index + 1, record->key);
            return true;
        }
    }
    record->next_in_bucket = *bucket;
    *bucket = record;
    return false;
}

static void read_record(struct apply *apply, const sj_resource_meta *meta, const cJSON *json, const sj_path *path,
                        size_t index) {
    sj_json_reader reader = {&apply->arena, &apply->problems, &apply->notes, SJ_JSON_SKIP_READ_ONLY | SJ_JSON_ONE_LINE};
    struct apply_record *entry = sj_arena_alloc(&apply->arena, sizeof *entry);
    size_t before = apply->problems.total;
    void *stored = NULL;
    sj_error error;
    if (entry == NULL || (entry->record = sj_record_new(meta->record, &apply->arena)) == NULL) {
        sj_problem(&apply->problems, path, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    entry->meta = meta;
    entry->index = index;
    rest_secrets_mark(meta->record, entry->record);
    sj_record_read(&reader, meta->record, json, path, entry->record);
    if (apply->problems.total == before) {
        (void)sj_record_check(meta->record, entry->record, path, &apply->problems);
    }
    if (apply->problems.total != before) {
        return;
    }
    if (sj_resource_key(meta, entry->record, entry->key, &error) != SJ_OK) {
        (void)sj_problem_error(&apply->problems, path, &error);
        return;
    }
    if (occurs_twice(apply, entry, path)) {
        return;
    }
    (void)sj_store_get(apply->node->store, meta, entry->key, &stored, NULL);
    if (rest_secrets_note(&apply->hashing, meta->record, entry->record, stored) != SJ_OK) {
        sj_problem(&apply->problems, path, SJ_E_NO_MEMORY, "out of memory");
    }
    sj_host_record_free(stored);
    *apply->last_record = entry;
    apply->last_record = &entry->next;
}

static void read_resource(struct apply *apply, const sj_resource_meta *meta, const cJSON *json) {
    sj_path path = {NULL, json->string, 0};
    size_t index = 0;
    if ((meta->flags & SJ_RESOURCE_RUNTIME) != 0) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID, "cannot be laid down: %s is written by services only",
                   meta->record->name);
        return;
    }
    if ((meta->flags & SJ_RESOURCE_SINGLETON) != 0) {
        read_record(apply, meta, json, &path, 0);
        return;
    }
    if (!cJSON_IsArray(json) && !is_empty(json)) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID, "expected a list of records, got %s",
                   cJSON_IsObject(json) ? "one record or names" : "a single value");
        return;
    }
    for (const cJSON *item = json->child; item != NULL; item = item->next, index++) {
        sj_path here = {&path, NULL, index};
        read_record(apply, meta, item, &here, index);
    }
}

static const sj_resource_meta *find_resource(const struct apply *apply, const char *name) {
    const sj_resource_meta *meta = sj_catalog_plural(apply->catalog, name);
    if (meta == NULL) {
        meta = sj_catalog_resource(apply->catalog, name);
        if (meta != NULL && (meta->flags & SJ_RESOURCE_SINGLETON) == 0) {
            meta = NULL;
        }
    }
    return meta;
}

static void unknown_name(struct apply *apply, const sj_path *path, const char *name, bool top) {
    const sj_resource_meta *meta;
    sj_nearest nearest;
    sj_nearest_begin(&nearest, name);
    if (top) {
        sj_nearest_offer(&nearest, "parameters");
        sj_nearest_offer(&nearest, "remove");
    }
    for (size_t i = 0; (meta = sj_catalog_resource_at(apply->catalog, i)) != NULL; i++) {
        sj_nearest_offer(&nearest, (meta->flags & SJ_RESOURCE_SINGLETON) != 0 ? meta->record->name : meta->plural);
    }
    sj_problem(&apply->problems, path, SJ_E_INVALID, "expected the name of a list of records, got an unknown one%s%s%s",
               nearest.best != NULL ? " (did you mean " : "", nearest.best != NULL ? nearest.best : "",
               nearest.best != NULL ? "?)" : "");
}

static void read_removals(struct apply *apply, const cJSON *json) {
    sj_path path = {NULL, "remove", 0};
    if (!cJSON_IsObject(json) && !is_empty(json)) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID, "expected lists of keys under the names of their records");
        return;
    }
    for (const cJSON *list = json->child; list != NULL; list = list->next) {
        const sj_resource_meta *meta = find_resource(apply, list->string);
        sj_path below = {&path, list->string, 0};
        size_t index = 0;
        if (meta == NULL) {
            unknown_name(apply, &below, list->string, false);
            continue;
        }
        for (const cJSON *key = list->child; key != NULL; key = key->next, index++) {
            struct apply_removal *removal = sj_arena_alloc(&apply->arena, sizeof *removal);
            sj_path here = {&below, NULL, index};
            if (!cJSON_IsString(key) || removal == NULL || (meta->flags & SJ_RESOURCE_RUNTIME) != 0) {
                sj_problem(&apply->problems, &here, SJ_E_INVALID, "expected the key of a record that may be removed, a text");
                continue;
            }
            removal->meta = meta;
            removal->key = key->valuestring;
            removal->index = index;
            *apply->last_removal = removal;
            apply->last_removal = &removal->next;
        }
    }
}

void apply_read(struct apply *apply) {
    if (!cJSON_IsObject(apply->content) && !is_empty(apply->content)) {
        sj_problem(&apply->problems, NULL, SJ_E_INVALID, "expected a table of parameters and lists of records");
        return;
    }
    for (const cJSON *member = apply->content->child; member != NULL; member = member->next) {
        const sj_resource_meta *meta = find_resource(apply, member->string);
        if (strcmp(member->string, "parameters") == 0) {
            continue; /* they need no preparation */
        }
        if (strcmp(member->string, "remove") == 0) {
            read_removals(apply, member);
        } else if (meta != NULL) {
            read_resource(apply, meta, member);
        } else {
            sj_path path = {NULL, member->string, 0};
            unknown_name(apply, &path, member->string, true);
        }
    }
}

/* ---- writing ---- */

static void begin_change(struct apply *apply, const char *action, const char *resource, const char *key) {
    sj_buffer *out = &apply->changes;
    sj_buffer_printf(out, "%s{\"action\":\"%s\",\"resource\":", out->length > 0 ? ",\n" : "", action);
    sj_buffer_json_text(out, resource);
    sj_buffer_puts(out, ",\"key\":");
    sj_buffer_json_text(out, key);
}

static void note_change(struct apply *apply, const struct apply_record *entry, const void *stored) {
    const sj_record_meta *meta = entry->meta->record;
    bool first = true;
    begin_change(apply, stored != NULL ? "changed" : "added", meta->name, entry->key);
    if (stored != NULL) {
        sj_buffer_puts(&apply->changes, ",\"fields\":[");
        for (size_t i = 0; i < meta->fields_count; i++) {
            if (!sj_field_equal(&meta->fields[i], stored, entry->record)) {
                sj_buffer_puts(&apply->changes, first ? "" : ",");
                sj_buffer_json_text(&apply->changes, meta->fields[i].name);
                first = false;
            }
        }
        sj_buffer_char(&apply->changes, ']');
    }
    sj_buffer_char(&apply->changes, '}');
}

static sj_path top_path(const struct apply_record *entry) {
    bool singleton = (entry->meta->flags & SJ_RESOURCE_SINGLETON) != 0;
    return (sj_path){NULL, singleton ? entry->meta->record->name : entry->meta->plural, 0};
}

static void write_record(struct apply *apply, struct apply_record *entry) {
    struct store *store = apply->node->store;
    sj_path top = top_path(entry), item = {&top, NULL, entry->index};
    const sj_path *path = (entry->meta->flags & SJ_RESOURCE_SINGLETON) != 0 ? &top : &item;
    void *stored = NULL;
    sj_error error;
    (void)sj_store_get(store, entry->meta, entry->key, &stored, NULL);
    if (stored != NULL) { /* the record shares its texts until the end */
        stored = sj_arena_adopt(&apply->arena, stored);
        rest_keep_read_only(entry->meta->record, entry->record, stored);
    }
    rest_secrets_keep(entry->meta->record, entry->record, stored);
    if (stored != NULL && sj_record_equal(entry->meta->record, stored, entry->record)) {
        apply->unchanged++;
        return;
    }
    if (sj_store_put(store, entry->meta, entry->record, STORE_PUT_UNCHECKED_REFERENCES, &error) != SJ_OK ||
        rest_credentials_note(apply->node, entry->meta, entry->record, stored, &error) != SJ_OK) {
        (void)sj_problem_error(&apply->problems, path, &error);
        return;
    }
    apply->added += stored == NULL ? 1 : 0;
    apply->changed += stored != NULL ? 1 : 0;
    note_change(apply, entry, stored);
}

static void remove_record(struct apply *apply, const struct apply_removal *removal) {
    sj_path top = {NULL, "remove", 0}, list = {&top, removal->meta->plural, 0}, path = {&list, NULL, removal->index};
    sj_error error;
    int status = sj_store_delete(apply->node->store, removal->meta, removal->key, STORE_PUT_UNCHECKED_REFERENCES, &error);
    if (status == SJ_E_NOT_FOUND) {
        apply->unchanged++;
    } else if (status != SJ_OK) {
        (void)sj_problem_error(&apply->problems, &path, &error);
    } else {
        apply->removed++;
        begin_change(apply, "removed", removal->meta->record->name, removal->key);
        sj_buffer_char(&apply->changes, '}');
    }
}

static void unknown_parameter(struct apply *apply, const sj_path *path, const char *service, const char *name) {
    const sj_param_meta *meta;
    sj_nearest nearest;
    bool known = false;
    sj_nearest_begin(&nearest, name);
    for (size_t i = 0; (meta = sj_catalog_param_at(apply->catalog, i)) != NULL; i++) {
        if (strcmp(meta->service, service) == 0) {
            known = true;
            sj_nearest_offer(&nearest, meta->field.title);
            sj_nearest_offer(&nearest, meta->symbol);
        }
    }
    sj_problem(&apply->problems, path, SJ_E_INVALID, "expected a parameter of %s \"%s\", got an unknown one%s%s%s",
               known ? "the service" : "a known service, not", service, nearest.best != NULL ? " (did you mean " : "",
               nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "?)" : "");
}

static void write_service(struct apply *apply, const cJSON *service, const sj_path *path) {
    for (const cJSON *value = service->child; value != NULL; value = value->next) {
        const sj_param_meta *meta =
            value->string != NULL ? sj_catalog_param(apply->catalog, service->string, value->string) : NULL;
        sj_path here = {path, value->string != NULL ? value->string : "", 0};
        bool changed;
        if (meta == NULL) {
            unknown_parameter(apply, &here, service->string, here.name);
        } else if (sj_params_set(apply->node, meta, value, &here, &apply->problems, &changed) == SJ_OK) {
            apply->changed += changed ? 1 : 0;
            apply->unchanged += changed ? 0 : 1;
            if (changed) {
                begin_change(apply, "changed", "parameter", meta->field.title);
                sj_buffer_puts(&apply->changes, ",\"service\":");
                sj_buffer_json_text(&apply->changes, meta->service);
                sj_buffer_char(&apply->changes, '}');
            }
        }
    }
}

static void write_parameters(struct apply *apply) {
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(apply->content, "parameters");
    sj_path path = {NULL, "parameters", 0};
    if (parameters == NULL) {
        return;
    }
    if (!cJSON_IsObject(parameters) && !is_empty(parameters)) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID, "expected names of services with their parameters");
        return;
    }
    for (const cJSON *service = parameters->child; service != NULL; service = service->next) {
        sj_path here = {&path, service->string, 0};
        if (!cJSON_IsObject(service) && !is_empty(service)) {
            sj_problem(&apply->problems, &here, SJ_E_INVALID, "expected names of parameters with their values");
        } else {
            write_service(apply, service, &here);
        }
    }
}

/* Records may refer to each other in any order, so this is looked at when all are there. */
static void check_whole(struct apply *apply) {
    struct store *store = apply->node->store;
    for (const struct apply_record *entry = apply->records; entry != NULL; entry = entry->next) {
        sj_path top = top_path(entry), item = {&top, NULL, entry->index};
        const sj_path *path = (entry->meta->flags & SJ_RESOURCE_SINGLETON) != 0 ? &top : &item;
        sj_store_check_references(store, entry->meta, entry->record, path, &apply->problems);
    }
    for (const struct apply_removal *removal = apply->removals; removal != NULL; removal = removal->next) {
        sj_path top = {NULL, "remove", 0}, list = {&top, removal->meta->plural, 0}, path = {&list, NULL, removal->index};
        sj_error error;
        if (!sj_store_exists(store, removal->meta, removal->key) &&
            sj_store_check_unreferenced(store, removal->meta, removal->key, &error) != SJ_OK) {
            (void)sj_problem_error(&apply->problems, &path, &error);
        }
    }
}

void apply_write(struct apply *apply) {
    for (const struct apply_removal *removal = apply->removals; removal != NULL; removal = removal->next) {
        remove_record(apply, removal);
    }
    for (struct apply_record *entry = apply->records; entry != NULL; entry = entry->next) {
        write_record(apply, entry);
    }
    write_parameters(apply);
    if (apply->problems.total == 0) {
        check_whole(apply);
    }
    if (apply->arena.failed || apply->changes.failed) {
        sj_problem(&apply->problems, NULL, SJ_E_NO_MEMORY, "out of memory");
    }
}
