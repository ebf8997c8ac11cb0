/* The wall clock is set while sessions run and credentials are locked. How long sessions last is
 * counted on the monotonic clock; the times that the store holds of them, for people and for the
 * time after a restart, and the ends of locks are moved with the wall clock. */
#include "sessions/clock.h"

#include "parameters/enterprise.h"
#include "resources/session.h"

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
static bool is_right(const struct em *em, int64_t written_at) {
    return written_at >= em->clock.seen_at - LOOKED_EVERY_MS && written_at <= sj_wall_ms(em->scope);
}

static int end_transaction(struct em *em, int status, sj_error *error) {
    if (status == SJ_OK) {
        return sj_store_commit(em->scope, NULL, NULL, error);
    }
    sj_store_rollback(em->scope);
    return status;
}

static int move_sessions(struct em *em, size_t *count, sj_error *error) {
    const sj_query next = {.after_key = em->clock.after[0] != '\0' ? em->clock.after : NULL,
                           .limit = AT_ONCE};
    sj_list list = {0};
    int status = sj_session_list(em->scope, &next, &list, error);
    if (status == SJ_OK && (status = sj_store_begin(em->scope, error)) == SJ_OK) {
        for (size_t i = 0; i < list.count && status == SJ_OK; i++) {
            sj_session session = *sj_session_at(&list, i);
            em_copy(em->clock.after, session.device_name);
            if (!is_right(em, session.login_time)) {
                session.login_time = moved(session.login_time, em->clock.shift_ms);
                session.expires_at = moved(session.expires_at, em->clock.shift_ms);
                session.confirmed_at = moved(session.confirmed_at, em->clock.shift_ms);
                status = sj_session_put(em->scope, &session, SJ_PUT_REPLACE, error);
            }
        }
        status = end_transaction(em, status, error);
    }
    *count = list.count;
    sj_list_free(em->scope, &list);
    return status;
}

/* Else a lock would be over at once, or last as much longer as the clock went back. */
static int move_locks(struct em *em, size_t *count, sj_error *error) {
    const sj_query next = {.after_key = em->clock.after[0] != '\0' ? em->clock.after : NULL,
                           .limit = AT_ONCE};
    const int64_t length = sj_param_enterprise_credential_lockout_minutes(em->scope) * 60000;
    sj_list list = {0};
    int status = sj_credential_state_list(em->scope, &next, &list, error);
    if (status == SJ_OK && (status = sj_store_begin(em->scope, error)) == SJ_OK) {
        for (size_t i = 0; i < list.count && status == SJ_OK; i++) {
            sj_credential_state state = *sj_credential_state_at(&list, i);
            em_print(em->clock.after, sizeof em->clock.after, "%s@%s", state.user_id, state.kind);
            if (state.locked_until > 0 && !is_right(em, state.locked_until - length)) {
                state.locked_until = moved(state.locked_until, em->clock.shift_ms);
                status = sj_credential_state_put(em->scope, &state, SJ_PUT_REPLACE, error);
            }
        }
        status = end_transaction(em, status, error);
    }
    *count = list.count;
    sj_list_free(em->scope, &list);
    return status;
}

static void move(void *user) {
    struct em *em = user;
    em->clock.moving = false;
    sj_error error = {0};
    size_t count = 0;
    const int status = em->clock.sessions_moved ? move_locks(em, &count, &error)
                                                : move_sessions(em, &count, &error);
    if (status != SJ_OK) {
        sj_log_error(em->scope, "the times of %s are not moved with the clock: %s",
                     em->clock.sessions_moved ? "locked credentials" : "sessions", error.text);
    }
    bool more = status == SJ_OK && count == AT_ONCE;
    if (!more && !em->clock.sessions_moved) {
        em->clock.sessions_moved = more = true;
        em->clock.after[0] = '\0';
    }
    if (more) { /* without memory for the timer em_clock_check continues */
        em->clock.moving = sj_timer_start(em->scope, 0, 0, move, em) != NULL;
    } else {
        em->clock.shift_ms = 0;
    }
}

void em_clock_check(struct em *em) {
    const int64_t offset = offset_now(em), shift = offset - em->clock.offset_ms;
    if (em->clock.shift_ms != 0) { /* one change of the clock is carried out after the other */
        if (!em->clock.moving) {
            move(em);
        }
        return;
    }
    if (shift < SET_MS && shift > -SET_MS) {
        return; /* what NTP slews adds up until it is worth it */
    }
    sj_log_warning(em->scope,
                   "the clock was set %s by %lld s: sessions and locks keep their length, and "
                   "their times are moved",
                   shift > 0 ? "forward" : "back",
                   (long long)((shift > 0 ? shift : -shift) / 1000));
    em->clock.offset_ms = offset;
    em->clock.shift_ms = shift;
    em->clock.seen_at = sj_wall_ms(em->scope);
    em->clock.after[0] = '\0';
    em->clock.sessions_moved = false;
    move(em);
}
