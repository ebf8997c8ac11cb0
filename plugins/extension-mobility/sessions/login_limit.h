/* How long a login may last: the built-in decision of the policy login.limit. Pure. */
#ifndef EM_LOGIN_LIMIT_H
#define EM_LOGIN_LIMIT_H

#include "policies/login_limit.h"

void em_login_limit(const sj_login_limit_input *input, sj_login_limit_output *output);

#endif
