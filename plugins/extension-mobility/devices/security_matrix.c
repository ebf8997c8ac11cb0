/* The security modes of both clusters and the phone. Pure. */
#include "devices/security_matrix.h"

#include "reporting/error_codes.h"

bool em_release_supports_secure(const char *version, int64_t protocol) {
    /* 8.x is the field's one release with EMCC and without secure EMCC; protocol 0 is older than
     * any that has it. */
    return protocol >= 1 && !(version[0] == '8' && (version[1] == '.' || version[1] == '\0'));
}

enum em_code em_security_decide(const struct em_security_case *security, bool *secure) {
    /* A phone cannot be secure in a cluster that is not: there its profile counts for nothing. */
    const bool secure_phone = security->phone_secure && security->visiting_mixed;
    *secure = false;
    if (secure_phone) {
        if (!security->home_supports_secure || !security->visiting_supports_secure) {
            return EM_REMOTE_VERSION;
        }
        if (!security->home_mixed) {
            return EM_REMOTE_SECURITY_MODE;
        }
        *secure = true;
    }
    if (!*secure && security->template_secure) {
        return EM_SECURITY_PROFILE;
    }
    return EM_OK;
}
