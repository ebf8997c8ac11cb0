/* Walks the records; each range is counted through. */
#include "dial_plan/park_numbers.h"

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
