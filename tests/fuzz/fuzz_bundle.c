/* PKCS#12 files from the exchange directory: whatever they hold, they never make the node spend
 * more than the iterations that bundle_limits.h allows, and what is read is written and read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "plugins/certificates/bundle.h"
#include "plugins/certificates/bundle_limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_PKCS12_verify_mac(PKCS12 *file, const char *password, int length);
int __real_PKCS12_verify_mac(PKCS12 *file, const char *password, int length);
STACK_OF(PKCS12_SAFEBAG) *
    __wrap_PKCS12_unpack_p7encdata(PKCS7 *part, const char *password, int length);
STACK_OF(PKCS12_SAFEBAG) *
    __real_PKCS12_unpack_p7encdata(PKCS7 *part, const char *password, int length);

static int64_t spent;

static void spend(const ASN1_INTEGER *count) {
    int64_t more = 1;
    if ((count != NULL && ASN1_INTEGER_get_int64(&more, count) != 1) || more < 1 ||
        more > BUNDLE_MOST_ITERATIONS || (spent += more) > BUNDLE_MOST_ITERATIONS) {
        abort();
    }
}

int __wrap_PKCS12_verify_mac(PKCS12 *file, const char *password, int length) {
    const ASN1_INTEGER *count = NULL;
    PKCS12_get0_mac(NULL, NULL, NULL, &count, file);
    spend(count);
    return __real_PKCS12_verify_mac(file, password, length);
}

STACK_OF(PKCS12_SAFEBAG) *
    __wrap_PKCS12_unpack_p7encdata(PKCS7 *part, const char *password, int length) {
    const X509_ALGOR *algorithm = part->d.encrypted->enc_data->algorithm;
    PBE2PARAM *second =
        OBJ_obj2nid(algorithm->algorithm) == NID_pbes2
            ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter)
            : NULL;
    if (second != NULL) {
        PBKDF2PARAM *key =
            ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), second->keyfunc->parameter);
        if (key != NULL) {
            spend(key->iter);
        }
        PBKDF2PARAM_free(key);
    } else {
        PBEPARAM *first = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
        if (first != NULL) {
            spend(first->iter);
        }
        PBEPARAM_free(first);
    }
    PBE2PARAM_free(second);
    return __real_PKCS12_unpack_p7encdata(part, password, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bundle read = {0}, again = {0};
    sj_error error = {0};
    unsigned char *written = NULL;
    size_t length = 0;
    spent = 0;
    if (bundle_decode(data, size, "input", &read, &error) != SJ_OK) {
        if (error.text[0] == '\0') {
            abort();
        }
    } else if (read.count > 0) {
        spent = 0;
        if (bundle_encode(&read, &written, &length, &error) != SJ_OK ||
            bundle_decode(written, length, "again", &again, &error) != SJ_OK ||
            again.count != read.count) {
            abort();
        }
    }
    free(written);
    bundle_free(&read);
    bundle_free(&again);
    return 0;
}
