/* Reading the records that say what this cluster states. */
#ifndef ILS_OWN_READING_H
#define ILS_OWN_READING_H

#include "events/node.h"
#include "own_objects.h"

/* Another part of the records is told now; the first time all are read. */
void ils_own_configure(struct ils_service *service, bool advertised, bool hub);
/* A record has changed, perhaps one of these. */
void ils_own_changed(struct ils_service *service, const sj_config_changed *event);
/* Reads some of what is to be read, and sees to it that the rest is read bit by bit. */
void ils_own_step(struct ils_service *service);
/* Whether something is still to be read. */
bool ils_own_is_reading(const struct ils_own_objects *own);
void ils_own_reading_stop(struct ils_service *service);

#endif
