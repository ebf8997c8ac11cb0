/* The known word nearest to one that is not known. Pure. */
#include <sojourn/base/nearest.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 63 };

static char folded(char c) {
    if (c == '-' || c == ' ') {
        return '_';
    }
    return (char)tolower((unsigned char)c);
}

/* Edit distance with neighbouring letters swapped counting as one, without regard to case. */
static size_t distance_of(const char *a, const char *b) {
    size_t rows[3][LONGEST + 1];
    size_t length_a = strlen(a), length_b = strlen(b);
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    if (length_a > LONGEST || length_b > LONGEST) {
        return LONGEST;
    }
    for (size_t j = 0; j <= length_b; j++) {
        above[j] = j;
        before[j] = 0;
    }
    for (size_t i = 1; i <= length_a; i++) {
        size_t *spare = before;
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t best = above[j - 1] + (folded(a[i - 1]) == folded(b[j - 1]) ? 0 : 1);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                folded(a[i - 2]) == folded(b[j - 1]) && before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            row[j] = best;
        }
        before = above;
        above = row;
        row = spare;
    }
    return above[length_b];
}

void sj_nearest_begin(struct sj_nearest *search, const char *wanted) {
    search->wanted = wanted;
    search->best = NULL;
    search->distance = strlen(wanted) / 3 + 2; /* farther away is a guess that helps nobody */
}

void sj_nearest_offer(struct sj_nearest *search, const char *known) {
    size_t distance = distance_of(search->wanted, known);
    if (distance < search->distance) {
        search->distance = distance;
        search->best = known;
    }
}

const char *sj_nearest_hint(const struct sj_nearest *search, char hint[SJ_NEAREST_HINT]) {
    hint[0] = '\0';
    if (search->best != NULL) {
        (void)snprintf(hint, SJ_NEAREST_HINT, " (did you mean %.*s?)", LONGEST, search->best);
    }
    return hint;
}
