/* Each record is kept by its key, and found by the number that its mask makes. Of several that make
 * one number the first in the order of their keys counts, whichever was written last. Pure. */
#include "dial_plan/alternate_numbers.h"
#include "dial_plan/transformations.h"

#include <sojourn/number_mask.h>

#include <stdio.h>
#include <string.h>

enum { NUMBER_KEY = DIGITS_MAX + 130 };

static void number_key(const char *number, const char *partition, char key[NUMBER_KEY]) {
    (void)snprintf(key, NUMBER_KEY, "%s@%.128s", number, partition);
}

static void key_of(const sj_alternate_number *record, char key[NUMBER_KEY]) {
    char number[DIGITS_MAX];
    sj_number_mask(record->mask, record->directory_number, number, sizeof number);
    number_key(number, record->partition, key);
}

/* The order of their keys, mask and directory number. */
static int compare(const sj_alternate_number *a, const sj_alternate_number *b) {
    const int masks = strcmp(a->mask, b->mask);
    return masks != 0 ? masks : strcmp(a->directory_number, b->directory_number);
}

/* What makes the number now that the one which counted is gone: the first in the order of their
 * keys. */
static int put_successor(struct dial_plan *plan, const char *number, sj_error *error) {
    const sj_list_link *link = NULL;
    for (;;) {
        sj_alternate_number *other = dial_plan_walk(plan, PLAN_ALTERNATE_NUMBER, &link);
        char key[NUMBER_KEY];
        if (link == NULL) {
            return SJ_OK;
        }
        if (!other->add_to_local_route_partition) {
            continue;
        }
        key_of(other, key);
        if (strcmp(key, number) == 0) {
            return dial_plan_put(plan, PLAN_ALTERNATE_BY_NUMBER, number, other, error);
        }
    }
}

int alternate_numbers_put(struct dial_plan *plan, const char *key, sj_alternate_number *record,
                          sj_error *error) {
    const sj_alternate_number *before = dial_plan_get(plan, PLAN_ALTERNATE_NUMBER, key);
    const bool reaches = record != NULL && record->add_to_local_route_partition;
    char number[NUMBER_KEY], left[NUMBER_KEY] = "";
    if (before != NULL && before->add_to_local_route_partition) {
        plan->alternates_reaching--;
        key_of(before, number);
        if (dial_plan_get(plan, PLAN_ALTERNATE_BY_NUMBER, number) == before) {
            (void)dial_plan_put(plan, PLAN_ALTERNATE_BY_NUMBER, number, NULL, NULL);
            memcpy(left, number, sizeof left);
        }
    }
    int status = dial_plan_put(plan, PLAN_ALTERNATE_NUMBER, key, record, error);
    if (status == SJ_OK && reaches) {
        plan->alternates_reaching++;
    }
    /* Only where others stand behind is there anything to look for. */
    if (left[0] != '\0' &&
        plan->alternates_reaching > plan->by_key[PLAN_ALTERNATE_BY_NUMBER].count) {
        sj_error why;
        const int found = put_successor(plan, left, status == SJ_OK ? error : &why);
        status = status == SJ_OK ? found : status;
    }
    if (status != SJ_OK || !reaches) {
        return status;
    }
    key_of(record, number);
    const sj_alternate_number *other = dial_plan_get(plan, PLAN_ALTERNATE_BY_NUMBER, number);
    return other != NULL && compare(other, record) <= 0
               ? SJ_OK
               : dial_plan_put(plan, PLAN_ALTERNATE_BY_NUMBER, number, record, error);
}

void alternate_numbers_longer(const struct dial_plan *plan,
                              const struct visible_partitions *visible, const char *digits,
                              void (*found)(void *user, const char *number), void *user) {
    const size_t length = strlen(digits);
    const sj_list_link *link = NULL;
    while (dial_plan_walk(plan, PLAN_ALTERNATE_BY_NUMBER, &link) != NULL) {
        const char *key = dial_plan_walk_key(link), *at = strchr(key, '@');
        if (strncmp(key, digits, length) != 0 || at <= key + length) {
            continue;
        }
        for (size_t i = 0; i < visible->count; i++) {
            if (strcmp(visible->names[i], at + 1) == 0) {
                char number[DIGITS_MAX];
                (void)snprintf(number, sizeof number, "%.*s", (int)(at - key), key);
                found(user, number);
                break;
            }
        }
    }
}

const sj_alternate_number *alternate_numbers_in(const struct dial_plan *plan, const char *digits,
                                                const char *partition) {
    char key[NUMBER_KEY];
    number_key(digits, partition, key);
    return dial_plan_get(plan, PLAN_ALTERNATE_BY_NUMBER, key);
}

const sj_alternate_number *alternate_numbers_find(const struct dial_plan *plan,
                                                  const struct visible_partitions *visible,
                                                  const char *digits, size_t *rank) {
    if (plan->by_key[PLAN_ALTERNATE_BY_NUMBER].count == 0) {
        return NULL;
    }
    for (*rank = 0; *rank < visible->count; (*rank)++) {
        const sj_alternate_number *found =
            alternate_numbers_in(plan, digits, visible->names[*rank]);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}
