/* Until when the certificates hold that this node shows, and those that it trusts: for /metrics. */
#ifndef SJ_HOST_TLS_EXPIRY_H
#define SJ_HOST_TLS_EXPIRY_H

#include <sojourn/base/text.h>

struct node;

/* Adds the family sojourn_certificate_expiry_timestamp_seconds, a line for each certificate. */
void sj_tls_add_expiry(sj_text *text, struct node *node);

#endif
