/* What the Intercluster Lookup Service observes of the clusters' network. */
#ifndef EM_CHECK_LOOKUP_H
#define EM_CHECK_LOOKUP_H

#include "checks/findings.h"

/* Asks it, where it runs, and reports; then done(user), perhaps before this returns. */
void em_check_lookup(struct em_findings *findings, void (*done)(void *user), void *user);

#endif
