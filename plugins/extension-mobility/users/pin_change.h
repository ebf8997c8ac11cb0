/* A user's PIN is changed, asked for on a phone: at home (pin_change.c), or by the visited cluster
 * (clusters/visiting_pin.c).
 */
#ifndef EM_PIN_CHANGE_H
#define EM_PIN_CHANGE_H

#include "em.h"
#include "reporting/error_codes.h"
#include "users/login_type.h"

/* What a phone or cluster asks for. Copied. */
struct em_pin_change_request {
    const char *user_id, *old_pin, *new_pin, *device_name, *trace_id;
    sj_login_type login_type;
    const char *source; /* the address that asks; not used with visiting_cluster */
    const char
        *visiting_cluster; /* who asks for a phone of its own; NULL: a phone of this cluster */
    const char *idempotency_key; /* with it: the same for every repetition */
    uint64_t deadline; /* who asks waits no longer (monotonic); 0: as long as a phone does */
};

/* code: EM_OK; EM_PIN_RULE, with a sentence for the user; else why not. `user_id`: the user's own,
 * whatever was typed. */
typedef void (*em_pin_changed_fn)(void *user, enum em_code code, const char *cause,
                                  const char *user_id);

/* The PIN of a user of this cluster. `done` runs once, perhaps within the call. */
void em_pin_change(struct em *em, const struct em_pin_change_request *request,
                   em_pin_changed_fn done, void *user);

#endif
