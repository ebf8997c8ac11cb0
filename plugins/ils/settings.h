/* Reads the records, and gives the core what they say. */
#ifndef ILS_SETTINGS_H
#define ILS_SETTINGS_H

#include "ils.h"

void ils_settings_read(struct ils_service *service);
/* When they have changed since: what is asked is answered by the records as they are. */
void ils_settings_follow(struct ils_service *service);

#endif
