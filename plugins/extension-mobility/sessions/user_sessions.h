/* How many sessions each user has: every login asks, without searching the store. Pure. */
#ifndef EM_USER_SESSIONS_H
#define EM_USER_SESSIONS_H

#include <sojourn/base/map.h>

/* Zeroed: empty. */
struct em_user_sessions {
    sj_map users;
};

/* One more, or one less. Without memory a session is not counted. */
void em_user_sessions_add(struct em_user_sessions *counts, const char *user_id);
void em_user_sessions_remove(struct em_user_sessions *counts, const char *user_id);
size_t em_user_sessions_count(const struct em_user_sessions *counts, const char *user_id);
void em_user_sessions_clear(struct em_user_sessions *counts);

#endif
