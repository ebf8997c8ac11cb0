/* Writes and reads PKCS#12 bundles of certificates. What a file asks for is bounded before it is
 * done. */
#include "bundle.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <sojourn/base/array.h>
#include <sojourn/base/hex.h>
#include <sojourn/base/text.h>

#include "bundle_limits.h"

static const char *const known_kinds[] = {"tomcat", "CallManager", "CAPF", "TVS", "ITLRecovery"};
static const char name_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:";

static bool known_kind(const char *kind) {
    for (size_t i = 0; i < sizeof known_kinds / sizeof known_kinds[0]; i++) {
        if (strcmp(kind, known_kinds[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int64_t time_of(const ASN1_TIME *when) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    return ASN1_TIME_to_tm(when, &parts) == 1 ? (int64_t)timegm(&parts) * 1000 : 0;
}

static void describe_key(const X509 *certificate, struct bundle_entry *entry) {
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key != NULL) {
        const char *name = EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1
                               ? "RSA"
                           : EVP_PKEY_is_a(key, "EC") == 1 ? "EC"
                                                           : EVP_PKEY_get0_type_name(key);
        (void)snprintf(entry->key_type, sizeof entry->key_type, "%s", sj_or_empty(name));
        entry->key_bits = EVP_PKEY_get_bits(key);
    }
}

static char *to_pem(X509 *certificate) {
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL, *data;
    if (memory != NULL && PEM_write_bio_X509(memory, certificate) == 1) {
        long length = BIO_get_mem_data(memory, &data);
        text = length > 0 ? strndup(data, (size_t)length) : NULL;
    }
    BIO_free(memory);
    return text;
}

static X509 *from_pem(const char *pem) {
    BIO *memory = BIO_new_mem_buf(pem, -1);
    X509 *certificate = memory == NULL ? NULL : PEM_read_bio_X509(memory, NULL, NULL, NULL);
    BIO_free(memory);
    ERR_clear_error();
    return certificate;
}

/* Takes the entry's certificate over, unless it is there already. */
static int append(struct bundle *all, struct bundle_entry *entry, sj_error *error) {
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->entries[i].fingerprint, entry->fingerprint) == 0 &&
            strcmp(all->entries[i].cluster_id, entry->cluster_id) == 0 &&
            strcmp(all->entries[i].kind, entry->kind) == 0) {
            return SJ_OK;
        }
    }
    if (all->count == BUNDLE_MOST_ENTRIES) {
        return sj_error_set(error, SJ_E_LIMIT, "more than %d certificates of a kind",
                            BUNDLE_MOST_ENTRIES);
    }
    if (!sj_array_room(&all->entries, &all->room, all->count + 1, sizeof *all->entries)) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot keep the certificate");
    }
    all->entries[all->count++] = *entry;
    entry->pem = NULL;
    return SJ_OK;
}

static int add_certificate(struct bundle *all, const char *cluster_id, const char *node,
                           const char *kind, X509 *certificate, sj_error *error) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_length = 0;
    struct bundle_entry entry;
    memset(&entry, 0, sizeof entry);
    if (!known_kind(kind) || strlen(cluster_id) >= sizeof entry.cluster_id ||
        strlen(node) >= sizeof entry.node) {
        return sj_error_set(
            error, SJ_E_INVALID,
            "a certificate of cluster %.50s, node %.50s has the kind \"%.20s\", which is not known",
            cluster_id, node, kind);
    }
    if (X509_digest(certificate, EVP_sha256(), digest, &digest_length) != 1 ||
        digest_length != 32) {
        return sj_error_set(error, SJ_E_INVALID,
                            "the certificate of cluster %s, node %s cannot be digested", cluster_id,
                            node);
    }
    sj_hex_write(digest, digest_length, entry.fingerprint);
    (void)snprintf(entry.cluster_id, sizeof entry.cluster_id, "%s", cluster_id);
    (void)snprintf(entry.node, sizeof entry.node, "%s", node);
    (void)snprintf(entry.kind, sizeof entry.kind, "%s", kind);
    (void)X509_NAME_oneline(X509_get_subject_name(certificate), entry.subject,
                            (int)sizeof entry.subject);
    entry.not_before = time_of(X509_get0_notBefore(certificate));
    entry.not_after = time_of(X509_get0_notAfter(certificate));
    describe_key(certificate, &entry);
    entry.pem = to_pem(certificate);
    if (entry.pem == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot keep the certificate");
    }
    const int status = append(all, &entry, error);
    free(entry.pem);
    return status;
}

