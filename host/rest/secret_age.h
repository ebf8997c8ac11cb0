/* The age of PINs and passwords: noted when a user's record brings a new one, looked at when one is
 * used. */
#ifndef HOST_REST_SECRET_AGE_H
#define HOST_REST_SECRET_AGE_H

#include <stdbool.h>
#include <stddef.h>

#include <sojourn/types.h>

struct node;

/* In the transaction that wrote `record` over `stored` (or NULL): each new PIN or password of a
 * user begins afresh, with its age, without failed attempts and unlocked. Does nothing for other
 * resources. */
int rest_credentials_note(struct node *node, const sj_resource_meta *meta, const void *record,
                          const void *stored, sj_error *error);
/* Whether the user's password is too old. One whose age is not known counts from now on. */
bool rest_credential_expired(struct node *node, const char *user_id);

#endif
