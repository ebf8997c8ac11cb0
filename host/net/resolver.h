/* The DNS, asked through c-ares on the loop, with a cache. Explained in <sojourn/dns.h>. */
#ifndef SJ_HOST_NET_RESOLVER_H
#define SJ_HOST_NET_RESOLVER_H

#include <sojourn/types.h>

struct node;

int sj_resolver_open(struct node *node, sj_error *error);
void sj_resolver_close(struct node *node);

sj_handle *sj_host_dns_ask(sj_scope *scope, const char *here, const char *name, int type, sj_dns_fn done, void *user,
                           sj_error *error);

#endif
