/* Whether a phone may log in across clusters with its security, and whether the session is secure.
 * Pure. */
#ifndef EM_SECURITY_MATRIX_H
#define EM_SECURITY_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

#include "reporting/error_codes.h"

struct em_security_case {
    bool home_mixed, visiting_mixed;
    bool home_supports_secure; /* a partner that cannot do secure EMCC at all (protocol version
                                  without it) */
    bool visiting_supports_secure;
    bool phone_secure;    /* authenticated or encrypted */
    bool template_secure; /* the security profile of the home cluster's EMCC template */
};

/* Whether a partner of that release and protocol knows secure logins across clusters. */
bool em_release_supports_secure(const char *version, int64_t protocol);
/* EM_OK and *secure, or the code of the refusal. */
enum em_code em_security_decide(const struct em_security_case *security, bool *secure);

#endif
