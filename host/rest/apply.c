/* Declarative configuration (apply.h): from the content to what has to be written. */
#include "host/rest/apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "host/core/node.h"
#include "host/params/params.h"
#include "host/record/json.h"
#include "host/record/nearest.h"
#include "host/record/validate.h"
#include "host/rest/credentials.h"
#include "host/rest/internal.h"
#include "host/store/store.h"

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
    sj_map_clear(&apply->by_key);
    sj_arena_free(&apply->arena);
    for (size_t i = 0; i < apply->sections_count; i++) {
        sj_text_clear(&apply->sections[i]);
    }
    free(apply->sections);
}

/* ---- reading ---- */

static bool is_empty(const cJSON *json) {
    return json->child == NULL && (cJSON_IsArray(json) || cJSON_IsObject(json));
}

static bool occurs_twice(struct apply *apply, struct apply_record *record,
                         const struct sj_path *path) {
    const uint64_t hash = sj_hash_with(sj_hash_keyed_text(record->key), (uintptr_t)record->meta);
    SJ_MAP_EACH_OF(other, &apply->by_key, hash, const struct apply_record, by_key) {
        if (other->meta == record->meta && strcmp(other->key, record->key) == 0) {
            sj_problem(&apply->problems, path, SJ_E_INVALID,
                       "expected each key once, but number %zu has the key \"%s\" too",
                       other->index + 1, record->key);
            return true;
        }
    }
    sj_map_add(&apply->by_key, &record->by_key, hash);
    return false;
}

static void read_record(struct apply *apply, const sj_resource_meta *meta, const cJSON *json,
                        const struct sj_path *path, size_t index) {
    struct sj_json_reader reader = {&apply->arena, &apply->problems, &apply->notes,
                                    REST_READS_GIVEN};
    struct apply_record *entry = sj_arena_alloc(&apply->arena, sizeof *entry);
    void *stored = NULL;
    sj_error error;
    if (entry == NULL || (entry->record = sj_record_new(meta->record, &apply->arena)) == NULL) {
        sj_problem(&apply->problems, path, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    entry->meta = meta;
    entry->index = index;
    entry->section = apply->cursor.section;
    rest_secrets_mark(meta->record, entry->record);
    entry->bad = !sj_record_read_checked(&reader, meta->record, json, path, entry->record);
    if (sj_resource_key(meta, entry->record, entry->key, &error) != SJ_OK) {
        if (!entry->bad) {
            (void)sj_problem_error(&apply->problems, path, &error);
        }
        return;
    }
    if (occurs_twice(apply, entry, path)) {
        return;
    }
    if (!entry->bad) {
        (void)sj_store_get(apply->node->store, meta, entry->key, &stored, NULL);
        if (rest_secrets_note(&apply->hashing, meta->record, entry->record, stored) != SJ_OK) {
            sj_problem(&apply->problems, path, SJ_E_NO_MEMORY, "out of memory");
        }
        sj_host_record_free(stored);
    }
    *apply->last_record = entry;
    apply->last_record = &entry->next;
    apply->records_count++;
}

/* Where the items of a list begin, or the one record; NULL: there is nothing to read of it. */
static const cJSON *begin_resource(struct apply *apply, const sj_resource_meta *meta,
                                   const cJSON *json) {
    struct sj_path path = {NULL, json->string, 0};
    if ((meta->flags & SJ_RESOURCE_RUNTIME) != 0) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID, "cannot apply %s: only services write it",
                   meta->record->name);
    } else if ((meta->flags & SJ_RESOURCE_SINGLETON) != 0) {
        read_record(apply, meta, json, &path, 0);
    } else if (!cJSON_IsArray(json) && !is_empty(json)) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID, "expected a list of records, got %s",
                   cJSON_IsObject(json) ? "one record or names" : "a single value");
    } else {
        return json->child;
    }
    return NULL;
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

static void unknown_name(struct apply *apply, const struct sj_path *path, const char *name,
                         bool top) {
    const sj_resource_meta *meta;
    struct sj_nearest nearest;
    sj_nearest_begin(&nearest, name);
    if (top) {
        sj_nearest_offer(&nearest, "parameters");
        sj_nearest_offer(&nearest, "remove");
        sj_nearest_offer(&nearest, "force");
    }
    for (size_t i = 0; (meta = sj_catalog_resource_at(apply->catalog, i)) != NULL; i++) {
        sj_nearest_offer(&nearest, (meta->flags & SJ_RESOURCE_SINGLETON) != 0 ? meta->record->name
                                                                              : meta->plural);
    }
    sj_problem(&apply->problems, path, SJ_E_INVALID,
               "expected the name of a list of records, got an unknown one%s%s%s",
               nearest.best != NULL ? " (did you mean " : "",
               nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "?)" : "");
}