int bundle_add_pem(struct bundle *all, const char *cluster_id, const char *node, const char *kind,
                   const char *pem, sj_error *error) {
    X509 *certificate = from_pem(pem);
    if (certificate == NULL) {
        return sj_error_set(error, SJ_E_INVALID,
                            "what is kept as the %s certificate of node %s is not a certificate",
                            kind, node);
    }
    int status = add_certificate(all, cluster_id, node, kind, certificate, error);
    X509_free(certificate);
    return status;
}

int bundle_take(struct bundle *all, struct bundle *more, sj_error *error) {
    int status = SJ_OK;
    for (size_t i = 0; i < more->count && status == SJ_OK; i++) {
        status = append(all, &more->entries[i], error);
    }
    bundle_free(more);
    return status;
}

static bool push_named(STACK_OF(X509) * stack, const struct bundle_entry *entry) {
    char name[400];
    X509 *certificate = from_pem(entry->pem);
    int length =
        snprintf(name, sizeof name, "%s/%s/%s", entry->cluster_id, entry->node, entry->kind);
    if (certificate == NULL ||
        X509_alias_set1(certificate, (const unsigned char *)name, length) != 1 ||
        sk_X509_push(stack, certificate) == 0) {
        X509_free(certificate);
        return false;
    }
    return true;
}

int bundle_encode(const struct bundle *all, unsigned char **data, size_t *length, sj_error *error) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    PKCS12 *file = NULL;
    bool complete = stack != NULL;
    *data = NULL;
    for (size_t i = 0; complete && i < all->count; i++) {
        complete = push_named(stack, &all->entries[i]);
    }
    if (complete) {
        /* -1: neither certificates nor keys are encrypted; the MAC is set with SHA-256 below. */
        file = PKCS12_create("", NULL, NULL, NULL, stack, -1, -1, 0, -1, 0);
        complete = file != NULL && PKCS12_set_mac(file, "", 0, NULL, 0, 2048, EVP_sha256()) == 1;
    }
    int size = complete ? i2d_PKCS12(file, data) : -1;
    PKCS12_free(file);
    sk_X509_pop_free(stack, X509_free);
    ERR_clear_error();
    if (size <= 0) {
        return sj_error_set(error, SJ_E_INTERNAL, "the certificates cannot be written as PKCS#12");
    }
    *length = (size_t)size;
    return SJ_OK;
}

static int decode_bag(PKCS12_SAFEBAG *bag, const char *file_name, struct bundle *all,
                      sj_error *error) {
    int bag_kind = PKCS12_SAFEBAG_get_nid(bag);
    if (bag_kind == NID_keyBag || bag_kind == NID_pkcs8ShroudedKeyBag) {
        return sj_error_set(
            error, SJ_E_DENIED,
            "%s holds a private key, which does not belong there: the file is not used", file_name);
    }
    if (bag_kind != NID_certBag || PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) {
        return SJ_OK;
    }
    X509 *certificate = PKCS12_SAFEBAG_get1_cert(bag);
    char *friendly = PKCS12_get_friendlyname(bag);
    char *node = friendly == NULL ? NULL : strchr(friendly, '/');
    char *kind = node == NULL ? NULL : strchr(node + 1, '/');
    int status;
    if (certificate == NULL || kind == NULL) {
        status = sj_error_set(
            error, SJ_E_INVALID,
            "%s: a certificate has no friendly name of the form CLUSTER/NODE/KIND", file_name);
    } else {
        *node++ = '\0';
        *kind++ = '\0';
        if (friendly[0] == '\0' || friendly[strspn(friendly, name_characters)] != '\0' ||
            node[strspn(node, name_characters)] != '\0') {
            status = sj_error_set(error, SJ_E_INVALID,
                                  "%s: \"%.60s\" is not a cluster id, or \"%.60s\" no node name",
                                  file_name, friendly, node);
        } else {
            status = add_certificate(all, friendly, node, kind, certificate, error);
        }
    }
    OPENSSL_free(friendly);
    X509_free(certificate);
    return status;
}

