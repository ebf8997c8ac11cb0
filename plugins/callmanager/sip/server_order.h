/* Which SRV records serve a transport, and in which order they are tried (RFC 3263, RFC 2782).
 * Pure. */
#ifndef CALLMANAGER_SERVER_ORDER_H
#define CALLMANAGER_SERVER_ORDER_H

#include "sip/sip_flow.h"

#include <sojourn/dns.h>

/* "_sip._tcp." of a transport, to be put before the domain. */
const char *server_order_prefix(sj_sip_transport transport);

/* The NAPTR record that leads to the SRV records of that transport, or NULL. Others are not for it:
 * nothing falls back to another transport than the one that is configured. */
const sj_dns_record *server_order_naptr(const sj_dns_record *records, size_t count,
                                        sj_sip_transport transport);

/* Puts the SRV records in the order in which they are tried: lower priorities first, within one at
 * random by weight. Returns how many there are to try: 0 for a single "." (the domain has no such
 * service). */
size_t server_order_srv(sj_dns_record *records, size_t count, uint32_t (*random)(void *user),
                        void *user);

#endif
