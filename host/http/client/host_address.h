/* The address of the host of a call. */
#ifndef SJ_HOST_HTTP_CLIENT_HOST_ADDRESS_H
#define SJ_HOST_HTTP_CLIENT_HOST_ADDRESS_H

#include "host/http/client/fetch.h"

/* Looks it up, unless it stands in the URL, and then begins the transfer. */
int sj_host_address_begin(struct fetch *fetch, sj_error *error);
void sj_host_address_cancel(struct fetch *fetch);

#endif
