/* Each record is kept by its key, and found by the number that its mask makes. Pure. */
#include "dial_plan/alternate_numbers.h"
#include "dial_plan/transformations.h"

#include <stdio.h>

enum { NUMBER_KEY = DIGITS_MAX + 130 };

static void number_key(const char *number, const char *partition, char key[NUMBER_KEY]) {
    (void)snprintf(key, NUMBER_KEY, "%s@%.128s", number, partition);
}

static void key_of(const sj_alternate_number *record, char key[NUMBER_KEY]) {
    char number[DIGITS_MAX];
    transformation_mask(record->mask, record->directory_number, number);
    number_key(number, record->partition, key);
}

int alternate_numbers_put(struct dial_plan *plan, const char *key, sj_alternate_number *record,
                          sj_error *error) {
    const sj_alternate_number *before = dial_plan_get(plan, PLAN_ALTERNATE_NUMBER, key);
    char number[NUMBER_KEY];
    if (before != NULL) {
        key_of(before, number);
        if (dial_plan_get(plan, PLAN_ALTERNATE_BY_NUMBER, number) == before) {
            (void)dial_plan_put(plan, PLAN_ALTERNATE_BY_NUMBER, number, NULL, NULL);
        }
    }
    const int status = dial_plan_put(plan, PLAN_ALTERNATE_NUMBER, key, record, error);
    if (status != SJ_OK || record == NULL || !record->add_to_local_route_partition) {
        return status;
    }
    key_of(record, number);
    return dial_plan_put(plan, PLAN_ALTERNATE_BY_NUMBER, number, record, error);
}

const sj_alternate_number *alternate_numbers_find(const struct dial_plan *plan,
                                                  const struct visible_partitions *visible,
                                                  const char *digits, size_t *rank) {
    if (plan->by_key[PLAN_ALTERNATE_BY_NUMBER].count == 0) {
        return NULL;
    }
    for (*rank = 0; *rank < visible->count; (*rank)++) {
        char key[NUMBER_KEY];
        number_key(digits, visible->names[*rank], key);
        const sj_alternate_number *found = dial_plan_get(plan, PLAN_ALTERNATE_BY_NUMBER, key);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}
