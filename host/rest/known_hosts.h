/* The host names under which this node is reached. */
#ifndef HOST_REST_KNOWN_HOSTS_H
#define HOST_REST_KNOWN_HOSTS_H

struct rest;

/* From now on requests that name another host are answered 421. */
void rest_known_hosts_open(struct rest *rest);

#endif
