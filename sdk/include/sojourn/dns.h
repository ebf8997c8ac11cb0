/* The DNS, asked on the loop. Answers are kept by the node for as long as they hold, refusals for a
 * while, so that asking again costs nothing; what was known of a name is still given out, marked as
 * stale, while no name server answers. */
#ifndef SOJOURN_DNS_H
#define SOJOURN_DNS_H

#include "scope.h"

typedef enum sj_dns_type {
    SJ_DNS_ADDRESSES, /* A and AAAA records, and what the system's hosts file says */
    SJ_DNS_SRV,
    SJ_DNS_NAPTR,
} sj_dns_type;

typedef struct sj_dns_record {
    sj_address address;          /* addresses: with port 0 */
    const char *name;            /* SRV: the target; NAPTR: the replacement; else "" */
    const char *service, *flags; /* NAPTR; else "" */
    uint16_t priority, weight;   /* SRV; NAPTR: order and preference */
    uint16_t port;               /* SRV */
} sj_dns_record;

struct sj_dns_answer {
    size_t size;
    int status;         /* SJ_OK; SJ_E_NOT_FOUND: there is no such name or no record of the type;
                           SJ_E_UNAVAILABLE: no server says */
    const char *reason; /* in words, "" with SJ_OK */
    const sj_dns_record *records;
    size_t count;
    int64_t fresh_ms; /* for how long it holds; asking again before gives the same */
    bool stale;       /* it holds no longer, and no server could be asked anew */
};

/* sj_handle *sj_dns_ask(sj_scope *scope, const char *name, sj_dns_type type, sj_dns_fn done, void
 * *user, sj_error *error) done(user, answer) follows once, later from the loop, unless the scope or
 * the handle is closed before; what it points to is valid during the call. NULL: SJ_E_INVALID (no
 * DNS name), SJ_E_LIMIT (too many are being asked for), SJ_E_NO_MEMORY, SJ_E_STOPPING. */
#define sj_dns_ask(scope, name, type, done, user, error)                                           \
    ((scope)->host->dns_ask((scope), SJ_HERE, (name), (int)(type), (done), (user), (error)))

#endif
