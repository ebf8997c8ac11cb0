/* The names that a certificate bears, as text. Pure. */
#ifndef SJ_HOST_TLS_NAMES_H
#define SJ_HOST_TLS_NAMES_H

#include <stddef.h>

#include <openssl/x509.h>

enum { SJ_TLS_NAMES_MAX = 64 };

struct tls_names {
    char subject[512], common_name[256];
    char *names[SJ_TLS_NAMES_MAX]; /* "DNS:...", "URI:...", "IP:..." */
    size_t count;
};

/* NULL when out of memory. A name with a NUL or a control character inside is left out: it could
 * pass for another. */
struct tls_names *sj_tls_names_of(X509 *certificate);
void sj_tls_names_free(struct tls_names *names);

#endif
