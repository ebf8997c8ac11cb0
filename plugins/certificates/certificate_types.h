/* Certificate types of the exchange, the files that carry them, and the kinds of certificates
 * inside. Pure. */
#ifndef SJ_CERTIFICATES_CERTIFICATE_TYPES_H
#define SJ_CERTIFICATES_CERTIFICATE_TYPES_H

#include <stdbool.h>
#include <stddef.h>

struct certificate_type {
    const char *name;     /* as in file names: tomcat, tftp, capf, itlrecovery */
    const char *kinds[3]; /* NULL-terminated */
};

enum { CERTIFICATE_TYPES = 4 };
extern const struct certificate_type certificate_types[CERTIFICATE_TYPES];

/* Whether a type is wanted: `wanted` is 0 for all, else 1 + its index. */
bool certificate_type_wanted(int wanted, size_t index);

/* The type of a file: NODE_TYPE.pkcs12 (STORE), or ADDRESS_bulk_TYPE.pkcs12 (BULK) when `bulk`. -1
 * when it is none. */
int certificate_type_of_file(const char *file_name, bool bulk);

#endif
