/* Token buckets. */
#include "core/attempts.h"

#include <stdio.h>
#include <string.h>

enum { ALL = ATTEMPTS_SOURCES, KEPT };

const struct ils_attempts_limits ils_attempts_to_join = {
    .each = 5, .all = 25, .kept = 25, .each_ms = 60000, .all_ms = 20000};

void ils_attempts_source(const sj_address *address, char source[ATTEMPTS_SOURCE]) {
    sj_address network = *address;
    char text[SJ_ADDRESS_TEXT];
    if (network.any.sa_family == AF_INET6) {
        memset(network.v6.sin6_addr.s6_addr + 8, 0, 8);
    }
    (void)sj_address_format(&network, text, sizeof text);
    (void)snprintf(source, ATTEMPTS_SOURCE, "%.60s", text);
}

static bool take(struct ils_attempts *attempts, size_t index, double most, int64_t each_ms,
                 int64_t now) {
    double *left = &attempts->sources[index].left;
    *left += (double)(now - attempts->sources[index].at) / (double)each_ms;
    *left = *left > most ? most : *left;
    attempts->sources[index].at = now;
    if (*left < 1) {
        return false;
    }
    *left -= 1;
    return true;
}

/* Whether the place of `a` is given to another before that of `b`: those that were right keep
 * theirs. */
static bool goes_first(const struct ils_attempts *attempts, size_t a, size_t b) {
    return attempts->sources[a].right != attempts->sources[b].right
               ? attempts->sources[b].right
               : attempts->sources[a].at < attempts->sources[b].at;
}

/* The source's place, or the one that has been quiet for longest. */
static size_t find(const struct ils_attempts *attempts, const char *source) {
    size_t oldest = 0;
    for (size_t i = 0; i < ATTEMPTS_SOURCES; i++) {
        if (strcmp(attempts->sources[i].source, source) == 0) {
            return i;
        }
        oldest = goes_first(attempts, i, oldest) ? i : oldest;
    }
    return oldest;
}

static void fill(struct ils_attempts *attempts, size_t index, const char *source, double most,
                 int64_t now) {
    (void)snprintf(attempts->sources[index].source, ATTEMPTS_SOURCE, "%s", source);
    attempts->sources[index].left = most;
    attempts->sources[index].at = now;
    attempts->sources[index].granted = attempts->sources[index].right = false;
}

bool ils_attempts_take(struct ils_attempts *attempts, const struct ils_attempts_limits *limits,
                       const char *source, bool known, int64_t now) {
    const size_t index = find(attempts, source);
    if (strcmp(attempts->sources[index].source, source) != 0) {
        fill(attempts, index, source, limits->each, now);
    }
    if (attempts->sources[ALL].source[0] == '\0') {
        fill(attempts, ALL, "all", limits->all, now);
        fill(attempts, KEPT, "kept", limits->kept, now);
    }
    if (!take(attempts, index, limits->each, limits->each_ms, now)) {
        return false;
    }
    const bool granted = known || attempts->sources[index].right ||
                         take(attempts, ALL, limits->all, limits->all_ms, now) ||
                         (!attempts->sources[index].granted &&
                          take(attempts, KEPT, limits->kept, limits->all_ms, now));
    if (granted) {
        attempts->sources[index].granted = true;
    } else {
        attempts->sources[index].left += 1; /* others have used it up */
    }
    return granted;
}

void ils_attempts_give_back(struct ils_attempts *attempts, const char *source) {
    const size_t index = find(attempts, source);
    if (strcmp(attempts->sources[index].source, source) == 0) {
        attempts->sources[index].left += 1;
        attempts->sources[index].granted = false;
    }
    attempts->sources[ALL].left += 1;
}

void ils_attempts_right(struct ils_attempts *attempts, const char *source) {
    const size_t index = find(attempts, source);
    ils_attempts_give_back(attempts, source);
    if (strcmp(attempts->sources[index].source, source) == 0) {
        attempts->sources[index].right = true;
    }
}
