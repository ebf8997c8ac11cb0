/* The route, exchanges that are due, and alarms. */
#ifndef ILS_TRANSPORT_H
#define ILS_TRANSPORT_H

#include "ils.h"

int ils_transport_open(struct ils_service *service, sj_error *error);
void ils_transport_run(struct ils_service *service);
void ils_alarm_raise(struct ils_service *service, const char *name, const char *cluster_id,
                     const char *reason);

#endif
