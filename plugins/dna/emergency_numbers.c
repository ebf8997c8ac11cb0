/* Which numbers are dialled for help at a place, by the dial plan. Reads what the finding has. */
#include "emergency_finding.h"
#include "pattern_numbers.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/route_pattern.h"

static bool holds(const sj_calling_search_space *space, const char *partition) {
    for (size_t i = 0; i < space->partitions_count; i++) {
        if (strcmp(space->partitions[i], partition) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_adjunct(const struct emergency_finding *finding, const char *space) {
    for (size_t i = 0; i < finding->pools.count; i++) {
        if (strcmp(sj_device_pool_at(&finding->pools, i)->adjunct_calling_search_space, space) ==
            0) {
            return true;
        }
    }
    return false;
}

/* Whether the partition can be reached through that calling search space; or, with none named,
 * through any that is no adjunct CSS alone. */
static bool is_reached(const struct emergency_finding *finding, const char *partition,
                       const char *adjunct) {
    for (size_t i = 0; i < finding->spaces.count; i++) {
        const sj_calling_search_space *space = sj_calling_search_space_at(&finding->spaces, i);
        const bool counts = adjunct != NULL ? strcmp(space->name, adjunct) == 0
                                            : !is_adjunct(finding, space->name) ||
                                                  emergency_is_searched(finding, space->name);
        if (counts && holds(space, partition)) {
            return true;
        }
    }
    return adjunct == NULL && partition[0] == '\0';
}

size_t emergency_number_add(struct emergency_finding *finding, const char **numbers, size_t count,
                            const char *number) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(numbers[i], number) == 0) {
            return count;
        }
    }
    if (count < EMERGENCY_NUMBERS_MAX) {
        numbers[count++] = emergency_keep(finding, number);
    } else {
        finding->cases->cut = true;
    }
    return count;
}

/* It stands for too many numbers to ask about each. */
static void note_wide(struct emergency_finding *finding, const char *pattern) {
    struct emergency_cases *cases = finding->cases;
    for (size_t i = 0; i < cases->wide_count; i++) {
        if (strcmp(cases->wide[i], pattern) == 0) {
            return;
        }
    }
    if (cases->wide_count < WIDE_PATTERNS_SHOWN) {
        cases->wide[cases->wide_count++] = emergency_keep(finding, pattern);
    } else {
        cases->more_wide = true;
    }
}

/* A marked number counts where it is blocked, too: whoever dials it needs help. An urgent one that
 * is blocked is none. */
static bool is_for_help(const sj_route_pattern *pattern) {
    return pattern->emergency_services_number || !pattern->block;
}

/* The first number that the dial plan has and nobody is asked about, as nobody reaches it. */
static void note_unreached(struct emergency_finding *finding, const sj_route_pattern *pattern) {
    bool reached = pattern->partition[0] == '\0' || !pattern->emergency_services_number;
    for (size_t i = 0; i < finding->spaces.count && !reached; i++) {
        reached = holds(sj_calling_search_space_at(&finding->spaces, i), pattern->partition);
    }
    if (!reached && finding->cases->unreached == NULL) {
        char text[130];
        (void)snprintf(text, sizeof text, "%s@%s", pattern->pattern, pattern->partition);
        finding->cases->unreached = emergency_keep(finding, text);
    }
}

/* Those of the patterns that are reached there. */
static size_t add_reached(struct emergency_finding *finding, const sj_list *patterns,
                          const char *adjunct, const char **numbers, size_t count) {
    for (size_t i = 0; i < patterns->count; i++) {
        const sj_route_pattern *pattern = sj_route_pattern_at(patterns, i);
        char found[PATTERN_NUMBERS_MAX][PATTERN_NUMBER_ROOM];
        if (!is_for_help(pattern)) {
            continue;
        }
        if (!is_reached(finding, pattern->partition, adjunct)) {
            note_unreached(finding, pattern);
            continue;
        }
        const size_t found_count = pattern_numbers(pattern->pattern, found);
        for (size_t k = 0; k < found_count; k++) {
            count = emergency_number_add(finding, numbers, count, found[k]);
        }
        if (found_count == 0) {
            note_wide(finding, pattern->pattern);
        }
    }
    return count;
}

size_t emergency_numbers_at(struct emergency_finding *finding, const char *adjunct,
                            const char *numbers[EMERGENCY_NUMBERS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < finding->numbers_count; i++) {
        count = emergency_number_add(finding, numbers, count, finding->numbers[i]);
    }
    if (finding->numbers_count == 0) {
        count = add_reached(finding, &finding->marked, adjunct, numbers, count);
    }
    if (count == 0) { /* none that is marked is reached there: urgent ones count */
        count = add_reached(finding, &finding->urgent, adjunct, numbers, count);
    }
    if (count == 0 && adjunct != NULL && finding->cases->silent == NULL) {
        finding->cases->silent = emergency_keep(finding, adjunct);
    }
    return count;
}
