/* What a caller can reach: calling search spaces in their order, laid out as one list of
 * partitions. Pure over the dial plan.
 */
#ifndef CALLMANAGER_CALLING_SEARCH_SPACE_H
#define CALLMANAGER_CALLING_SEARCH_SPACE_H

#include "dial_plan/time_of_day.h"

enum { CALLING_SEARCH_SPACES_MAX = 24 };

/* The calling search spaces of one call, most important first. */
struct calling_search_spaces {
    const char *names[CALLING_SEARCH_SPACES_MAX];
    size_t count;
};

/* Their partitions, each with the calling search space it came from; ends with the null partition.
 */
struct visible_partitions {
    const char **names;
    const char **origins; /* "" for the null partition */
    size_t count;
    const char **closed; /* those that are not searched at this moment, in their order */
    size_t closed_count;
    struct moment moment;
};

/* A phone as it is configured: what the line may reach, then what the device may. */
void calling_search_spaces_of_phone(const char *line_css, const char *device_css,
                                    struct calling_search_spaces *result);

/* A phone with a user logged in: `list` as decided at login, holding the first line's CSS where it
 * belongs; for another line its own takes that place, the first one. Without EMCC a line CSS that
 * the list does not hold comes first. */
void calling_search_spaces_of_live_device(bool emcc, const char *const *list, size_t count,
                                          const char *first_line_css, const char *line_css,
                                          struct calling_search_spaces *result);

/* Free with visible_partitions_free. The names are borrowed from the dial plan, from `spaces` and
 * from `moment`. */
int visible_partitions_lay_out(const struct dial_plan *plan,
                               const struct calling_search_spaces *spaces,
                               const struct moment *moment, struct visible_partitions *result);
void visible_partitions_free(struct visible_partitions *visible);

#endif
