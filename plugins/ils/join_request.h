/* Joins a hub. */
#ifndef ILS_JOIN_REQUEST_H
#define ILS_JOIN_REQUEST_H

#include "joining.h"

int ils_join_request_open(struct ils_service *service, sj_error *error);

#endif
