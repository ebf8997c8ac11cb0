/* Directory URIs, found by the directory number at which they ring as well: that is how a party
 * whose number is known gets its URI. The index takes 64 bytes of the heap for each URI, and for
 * one of a user the text of the primary extension. Pure over the dial plan. */
#ifndef CALLMANAGER_DIRECTORY_URIS_H
#define CALLMANAGER_DIRECTORY_URIS_H

#include "dial_plan/dial_plan.h"

/* Takes the record (NULL: there is none any more) of a key, also when it fails. */
int directory_uris_put(struct dial_plan *plan, const char *key, sj_directory_uri *record,
                       sj_error *error);
/* Takes a record out; it is the caller's then. NULL when there is none. */
sj_directory_uri *directory_uris_detach(struct dial_plan *plan, const char *key);
/* Before the records go. */
void directory_uris_clear(struct dial_plan *plan);

/* A user was written or deleted: the user's URIs ring at another number now, perhaps. SJ_OK, or
 * SJ_E_NO_MEMORY: then they are found by no number. */
int directory_uris_user_changed(struct dial_plan *plan, const char *user_id, sj_error *error);

/* The primary directory URI ("user@host") of a directory number by its key; "" when it has none. It
 * is the one of the user whose primary extension this is, before those of the number itself; of
 * several, the first in the order of their keys. */
void directory_uris_primary(const struct dial_plan *plan, const char *number_key,
                            char uri[DIRECTORY_URI]);

#endif
