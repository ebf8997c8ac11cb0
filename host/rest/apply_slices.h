/* A large apply: a job, done in slices of a few milliseconds. */
#ifndef HOST_REST_APPLY_SLICES_H
#define HOST_REST_APPLY_SLICES_H

#include "host/rest/apply_run.h"

/* The job has its turn: goes on where `phase` says. */
void apply_slices_start(void *user);

#endif
