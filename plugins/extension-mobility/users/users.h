/* Finds the user of this cluster behind an id, and the device profile of a login. */
#ifndef EM_USERS_H
#define EM_USERS_H

#include "em.h"
#include "reporting/error_codes.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "users/login_type.h"

/* EM_OK, EM_NO_USER, EM_EXTENSION_SHARED or EM_USER_INFORMATION. */
enum em_code em_user_find(struct em *em, sj_login_type type, const char *id, sj_end_user **user,
                          char cause[EM_CAUSE_ROOM]);
/* The device profile of a login: `wanted` if the user controls it or has it by default; the only
 * controlled one; the default one when none is controlled; or EM_CHOOSE_PROFILE. Else
 * EM_NO_PROFILE, EM_NO_DEVICE_PROFILE. */
enum em_code em_user_choose_profile(struct em *em, const sj_end_user *user, const char *wanted,
                                    sj_device_profile **profile, char cause[EM_CAUSE_ROOM]);
/* The profile to ask for: an application cannot be asked to choose, so the default profile counts
 * where a page would ask. */
const char *em_user_wanted_profile(const sj_end_user *user, const char *wanted,
                                   bool by_application);

#endif
