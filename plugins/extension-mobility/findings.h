/* What is missing for EMCC, a sentence each: collected by Validate (validate.c) and by the check of a traveller's way
 * (check.c). */
#ifndef EM_FINDINGS_H
#define EM_FINDINGS_H

#include "em.h"

enum { FINDINGS_MAX = 500 };

struct findings {
    struct em *em;
    sj_scope *scope; /* owns the sentences */
    const char *problems[FINDINGS_MAX];
    size_t count;
};

void findings_add(struct findings *findings, const char *format, ...) SJ_PRINTF(2, 3);
/* Profile, parameters, base devices, phone service. */
void findings_of_this_cluster(struct findings *findings);
/* Record, certificates, state and region parameters of one remote cluster. */
void findings_of_remote_cluster(struct findings *findings, const sj_remote_cluster *cluster);

#endif
