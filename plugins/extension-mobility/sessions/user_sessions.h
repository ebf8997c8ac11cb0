/* How many sessions each user has: what every login asks, without searching the store. Pure. */
#ifndef EM_USER_SESSIONS_H
#define EM_USER_SESSIONS_H

#include <stddef.h>

struct user_count;

struct em_user_sessions {
    struct user_count **buckets;
    size_t buckets_count, users;
};

/* One more, or one less. */
void em_user_sessions_add(struct em_user_sessions *counts, const char *user_id);
void em_user_sessions_remove(struct em_user_sessions *counts, const char *user_id);
size_t em_user_sessions_count(const struct em_user_sessions *counts, const char *user_id);
void em_user_sessions_clear(struct em_user_sessions *counts);

#endif