static void read_removals(struct apply *apply, const cJSON *json) {
    struct sj_path path = {NULL, "remove", 0};
    if (!cJSON_IsObject(json) && !is_empty(json)) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID,
                   "expected lists of keys under the names of their records");
        return;
    }
    for (const cJSON *list = json->child; list != NULL; list = list->next) {
        const sj_resource_meta *meta = find_resource(apply, list->string);
        struct sj_path below = {&path, list->string, 0};
        size_t index = 0;
        if (meta == NULL) {
            unknown_name(apply, &below, list->string, false);
            continue;
        }
        if (!cJSON_IsArray(list) && !is_empty(list)) {
            sj_problem(&apply->problems, &below, SJ_E_INVALID, "expected a list of keys, got %s",
                       cJSON_IsObject(list) ? "an object" : "a single value");
            continue;
        }
        for (const cJSON *key = list->child; key != NULL; key = key->next, index++) {
            struct apply_removal *removal = sj_arena_alloc(&apply->arena, sizeof *removal);
            struct sj_path here = {&below, NULL, index};
            if (!cJSON_IsString(key) || removal == NULL ||
                (meta->flags & SJ_RESOURCE_RUNTIME) != 0) {
                sj_problem(&apply->problems, &here, SJ_E_INVALID,
                           "expected the key of a record that may be removed, a text");
                continue;
            }
            removal->meta = meta;
            removal->key = key->valuestring;
            removal->index = index;
            removal->section = apply->cursor.section;
            removal->refused = false;
            apply->removals_count++;
            *apply->last_removal = removal;
            apply->last_removal = &removal->next;
        }
    }
}

static void read_force(struct apply *apply, const cJSON *json) {
    const struct sj_path path = {NULL, "force", 0};
    apply->force = cJSON_IsTrue(json);
    if (!cJSON_IsBool(json)) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID,
                   "expected true, which removes what is in use all the same, or false, got "
                   "something else");
    }
}

static bool time_is_up(uint64_t until) {
    return until != 0 && uv_hrtime() >= until;
}

size_t apply_size(const struct apply *apply) {
    size_t size = 0;
    for (const cJSON *member = cJSON_IsObject(apply->content) ? apply->content->child : NULL;
         member != NULL; member = member->next) {
        for (const cJSON *item = member->child; item != NULL; item = item->next) {
            size += strcmp(member->string, "remove") == 0 ? (size_t)cJSON_GetArraySize(item) : 1;
        }
    }
    return size;
}

/* The next member of the content: what is no list of records is read at once. */
static void begin_member(struct apply *apply, const cJSON *member) {
    const sj_resource_meta *meta = find_resource(apply, member->string);
    apply->cursor.item = NULL;
    apply->cursor.index = 0;
    if (strcmp(member->string, "parameters") == 0) {
        return; /* they need no preparation */
    }
    if (strcmp(member->string, "remove") == 0) {
        read_removals(apply, member);
    } else if (strcmp(member->string, "force") == 0) {
        read_force(apply, member);
    } else if (meta != NULL) {
        apply->cursor.item = begin_resource(apply, meta, member);
    } else {
        struct sj_path path = {NULL, member->string, 0};
        unknown_name(apply, &path, member->string, true);
    }
}

static bool begin_reading(struct apply *apply) {
    if (!cJSON_IsObject(apply->content) && !is_empty(apply->content)) {
        sj_problem(&apply->problems, NULL, SJ_E_INVALID,
                   "expected a table of parameters and lists of records");
        return false;
    }
    apply->sections_count = (size_t)cJSON_GetArraySize(apply->content);
    apply->sections = calloc(apply->sections_count + 1, sizeof *apply->sections);
    if (apply->sections == NULL) {
        apply->sections_count = 0;
        sj_problem(&apply->problems, NULL, SJ_E_NO_MEMORY, "out of memory");
        return false;
    }
    apply->cursor = (struct apply_cursor){.member = apply->content->child, .begun = true};
    if (apply->cursor.member != NULL) {
        begin_member(apply, apply->cursor.member);
    }
    return true;
}

