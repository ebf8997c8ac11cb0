/* Holds the records of the dial plan. No input or output. */
#include "dial_plan/dial_plan.h"
#include "sip/keyed_hash.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct plan_record {
    hash_link link;
    void *record;
    char key[];
} plan_record;

/* Keys are the administrators' own, so the key of the hash need not be secret. */
static const hash_key plan_hash_key = {1, 2};

static uint64_t hash_of(const char *key) {
    return keyed_hash(&plan_hash_key, key, strlen(key));
}

int dial_plan_init(dial_plan *plan, void (*release)(void *user, void *record), void *user) {
    memset(plan, 0, sizeof *plan);
    plan->release = release;
    plan->user = user;
    plan->digits = digit_analysis_new(release, user);
    return plan->digits == NULL ? SJ_E_NO_MEMORY : SJ_OK;
}

static void release_record(dial_plan *plan, void *record) {
    if (record != NULL && plan->release != NULL) {
        plan->release(plan->user, record);
    }
}

void dial_plan_free(dial_plan *plan) {
    for (int kind = 0; kind < PLAN_KINDS; kind++) {
        size_t bucket = 0;
        hash_link *link = hash_table_walk(&plan->records[kind], &bucket, NULL);
        while (link != NULL) {
            plan_record *entry = HASH_OWNER(link, plan_record, link);
            link = hash_table_walk(&plan->records[kind], &bucket, link);
            release_record(plan, entry->record);
            free(entry);
        }
        hash_table_free(&plan->records[kind]);
    }
    digit_analysis_free(plan->digits);
    plan->digits = NULL;
}

static plan_record *find(const dial_plan *plan, dial_plan_kind kind, const char *key) {
    for (hash_link *link = hash_table_first(&plan->records[kind], hash_of(key)); link != NULL; link = hash_table_next(link)) {
        plan_record *entry = HASH_OWNER(link, plan_record, link);
        if (strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

int dial_plan_put(dial_plan *plan, dial_plan_kind kind, const char *key, void *record, sj_error *error) {
    plan_record *entry = find(plan, kind, key);
    if (entry != NULL) {
        release_record(plan, entry->record);
        entry->record = record;
        if (record == NULL) {
            hash_table_remove(&plan->records[kind], &entry->link);
            free(entry);
        }
        return SJ_OK;
    }
    if (record == NULL) {
        return SJ_OK;
    }
    entry = calloc(1, sizeof *entry + strlen(key) + 1);
    if (entry != NULL) {
        memcpy(entry->key, key, strlen(key));
        entry->record = record;
    }
    if (entry == NULL || !hash_table_insert(&plan->records[kind], &entry->link, hash_of(key))) {
        free(entry);
        release_record(plan, record);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for \"%s\" of the dial plan", key);
    }
    return SJ_OK;
}

void *dial_plan_get(const dial_plan *plan, dial_plan_kind kind, const char *key) {
    const plan_record *entry = key == NULL || key[0] == '\0' ? NULL : find(plan, kind, key);
    return entry == NULL ? NULL : entry->record;
}

void *dial_plan_walk(const dial_plan *plan, dial_plan_kind kind, size_t *bucket, const hash_link **link) {
    hash_link *next = hash_table_walk(&plan->records[kind], bucket, *link);
    *link = next;
    return next == NULL ? NULL : HASH_OWNER(next, plan_record, link)->record;
}

int dial_plan_put_pattern(dial_plan *plan, digit_kind kind, const char *pattern, const char *partition, bool urgent,
                          void *record, sj_error *error) {
    const int status = digit_analysis_put(plan->digits, kind, pattern, partition, urgent, record, error);
    if (status != SJ_OK) {
        release_record(plan, record);
    }
    return status;
}

void dial_plan_remove_pattern(dial_plan *plan, digit_kind kind, const char *pattern, const char *partition) {
    (void)digit_analysis_remove(plan->digits, kind, pattern, partition);
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

const sj_directory_number *dial_plan_directory_number(const dial_plan *plan, const char *key) {
    char pattern[128], partition[128];
    const digit_entry *entry = NULL;
    if (dial_plan_split_key(key, pattern, partition)) {
        entry = digit_analysis_find(plan->digits, DIGIT_DIRECTORY_NUMBER, pattern, partition);
    }
    return entry == NULL ? NULL : entry->record;
}
