/* The records own themselves; their patterns in digit analysis have none. */
#include "dial_plan/park_numbers.h"

#include <stdio.h>

struct dialled {
    enum digit_kind kind;
    char pattern[80];
    const char *partition;
};

/* By what a record is dialled; returns how many there are. */
static size_t dialled_of(enum dial_plan_kind kind, const void *record, struct dialled dialled[2]) {
    if (kind == PLAN_CALL_PARK_NUMBER) {
        const sj_call_park_number *number = record;
        dialled[0] = (struct dialled){DIGIT_CALL_PARK, "", number->partition};
        (void)snprintf(dialled[0].pattern, sizeof dialled[0].pattern, "%s", number->pattern);
        return 1;
    }
    const sj_directed_call_park *number = record;
    dialled[0] = (struct dialled){DIGIT_DIRECTED_CALL_PARK, "", number->partition};
    dialled[1] = (struct dialled){DIGIT_PARK_RETRIEVAL, "", number->partition};
    (void)snprintf(dialled[0].pattern, sizeof dialled[0].pattern, "%s", number->pattern);
    (void)snprintf(dialled[1].pattern, sizeof dialled[1].pattern, "%s.%s", number->retrieval_prefix,
                   number->pattern);
    return 2;
}

bool park_numbers_are(enum dial_plan_kind kind) {
    return kind == PLAN_CALL_PARK_NUMBER || kind == PLAN_DIRECTED_CALL_PARK;
}

static void take_off(struct dial_plan *plan, enum dial_plan_kind kind, const char *key) {
    const void *record = dial_plan_get(plan, kind, key);
    struct dialled dialled[2];
    const size_t count = record == NULL ? 0 : dialled_of(kind, record, dialled);
    for (size_t i = 0; i < count; i++) {
        dial_plan_remove_pattern(plan, dialled[i].kind, dialled[i].pattern, dialled[i].partition);
    }
}

int park_numbers_put(struct dial_plan *plan, enum dial_plan_kind kind, const char *key,
                     void *record, sj_error *error) {
    struct dialled dialled[2];
    take_off(plan, kind, key);
    int status = dial_plan_put(plan, kind, key, record, error);
    const size_t count = record == NULL || status != SJ_OK ? 0 : dialled_of(kind, record, dialled);
    for (size_t i = 0; i < count && status == SJ_OK; i++) {
        status = dial_plan_put_pattern(plan, dialled[i].kind, dialled[i].pattern,
                                       dialled[i].partition, false, NULL, error);
    }
    return status;
}

void *park_numbers_detach(struct dial_plan *plan, enum dial_plan_kind kind, const char *key) {
    take_off(plan, kind, key);
    return dial_plan_detach_record(plan, kind, key);
}

static bool free_of(const sj_call_park_number *record, park_number_taken_fn *is_taken, void *user,
                    char number[DIGITS_MAX]) {
    struct digit_pattern pattern;
    sj_error error;
    number[0] = '\0';
    if (digit_pattern_compile(record->pattern, &pattern, &error) != SJ_OK) {
        return false;
    }
    while (digit_pattern_next(&pattern, number)) {
        if (!is_taken(user, number, record->partition)) {
            return true;
        }
    }
    return false;
}

bool park_numbers_free(const struct dial_plan *plan, const struct visible_partitions *visible,
                       park_number_taken_fn *is_taken, void *user, char number[DIGITS_MAX],
                       const char **partition, bool *some) {
    *some = false;
    for (size_t i = 0; i < visible->count; i++) {
        const sj_list_link *link = NULL;
        const sj_call_park_number *record;
        while ((record = dial_plan_walk(plan, PLAN_CALL_PARK_NUMBER, &link)) != NULL) {
            if (strcmp(record->partition, visible->names[i]) == 0) {
                *some = true;
                *partition = record->partition;
                if (free_of(record, is_taken, user, number)) {
                    return true;
                }
            }
        }
    }
    return false;
}
