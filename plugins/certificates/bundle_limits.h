/* How much work a PKCS#12 file asks for, bounded before any of it is done: whoever may write into
 * the exchange directory decides about the iterations of its MAC and of its encryption. Pure
 * (OpenSSL, no I/O). */
#ifndef SJ_CERTIFICATES_BUNDLE_LIMITS_H
#define SJ_CERTIFICATES_BUNDLE_LIMITS_H

#include <openssl/pkcs12.h>

#include <sojourn/error.h>

enum {
    BUNDLE_MOST_BYTES = 4 * 1024 * 1024,
    BUNDLE_MOST_PARTS = 8,
    BUNDLE_MOST_ITERATIONS =
        1000000, /* of MAC and encrypted parts together; common software writes 1 to 600,000 each */
    BUNDLE_MOST_KEY_BYTES = 64
};

/* SJ_OK when the MAC stays within the limits; its iterations are added to `iterations`. SJ_E_LIMIT
 * or SJ_E_INVALID with a sentence that names `file_name`. */
int bundle_limit_mac(const PKCS12 *file, const char *file_name, long *iterations, sj_error *error);

/* The same of part `number` (from 1), which is encrypted. What no iterations bound (scrypt) is
 * refused, and so is what this OpenSSL does not offer (RC2 with 40 bits), with the name of the
 * cipher. */
int bundle_limit_part(const PKCS7 *part, int number, const char *file_name, long *iterations,
                      sj_error *error);

#endif
