/* The login types by their names in requests. Pure. */
#include "users/login_type.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

bool em_login_type_parse(const char *text, sj_login_type *type) {
    *type = SJ_LOGIN_TYPE_UID;
    if (text == NULL || text[0] == '\0' || strcmp(text, "UID") == 0) {
        return true;
    }
    if (strcmp(text, "SP") == 0) {
        *type = SJ_LOGIN_TYPE_SP;
        return true;
    }
    if (strcmp(text, "DN") == 0) {
        *type = SJ_LOGIN_TYPE_DN;
        return true;
    }
    return false;
}
