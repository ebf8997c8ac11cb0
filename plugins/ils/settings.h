/* Reads the records, and gives the core what they say. */
#ifndef ILS_SETTINGS_H
#define ILS_SETTINGS_H

#include "events/node.h"
#include "ils.h"

void ils_settings_read(struct ils_service *service);
/* Notes what has to be read anew. */
void ils_settings_record_changed(struct ils_service *service, const sj_config_changed *event);
void ils_settings_parameter_changed(struct ils_service *service, const sj_parameter_changed *event);
/* When they have changed since: what is asked is answered by the records as they are. */
void ils_settings_follow(struct ils_service *service);

#endif
