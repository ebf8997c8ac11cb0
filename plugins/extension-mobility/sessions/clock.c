/* The wall clock is set while sessions run. How long they last is counted on the monotonic clock; the times that the store
 * holds of them, for people and for the time after a restart, are moved with the wall clock. */
#include "em.h"

enum { SET_MS = 5000, LOOKED_EVERY_MS = 1500, AT_ONCE = 100 };

static int64_t offset_now(struct em *em) {
    return sj_wall_ms(em->scope) - (int64_t)sj_monotonic_ms(em->scope);
}

void em_clock_open(struct em *em) {
    em->clock.offset_ms = offset_now(em);
}

static int64_t moved(int64_t time, int64_t shift_ms) {
    return time > 0 ? time + shift_ms : time;
}

/* Written after the clock was set, or in the moment before that was noticed. */
static bool is_right(const struct em *em, const sj_session *session) {
    return session->login_time >= em->clock.seen_at - LOOKED_EVERY_MS && session->login_time <= sj_wall_ms(em->scope);
}

static int move_some(struct em *em, size_t *count, sj_error *error) {
    const sj_query next = {.after_key = em->clock.after[0] != '\0' ? em->clock.after : NULL, .limit = AT_ONCE};
    sj_list list = {0};
    int status = sj_session_list(em->scope, &next, &list, error);
    if (status == SJ_OK && (status = sj_store_begin(em->scope, error)) == SJ_OK) {
        for (size_t i = 0; i < list.count && status == SJ_OK; i++) {
            sj_session session = *sj_session_at(&list, i);
            em_copy(em->clock.after, session.device_name);
            if (!is_right(em, &session)) {
                session.login_time = moved(session.login_time, em->clock.shift_ms);
                session.expires_at = moved(session.expires_at, em->clock.shift_ms);
                session.confirmed_at = moved(session.confirmed_at, em->clock.shift_ms);
                status = sj_session_put(em->scope, &session, SJ_PUT_REPLACE, error);
            }
        }
        if (status == SJ_OK) {
            status = sj_store_commit(em->scope, NULL, NULL, error);
        } else {
            sj_store_rollback(em->scope);
        }
    }
    *count = list.count;
    sj_list_free(em->scope, &list);
    return status;
}

static void move(void *user) {
    struct em *em = user;
    sj_error error = {0};
    size_t count;
    if (move_some(em, &count, &error) != SJ_OK) {
        sj_log_error(em->scope, "the times of sessions are not moved with the clock: %s", error.text);
    } else if (count == AT_ONCE && sj_timer_start(em->scope, 0, 0, move, em) != NULL) {
        return;
    }
    em->clock.shift_ms = 0;
}

void em_clock_look(struct em *em) {
    const int64_t offset = offset_now(em), shift = offset - em->clock.offset_ms;
    if ((shift < SET_MS && shift > -SET_MS) || em->clock.shift_ms != 0) {
        return; /* what NTP slews adds up until it is worth it; one change of the clock is carried out after the other */
    }
    sj_log_warning(em->scope, "the clock was set %s by %lld s: sessions keep their length, and their times are moved",
                   shift > 0 ? "forward" : "back", (long long)((shift > 0 ? shift : -shift) / 1000));
    em->clock.offset_ms = offset;
    em->clock.shift_ms = shift;
    em->clock.seen_at = sj_wall_ms(em->scope);
    em->clock.after[0] = '\0';
    move(em);
}