bool apply_read(struct apply *apply, uint64_t until) {
    struct apply_cursor *cursor = &apply->cursor;
    if (!cursor->begun && !begin_reading(apply)) {
        return false;
    }
    while (cursor->member != NULL) {
        if (cursor->item != NULL) {
            struct sj_path top = {NULL, cursor->member->string, 0},
                           here = {&top, NULL, cursor->index};
            read_record(apply, find_resource(apply, cursor->member->string), cursor->item, &here,
                        cursor->index++);
            cursor->item = cursor->item->next;
        }
        if (cursor->item == NULL) {
            cursor->member = cursor->member->next;
            cursor->section++;
            if (cursor->member != NULL) {
                begin_member(apply, cursor->member);
            }
        }
        if (time_is_up(until)) {
            return true;
        }
    }
    for (const struct rest_secret *secret = apply->hashing.first; secret != NULL;
         secret = secret->next) {
        apply->secrets_count++;
    }
    memset(cursor, 0, sizeof *cursor);
    return false;
}

/* ---- writing ---- */

static sj_text *begin_change(struct apply *apply, size_t section, const char *action,
                             const char *resource, const char *key) {
    sj_text *out = &apply->sections[section];
    if (apply->shown == APPLY_CHANGES_SHOWN) {
        return NULL;
    }
    apply->shown++;
    sj_text_printf(out, "%s{\"action\":\"%s\",\"resource\":", out->length > 0 ? ",\n" : "", action);
    sj_text_json(out, resource);
    sj_text_puts(out, ",\"key\":");
    sj_text_json(out, key);
    return out;
}

static bool is_shown(const sj_field *field) {
    return field->type != SJ_TYPE_SECRET && (field->flags & SJ_FIELD_SENSITIVE) == 0;
}

/* What it was and what it is; of secrets only that they are others. */
static void write_values(sj_text *out, const sj_field *field, const void *before, const void *after,
                         bool first) {
    if (!is_shown(field)) {
        return;
    }
    sj_text_puts(out, first ? "" : ",");
    sj_text_json(out, field->name);
    sj_text_puts(out, ":{\"old\":");
    sj_field_write(out, field, before, 0);
    sj_text_puts(out, ",\"new\":");
    sj_field_write(out, field, after, 0);
    sj_text_char(out, '}');
}

static void note_change(struct apply *apply, const struct apply_record *entry, const void *record,
                        const void *stored) {
    const sj_record_meta *meta = entry->meta->record;
    sj_text *out = begin_change(apply, entry->section, stored != NULL ? "changed" : "added",
                                meta->name, entry->key);
    bool first = true;
    if (out == NULL) {
        return;
    }
    if (stored != NULL) {
        sj_text_puts(out, ",\"fields\":[");
        for (size_t i = 0; i < meta->fields_count; i++) {
            if (!sj_field_equal(&meta->fields[i], stored, record)) {
                sj_text_puts(out, first ? "" : ",");
                sj_text_json(out, meta->fields[i].name);
                first = false;
            }
        }
        sj_text_puts(out, "],\"values\":{");
        first = true;
        for (size_t i = 0; i < meta->fields_count; i++) {
            if (!sj_field_equal(&meta->fields[i], stored, record)) {
                write_values(out, &meta->fields[i], stored, record, first);
                first = first && !is_shown(&meta->fields[i]);
            }
        }
        sj_text_char(out, '}');
    }
    sj_text_char(out, '}');
}

static struct sj_path top_path(const struct apply_record *entry) {
    bool singleton = (entry->meta->flags & SJ_RESOURCE_SINGLETON) != 0;
    return (struct sj_path){NULL, singleton ? entry->meta->record->name : entry->meta->plural, 0};
}

/* Of a copy, so that it can be done again: what was not given is taken from what is stored now. */
static void write_record(struct apply *apply, const struct apply_record *entry) {
    struct store *store = apply->node->store;
    const sj_record_meta *meta = entry->meta->record;
    struct sj_path top = top_path(entry), item = {&top, NULL, entry->index};
    const struct sj_path *path = (entry->meta->flags & SJ_RESOURCE_SINGLETON) != 0 ? &top : &item;
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
        note_change(apply, entry, record, stored);
    }
    sj_host_record_free(stored);
    sj_host_record_free(record);
}

