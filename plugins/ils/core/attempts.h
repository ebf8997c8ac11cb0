/* How often somebody may try to join: by source, and all together. Pure. */
#ifndef ILS_ATTEMPTS_H
#define ILS_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/net.h>

enum { ATTEMPTS_SOURCES = 64, ATTEMPTS_SOURCE = 72 };

/* How many attempts a source, and all together, have at once, and after how many ms one more. What
 * is kept besides is for sources that nothing was granted to yet, as long as others use up the
 * rest. A source that has been right has what is its own, whoever uses up the rest. */
struct ils_attempts_limits {
    double each, all, kept;
    int64_t each_ms, all_ms; /* all_ms: in what all have, and in what is kept */
};

/* Who joins this cluster. */
extern const struct ils_attempts_limits ils_attempts_to_join;

struct ils_attempts {
    struct {
        char source[ATTEMPTS_SOURCE];
        double left;
        int64_t at;
        bool granted;                /* something, and it was not right */
        bool right;                  /* it has been: others do not push it out */
    } sources[ATTEMPTS_SOURCES + 2]; /* the last: all together, and what is kept */
};

/* Whose attempt it is: an address; of an IPv6 address its network of 64 bits. Who was vouched for
 * is counted by what vouches, a fingerprint, so that guesses from the same address do not count. */
void ils_attempts_source(const sj_address *address, char source[ATTEMPTS_SOURCE]);
/* Takes one; false when there is none left. `known`: somebody has vouched for who tries, so that
 * only what the source has counts. */
bool ils_attempts_take(struct ils_attempts *attempts, const struct ils_attempts_limits *limits,
                       const char *source, bool known, int64_t now);
/* It does not count. */
void ils_attempts_give_back(struct ils_attempts *attempts, const char *source);
/* It was right: nor does it. */
void ils_attempts_right(struct ils_attempts *attempts, const char *source);

#endif
