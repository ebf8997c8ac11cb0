/* What an apply reads: the members of the content, and the records and keys in them. */
#include "host/rest/apply_read.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/nearest.h>

#include "host/core/node.h"
#include "host/record/validate.h"
#include "host/rest/record_body.h"
#include "host/store/store.h"

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
        if (stored == NULL) {
            sj_store_check_new(apply->node->store, meta, entry->record, path, &apply->problems);
        }
        if (stored != NULL) {
            sj_store_note_change(apply->node->store, meta, entry->record, path, &apply->notes);
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
    } else if (!cJSON_IsArray(json) && !apply_is_empty(json)) {
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
    char hint[SJ_NEAREST_HINT];
    if (sj_problem_only_counted(&apply->problems)) {
        return;
    }
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
               "expected the name of a list of records, got an unknown one%s",
               sj_nearest_hint(&nearest, hint));
}

/* The first of the lists below `remove`, or NULL. */
static const cJSON *begin_removals(struct apply *apply, const cJSON *json) {
    const struct sj_path path = {NULL, "remove", 0};
    if (cJSON_IsObject(json) || apply_is_empty(json)) {
        return json->child;
    }
    sj_problem(&apply->problems, &path, SJ_E_INVALID,
               "expected lists of keys under the names of their records");
    return NULL;
}

/* The first key of one of the lists, or NULL. */
static const cJSON *begin_removal_list(struct apply *apply, const cJSON *list) {
    const struct sj_path top = {NULL, "remove", 0}, here = {&top, list->string, 0};
    if (find_resource(apply, list->string) == NULL) {
        unknown_name(apply, &here, list->string, false);
    } else if (!cJSON_IsArray(list) && !apply_is_empty(list)) {
        sj_problem(&apply->problems, &here, SJ_E_INVALID, "expected a list of keys, got %s",
                   cJSON_IsObject(list) ? "an object" : "a single value");
    } else {
        return list->child;
    }
    return NULL;
}

static void read_removal(struct apply *apply, const cJSON *list, const cJSON *key, size_t index) {
    const sj_resource_meta *meta = find_resource(apply, list->string);
    const struct sj_path top = {NULL, "remove", 0}, below = {&top, list->string, 0},
                         here = {&below, NULL, index};
    struct apply_removal *removal = sj_arena_alloc(&apply->arena, sizeof *removal);
    if (!cJSON_IsString(key) || removal == NULL || (meta->flags & SJ_RESOURCE_RUNTIME) != 0) {
        sj_problem(&apply->problems, &here, SJ_E_INVALID,
                   "expected the key of a record that may be removed, a text");
        return;
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

static void read_force(struct apply *apply, const cJSON *json) {
    const struct sj_path path = {NULL, "force", 0};
    apply->force = cJSON_IsTrue(json);
    if (!cJSON_IsBool(json)) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID,
                   "expected true, which removes what is in use all the same, or false, got "
                   "something else");
    }
}

static bool has_parts(const cJSON *member) {
    return strcmp(member->string, "remove") == 0 || strcmp(member->string, "parameters") == 0;
}

bool apply_has_more_than(const struct apply *apply, size_t limit) {
    size_t count = 0;
    for (const cJSON *member = cJSON_IsObject(apply->content) ? apply->content->child : NULL;
         member != NULL && ++count <= limit; member = member->next) {
        const bool parted = has_parts(member);
        for (const cJSON *item = member->child; item != NULL && ++count <= limit;
             item = item->next) {
            for (const cJSON *part = parted ? item->child : NULL; part != NULL && ++count <= limit;
                 part = part->next) {
            }
        }
    }
    return count > limit;
}

/* Of lists of keys, or of the parameters of services. */
static size_t count_parts(const cJSON *lists) {
    size_t count = 0;
    for (const cJSON *list = lists->child; list != NULL; list = list->next) {
        count += (size_t)cJSON_GetArraySize(list);
    }
    return count;
}

size_t apply_size(const struct apply *apply) {
    size_t size = 0;
    for (const cJSON *member = cJSON_IsObject(apply->content) ? apply->content->child : NULL;
         member != NULL; member = member->next) {
        size += has_parts(member)       ? count_parts(member)
                : cJSON_IsArray(member) ? (size_t)cJSON_GetArraySize(member)
                : member->child != NULL ? 1
                                        : 0; /* one record */
    }
    return size;
}

/* The first; what a second one holds would be lost. */
static void begin_parameters(struct apply *apply, const cJSON *member) {
    const struct sj_path path = {NULL, "parameters", 0};
    if (apply->parameters != NULL) {
        sj_problem(&apply->problems, &path, SJ_E_INVALID, "expected the member once, got it twice");
        return;
    }
    apply->parameters = member;
    apply->parameters_count = count_parts(member);
}

/* The next member of the content: what has no items is read at once. */
static void begin_member(struct apply *apply, const cJSON *member) {
    const sj_resource_meta *meta = find_resource(apply, member->string);
    apply->cursor.item = apply->cursor.part = NULL;
    apply->cursor.index = 0;
    if (strcmp(member->string, "parameters") == 0) {
        begin_parameters(apply, member); /* they are read when they are written */
    } else if (strcmp(member->string, "remove") == 0) {
        apply->cursor.item = begin_removals(apply, member);
    } else if (strcmp(member->string, "force") == 0) {
        read_force(apply, member);
    } else if (meta != NULL) {
        apply->cursor.item = begin_resource(apply, meta, member);
    } else {
        struct sj_path path = {NULL, member->string, 0};
        unknown_name(apply, &path, member->string, true);
    }
}

/* A list of keys is begun, one key of it or one record is read. */
static void read_some(struct apply *apply) {
    struct apply_cursor *cursor = &apply->cursor;
    const cJSON *member = cursor->member, *item = cursor->item;
    if (strcmp(member->string, "remove") != 0) {
        const struct sj_path top = {NULL, member->string, 0}, here = {&top, NULL, cursor->index};
        read_record(apply, find_resource(apply, member->string), item, &here, cursor->index++);
    } else if (cursor->part == NULL) {
        cursor->part = begin_removal_list(apply, item);
        cursor->index = 0;
    } else {
        read_removal(apply, item, cursor->part, cursor->index++);
        cursor->part = cursor->part->next;
    }
    if (cursor->part == NULL) {
        cursor->item = item->next;
    }
}

static bool begin_reading(struct apply *apply) {
    if (!cJSON_IsObject(apply->content) && !apply_is_empty(apply->content)) {
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
            read_some(apply);
        }
        if (cursor->item == NULL) {
            cursor->member = cursor->member->next;
            cursor->section++;
            if (cursor->member != NULL) {
                begin_member(apply, cursor->member);
            }
        }
        if (apply_time_is_up(until)) {
            return true;
        }
    }
    for (const struct rest_secret *secret = apply->hashing.first; secret != NULL;
         secret = secret->next) {
        apply->secrets_count++;
    }
    apply_end_pass(apply);
    return false;
}
