/* What is known of the sources that give secrets (addresses, clusters): whether they gave a right
 * one lately, and how many wrong ones within a minute. A source with too many wrong ones is blocked
 * until its minute is over, whatever it gives: that bounds guessing over many names, as the lock of
 * a credential bounds guessing one. A table of fixed size. Pure but for the random key. */
#ifndef HOST_SECRET_STANDING_H
#define HOST_SECRET_STANDING_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SJ_STANDING_WINDOW_MS = 60000,
    SJ_STANDING_PROVEN_MS = 12 * 3600 * 1000, /* a working day */
    SJ_STANDING_FAILING = 3, /* wrong ones in a window: those who fail come after the others */
    SJ_STANDING_BARRED = 60
};

enum standing { STANDING_UNKNOWN, STANDING_PROVEN, STANDING_FAILING, STANDING_BARRED };

struct standings;

struct standings *sj_standings_new(void);
void sj_standings_free(struct standings *standings);
enum standing sj_standing_of(const struct standings *standings, const char *source, uint64_t now);
/* Notes a right or wrong secret; true when this wrong one is the one that bars the source. */
bool sj_standing_note(struct standings *standings, const char *source, bool right, uint64_t now);

#endif
