/* Which services are activated where in this cluster. */
#ifndef EM_ACTIVATIONS_H
#define EM_ACTIVATIONS_H

#include "em.h"

bool em_service_is_active_on(sj_scope *scope, const char *service, const char *node);
/* On any node. */
bool em_service_is_active(sj_scope *scope, const char *service);

#endif
