/* Whether a request may come from where it comes: IP address, trusted list, proxies. */
#ifndef EM_ACCESS_H
#define EM_ACCESS_H

#include "em.h"
#include "reporting/error_codes.h"

typedef void (*em_access_fn)(void *user, enum em_code code, const char *cause);
struct em_access_request {
    const char *device_name, *user_id, *remote_address, *trace_id;
    const char *application_user; /* who acts for the user; NULL: the user */
    const char *visiting_cluster; /* the cluster of the phone; NULL: this one */
    bool via_header, emcc;
};
/* Validate IP Address, trusted list, proxies: EM_OK, EM_UNTRUSTED_ADDRESS, EM_REGISTRATIONS_DOWN,
 * EM_PROXY. May call at once.
 */
void em_access_check(struct em *em, sj_scope *scope, const struct em_access_request *request,
                     em_access_fn done, void *user);
/* The policy proxy.allow alone: false with a sentence in `cause`. */
bool em_access_allows_proxy(struct em *em, const struct em_access_request *request, bool validate,
                            char cause[EM_CAUSE_ROOM]);
void em_access_close(struct em *em);

#endif
