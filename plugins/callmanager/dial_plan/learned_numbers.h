/* What the Intercluster Lookup Service says of numbers that are dialled. The dial plan does not
 * hold them, as there may be a million: whoever routes a call asks for those that it comes by. Each
 * is in one of four partitions, and is found only where a calling search space holds that. Pure. */
#ifndef CALLMANAGER_LEARNED_NUMBERS_H
#define CALLMANAGER_LEARNED_NUMBERS_H

#include "dial_plan/calling_search_space.h"

enum {
    LEARNED_NUMBERS_MAX = 12, /* a call comes by no more: one a translation */
    ROUTE_STRING = 66,
};

/* How another cluster has what was dialled. */
struct learned_fact {
    bool known;       /* false: nobody has it, or a rule blocks it */
    char pattern[64]; /* as a dial pattern: a plus sign is \+ */
    const char *partition;
    char cluster_id[52];
    char route_string[ROUTE_STRING];
    char failover[DIGITS_MAX]; /* to be dialled when it cannot be reached; "" */
};

struct learned_numbers {
    struct {
        char digits[DIGITS_MAX];
        struct learned_fact fact;
    } numbers[LEARNED_NUMBERS_MAX];
    size_t count;
};

/* The partition of a kind of learned object as ils.lookup names it; NULL: it is no number. */
const char *learned_partition(const char *kind);
/* Whether a partition is one of the four. */
bool learned_partition_is(const char *name);
/* Whether a text is a learned number or pattern as a dial pattern: digits and X, with ! at the end,
 * behind \+ or not. */
bool learned_pattern_is(const char *text);
/* The key of a learned number or pattern as a dial pattern. */
void learned_pattern(const char *key, char pattern[64]);
/* Notes what was heard; false: there are too many. */
bool learned_numbers_add(struct learned_numbers *learned, const char *digits,
                         const struct learned_fact *fact);

/* Whether any of their partitions can be seen. */
bool learned_numbers_visible(const struct visible_partitions *visible);

enum learned_verdict {
    LEARNED_NOTHING, /* the match of the dial plan counts, or there is none at all */
    LEARNED_CLOSER,  /* the learned number does */
    LEARNED_UNASKED, /* it has to be asked for first */
};

/* Compares with the match of the dial plan (NULL: none): the closest counts, between equals the
 * order of the partitions. `rank`: of the partition that counts. */
enum learned_verdict learned_numbers_judge(const struct learned_numbers *learned,
                                           const struct visible_partitions *visible,
                                           const char *digits, const struct digit_match *match,
                                           const struct learned_fact **fact, size_t *rank);

#endif
