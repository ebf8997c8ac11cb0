/* The names that a certificate bears, as text. Pure. */
#include "host/tls/names.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool is_plain(const unsigned char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] == 0x7f) {
            return false;
        }
    }
    return length > 0;
}

static void add(struct tls_names *names, const char *kind, const unsigned char *text,
                size_t length) {
    char *name =
        names->count < SJ_TLS_NAMES_MAX && is_plain(text, length) ? malloc(length + 8) : NULL;
    if (name != NULL) {
        (void)snprintf(name, length + 8, "%s:%.*s", kind, (int)length, (const char *)text);
        names->names[names->count++] = name;
    }
}

static void add_alternatives(struct tls_names *names, X509 *certificate) {
    GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; all != NULL && i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);
        if (one->type == GEN_DNS || one->type == GEN_URI) {
            const ASN1_IA5STRING *text =
                one->type == GEN_DNS ? one->d.dNSName : one->d.uniformResourceIdentifier;
            add(names, one->type == GEN_DNS ? "DNS" : "URI", ASN1_STRING_get0_data(text),
                (size_t)ASN1_STRING_length(text));
        } else if (one->type == GEN_IPADD) {
            const int length = ASN1_STRING_length(one->d.iPAddress);
            char text[INET6_ADDRSTRLEN];
            if ((length == 4 || length == 16) &&
                inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(one->d.iPAddress),
                          text, sizeof text) != NULL) {
                add(names, "IP", (const unsigned char *)text, strlen(text));
            }
        }
    }
    GENERAL_NAMES_free(all);
}

/* The last common name of the subject, which is the most specific. */
static void take_common_name(struct tls_names *names, const X509_NAME *subject) {
    int last = -1, next;
    unsigned char *text = NULL;
    while ((next = X509_NAME_get_index_by_NID(subject, NID_commonName, last)) >= 0) {
        last = next;
    }
    if (last >= 0) {
        const int length = ASN1_STRING_to_UTF8(
            &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
        if (length > 0 && (size_t)length < sizeof names->common_name &&
            is_plain(text, (size_t)length)) {
            memcpy(names->common_name, text, (size_t)length);
        }
        OPENSSL_free(text);
    }
}

struct tls_names *sj_tls_names_of(X509 *certificate) {
    struct tls_names *names = calloc(1, sizeof *names);
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    if (names == NULL || bio == NULL) {
        BIO_free(bio);
        free(names);
        return NULL;
    }
    take_common_name(names, X509_get_subject_name(certificate));
    (void)X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0,
                             XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    const long length = BIO_get_mem_data(bio, &data);
    if (length > 0) {
        (void)snprintf(names->subject, sizeof names->subject, "%.*s", (int)length, data);
    }
    BIO_free(bio);
    add_alternatives(names, certificate);
    ERR_clear_error();
    return names;
}

void sj_tls_names_free(struct tls_names *names) {
    for (size_t i = 0; names != NULL && i < names->count; i++) {
        free(names->names[i]);
    }
    free(names);
}