/* The bags of part `number`; NULL with a sentence. Nothing is computed before the limits are known
 * to hold. */
static STACK_OF(PKCS12_SAFEBAG) *
    unpack_part(PKCS7 *part, int number, const char *file_name, long *iterations, sj_error *error) {
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    if (OBJ_obj2nid(part->type) == NID_pkcs7_data) {
        bags = PKCS12_unpack_p7data(part);
    } else if (OBJ_obj2nid(part->type) != NID_pkcs7_encrypted) {
        (void)sj_error_set(error, SJ_E_INVALID,
                           "%s: part %d is neither plain nor encrypted with a password", file_name,
                           number);
        return NULL;
    } else if (bundle_limit_part(part, number, file_name, iterations, error) != SJ_OK) {
        return NULL;
    } else {
        bags = PKCS12_unpack_p7encdata(part, "", 0);
    }
    if (bags == NULL) {
        (void)sj_error_set(
            error, SJ_E_INVALID,
            "%s: part %d cannot be read: encrypted otherwise than with the empty password?",
            file_name, number);
    }
    return bags;
}

static int decode_parts(STACK_OF(PKCS7) * parts, const char *file_name, long iterations,
                        struct bundle *all, sj_error *error) {
    int status = SJ_OK;
    if (parts == NULL) {
        return sj_error_set(error, SJ_E_INVALID, "%s: its content cannot be read", file_name);
    }
    if (sk_PKCS7_num(parts) > BUNDLE_MOST_PARTS) {
        return sj_error_set(error, SJ_E_LIMIT, "%s: expected at most %d parts, got %d", file_name,
                            BUNDLE_MOST_PARTS, sk_PKCS7_num(parts));
    }
    for (int i = 0; status == SJ_OK && i < sk_PKCS7_num(parts); i++) {
        STACK_OF(PKCS12_SAFEBAG) *bags =
            unpack_part(sk_PKCS7_value(parts, i), i + 1, file_name, &iterations, error);
        status = bags == NULL ? error->code : SJ_OK;
        for (int k = 0; status == SJ_OK && k < sk_PKCS12_SAFEBAG_num(bags); k++) {
            status = decode_bag(sk_PKCS12_SAFEBAG_value(bags, k), file_name, all, error);
        }
        sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    }
    return status;
}

static int decode_file(PKCS12 *file, const char *file_name, struct bundle *all, sj_error *error) {
    long iterations = 0;
    if (file == NULL || PKCS12_mac_present(file) != 1) {
        return sj_error_set(error, SJ_E_INVALID,
                            "%s is not a PKCS#12 file with a MAC, or it is cut short", file_name);
    }
    int status = bundle_limit_mac(file, file_name, &iterations, error);
    if (status != SJ_OK) {
        return status;
    }
    if (PKCS12_verify_mac(file, "", 0) != 1) {
        return sj_error_set(error, SJ_E_INVALID,
                            "%s is not a PKCS#12 file with the empty password, or it is damaged",
                            file_name);
    }
    STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(file);
    status = decode_parts(parts, file_name, iterations, all, error);
    sk_PKCS7_pop_free(parts, PKCS7_free);
    return status;
}

int bundle_decode(const unsigned char *data, size_t length, const char *file_name,
                  struct bundle *all, sj_error *error) {
    const unsigned char *at = data;
    sj_error own;
    error = error != NULL ? error : &own;
    if (length > BUNDLE_MOST_BYTES) {
        return sj_error_set(error, SJ_E_LIMIT, "%s: expected at most %d bytes, got %zu", file_name,
                            BUNDLE_MOST_BYTES, length);
    }
    PKCS12 *file = d2i_PKCS12(NULL, &at, (long)length);
    const int status = decode_file(file, file_name, all, error);
    PKCS12_free(file);
    ERR_clear_error();
    return status;
}

void bundle_free(struct bundle *all) {
    for (size_t i = 0; i < all->count; i++) {
        free(all->entries[i].pem);
    }
    free(all->entries);
    memset(all, 0, sizeof *all);
}
