/* Chooses the addresses at which a remote cluster is asked, and their share of the time. Pure. */
#include <sojourn/peer_addresses.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>
#include <sojourn/base/text.h>

static size_t find(const struct sj_peer_addresses *chosen, const char *address) {
    size_t at = 0;
    while (at < chosen->count && strcmp(chosen->texts[at], address) != 0) {
        at++;
    }
    return at;
}

/* False: no memory. */
static bool add(struct sj_peer_addresses *chosen, size_t most, const char *address) {
    if (!sj_given(address) || chosen->count >= most || strlen(address) >= SJ_PEER_ADDRESS_ROOM ||
        find(chosen, address) < chosen->count) {
        return true;
    }
    if (!sj_array_room(&chosen->texts, &chosen->room, chosen->count + 1, sizeof *chosen->texts)) {
        return false;
    }
    (void)snprintf(chosen->texts[chosen->count++], SJ_PEER_ADDRESS_ROOM, "%s", address);
    return true;
}

static void turn_by_one(struct sj_peer_addresses *chosen) {
    char first[SJ_PEER_ADDRESS_ROOM];
    const size_t last = chosen->count - 1;
    memcpy(first, chosen->texts[0], sizeof first);
    memmove(chosen->texts[0], chosen->texts[1], last * sizeof first);
    memcpy(chosen->texts[last], first, sizeof first);
}

/* It comes first, if it is one of them, and each has its turn behind it. */
static void begin_with(struct sj_peer_addresses *chosen, const char *address) {
    const size_t at = find(chosen, address);
    for (size_t i = 0; at < chosen->count && i < at; i++) {
        turn_by_one(chosen);
    }
}

bool sj_peer_addresses_choose(const struct sj_peer_knowledge *knowledge,
                              struct sj_peer_addresses *chosen) {
    const bool usable = knowledge->same_record && knowledge->age_ms >= 0 &&
                        knowledge->age_ms <= knowledge->most_age_ms;
    const size_t most = SJ_PEER_ADDRESSES_MAX;
    bool room = true;
    chosen->count = 0;
    if (knowledge->failed) {
        room = add(chosen, most, knowledge->configured);
    }
    for (size_t i = 0; usable && room && i < knowledge->learnt_count; i++) {
        room = add(chosen, knowledge->failed ? most : most - 1, knowledge->learnt[i]);
    }
    room = room && add(chosen, most, knowledge->configured);
    if (!room) {
        sj_peer_addresses_free(chosen);
        return false;
    }
    begin_with(chosen, sj_or_empty(knowledge->preferred));
    return true;
}

void sj_peer_addresses_free(struct sj_peer_addresses *chosen) {
    free(chosen->texts);
    *chosen = (struct sj_peer_addresses){0};
}

int64_t sj_peer_addresses_share(int64_t left_ms, size_t attempts) {
    const int64_t even = left_ms / (int64_t)(attempts > 0 ? attempts : 1);
    const int64_t share = even > SJ_PEER_SHARE_LEAST_MS ? even : SJ_PEER_SHARE_LEAST_MS;
    return left_ms < 1 ? 1 : share < left_ms ? share : left_ms;
}

void sj_peer_addresses_learnt_from(const char *fully_qualified_name, int64_t https_port,
                                   char text[SJ_PEER_LEARNT_FROM_ROOM]) {
    (void)snprintf(text, SJ_PEER_LEARNT_FROM_ROOM, "%s:%lld", fully_qualified_name,
                   (long long)https_port);
}
