/* The DNS, asked through c-ares on the loop, with a cache. Explained in <sojourn/dns.h>. */
#ifndef SJ_HOST_NET_RESOLVER_H
#define SJ_HOST_NET_RESOLVER_H

#include <sojourn/base/list.h>
#include <sojourn/dns.h>

#include "host/core/later.h"

struct node;
struct dns_entry;

int sj_resolver_open(struct node *node, sj_error *error);
void sj_resolver_close(struct node *node);

/* Who waits for what is known of a name; part of what belongs to a part of the host. All zero while
 * it does not. */
struct dns_waiter {
    sj_list_link link; /* of the entry */
    struct dns_entry *entry;
    struct later deliver;
    void (*heard)(struct dns_waiter *waiter, const sj_dns_answer *answer);
};

/* heard() follows once, later from the loop, unless the waiter leaves before. The errors are those
 * of sj_dns_ask. */
int sj_resolver_ask(struct node *node, struct dns_waiter *waiter, const char *name, int type,
                    void (*heard)(struct dns_waiter *waiter, const sj_dns_answer *answer),
                    sj_error *error);
void sj_resolver_cancel(struct dns_waiter *waiter);

sj_handle *sj_host_dns_ask(sj_scope *scope, const char *here, const char *name, int type,
                           sj_dns_fn done, void *user, sj_error *error);

#endif
