/* Keys and self-signed certificates as values: making, reading, writing, naming them. Pure but for
 * OpenSSL's random numbers. */
#ifndef SJ_HOST_TLS_CERTIFICATE_H
#define SJ_HOST_TLS_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <sojourn/error.h>

#define SJ_FINGERPRINT_TEXT 65 /* SHA-256 in lower-case hex, with its NUL */

struct certificate_names {
    const char *common_name;  /* node */
    const char *organization; /* cluster id; "" leaves it out */
    const char *address;      /* IPv4 or IPv6 text; several: between commas */
};

EVP_PKEY *sj_key_make(bool rsa, sj_error *error);
/* Self-signed, valid from an hour ago for five years. */
X509 *sj_certificate_make(EVP_PKEY *key, const struct certificate_names *names, sj_error *error);

/* PEM text, to be freed with free(); NULL when out of memory. The key is not encrypted. */
char *sj_certificate_pem(X509 *certificate);
char *sj_key_pem(EVP_PKEY *key);
/* The first certificate or key in PEM text; NULL when there is none. Never asks for a password. */
X509 *sj_certificate_parse(const char *pem, size_t length);
EVP_PKEY *sj_key_parse(const char *pem, size_t length);

/* When it ends, in ms since 1970; 0 when it does not say so. */
int64_t sj_certificate_not_after_ms(const X509 *certificate);

void sj_certificate_fingerprint(const X509 *certificate, unsigned char fingerprint[32]);
void sj_fingerprint_format(const unsigned char fingerprint[32], char text[SJ_FINGERPRINT_TEXT]);
/* Reads 64 hex digits; false otherwise. */
bool sj_fingerprint_parse(const char *text, unsigned char fingerprint[32]);

#endif
