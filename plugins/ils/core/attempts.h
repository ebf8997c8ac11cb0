/* How often somebody may try to join: by source, and all together. Pure. */
#ifndef ILS_ATTEMPTS_H
#define ILS_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/net.h>

enum { ATTEMPTS_SOURCES = 64, ATTEMPTS_SOURCE = 64 };

/* How many attempts a source, and all together, have at once, and after how many ms one more. */
struct ils_attempts_limits {
    double each, all;
    int64_t each_ms, all_ms;
};

/* Who joins this cluster. */
extern const struct ils_attempts_limits ils_attempts_to_join;

struct ils_attempts {
    struct {
        char source[ATTEMPTS_SOURCE];
        double left;
        int64_t at;
    } sources[ATTEMPTS_SOURCES + 1]; /* the last: all together */
};

/* Whose attempt it is: an address; of an IPv6 address its network of 64 bits. */
void ils_attempts_source(const sj_address *address, char source[ATTEMPTS_SOURCE]);
/* Takes one; false when there is none left. */
bool ils_attempts_take(struct ils_attempts *attempts, const struct ils_attempts_limits *limits,
                       const char *source, int64_t now);
/* It was right: it does not count. */
void ils_attempts_give_back(struct ils_attempts *attempts, const char *source);

#endif