static void remove_record(struct apply *apply, struct apply_removal *removal) {
    struct sj_path top = {NULL, "remove", 0}, list = {&top, removal->meta->plural, 0},
                   path = {&list, NULL, removal->index};
    struct store *store = apply->node->store;
    sj_error error;
    int status = SJ_OK;
    if (!apply->force && sj_store_exists(store, removal->meta, removal->key)) {
        status = sj_store_ask_removal(store, removal->meta, removal->key, &error);
    }
    if (status == SJ_OK) {
        status = sj_store_delete(store, removal->meta, removal->key, STORE_PUT_UNCHECKED_REFERENCES,
                                 &error);
    }
    if (status == SJ_E_NOT_FOUND) {
        apply->unchanged++;
    } else if (status != SJ_OK) {
        removal->refused = true;
        (void)sj_problem_error(&apply->problems, &path, &error);
    } else {
        sj_text *out = begin_change(apply, removal->section, "removed", removal->meta->record->name,
                                    removal->key);
        apply->removed++;
        if (out != NULL) {
            sj_text_char(out, '}');
        }
    }
}

static void unknown_parameter(struct apply *apply, const struct sj_path *path, const char *service,
                              const char *name) {
    const sj_param_meta *meta;
    struct sj_nearest nearest;
    bool known = false;
    sj_nearest_begin(&nearest, name);
    for (size_t i = 0; (meta = sj_catalog_param_at(apply->catalog, i)) != NULL; i++) {
        if (strcmp(meta->service, service) == 0) {
            known = true;
            sj_nearest_offer(&nearest, meta->field.title);
            sj_nearest_offer(&nearest, meta->symbol);
        }
    }
    sj_problem(&apply->problems, path, SJ_E_INVALID,
               "expected a parameter of %s \"%s\", got an unknown one%s%s%s",
               known ? "the service" : "a known service, not", service,
               nearest.best != NULL ? " (did you mean " : "",
               nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "?)" : "");
}

/* What holds until now is what the parameter shows; the new value is shown as it was given. */
static void note_parameter(struct apply *apply, size_t section, const sj_param_meta *meta,
                           const cJSON *given) {
    sj_text *out = begin_change(apply, section, "changed", "parameter", meta->field.title);
    sj_text shown = {0};
    cJSON *before;
    char *old_text, *new_text;
    if (out == NULL) {
        return;
    }
    sj_text_puts(out, ",\"service\":");
    sj_text_json(out, meta->service);
    sj_params_write(apply->node, meta, &shown);
    before = shown.data != NULL ? cJSON_Parse(shown.data) : NULL;
    old_text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(before, "value"));
    new_text = cJSON_PrintUnformatted(
        cJSON_IsNull(given) ? cJSON_GetObjectItemCaseSensitive(before, "default") : given);
    if (old_text != NULL && new_text != NULL && is_shown(&meta->field)) {
        sj_text_printf(out,
                       ",\"fields\":[\"value\"],\"values\":{\"value\":{\"old\":%s,\"new\":%s}}",
                       old_text, new_text);
    }
    sj_text_char(out, '}');
    cJSON_free(old_text);
    cJSON_free(new_text);
    cJSON_Delete(before);
    sj_text_clear(&shown);
}

static void write_service(struct apply *apply, const cJSON *service, const struct sj_path *path,
                          size_t section) {
    for (const cJSON *value = service->child; value != NULL; value = value->next) {
        const sj_param_meta *meta =
            value->string != NULL ? sj_catalog_param(apply->catalog, service->string, value->string)
                                  : NULL;
        struct sj_path here = {path, value->string != NULL ? value->string : "", 0};
        bool changed;
        if (meta == NULL) {
            unknown_parameter(apply, &here, service->string, here.name);
        } else if (sj_params_set(apply->node, meta, value, &here, &apply->problems, &changed) ==
                   SJ_OK) {
            apply->changed += changed ? 1 : 0;
            apply->unchanged += changed ? 0 : 1;
            if (changed) {
                note_parameter(apply, section, meta, value);
            }
        }
    }
}

static void write_parameters(struct apply *apply) {
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(apply->content, "parameters");
    struct sj_path path = {NULL, "parameters", 0};
    size_t section = 0;
    if (parameters == NULL) {
        return;
    }
    for (const cJSON *member = apply->content->child; member != parameters; member = member->next) {
        section++;
    }
    if (!cJSON_IsObject(parameters) && !is_empty(parameters)) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID,
                   "expected names of services with their parameters");
        return;
    }
    for (const cJSON *service = parameters->child; service != NULL; service = service->next) {
        struct sj_path here = {&path, service->string, 0};
        if (!cJSON_IsObject(service) && !is_empty(service)) {
            sj_problem(&apply->problems, &here, SJ_E_INVALID,
                       "expected names of parameters with their values");
        } else {
            write_service(apply, service, &here, section);
        }
    }
}

