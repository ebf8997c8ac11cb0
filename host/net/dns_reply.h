/* What a name server has answered, as records. Pure. */
#ifndef SJ_HOST_NET_DNS_REPLY_H
#define SJ_HOST_NET_DNS_REPLY_H

#include <ares.h>

#include <sojourn/dns.h>

struct dns_records {
    sj_dns_record *records; /* names lie in the same memory */
    size_t count;
    int64_t ttl_s; /* the lowest of all */
};

enum { SJ_DNS_RECORDS_MAX = 64 }; /* of one answer; more are passed over */

/* SJ_OK, SJ_E_NOT_FOUND when there is none of the type, SJ_E_PROTOCOL when it cannot be read,
 * SJ_E_NO_MEMORY. */
int sj_dns_reply_read(int type, const unsigned char *reply, int length, struct dns_records *out);
int sj_dns_reply_addresses(const struct ares_addrinfo *found, struct dns_records *out);
void sj_dns_records_free(struct dns_records *records);

/* Whether it can be the name of a host or service: labels of 1 to 63 characters of letters, digits,
 * "-" and "_", 253 in all; a dot at the end is allowed. */
bool sj_dns_name_valid(const char *name);

#endif
