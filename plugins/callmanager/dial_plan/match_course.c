/* Notes down one look-up. Pure over the dial plan. */
#include "dial_plan/match_course.h"

#include <stdio.h>

enum { MATCHES_SHOWN = 12 };

struct seen_match {
    const struct digit_entry *entry;
    size_t rank;
    double cardinality;
};

struct seen {
    struct seen_match matches[MATCHES_SHOWN]; /* the closest, as the look-up ranks them */
    size_t count, shown;
    struct could_match could;
};

static void matches(void *user, const struct digit_entry *entry, size_t rank, double cardinality) {
    struct seen *seen = user;
    size_t at = seen->shown;
    seen->count++;
    while (at > 0 && seen->matches[at - 1].cardinality > cardinality) {
        at--;
    }
    if (at == MATCHES_SHOWN) {
        return;
    }
    seen->shown += seen->shown < MATCHES_SHOWN ? 1 : 0;
    memmove(&seen->matches[at + 1], &seen->matches[at],
            (seen->shown - 1 - at) * sizeof seen->matches[0]);
    seen->matches[at] = (struct seen_match){entry, rank, cardinality};
}

/* An example that has no room is counted alone. */
static void could_match_add(struct could_match *could, const char *example) {
    const size_t used = strlen(could->examples);
    could->count += could->count < COULD_MATCH_MAX ? 1 : 0;
    if (used + strlen(example) + 3 < sizeof could->examples) {
        (void)snprintf(could->examples + used, sizeof could->examples - used, "%s%s",
                       used > 0 ? ", " : "", example);
    }
}

static bool could_match(void *user, const struct digit_entry *entry) {
    struct could_match *could = &((struct seen *)user)->could;
    if (could->count == COULD_MATCH_MAX) {
        return false;
    }
    could_match_add(could, entry->text);
    return true;
}

/* "partition Internal", "the null partition" */
static const char *partition_words(const char *partition, char *text, size_t room) {
    (void)snprintf(text, room, "%s%s", partition[0] != '\0' ? "partition " : "the null partition",
                   partition);
    return text;
}

static const char *kind_words(enum digit_kind kind) {
    static const char *const words[] = {
        [DIGIT_DIRECTORY_NUMBER] = "directory number",
        [DIGIT_ROUTE_PATTERN] = "route pattern",
        [DIGIT_TRANSLATION_PATTERN] = "translation pattern",
        [DIGIT_HUNT_PILOT] = "hunt pilot",
        [DIGIT_CALLING_PARTY_TRANSFORMATION] = "calling party transformation pattern",
        [DIGIT_CALLED_PARTY_TRANSFORMATION] = "called party transformation pattern",
        [DIGIT_CALL_PARK] = "call park number",
        [DIGIT_DIRECTED_CALL_PARK] = "directed call park number",
        [DIGIT_PARK_RETRIEVAL] = "retrieval of a directed call park number",
        [DIGIT_CALL_PICKUP] = "number of a call pickup group",
        [DIGIT_MESSAGE_WAITING] = "message waiting number",
    };
    return words[kind];
}

static void add_closed(const struct dial_plan *plan, struct course *course,
                       const struct visible_partitions *visible) {
    for (size_t i = 0; i < visible->closed_count; i++) {
        const char *zone;
        char clock[32];
        (void)partition_is_active(plan, visible->closed[i], &visible->moment, &zone);
        moment_write(plan, visible->moment.utc_s, zone, clock, sizeof clock);
        const sj_partition *partition = dial_plan_get(plan, PLAN_PARTITION, visible->closed[i]);
        course_add(course, SJ_ROUTING_STEP_KIND_NOTE, visible->closed[i],
                   "not searched: its time schedule %s is not active at %s (%s)",
                   partition->time_schedule, clock, zone);
    }
}

static void add_partitions(const struct dial_plan *plan, struct course *course,
                           const struct visible_partitions *visible, const char *digits) {
    course_add(course, SJ_ROUTING_STEP_KIND_LOOKUP, digits,
               "looked up in %zu partition%s, as follows", visible->count,
               visible->count == 1 ? "" : "s");
    course_enter(course);
    for (size_t i = 0; i < visible->count; i++) {
        const bool null = visible->names[i][0] == '\0';
        course_add(course, SJ_ROUTING_STEP_KIND_PARTITION, null ? "<None>" : visible->names[i],
                   "%zu. %s%s", i + 1,
                   null ? "the null partition, which everybody can reach"
                        : "through calling search space ",
                   visible->origins[i]);
    }
    add_closed(plan, course, visible);
    course_leave(course);
}

