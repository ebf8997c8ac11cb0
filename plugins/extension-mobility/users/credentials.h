/* Checks PINs and passwords, counts failures and locks credentials. */
#ifndef EM_CREDENTIALS_H
#define EM_CREDENTIALS_H

#include "em.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"

/* code: EM_OK, EM_AUTHENTICATION (wrong, locked, disabled or unknown: the same answer in the same
 * time), EM_BUSY (too many attempts of that source), EM_DIRECTORY; or EM_PIN_CHANGE,
 * EM_CHANGE_PASSWORD when it is right and must be changed or has expired. */
typedef void (*em_verified_fn)(void *user, enum em_code code, const char *cause);
struct em_credential {
    const char *user_id;
    const char *kind; /* "pin" or "password": what is counted and locked */
    const char *hash;
    const char *refused; /* a sentence why it is refused whatever is typed; NULL: it may fit */
    bool change_required, does_not_expire;
    const char *source; /* who gives it, see sj_secret_asker */
    bool vouched;
};
void em_credential_verify(struct em *em, sj_scope *scope, const struct em_credential *credential,
                          const char *plain, em_verified_fn done, void *data);
/* `user` NULL: there is no such user; takes as long as a wrong PIN. */
void em_credential_verify_pin(struct em *em, sj_scope *scope, const sj_end_user *user,
                              const char *source, bool vouched, const char *pin,
                              em_verified_fn done, void *data);

#endif
