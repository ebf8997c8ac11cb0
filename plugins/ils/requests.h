/* The commands. */
#ifndef ILS_REQUESTS_H
#define ILS_REQUESTS_H

#include "ils.h"

int ils_requests_open(struct ils_service *service, sj_error *error);

#endif
