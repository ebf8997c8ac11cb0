/* The writes of a login and of its end, each in one transaction. */
#ifndef EM_SESSION_STORE_H
#define EM_SESSION_STORE_H

#include "em.h"
#include "reporting/error_codes.h"
#include "resources/emcc_base_device.h"
#include "resources/live_device.h"
#include "resources/session.h"

struct em_login_write {
    const sj_session *session;
    const sj_live_device *live_device; /* NULL on the visiting side */
    const char *base_device;           /* taken with it, or NULL */
    const sj_session *
        replaced; /* a home session on the same phone whose base device is freed with it, or NULL */
};
int em_store_login(struct em *em, sj_scope *scope, const struct em_login_write *write,
                   sj_result_fn durable, void *user, sj_error *error);
/* The code of a login that was not written: 7 when its end could not be set. */
enum em_code em_store_login_code(int status);
/* Marks a session as confirmed by both sides; durable as above. */
int em_store_confirm(struct em *em, sj_scope *scope, const sj_session *session,
                     sj_result_fn durable, void *user, sj_error *error);
struct em_logout_write {
    const sj_session *session;
    const char *reason;
    bool keep_as_ending;               /* the other cluster must be notified */
    const sj_live_device *live_device; /* of the phone's logout profile, or NULL */
};
/* Ends a session: the base device and the live device go, or the logout profile takes its place;
 * the session stays as "ending" when the other cluster must be notified. */
int em_store_logout(struct em *em, sj_scope *scope, const struct em_logout_write *write,
                    sj_result_fn durable, void *user, sj_error *error);
/* The free base device with the lowest number, checked in the store; NULL when there is none. Free
 * with sj_record_free. */
sj_emcc_base_device *em_store_free_base_device(struct em *em);
/* Reads what must be known from the start: session ends and free base devices. */
int em_store_open(struct em *em, sj_error *error);

#endif
