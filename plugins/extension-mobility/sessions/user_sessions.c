/* Sessions by user, in a hash table: see user_sessions.h. Pure. */
#include "sessions/user_sessions.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct user_count {
    struct user_count *next;
    size_t sessions;
    char user_id[];
};

static size_t bucket_of(const struct em_user_sessions *counts, const char *user_id) {
    uint32_t hash = 2166136261u;
    for (const char *at = user_id; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    return hash & (counts->buckets_count - 1);
}

static struct user_count **find(const struct em_user_sessions *counts, const char *user_id) {
    struct user_count **at = &counts->buckets[bucket_of(counts, user_id)];
    while (*at != NULL && strcmp((*at)->user_id, user_id) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static void grow(struct em_user_sessions *counts) {
    const size_t room = counts->buckets_count == 0 ? 256 : counts->buckets_count * 2;
    struct user_count **old = counts->buckets;
    const size_t old_count = counts->buckets_count;
    struct user_count **buckets = calloc(room, sizeof(struct user_count *));
    if (buckets == NULL) {
        return;
    }
    counts->buckets = buckets;
    counts->buckets_count = room;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct user_count *moved = old[i];
            struct user_count **to = &counts->buckets[bucket_of(counts, moved->user_id)];
            old[i] = moved->next;
            moved->next = *to;
            *to = moved;
        }
    }
    free(old);
}

void em_user_sessions_add(struct em_user_sessions *counts, const char *user_id) {
    const size_t length = strlen(user_id) + 1;
    if (counts->users >= counts->buckets_count) {
        grow(counts);
    }
    if (counts->buckets_count == 0) {
        return;
    }
    struct user_count **at = find(counts, user_id);
    if (*at == NULL) {
        struct user_count *made = calloc(1, sizeof *made + length);
        if (made == NULL) {
            return;
        }
        memcpy(made->user_id, user_id, length);
        *at = made;
        counts->users++;
    }
    (*at)->sessions++;
}

void em_user_sessions_remove(struct em_user_sessions *counts, const char *user_id) {
    struct user_count **at = counts->buckets_count > 0 ? find(counts, user_id) : NULL;
    if (at == NULL || *at == NULL || --(*at)->sessions > 0) {
        return;
    }
    struct user_count *gone = *at;
    *at = gone->next;
    free(gone);
    counts->users--;
}

size_t em_user_sessions_count(const struct em_user_sessions *counts, const char *user_id) {
    const struct user_count *found = counts->buckets_count > 0 ? *find(counts, user_id) : NULL;
    return found != NULL ? found->sessions : 0;
}

void em_user_sessions_clear(struct em_user_sessions *counts) {
    for (size_t i = 0; i < counts->buckets_count; i++) {
        while (counts->buckets[i] != NULL) {
            struct user_count *gone = counts->buckets[i];
            counts->buckets[i] = gone->next;
            free(gone);
        }
    }
    free(counts->buckets);
    memset(counts, 0, sizeof *counts);
}
