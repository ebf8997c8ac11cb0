/* A reply that goes on (host/http/server.h), as its connection sees it. */
#ifndef SJ_HOST_HTTP_SERVER_LIVE_H
#define SJ_HOST_HTTP_SERVER_LIVE_H

#include <stddef.h>

struct live;

void sj_live_gone(struct live *live);
void sj_live_drained(struct live *live);
void sj_live_data(struct live *live, const char *data, size_t length);
void sj_live_tick(struct live *live);

#endif