bool apply_write(struct apply *apply, uint64_t until) {
    struct apply_cursor *cursor = &apply->cursor;
    if (!cursor->begun) {
        *cursor = (struct apply_cursor){
            .record = apply->records, .removal = apply->removals, .begun = true};
    }
    for (; cursor->removal != NULL; cursor->removal = cursor->removal->next) {
        if (time_is_up(until)) {
            return true;
        }
        remove_record(apply, cursor->removal);
    }
    for (; cursor->record != NULL; cursor->record = cursor->record->next) {
        if (time_is_up(until)) {
            return true;
        }
        write_record(apply, cursor->record);
    }
    write_parameters(apply);
    if (apply->arena.failed) {
        sj_problem(&apply->problems, NULL, SJ_E_NO_MEMORY, "out of memory");
    }
    memset(cursor, 0, sizeof *cursor);
    return false;
}

/* ---- checking the whole ---- */

static void check_record(struct apply *apply, const struct apply_record *entry) {
    struct sj_path top = top_path(entry), item = {&top, NULL, entry->index};
    const struct sj_path *path = (entry->meta->flags & SJ_RESOURCE_SINGLETON) != 0 ? &top : &item;
    struct sj_problems found;
    sj_problems_init(&found, SJ_PROBLEMS_MAX);
    found.first = apply->problems.first;
    sj_store_check_given(apply->node->store, entry->meta, entry->record, path, &found);
    if (found.total > 0) {
        sj_problems_add_others(&apply->problems, &found);
    }
}

static void check_removal(struct apply *apply, const struct apply_removal *removal) {
    struct sj_path top = {NULL, "remove", 0}, list = {&top, removal->meta->plural, 0},
                   path = {&list, NULL, removal->index};
    sj_error error;
    bool exists = sj_store_exists(apply->node->store, removal->meta, removal->key);
    if (exists && !removal->refused) { /* it was written after it was removed */
        sj_problem(&apply->problems, &path, SJ_E_INVALID,
                   "expected a record that the file does not declare too, got \"%.100s\"",
                   removal->key);
    }
    if (!exists && sj_store_check_unreferenced(apply->node->store, removal->meta, removal->key,
                                               &error) != SJ_OK) {
        (void)sj_problem_error(&apply->problems, &path, &error);
    }
}

/* Records may refer to each other in any order, so this is looked at when all are there. */
bool apply_check(struct apply *apply, uint64_t until) {
    struct apply_cursor *cursor = &apply->cursor;
    if (!cursor->begun) {
        *cursor = (struct apply_cursor){
            .record = apply->records, .removal = apply->removals, .begun = true};
    }
    for (; cursor->record != NULL; cursor->record = cursor->record->next) {
        if (time_is_up(until)) {
            return true;
        }
        check_record(apply, cursor->record);
    }
    for (; cursor->removal != NULL; cursor->removal = cursor->removal->next) {
        if (time_is_up(until)) {
            return true;
        }
        check_removal(apply, cursor->removal);
    }
    memset(cursor, 0, sizeof *cursor);
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
    struct apply_cursor *cursor = &apply->cursor;
    if (!cursor->begun) {
        *cursor = (struct apply_cursor){
            .record = apply->records, .removal = apply->removals, .begun = true};
    }
    for (; cursor->removal != NULL; cursor->removal = cursor->removal->next) {
        if (time_is_up(until)) {
            return true;
        }
        remove_record(apply, cursor->removal);
    }
    for (; cursor->record != NULL; cursor->record = cursor->record->next) {
        if (time_is_up(until)) {
            return true;
        }
        try_record(apply, cursor->record);
    }
    write_parameters(apply);
    memset(cursor, 0, sizeof *cursor);
    return false;
}

void apply_again(struct apply *apply) {
    memset(&apply->cursor, 0, sizeof apply->cursor);
    apply->added = apply->changed = apply->removed = apply->unchanged = apply->shown = 0;
    for (size_t i = 0; i < apply->sections_count; i++) {
        sj_text_clear(&apply->sections[i]);
    }
}
