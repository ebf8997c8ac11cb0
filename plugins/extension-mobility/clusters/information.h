/* What this cluster tells others about itself. */
#ifndef EM_INFORMATION_H
#define EM_INFORMATION_H

#include "em.h"
#include "messages/intercluster.h"

/* Memory of `scope`. NULL when memory is short. */
sj_intercluster_information *em_information_build(struct em *em, sj_scope *scope);

#endif
