/* The number of sessions of each user, in a map by user id. Pure. */
#include "sessions/user_sessions.h"

#include <stdlib.h>
#include <string.h>

struct user_count {
    sj_map_link link;
    size_t sessions;
    char user_id[];
};

static struct user_count *find(const struct em_user_sessions *counts, const char *user_id) {
    SJ_MAP_EACH_OF(user, &counts->users, sj_hash_keyed_text(user_id), struct user_count, link) {
        if (strcmp(user->user_id, user_id) == 0) {
            return user;
        }
    }
    return NULL;
}

void em_user_sessions_add(struct em_user_sessions *counts, const char *user_id) {
    const size_t length = strlen(user_id) + 1;
    struct user_count *user = find(counts, user_id);
    if (user == NULL && (user = calloc(1, sizeof *user + length)) != NULL) {
        memcpy(user->user_id, user_id, length);
        sj_map_add(&counts->users, &user->link, sj_hash_keyed_text(user_id));
    }
    if (user != NULL) {
        user->sessions++;
    }
}

void em_user_sessions_remove(struct em_user_sessions *counts, const char *user_id) {
    struct user_count *user = find(counts, user_id);
    if (user != NULL && --user->sessions == 0) {
        sj_map_remove(&counts->users, &user->link);
        free(user);
    }
}

size_t em_user_sessions_count(const struct em_user_sessions *counts, const char *user_id) {
    const struct user_count *user = find(counts, user_id);
    return user != NULL ? user->sessions : 0;
}

void em_user_sessions_clear(struct em_user_sessions *counts) {
    sj_map_link *link;
    while ((link = sj_map_take_any(&counts->users)) != NULL) {
        free(SJ_OWNER(link, struct user_count, link));
    }
    sj_map_clear(&counts->users);
}
