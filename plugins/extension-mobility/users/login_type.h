/* What a user types to say who they are: a user id, a self-service user id or a primary extension. Pure. */
#ifndef EM_LOGIN_TYPE_H
#define EM_LOGIN_TYPE_H

#include <stdbool.h>

enum em_login_type { EM_LOGIN_TYPE_UID, EM_LOGIN_TYPE_SP, EM_LOGIN_TYPE_DN };

/* NULL, "" and "UID" are the user id. False when it is none of the three. */
bool em_login_type_parse(const char *text, enum em_login_type *type);

#endif
