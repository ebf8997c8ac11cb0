/* First use happens once: a state directory that was in use gets no new, empty store without a
 * word. */
#ifndef HOST_STORE_FIRST_USE_H
#define HOST_STORE_FIRST_USE_H

#include <stdbool.h>

#include <sojourn/types.h>

/* Before the store `path` is opened: refused when its file is missing or empty although the
 * directory shows that there was one. With the file "begin-anew" beside it that is what the
 * operator wants: what is left of the old store is removed. */
int store_first_use_check(const char *path, sj_error *error);
/* The same for a file that is a database, but without the store's tables. */
int store_first_use_check_empty(const char *path, sj_error *error);
/* The new store is on the disk: the operator's word has been followed, and counts no more. */
void store_first_use_done(const char *path);

#endif
