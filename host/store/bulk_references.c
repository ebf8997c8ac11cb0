/* Each reference of an entry is noted by what it names, when the entry is put. Notes are never
 * taken back: an entry may have been replaced since, so that who finds one looks at the entry. */
#include "host/store/bulk_references.h"

#include <stdio.h>
#include <string.h>

#include "host/record/record.h"
#include "host/store/bulk_entries.h"
#include "host/store/internal.h"

struct reference {
    sj_map_link by_target;
    const struct store_bulk_entry *entry;
};

static uint64_t hash_of_target(const char *target, const char *key) {
    return sj_hash_with(sj_hash_keyed_text(key), sj_hash_bytes(target, strlen(target)));
}

/* ---- noting ---- */

static bool note(struct store_bulk *bulk, const struct store_bulk_entry *entry, const char *target,
                 const char *key) {
    struct reference *reference;
    if (key == NULL || key[0] == '\0') {
        return true;
    }
    reference = sj_arena_alloc(&bulk->arena, sizeof *reference);
    if (reference != NULL) {
        reference->entry = entry;
        sj_map_add(&bulk->references, &reference->by_target, hash_of_target(target, key));
    }
    return reference != NULL;
}

static bool note_members(struct store_bulk *bulk, const struct store_bulk_entry *entry,
                         const sj_record_meta *meta, const void *record) {
    bool good = true;
    for (size_t i = 0; good && i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (field->type == SJ_TYPE_REFERENCE) {
            good = note(bulk, entry, field->target, sj_member_text(record, field->offset));
        } else if (field->type == SJ_TYPE_RECORD) {
            good = note_members(bulk, entry, field->record, sj_member_const(record, field->offset));
        } else if (field->type == SJ_TYPE_LIST &&
                   (field->element == SJ_TYPE_REFERENCE || field->record != NULL)) {
            size_t count;
            const void *items = sj_member_items(record, field, &count);
            for (size_t j = 0; good && j < count; j++) {
                good = field->record != NULL
                           ? note_members(bulk, entry, field->record,
                                          sj_member_const(items, j * field->record->struct_size))
                           : note(bulk, entry, field->target, ((const char *const *)items)[j]);
            }
        }
    }
    return good;
}

bool store_bulk_note_references(struct store_bulk *bulk, const struct store_bulk_entry *entry) {
    const sj_resource_meta *meta = entry->group->plan->meta;
    return (meta->flags & SJ_RESOURCE_RUNTIME) != 0 ||
           note_members(bulk, entry, meta->record, entry->record);
}

/* ---- looking ---- */

struct search {
    const char *target, *key;
    char place[160]; /* as people know it: "lines.partition" */
};

static bool refers(struct search *search, const sj_record_meta *meta, const void *record,
                   const char *above) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        bool names = (field->type == SJ_TYPE_REFERENCE ||
                      (field->type == SJ_TYPE_LIST && field->element == SJ_TYPE_REFERENCE)) &&
                     strcmp(field->target, search->target) == 0;
        size_t count;
        (void)snprintf(search->place, sizeof search->place, "%s%s%s", above,
                       above[0] != '\0' ? "." : "", field->name);
        if (field->type == SJ_TYPE_REFERENCE && names &&
            strcmp(sj_member_text(record, field->offset), search->key) == 0) {
            return true;
        }
        if (field->type == SJ_TYPE_LIST && (names || field->record != NULL)) {
            const void *items = sj_member_items(record, field, &count);
            char here[160];
            (void)snprintf(here, sizeof here, "%s", search->place);
            for (size_t j = 0; j < count; j++) {
                if (field->record != NULL
                        ? refers(search, field->record,
                                 sj_member_const(items, j * field->record->struct_size), here)
                        : strcmp(((const char *const *)items)[j], search->key) == 0) {
                    return true;
                }
            }
        } else if (field->type == SJ_TYPE_RECORD) {
            char here[160];
            (void)snprintf(here, sizeof here, "%s", search->place);
            if (refers(search, field->record, sj_member_const(record, field->offset), here)) {
                return true;
            }
        }
    }
    return false;
}

int store_bulk_check_unreferenced(const struct store *store, const sj_resource_meta *target,
                                  const char *key, sj_error *error) {
    const char *name = target->record->name;
    if (!store_bulk_is_seen(store)) {
        return SJ_OK;
    }
    SJ_MAP_EACH_OF(reference, &store->bulk->references, hash_of_target(name, key),
                   const struct reference, by_target) {
        const struct store_bulk_entry *entry = reference->entry;
        struct search search = {name, key, ""};
        if (entry->written || entry->record == NULL) {
            continue;
        }
        const sj_record_meta *from = entry->group->plan->meta->record;
        const bool itself = strcmp(from->name, name) == 0 && strcmp(entry->key, key) == 0;
        if (!itself && refers(&search, from, entry->record, "")) {
            return sj_error_set(error, SJ_E_IN_USE,
                                "the %s \"%s\" is still in use: the %s \"%s\" refers to it (%s)",
                                name, key, from->name, entry->key, search.place);
        }
    }
    return SJ_OK;
}
