/* Basic authentication of administrators, and of those who may only read. */
#ifndef HOST_REST_LOGIN_H
#define HOST_REST_LOGIN_H

#include "host/http/server.h"

struct rest;

int rest_logins_open(struct rest *rest, sj_error *error);
void rest_logins_close(struct rest *rest);
/* The same for anybody who has a password, administrator or not. Nothing is heard once the scope
 * of who asks closes. */
void rest_login_anybody(struct rest *rest, sj_scope *asker, const sj_address *peer,
                        const char *authorization, sj_authenticated_fn done, void *user);
/* Whether who makes the request may do everything here, not only read: as it is now. */
bool rest_may_do_everything(struct rest *rest, sj_http_request *request);
/* Whether the user's password is good for nothing but its change; then a sentence is in `why`. */
bool rest_login_outdated(struct rest *rest, const char *name, char why[240]);

#endif
