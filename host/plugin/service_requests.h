/* The requests service.* and plugin.*, which the host itself answers. */
#ifndef SJ_HOST_PLUGIN_SERVICE_REQUESTS_H
#define SJ_HOST_PLUGIN_SERVICE_REQUESTS_H

#include <sojourn/error.h>

struct loader;

int sj_services_answer(struct loader *loader, sj_error *error);

#endif
