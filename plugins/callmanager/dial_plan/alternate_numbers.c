/* Each record is kept by its key, and found by the number that its mask makes. Of several that make
 * one number the first in the order of their keys counts, whichever was written last. Pure. */
#include "dial_plan/alternate_numbers.h"
#include "dial_plan/transformations.h"

#include <sojourn/number_mask.h>

#include <stdio.h>
#include <string.h>

/* A number as the index has it, in whose patterns a + is written \+. */
struct indexed {
    char text[DIGITS_MAX + 1];
    const char *partition;
};

static struct indexed indexed_of(const sj_alternate_number *record) {
    struct indexed indexed = {.partition = record->partition};
    char number[DIGITS_MAX];
    sj_number_mask(record->mask, record->directory_number, number, sizeof number);
    (void)snprintf(indexed.text, sizeof indexed.text, "%s%s", number[0] == '+' ? "\\" : "", number);
    return indexed;
}

static bool is_same(const struct indexed *a, const struct indexed *b) {
    return strcmp(a->text, b->text) == 0 && strcmp(a->partition, b->partition) == 0;
}

static const sj_alternate_number *counting(const struct dial_plan *plan,
                                           const struct indexed *indexed) {
    const struct digit_entry *entry = digit_analysis_find(plan->alternates, DIGIT_DIRECTORY_NUMBER,
                                                          indexed->text, indexed->partition);
    return entry == NULL ? NULL : entry->record;
}

static int put(struct dial_plan *plan, const struct indexed *indexed, sj_alternate_number *record,
               sj_error *error) {
    return digit_analysis_put(plan->alternates, DIGIT_DIRECTORY_NUMBER, indexed->text,
                              indexed->partition, false, record, error);
}

/* The order of their keys, mask and directory number. */
static int compare(const sj_alternate_number *a, const sj_alternate_number *b) {
    const int masks = strcmp(a->mask, b->mask);
    return masks != 0 ? masks : strcmp(a->directory_number, b->directory_number);
}

/* What makes the number now that the one which counted is gone: the first in the order of their
 * keys. */
static int put_successor(struct dial_plan *plan, const struct indexed *number, sj_error *error) {
    const sj_list_link *link = NULL;
    for (;;) {
        sj_alternate_number *other = dial_plan_walk(plan, PLAN_ALTERNATE_NUMBER, &link);
        if (link == NULL) {
            return SJ_OK;
        }
        if (!other->add_to_local_route_partition) {
            continue;
        }
        const struct indexed its = indexed_of(other);
        if (is_same(&its, number)) {
            return put(plan, number, other, error);
        }
    }
}

int alternate_numbers_put(struct dial_plan *plan, const char *key, sj_alternate_number *record,
                          sj_error *error) {
    const sj_alternate_number *before = dial_plan_get(plan, PLAN_ALTERNATE_NUMBER, key);
    const bool reaches = record != NULL && record->add_to_local_route_partition;
    struct indexed left = {.partition = ""};
    char left_in[128] = "";
    if (before != NULL && before->add_to_local_route_partition) {
        plan->alternates_reaching--;
        left = indexed_of(before);
        (void)snprintf(left_in, sizeof left_in, "%s", left.partition);
        left.partition = left_in; /* the record goes */
        if (counting(plan, &left) == before) {
            (void)digit_analysis_remove(plan->alternates, DIGIT_DIRECTORY_NUMBER, left.text,
                                        left.partition);
        } else {
            left.text[0] = '\0';
        }
    }
    int status = dial_plan_put(plan, PLAN_ALTERNATE_NUMBER, key, record, error);
    if (status == SJ_OK && reaches) {
        plan->alternates_reaching++;
    }
    /* Only where others stand behind is there anything to look for. */
    if (left.text[0] != '\0' &&
        plan->alternates_reaching > digit_analysis_count(plan->alternates)) {
        sj_error why;
        const int found = put_successor(plan, &left, status == SJ_OK ? error : &why);
        status = status == SJ_OK ? found : status;
    }
    if (status != SJ_OK || !reaches) {
        return status;
    }
    const struct indexed number = indexed_of(record);
    const sj_alternate_number *other = counting(plan, &number);
    return other != NULL && compare(other, record) <= 0 ? SJ_OK : put(plan, &number, record, error);
}

const sj_alternate_number *alternate_numbers_in(const struct dial_plan *plan, const char *digits,
                                                const char *partition) {
    struct digit_match match;
    return digit_analysis_match(plan->alternates, &partition, 1, digits, &match)
               ? match.entry->record
               : NULL;
}

bool alternate_numbers_match(const struct dial_plan *plan, const struct visible_partitions *visible,
                             const char *digits, struct digit_match *match) {
    return digit_analysis_match(plan->alternates, visible->names, visible->count, digits, match);
}

const sj_alternate_number *alternate_numbers_find(const struct dial_plan *plan,
                                                  const struct visible_partitions *visible,
                                                  const char *digits, size_t *rank) {
    struct digit_match match;
    if (digit_analysis_count(plan->alternates) == 0 ||
        !alternate_numbers_match(plan, visible, digits, &match)) {
        return NULL;
    }
    *rank = match.partition_rank;
    return match.entry->record;
}
