/* The known word nearest to one that is not known: for sentences that say "did you mean ...". Pure.
 */
#ifndef SOJOURN_BASE_NEAREST_H
#define SOJOURN_BASE_NEAREST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SJ_NEAREST_HINT = 96 };

struct sj_nearest {
    const char *wanted;
    const char *best; /* NULL while nothing is near enough */
    size_t distance;
};

void sj_nearest_begin(struct sj_nearest *search, const char *wanted);
void sj_nearest_offer(struct sj_nearest *search, const char *known);
/* " (did you mean X?)", or "" while nothing is near enough. */
const char *sj_nearest_hint(const struct sj_nearest *search, char hint[SJ_NEAREST_HINT]);

#ifdef __cplusplus
}
#endif
#endif
