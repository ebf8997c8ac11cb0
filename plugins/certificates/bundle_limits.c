/* Reads the iteration counts and ciphers of a PKCS#12 file and refuses what costs too much. */
#include "bundle_limits.h"

#include <stdbool.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

/* Adds `count`; false when it is no count, or more than all may be together. */
static bool add(long *iterations, const ASN1_INTEGER *count) {
    const long more = count == NULL ? 1 : ASN1_INTEGER_get(count);
    if (more < 1 || more > BUNDLE_MOST_ITERATIONS - *iterations) {
        return false;
    }
    *iterations += more;
    return true;
}

static int too_many(const char *file_name, const char *of, sj_error *error) {
    return sj_error_set(error, SJ_E_LIMIT,
                        "%s: expected at most %d iterations of MAC and encryption together, got "
                        "more with %s, or no count: "
                        "write the file with fewer (2048 are common)",
                        file_name, BUNDLE_MOST_ITERATIONS, of);
}

int bundle_limit_mac(const PKCS12 *file, const char *file_name, long *iterations, sj_error *error) {
    const ASN1_INTEGER *count = NULL;
    PKCS12_get0_mac(NULL, NULL, NULL, &count, file);
    return add(iterations, count) ? SJ_OK : too_many(file_name, "its MAC", error);
}

static int not_offered(const char *file_name, int number, int cipher, sj_error *error) {
    return sj_error_set(error, SJ_E_INVALID,
                        "%s: part %d is encrypted with %s, which is not offered here: expected no "
                        "encryption, or AES with PBKDF2",
                        file_name, number,
                        cipher == NID_undef ? "an unknown cipher" : OBJ_nid2ln(cipher));
}

static bool cipher_offered(int cipher) {
    EVP_CIPHER *found =
        cipher == NID_undef ? NULL : EVP_CIPHER_fetch(NULL, OBJ_nid2sn(cipher), NULL);
    const bool offered = found != NULL;
    EVP_CIPHER_free(found);
    ERR_clear_error();
    return offered;
}

/* PKCS#5, version 1, and PKCS#12: one algorithm for cipher and iterations. */
static int limit_pbe(const X509_ALGOR *algorithm, int number, const char *file_name,
                     long *iterations, sj_error *error) {
    const int scheme = OBJ_obj2nid(algorithm->algorithm);
    int cipher = NID_undef;
    PBEPARAM *parameters =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
    int status = SJ_OK;
    if (EVP_PBE_find(EVP_PBE_TYPE_OUTER, scheme, &cipher, NULL, NULL) != 1 ||
        !cipher_offered(cipher)) {
        status = not_offered(file_name, number, scheme, error);
    } else if (parameters == NULL || !add(iterations, parameters->iter)) {
        status = too_many(file_name, "an encrypted part", error);
    }
    PBEPARAM_free(parameters);
    return status;
}

/* PKCS#5, version 2: a cipher, and a function for its key. */
static int limit_pbes2(const X509_ALGOR *algorithm, int number, const char *file_name,
                       long *iterations, sj_error *error) {
    PBE2PARAM *parameters =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
    const bool whole =
        parameters != NULL && parameters->keyfunc != NULL && parameters->encryption != NULL;
    const int cipher = whole ? OBJ_obj2nid(parameters->encryption->algorithm) : NID_undef;
    const int function = whole ? OBJ_obj2nid(parameters->keyfunc->algorithm) : NID_undef;
    PBKDF2PARAM *key =
        function == NID_id_pbkdf2
            ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), parameters->keyfunc->parameter)
            : NULL;
    int status = SJ_OK;
    if (!cipher_offered(cipher)) {
        status = not_offered(file_name, number, cipher, error);
    } else if (function != NID_id_pbkdf2) {
        status = not_offered(file_name, number, function, error);
    } else if (key == NULL || !add(iterations, key->iter) ||
               (key->keylength != NULL &&
                (ASN1_INTEGER_get(key->keylength) < 1 ||
                 ASN1_INTEGER_get(key->keylength) > BUNDLE_MOST_KEY_BYTES))) {
        status = too_many(file_name, "an encrypted part", error);
    }
    PBKDF2PARAM_free(key);
    PBE2PARAM_free(parameters);
    return status;
}

int bundle_limit_part(const PKCS7 *part, int number, const char *file_name, long *iterations,
                      sj_error *error) {
    const PKCS7_ENC_CONTENT *content =
        OBJ_obj2nid(part->type) == NID_pkcs7_encrypted && part->d.encrypted != NULL
            ? part->d.encrypted->enc_data
            : NULL;
    const X509_ALGOR *algorithm = content == NULL ? NULL : content->algorithm;
    if (algorithm == NULL || content->enc_data == NULL) {
        return sj_error_set(error, SJ_E_INVALID, "%s: part %d is encrypted and does not say how",
                            file_name, number);
    }
    return OBJ_obj2nid(algorithm->algorithm) == NID_pbes2
               ? limit_pbes2(algorithm, number, file_name, iterations, error)
               : limit_pbe(algorithm, number, file_name, iterations, error);
}
