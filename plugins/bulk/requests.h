/* What administrators ask of the service. */
#ifndef BULK_REQUESTS_H
#define BULK_REQUESTS_H

#include "bulk.h"

int requests_open(struct bulk *bulk, sj_error *error);

#endif
