/* Advertises what the records say, and nothing else. */
#ifndef ILS_OWN_OBJECTS_H
#define ILS_OWN_OBJECTS_H

#include "ils.h"

void ils_own_objects_read(struct ils_service *service, bool advertised);

#endif
