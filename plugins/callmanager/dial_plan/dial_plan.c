/* Holds the records of the dial plan. No input or output. */
#include "dial_plan/dial_plan.h"
#include "dial_plan/directory_uris.h"
#include "dial_plan/pickup_groups.h"

#include <sojourn/base/text.h>

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct plan_record {
    sj_map_link link;
    sj_list_link listed;
    void *record;
    char key[];
};

int dial_plan_init(struct dial_plan *plan, void (*release)(void *user, void *record), void *user) {
    memset(plan, 0, sizeof *plan);
    plan->release = release;
    plan->user = user;
    plan->digits = digit_analysis_new(release, user);
    plan->calling_transformations = digit_analysis_new(release, user);
    plan->called_transformations = digit_analysis_new(release, user);
    plan->alternates = digit_analysis_new(NULL, NULL);
    return plan->digits == NULL || plan->calling_transformations == NULL ||
                   plan->called_transformations == NULL || plan->alternates == NULL
               ? SJ_E_NO_MEMORY
               : SJ_OK;
}

static void release_record(struct dial_plan *plan, void *record) {
    if (record != NULL && plan->release != NULL) {
        plan->release(plan->user, record);
    }
}

void dial_plan_free(struct dial_plan *plan) {
    directory_uris_clear(plan);
    pickup_groups_clear(plan);
    for (enum dial_plan_kind kind = 0; kind < PLAN_KINDS; kind++) {
        SJ_LIST_EACH(entry, &plan->records[kind], struct plan_record, listed) {
            sj_list_remove(&entry->listed);
            release_record(plan, entry->record);
            free(entry);
        }
        sj_map_clear(&plan->by_key[kind]);
    }
    digit_analysis_free(plan->digits);
    digit_analysis_free(plan->calling_transformations);
    digit_analysis_free(plan->called_transformations);
    digit_analysis_free(plan->alternates);
    plan->digits = plan->calling_transformations = plan->called_transformations = plan->alternates =
        NULL;
}

/* Directory URIs that differ in small and capital letters alone stand beside each other. */
static uint64_t hash_of(enum dial_plan_kind kind, const char *key) {
    return kind == PLAN_DIRECTORY_URI ? sj_hash_keyed_nocase(key, strlen(key))
                                      : sj_hash_keyed_text(key);
}

