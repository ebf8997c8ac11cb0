/* Estimates the round trip of a transfer and says when a block has waited long enough. */
#include "round_trip.h"

enum { FIRST_TIMEOUT_MS = 300, LEAST_TIMEOUT_MS = 40, MOST_TIMEOUT_MS = 4000 };

static int64_t clamp(double value) {
    return value < LEAST_TIMEOUT_MS  ? LEAST_TIMEOUT_MS
           : value > MOST_TIMEOUT_MS ? MOST_TIMEOUT_MS
                                     : (int64_t)value;
}

void round_trip_start(struct round_trip *trip) {
    *trip = (struct round_trip){.timeout_ms = FIRST_TIMEOUT_MS};
}

void round_trip_sample(struct round_trip *trip, int64_t elapsed_ms) {
    double sample = (double)elapsed_ms;
    if (!trip->measured) {
        trip->measured = true;
        trip->smoothed_ms = sample;
        trip->variation_ms = sample / 2;
    } else {
        double difference =
            sample > trip->smoothed_ms ? sample - trip->smoothed_ms : trip->smoothed_ms - sample;
        trip->variation_ms = 0.75 * trip->variation_ms + 0.25 * difference;
        trip->smoothed_ms = 0.875 * trip->smoothed_ms + 0.125 * sample;
    }
    trip->timeout_ms = clamp(trip->smoothed_ms + 4 * trip->variation_ms + 10);
}

void round_trip_expired(struct round_trip *trip) {
    trip->timeout_ms =
        trip->timeout_ms * 2 > MOST_TIMEOUT_MS ? MOST_TIMEOUT_MS : trip->timeout_ms * 2;
}
