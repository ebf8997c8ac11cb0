/* Answers those who join. */
#ifndef ILS_JOIN_HUB_H
#define ILS_JOIN_HUB_H

#include "joining.h"

int ils_join_hub_open(struct ils_service *service, sj_error *error);

#endif
