/* Watches the records that live devices are made from. */
#ifndef EM_SOURCES_H
#define EM_SOURCES_H

#include "em.h"

int em_sources_open(struct em *em, sj_error *error);
/* Looks at all live devices, some at a time. */
void em_sources_start(struct em *em);
void em_sources_close(struct em *em);

#endif
