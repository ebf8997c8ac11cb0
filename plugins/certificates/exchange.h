/* The directory in which the clusters exchange their certificates, by SFTP or as a local directory. All calls are asynchronous
 * and belong to the scope of one operation. */
#ifndef SJ_CERTIFICATES_EXCHANGE_H
#define SJ_CERTIFICATES_EXCHANGE_H

#include <sojourn/sojourn.h>

#include "bundle.h"
#include "certificate_types.h"

typedef struct exchange exchange;

/* Reads the settings (bulk_certificate_management). NULL with a sentence when they are missing or the password file cannot be
 * read. Lives in `scope`. */
exchange *exchange_open(sj_scope *scope, sj_error *error);

/* Called once with SJ_OK, or with what went wrong. */
typedef void (*exchange_done_fn)(void *user, int status, const sj_error *error);

/* Fetches all files of the wanted types, STORE files or BULK files, and adds what they hold to bundles[type]. `bundles` stays
 * valid until then. */
void exchange_gather(exchange *place, int wanted, bool bulk, bundle *bundles, exchange_done_fn done, void *user);

/* Writes bundles[type] of each wanted type that is not empty as PREFIX_TYPE.pkcs12. */
void exchange_write(exchange *place, int wanted, const char *prefix, const bundle *bundles, exchange_done_fn done, void *user);

#endif
