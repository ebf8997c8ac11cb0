/* Two nodes that speak as one cluster: a copy of its machine has its peer id and certificates.
 * Pure.
 *
 * Each is told what the other has stated as if it were its own, and states all anew. Who has lost
 * its state does so once; whoever does it again and again is not alone. */
#ifndef ILS_DISPUTE_H
#define ILS_DISPUTE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ILS_DISPUTE_KNOWN = 2,  /* of itself: it has lost nothing since */
    ILS_DISPUTE_YIELDS = 3, /* of itself: it states nothing, so that the other counts */
    ILS_DISPUTE_HEARD = 3,  /* of another: how often it has begun anew */
    ILS_ADDRESS_ROOM = 46,  /* text of an address */
};

/* Zeroed at first. */
struct ils_dispute {
    unsigned times;
    int64_t last_ms, window_ms;
    char addresses[2][ILS_ADDRESS_ROOM]; /* of the last two from which it has asked; "" */
    bool told;                           /* the service's: whether an alarm has told of it */
};

/* It has happened now; what is longer ago than `window_ms` does not count any more. */
void ils_dispute_note(struct ils_dispute *dispute, int64_t now, int64_t window_ms);
/* It has asked from this address. */
void ils_dispute_address(struct ils_dispute *dispute, const char *address);
/* Whether it has happened so often, the last time within the window. */
bool ils_dispute_is(const struct ils_dispute *dispute, unsigned times, int64_t now);

#endif
