/* Reads the records, and gives the core what they say. */
#ifndef ILS_SETTINGS_H
#define ILS_SETTINGS_H

#include "ils.h"

void ils_settings_read(struct ils_service *service);

#endif
