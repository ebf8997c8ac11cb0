/* Chooses the addresses at which a remote cluster is asked, and their share of the time. Pure. */
#include "clusters/peer_addresses.h"

#include <stdio.h>
#include <string.h>

static void add(struct em_peer_addresses *chosen, size_t room, const char *address) {
    if (address[0] == '\0' || chosen->count >= room || strlen(address) >= PEER_ADDRESS_ROOM) {
        return;
    }
    for (size_t i = 0; i < chosen->count; i++) {
        if (strcmp(chosen->texts[i], address) == 0) {
            return;
        }
    }
    (void)snprintf(chosen->texts[chosen->count++], PEER_ADDRESS_ROOM, "%s", address);
}

void em_peer_addresses_choose(const struct em_peer_knowledge *knowledge,
                              struct em_peer_addresses *chosen) {
    const bool usable = knowledge->same_record && knowledge->age_ms >= 0 &&
                        knowledge->age_ms <= knowledge->most_age_ms;
    chosen->count = 0;
    if (knowledge->failed) {
        add(chosen, PEER_ADDRESSES, knowledge->configured);
    }
    for (size_t i = 0; usable && i < knowledge->learnt_count; i++) {
        add(chosen, knowledge->failed ? PEER_ADDRESSES : PEER_ADDRESSES - 1, knowledge->learnt[i]);
    }
    add(chosen, PEER_ADDRESSES, knowledge->configured);
}

int64_t em_peer_addresses_share(int64_t left_ms, size_t attempts) {
    const int64_t share = left_ms / (int64_t)(attempts > 0 ? attempts : 1);
    return share > 0 ? share : 1;
}
