/* How long to wait before a block is sent again: estimated from measured round trips (as RFC 6298
 * does), never from repeated blocks (Karn). Pure. */
#ifndef SJ_TFTP_ROUND_TRIP_H
#define SJ_TFTP_ROUND_TRIP_H

#include <stdbool.h>
#include <stdint.h>

struct round_trip {
    bool measured;
    double smoothed_ms, variation_ms;
    int64_t timeout_ms; /* wait this long for the acknowledgement */
};

void round_trip_start(struct round_trip *trip);
void round_trip_sample(struct round_trip *trip, int64_t elapsed_ms);
void round_trip_expired(struct round_trip *trip); /* doubles the wait, up to 4 s */

#endif