/* Why the first was taken and not this one. */
static void add_beaten(struct course *course, const struct seen_match *winner,
                       const struct seen_match *other, const struct visible_partitions *visible) {
    char where[80];
    const char *text = other->entry->text;
    (void)partition_words(visible->names[other->rank], where, sizeof where);
    if (other->cardinality > winner->cardinality) {
        course_add(course, SJ_ROUTING_STEP_KIND_BEATEN, text,
                   "%s in %s: matches %.0f numbers of this length, the match %.0f",
                   kind_words(other->entry->kind), where, other->cardinality, winner->cardinality);
    } else if (other->rank != winner->rank) {
        course_add(course, SJ_ROUTING_STEP_KIND_BEATEN, text,
                   "%s in %s: matches as few numbers, but that partition is searched later",
                   kind_words(other->entry->kind), where);
    } else {
        course_add(course, SJ_ROUTING_STEP_KIND_BEATEN, text,
                   "%s in %s: matches as few numbers in the same partition, and comes later there",
                   kind_words(other->entry->kind), where);
    }
}

static void add_outcome(struct course *course, const struct seen *seen,
                        const struct visible_partitions *visible, const char *digits) {
    char where[80];
    if (seen->shown == 0) {
        course_add(course, SJ_ROUTING_STEP_KIND_MATCH, digits, "no pattern in them matches");
    } else {
        const struct seen_match *winner = &seen->matches[0];
        course_add(course, SJ_ROUTING_STEP_KIND_MATCH, winner->entry->text,
                   "%s in %s: the closest match, of %zu; %.0f number%s of this length match%s it%s",
                   kind_words(winner->entry->kind),
                   partition_words(visible->names[winner->rank], where, sizeof where), seen->count,
                   winner->cardinality, winner->cardinality > 1 ? "s" : "",
                   winner->cardinality > 1 ? "" : "es",
                   winner->entry->urgent ? "; urgent priority" : "");
        course_enter(course);
        for (size_t i = 1; i < seen->shown; i++) {
            add_beaten(course, winner, &seen->matches[i], visible);
        }
        if (seen->count > seen->shown) {
            course_add(course, SJ_ROUTING_STEP_KIND_NOTE, "",
                       "and %zu more that match less closely", seen->count - seen->shown);
        }
        course_leave(course);
    }
    if (seen->could.count > 0) {
        course_add(course, SJ_ROUTING_STEP_KIND_LONGER, digits,
                   "more digits could match %zu%s pattern%s (%s); they do not count, as dialling "
                   "has ended",
                   seen->could.count, seen->could.count == COULD_MATCH_MAX ? " or more" : "",
                   seen->could.count == 1 ? "" : "s", seen->could.examples);
    }
}

bool match_with_course(const struct dial_plan *plan, const struct visible_partitions *visible,
                       const char *digits, struct digit_match *match, struct course *course) {
    if (course == NULL) {
        return digit_analysis_match(plan->digits, visible->names, visible->count, digits, match);
    }
    struct seen seen = {0};
    const struct digit_observer observer = {matches, could_match, &seen};
    const bool found = digit_analysis_match_observed(plan->digits, visible->names, visible->count,
                                                     digits, match, &observer);
    add_partitions(plan, course, visible, digits);
    add_outcome(course, &seen, visible, digits);
    return found;
}

struct so_far {
    struct could_match *could;
    const char *words;
};

static void matches_so_far(void *user, const struct digit_entry *entry, size_t rank,
                           double cardinality) {
    (void)user;
    (void)entry;
    (void)rank;
    (void)cardinality;
}

static bool could_match_more(void *user, const struct digit_entry *entry) {
    const struct so_far *so_far = user;
    char example[120];
    if (so_far->could->count == COULD_MATCH_MAX) {
        return false;
    }
    (void)snprintf(example, sizeof example, "%s%s", so_far->words, entry->text);
    could_match_add(so_far->could, example);
    return true;
}

bool match_so_far(struct digit_analysis *index, const struct visible_partitions *visible,
                  const char *digits, struct digit_match *match, const char *words,
                  struct could_match *could) {
    struct so_far so_far = {could, words};
    const struct digit_observer observer = {matches_so_far, could_match_more, &so_far};
    return digit_analysis_match_observed(index, visible->names, visible->count, digits, match,
                                         could == NULL ? NULL : &observer);
}
