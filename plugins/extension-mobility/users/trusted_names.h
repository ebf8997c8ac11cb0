/* The host names of the trusted list, kept resolved: the host's resolver is asked once a minute and
 * when the list changes, never by a page that waits for it. A name that cannot be resolved now
 * keeps its last addresses. */
#ifndef EM_TRUSTED_NAMES_H
#define EM_TRUSTED_NAMES_H

#include <stdbool.h>

#include <sojourn/error.h>

struct em;

int em_trusted_names_start(struct em *em, sj_error *error);
void em_trusted_names_close(struct em *em);
/* Does one of the list's host names stand for the address, as far as is known? */
bool em_trusted_names_have(const struct em *em, const char *address);

#endif
