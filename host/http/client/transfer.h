/* One call as libcurl is told it. */
#ifndef SJ_HOST_HTTP_CLIENT_TRANSFER_H
#define SJ_HOST_HTTP_CLIENT_TRANSFER_H

#include "host/http/client/fetch.h"

int sj_transfer_prepare(struct fetch *fetch, sj_error *error);
void sj_transfer_finished(struct fetch *fetch, CURLcode code);
void sj_transfer_drop(struct fetch *fetch);

#endif
