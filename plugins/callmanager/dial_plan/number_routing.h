/* From the digits a caller sent to what they mean: digit analysis with translation patterns
 * followed, and with what other clusters have advertised. Pure over the dial plan. */
#ifndef CALLMANAGER_NUMBER_ROUTING_H
#define CALLMANAGER_NUMBER_ROUTING_H

#include "dial_plan/dial_codes.h"
#include "dial_plan/learned_numbers.h"
#include "dial_plan/presentation.h"
#include "dial_plan/route_selection.h"

enum { TRANSLATIONS_MAX = 10 };

enum number_outcome {
    NUMBER_PHONE,
    NUMBER_ROUTE,
    NUMBER_BLOCKED,
    NUMBER_UNKNOWN,
    NUMBER_LOOP,
    NUMBER_FEATURE, /* a number that this node serves itself */
    NUMBER_HUNT,    /* a hunt pilot: `pattern` in `partition` */
    NUMBER_UNASKED, /* another cluster may have `digits`: to be asked for, then routed again */
};

struct number_caller {
    const struct calling_search_spaces *spaces;
    const char *number;        /* calling party */
    const char *external_mask; /* of the line, or "" */
    const char *device_pool;
    bool emcc;
    bool calls_uri;          /* which goes on as it was dialled */
    const char *adjunct_css; /* "" for none */
    unsigned turn;
    int64_t utc_s; /* when it calls; 0: at no particular time, so that schedules do not count */
    struct course *course;                 /* NULL for calls */
    const struct dial_codes *codes;        /* dialled behind the number; NULL: none */
    const struct learned_numbers *learned; /* what was asked for so far; NULL: none counts */
};

struct number_route {
    enum number_outcome outcome;
    char digits[DIGITS_MAX];          /* after translations: what matched */
    char calling[DIGITS_MAX];         /* calling number as the called side sees it, */
    struct presentation presentation; /* when that and the other party are shown */
    char pattern[64], partition[64],
        origin[64]; /* what matched, where, through which calling search space */
    bool through_adjunct;
    bool emergency; /* an emergency call: the route pattern says so, or it was found through the
                       adjunct CSS */
    const sj_directory_number *directory_number; /* NUMBER_PHONE */
    char directory_number_key[130];
    enum digit_kind feature;         /* NUMBER_FEATURE: which */
    char feature_number[DIGITS_MAX]; /* of it: where a call is parked */
    struct route_steps steps;        /* NUMBER_ROUTE */
    struct code_verdict codes;       /* NUMBER_ROUTE; NUMBER_BLOCKED when its status is not 0 */
    unsigned translations;
    char scheduled[64]; /* of an inquiry: a partition with a time schedule that decides about what
                           matches; "": none does */
    struct learned_fact learned; /* another cluster has it, and how it is reached */
};

/* SJ_OK with an outcome, or SJ_E_NO_MEMORY. Where nothing else matches, what stands behind a # are
 * codes that a route pattern asks for. */
int number_routing(const struct dial_plan *plan, const struct number_caller *caller,
                   const char *digits, struct number_route *route);

/* The partition with a time schedule in which the closest match stands when all partitions are
 * searched; "" when that one has no schedule, and is the closest at any time. `urgent` (may be
 * NULL): whether the match is. */
const char *number_scheduled_partition(const struct dial_plan *plan,
                                       const struct calling_search_spaces *spaces,
                                       const char *digits, bool *urgent);

/* What counts of all that matches a number. */
enum number_counts {
    COUNTS_NOTHING,
    COUNTS_PLAN,
    COUNTS_ALTERNATE,
    COUNTS_LEARNED,
    COUNTS_UNASKED
};

struct number_match {
    enum number_counts counts;
    bool matched; /* something of the plan does, whatever counts */
    struct digit_match plan;
    const struct learned_fact *fact;      /* COUNTS_LEARNED */
    const sj_alternate_number *alternate; /* COUNTS_ALTERNATE */
    size_t rank;                          /* of the partition of these two */
};

/* Judges between the plan's match, which is in `match` already, the learned numbers and the
 * alternate numbers. `spaces`: through which the number is looked up. */
void number_match_judge(const struct dial_plan *plan, const struct visible_partitions *visible,
                        const struct number_caller *caller,
                        const struct calling_search_spaces *spaces, const char *digits,
                        struct number_match *match);

/* Where the SIP route patterns lead for a host or route string; and for what was learned. Fills
 * outcome and steps. */
void number_route_to_host(const struct dial_plan *plan, const struct visible_partitions *visible,
                          const struct number_caller *caller, const char *host,
                          struct number_route *route);
void number_route_to_learned(const struct dial_plan *plan, const struct visible_partitions *visible,
                             const struct number_caller *caller, const struct learned_fact *fact,
                             struct number_route *route);

/* The outcome in words, for people, who are told that calling number. */
void number_route_explain(const struct number_route *route, const char *dialled,
                          const char *calling, char *text, size_t room);
/* As if a caller had dialled that directory number: what is rung has been found another way. */
void number_route_to(const struct dial_plan *plan, const char *key, const char *digits,
                     const char *calling, struct number_route *route);

#endif
