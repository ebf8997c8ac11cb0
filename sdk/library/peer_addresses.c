/* Chooses the addresses at which a remote cluster is asked, and their share of the time. Pure. */
#include <sojourn/peer_addresses.h>

#include <stdio.h>
#include <string.h>

#include <sojourn/base/text.h>

static void add(struct sj_peer_addresses *chosen, size_t room, const char *address) {
    if (!sj_given(address) || chosen->count >= room || strlen(address) >= SJ_PEER_ADDRESS_ROOM) {
        return;
    }
    for (size_t i = 0; i < chosen->count; i++) {
        if (strcmp(chosen->texts[i], address) == 0) {
            return;
        }
    }
    (void)snprintf(chosen->texts[chosen->count++], SJ_PEER_ADDRESS_ROOM, "%s", address);
}

/* It comes first, if it is one of them; the others keep their order. */
static void put_first(struct sj_peer_addresses *chosen, const char *address) {
    char first[SJ_PEER_ADDRESS_ROOM];
    size_t at = 0;
    while (at < chosen->count && strcmp(chosen->texts[at], address) != 0) {
        at++;
    }
    if (at < chosen->count) {
        memcpy(first, chosen->texts[at], sizeof first);
        memmove(chosen->texts[1], chosen->texts[0], at * sizeof chosen->texts[0]);
        memcpy(chosen->texts[0], first, sizeof first);
    }
}

void sj_peer_addresses_choose(const struct sj_peer_knowledge *knowledge,
                              struct sj_peer_addresses *chosen) {
    const bool usable = knowledge->same_record && knowledge->age_ms >= 0 &&
                        knowledge->age_ms <= knowledge->most_age_ms;
    chosen->count = 0;
    if (knowledge->failed) {
        add(chosen, SJ_PEER_ADDRESSES, knowledge->configured);
    }
    for (size_t i = 0; usable && i < knowledge->learnt_count; i++) {
        add(chosen, knowledge->failed ? SJ_PEER_ADDRESSES : SJ_PEER_ADDRESSES - 1,
            knowledge->learnt[i]);
    }
    add(chosen, SJ_PEER_ADDRESSES, knowledge->configured);
    put_first(chosen, sj_or_empty(knowledge->preferred));
}

int64_t sj_peer_addresses_share(int64_t left_ms, size_t attempts) {
    const int64_t share = left_ms / (int64_t)(attempts > 0 ? attempts : 1);
    return share > 0 ? share : 1;
}

void sj_peer_addresses_learnt_from(const char *fully_qualified_name, int64_t https_port,
                                   char text[SJ_PEER_LEARNT_FROM_ROOM]) {
    (void)snprintf(text, SJ_PEER_LEARNT_FROM_ROOM, "%s:%lld", fully_qualified_name,
                   (long long)https_port);
}
