/* The known word nearest to one that is not known: for sentences that say "did you mean ...". Pure. */
#ifndef HOST_RECORD_NEAREST_H
#define HOST_RECORD_NEAREST_H

#include <stddef.h>

typedef struct sj_nearest {
    const char *wanted;
    const char *best; /* NULL while nothing is near enough */
    size_t distance;
} sj_nearest;

void sj_nearest_begin(sj_nearest *search, const char *wanted);
void sj_nearest_offer(sj_nearest *search, const char *known);

#endif