static struct plan_record *find(const struct dial_plan *plan, enum dial_plan_kind kind,
                                const char *key) {
    SJ_MAP_EACH_OF(entry, &plan->by_key[kind], hash_of(kind, key), struct plan_record, link) {
        if (strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

/* The store gives them in the order of their keys, so that the place is most often the last. */
static void list_record(sj_list_head *list, struct plan_record *entry) {
    struct plan_record *before = SJ_OWNER(sj_list_last(list), struct plan_record, listed);
    while (before != NULL && strcmp(before->key, entry->key) > 0) {
        before = SJ_OWNER(sj_list_previous(list, &before->listed), struct plan_record, listed);
    }
    sj_list_link *next = before == NULL ? sj_list_first(list) : sj_list_next(list, &before->listed);
    if (next != NULL) {
        sj_list_add_before(next, &entry->listed);
    } else {
        sj_list_add_last(list, &entry->listed);
    }
}

int dial_plan_put(struct dial_plan *plan, enum dial_plan_kind kind, const char *key, void *record,
                  sj_error *error) {
    struct plan_record *entry = find(plan, kind, key);
    if (entry != NULL) {
        release_record(plan, entry->record);
        entry->record = record;
        if (record == NULL) {
            (void)sj_map_remove(&plan->by_key[kind], &entry->link);
            sj_list_remove(&entry->listed);
            free(entry);
        }
        return SJ_OK;
    }
    if (record == NULL) {
        return SJ_OK;
    }
    entry = calloc(1, sizeof *entry + strlen(key) + 1);
    if (entry == NULL) {
        release_record(plan, record);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for \"%s\" of the dial plan",
                            key);
    }
    memcpy(entry->key, key, strlen(key));
    entry->record = record;
    sj_map_add(&plan->by_key[kind], &entry->link, hash_of(kind, key));
    list_record(&plan->records[kind], entry);
    return SJ_OK;
}

void *dial_plan_detach_record(struct dial_plan *plan, enum dial_plan_kind kind, const char *key) {
    struct plan_record *entry = find(plan, kind, key);
    void *record = entry == NULL ? NULL : entry->record;
    if (entry != NULL) {
        entry->record = NULL;
        (void)dial_plan_put(plan, kind, key, NULL, NULL);
    }
    return record;
}

void *dial_plan_get(const struct dial_plan *plan, enum dial_plan_kind kind, const char *key) {
    const struct plan_record *entry = !sj_given(key) ? NULL : find(plan, kind, key);
    return entry == NULL ? NULL : entry->record;
}

void *dial_plan_walk(const struct dial_plan *plan, enum dial_plan_kind kind,
                     const sj_list_link **link) {
    *link = *link == NULL ? sj_list_first(&plan->records[kind])
                          : sj_list_next(&plan->records[kind], *link);
    return *link == NULL ? NULL : SJ_OWNER(*link, struct plan_record, listed)->record;
}

const char *dial_plan_walk_key(const sj_list_link *link) {
    return SJ_OWNER(link, const struct plan_record, listed)->key;
}

struct digit_analysis *dial_plan_digits(const struct dial_plan *plan, enum digit_kind kind) {
    return kind == DIGIT_CALLING_PARTY_TRANSFORMATION  ? plan->calling_transformations
           : kind == DIGIT_CALLED_PARTY_TRANSFORMATION ? plan->called_transformations
                                                       : plan->digits;
}

int dial_plan_put_pattern(struct dial_plan *plan, enum digit_kind kind, const char *pattern,
                          const char *partition, bool urgent, void *record, sj_error *error) {
    const int status = digit_analysis_put(dial_plan_digits(plan, kind), kind, pattern, partition,
                                          urgent, record, error);
    if (status != SJ_OK) {
        release_record(plan, record);
    }
    return status;
}

void dial_plan_remove_pattern(struct dial_plan *plan, enum digit_kind kind, const char *pattern,
                              const char *partition) {
    (void)digit_analysis_remove(dial_plan_digits(plan, kind), kind, pattern, partition);
}

void dial_plan_number_of_key(const char *key, char *number, size_t room) {
    size_t used = 0;
    for (; *key != '\0' && *key != '@' && used + 1 < room; key++) {
        if (*key != '\\') {
            number[used++] = *key;
        }
    }
    number[used] = '\0';
}

bool dial_plan_split_key(const char *key, char first[128], char second[128]) {
    const char *at = strchr(key, '@');
    const size_t length = at == NULL ? strlen(key) : (size_t)(at - key);
    if (length >= 128 || (at != NULL && strlen(at + 1) >= 128)) {
        return false;
    }
    memcpy(first, key, length);
    first[length] = '\0';
    (void)snprintf(second, 128, "%s", at == NULL ? "" : at + 1);
    return true;
}

const sj_directory_uri *dial_plan_directory_uri(const struct dial_plan *plan, const char *uri,
                                                bool any_case) {
    const size_t user_part = strcspn(uri, "@");
    const struct plan_record *best = NULL;
    bool these_letters = false;
    SJ_MAP_EACH_OF(entry, &plan->by_key[PLAN_DIRECTORY_URI], hash_of(PLAN_DIRECTORY_URI, uri),
                   struct plan_record, link) {
        const bool same = strncmp(entry->key, uri, user_part) == 0;
        if (strcasecmp(entry->key, uri) == 0 && (same || any_case) &&
            (best == NULL || (same != these_letters ? same : strcmp(entry->key, best->key) < 0))) {
            best = entry;
            these_letters = same;
        }
    }
    return best == NULL ? NULL : best->record;
}

bool dial_plan_extension_of(const struct dial_plan *plan, const char *user_id, char key[130]) {
    return plan->extension_of != NULL && plan->extension_of(plan->user, user_id, key);
}

const sj_directory_number *dial_plan_directory_number(const struct dial_plan *plan,
                                                      const char *key) {
    char pattern[128], partition[128];
    const struct digit_entry *entry = NULL;
    if (dial_plan_split_key(key, pattern, partition)) {
        entry = digit_analysis_find(plan->digits, DIGIT_DIRECTORY_NUMBER, pattern, partition);
    }
    return entry == NULL ? NULL : entry->record;
}

const sj_hunt_pilot *dial_plan_hunt_pilot(const struct dial_plan *plan, const char *pattern,
                                          const char *partition) {
    const struct digit_entry *entry =
        digit_analysis_find(plan->digits, DIGIT_HUNT_PILOT, pattern, partition);
    return entry == NULL ? NULL : entry->record;
}
