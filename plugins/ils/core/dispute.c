/* Counting how often somebody has stated all anew. */
#include "core/dispute.h"

#include <stdio.h>
#include <string.h>

bool ils_dispute_is(const struct ils_dispute *dispute, unsigned times, int64_t now) {
    return dispute->times >= times && now - dispute->last_ms <= dispute->window_ms;
}

void ils_dispute_note(struct ils_dispute *dispute, int64_t now, int64_t window_ms) {
    dispute->times = ils_dispute_is(dispute, 0, now) ? dispute->times + 1 : 1;
    dispute->last_ms = now;
    dispute->window_ms = window_ms;
}

void ils_dispute_address(struct ils_dispute *dispute, const char *address) {
    if (address[0] != '\0' && strcmp(dispute->addresses[0], address) != 0) {
        memcpy(dispute->addresses[1], dispute->addresses[0], sizeof dispute->addresses[1]);
        (void)snprintf(dispute->addresses[0], sizeof dispute->addresses[0], "%s", address);
    }
}
