/* Digit analysis: which of thousands of patterns fits a number best, among the partitions a caller
 * can see. Pure: it holds the patterns it was given and does no input or output.
 *
 * The closest match wins: the pattern that the fewest numbers of this length would match. Between
 * equals the order of the partitions decides. Fixed numbers and patterns are kept sorted by the
 * digits they begin with, so that a look-up takes a few binary searches per partition. */
#ifndef CALLMANAGER_DIGIT_ANALYSIS_H
#define CALLMANAGER_DIGIT_ANALYSIS_H

#include "dial_plan/digit_pattern.h"

enum digit_kind {
    DIGIT_DIRECTORY_NUMBER,
    DIGIT_ROUTE_PATTERN,
    DIGIT_TRANSLATION_PATTERN,
    DIGIT_HUNT_PILOT,
    DIGIT_CALLING_PARTY_TRANSFORMATION, /* in an index of its own each, as they are not dialled */
    DIGIT_CALLED_PARTY_TRANSFORMATION,
    DIGIT_CALL_PARK,          /* without record, as all that follow (feature_numbers.h) */
    DIGIT_DIRECTED_CALL_PARK, /* where a call is parked; */
    DIGIT_PARK_RETRIEVAL,     /* how it is retrieved: behind the separator */
    DIGIT_CALL_PICKUP,        /* of a call pickup group */
    DIGIT_MESSAGE_WAITING,    /* whose call switches a lamp */
};

struct digit_entry {
    enum digit_kind kind;
    bool urgent;      /* do not wait for more digits once this is the closest match */
    void *record;     /* the caller's: what the pattern stands for */
    const char *text; /* as the administrator wrote it */
    const char *partition;
    struct digit_pattern *program; /* NULL for a fixed number without separator */
    size_t literals;
    char literal[]; /* the digits it begins with, then `text` */
};

struct digit_match {
    const struct digit_entry *entry;
    size_t partition_rank; /* in which of the partitions given */
    size_t pre_dot;        /* digits before the separator */
    bool longer_possible;  /* more digits could match something, too */
    bool wait;             /* longer_possible, and the match is not urgent */
};

/* Is told what a look-up considers, when somebody wants to see why. */
struct digit_observer {
    /* It matches, and so many numbers of this length would. */
    void (*matches)(void *user, const struct digit_entry *entry, size_t partition_rank,
                    double cardinality);
    /* It could match after more digits; false: no more of these. */
    bool (*could_match)(void *user, const struct digit_entry *entry);
    void *user;
};

struct digit_analysis;

/* `release` (may be NULL) is called for the record of each entry that goes. NULL when out of
 * memory. */
struct digit_analysis *digit_analysis_new(void (*release)(void *user, void *record), void *user);
void digit_analysis_free(struct digit_analysis *analysis);

/* Adds a pattern, or takes the place of the same one. On failure the record is not taken. */
int digit_analysis_put(struct digit_analysis *analysis, enum digit_kind kind, const char *pattern,
                       const char *partition, bool urgent, void *record, sj_error *error);
/* Takes a pattern out; its record is the caller's again. NULL when it was not there. */
void *digit_analysis_detach(struct digit_analysis *analysis, enum digit_kind kind,
                            const char *pattern, const char *partition);
/* Forgets a pattern; false when it was not there. */
bool digit_analysis_remove(struct digit_analysis *analysis, enum digit_kind kind,
                           const char *pattern, const char *partition);
const struct digit_entry *digit_analysis_find(struct digit_analysis *analysis, enum digit_kind kind,
                                              const char *pattern, const char *partition);
/* Whether there is a pattern that is written so, of any kind, in that partition; "" in any. When
 * there is not, `offer` is told some that begin alike, a few hundred at most. */
bool digit_analysis_has(const struct digit_analysis *analysis, const char *pattern,
                        const char *partition, void (*offer)(void *user, const char *pattern),
                        void *user);
/* The same of one that is written so but for its separators. */
bool digit_analysis_has_but_for_dots(const struct digit_analysis *analysis, const char *pattern,
                                     const char *partition);
size_t digit_analysis_count(const struct digit_analysis *analysis);

/* Finds the closest match; false when nothing matches (longer_possible is set all the same). "" is
 * the null partition. `observer` is NULL for calls. */
bool digit_analysis_match_observed(struct digit_analysis *analysis, const char *const *partitions,
                                   size_t count, const char *digits, struct digit_match *match,
                                   const struct digit_observer *observer);

static inline bool digit_analysis_match(struct digit_analysis *analysis,
                                        const char *const *partitions, size_t count,
                                        const char *digits, struct digit_match *match) {
    return digit_analysis_match_observed(analysis, partitions, count, digits, match, NULL);
}

#endif
