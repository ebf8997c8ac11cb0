/* Learned numbers beside those of the dial plan. Pure. */
#include "dial_plan/learned_numbers.h"

#include <stdio.h>

static const struct {
    const char *kind, *partition;
} partitions[] = {
    {"enterprise_number", "Global Learned Enterprise Numbers"},
    {"e164_number", "Global Learned E.164 Numbers"},
    {"enterprise_pattern", "Global Learned Enterprise Patterns"},
    {"e164_pattern", "Global Learned E.164 Patterns"},
};
enum { PARTITIONS = sizeof partitions / sizeof partitions[0] };

const char *learned_partition(const char *kind) {
    for (size_t i = 0; i < PARTITIONS; i++) {
        if (strcmp(partitions[i].kind, kind) == 0) {
            return partitions[i].partition;
        }
    }
    return NULL;
}

bool learned_partition_is(const char *name) {
    for (size_t i = 0; i < PARTITIONS; i++) {
        if (strcmp(partitions[i].partition, name) == 0) {
            return true;
        }
    }
    return false;
}

bool learned_pattern_is(const char *text) {
    const char *digits = text + (strncmp(text, "\\+", 2) == 0 ? 2 : 0);
    const char *end = digits + strspn(digits, "0123456789*#Xx");
    return end > digits && (*end == '\0' || strcmp(end, "!") == 0);
}

void learned_pattern(const char *key, char pattern[64]) {
    (void)snprintf(pattern, 64, "%s%.60s", key[0] == '+' ? "\\" : "", key);
}

bool learned_numbers_add(struct learned_numbers *learned, const char *digits,
                         const struct learned_fact *fact) {
    if (learned->count == LEARNED_NUMBERS_MAX) {
        return false;
    }
    (void)snprintf(learned->numbers[learned->count].digits, DIGITS_MAX, "%s", digits);
    learned->numbers[learned->count++].fact = *fact;
    return true;
}

/* The rank of the first of the learned partitions that can be seen; the count when none can. */
static size_t first_rank(const struct visible_partitions *visible) {
    for (size_t i = 0; i < visible->count; i++) {
        if (learned_partition_is(visible->names[i])) {
            return i;
        }
    }
    return visible->count;
}

bool learned_numbers_visible(const struct visible_partitions *visible) {
    return first_rank(visible) < visible->count;
}

static bool rank_of(const struct visible_partitions *visible, const char *partition, size_t *rank) {
    for (*rank = 0; *rank < visible->count; (*rank)++) {
        if (strcmp(visible->names[*rank], partition) == 0) {
            return true;
        }
    }
    return false;
}

static double cardinality_of_match(const struct digit_match *match, size_t length) {
    return match->entry->program == NULL ? 1
                                         : digit_pattern_cardinality(match->entry->program, length);
}

static double cardinality_of(const struct learned_fact *fact, size_t length) {
    struct digit_pattern pattern;
    return digit_pattern_compile(fact->pattern, &pattern, NULL) == SJ_OK
               ? digit_pattern_cardinality(&pattern, length)
               : 1;
}

enum learned_verdict learned_numbers_judge(const struct learned_numbers *learned,
                                           const struct visible_partitions *visible,
                                           const char *digits, const struct digit_match *match,
                                           const struct learned_fact **fact, size_t *rank) {
    const size_t length = strlen(digits), first = learned == NULL ? 0 : first_rank(visible);
    const double present = match == NULL ? -1 : cardinality_of_match(match, length);
    if (learned == NULL || digits[0] == '\0' || first == visible->count ||
        (match != NULL && present <= 1 && match->partition_rank < first)) {
        return LEARNED_NOTHING;
    }
    for (size_t i = 0; i < learned->count; i++) {
        if (strcmp(learned->numbers[i].digits, digits) == 0) {
            *fact = &learned->numbers[i].fact;
            if (!(*fact)->known || !rank_of(visible, (*fact)->partition, rank)) {
                return LEARNED_NOTHING;
            }
            const double other = cardinality_of(*fact, length);
            return match == NULL || other < present ||
                           (other <= present && *rank < match->partition_rank)
                       ? LEARNED_CLOSER
                       : LEARNED_NOTHING;
        }
    }
    return LEARNED_UNASKED;
}
