/* The TFTP servers that a phone of another cluster is sent to. */
#ifndef EM_HOME_SERVERS_H
#define EM_HOME_SERVERS_H

#include "em.h"

/* Those that are active now; at least one. */
struct em_home_servers {
    char tftp[2][256];
    size_t tftp_count;
    int64_t tftp_http_port; /* of the first */
};
/* False with `cause`: no server serves the phone `device_name` here, or none is configured. */
bool em_home_servers_find(struct em *em, const char *device_name, struct em_home_servers *servers,
                          char cause[EM_CAUSE_ROOM]);

#endif
