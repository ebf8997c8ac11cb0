/* How often somebody may try to join: by source, and all together. Pure. */
#ifndef ILS_ATTEMPTS_H
#define ILS_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/net.h>

enum { ATTEMPTS_SOURCES = 64, ATTEMPTS_SOURCE = 64, ATTEMPTS_EACH = 5, ATTEMPTS_ALL = 50 };

/* A source has five attempts at once and one more each minute; all together fifty, and one more
 * each 10 s. */
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
bool ils_attempts_take(struct ils_attempts *attempts, const char *source, int64_t now);
/* It was right: it does not count. */
void ils_attempts_give_back(struct ils_attempts *attempts, const char *source);

#endif
