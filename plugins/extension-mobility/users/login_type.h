/* What a user types to say who they are: a user id, a self-service user id or a primary extension.
 * Pure. */
#ifndef SJ_LOGIN_TYPE_H
#define SJ_LOGIN_TYPE_H

#include "enums/session.h"

#include <stdbool.h>

/* NULL, "" and "UID" are the user id. False when it is none of the three. */
bool em_login_type_parse(const char *text, sj_login_type *type);

#endif
