/* What is known of the sources of secrets. */
#include "host/secret/standing.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

enum { SETS = 4096, WAYS = 4 };

struct entry {
    uint64_t source; /* keyed digest; 0 free */
    uint64_t proven_until, window_end;
    unsigned wrong;
};

struct standings {
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct entry entries[SETS][WAYS];
};

struct standings *sj_standings_new(void) {
    struct standings *standings = calloc(1, sizeof *standings);
    if (standings != NULL) {
        randombytes_buf(standings->key, sizeof standings->key);
    }
    return standings;
}

void sj_standings_free(struct standings *standings) {
    free(standings);
}

static uint64_t digest_of(const struct standings *standings, const char *source) {
    uint64_t digest;
    (void)crypto_shorthash((unsigned char *)&digest, (const unsigned char *)source, strlen(source),
                           standings->key);
    return digest != 0 ? digest : 1;
}

static const struct entry *find(const struct standings *standings, const char *source) {
    const uint64_t digest = digest_of(standings, source);
    const struct entry *set = standings->entries[digest % SETS];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].source == digest) {
            return &set[i];
        }
    }
    return NULL;
}

/* How much would be lost with the entry: a bar most, then a proof, then a few wrong ones. */
static uint64_t worth(const struct entry *entry, uint64_t now) {
    if (entry->source == 0) {
        return 0;
    }
    if (entry->window_end > now && entry->wrong >= SJ_STANDING_BARRED) {
        return UINT64_MAX;
    }
    return entry->proven_until > entry->window_end ? entry->proven_until : entry->window_end;
}

static struct entry *find_or_make(struct standings *standings, const char *source, uint64_t now) {
    const uint64_t digest = digest_of(standings, source);
    struct entry *set = standings->entries[digest % SETS];
    struct entry *least = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].source == digest) {
            return &set[i];
        }
        least = worth(&set[i], now) < worth(least, now) ? &set[i] : least;
    }
    memset(least, 0, sizeof *least);
    least->source = digest;
    return least;
}

enum standing sj_standing_of(const struct standings *standings, const char *source, uint64_t now) {
    const struct entry *entry = find(standings, source);
    const unsigned wrong = entry != NULL && entry->window_end > now ? entry->wrong : 0;
    if (wrong >= SJ_STANDING_FAILING) {
        return wrong >= SJ_STANDING_BARRED ? STANDING_BARRED : STANDING_FAILING;
    }
    return entry != NULL && entry->proven_until > now ? STANDING_PROVEN : STANDING_UNKNOWN;
}

bool sj_standing_note(struct standings *standings, const char *source, bool right, uint64_t now) {
    struct entry *entry = find_or_make(standings, source, now);
    if (right) {
        entry->proven_until = now + SJ_STANDING_PROVEN_MS;
        return false;
    }
    if (entry->window_end <= now) {
        entry->window_end = now + SJ_STANDING_WINDOW_MS;
        entry->wrong = 0;
    }
    return ++entry->wrong == SJ_STANDING_BARRED;
}
