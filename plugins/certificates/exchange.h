/* The directory in which the clusters exchange their certificates, by SFTP or as a local directory.
 * All calls are asynchronous and belong to the scope of one operation. */
#ifndef SJ_CERTIFICATES_EXCHANGE_H
#define SJ_CERTIFICATES_EXCHANGE_H

#include <sojourn/sojourn.h>

#include "bundle.h"
#include "certificate_types.h"

struct exchange;

/* Reads the settings (bulk_certificate_management). NULL with a sentence when they are missing or
 * the password file cannot be read. Lives in `scope`. */
struct exchange *exchange_open(sj_scope *scope, sj_error *error);

/* Called once with SJ_OK, or with what went wrong. */
typedef void (*exchange_done_fn)(void *user, int status, const sj_error *error);

/* Fetches all files of the wanted types, STORE files or BULK files, and adds what they hold to
 * bundles[type]. `bundles` stays valid until then. A file of which nothing can be used is passed
 * over, whole: see exchange_skipped. Files are read and written as PKCS#12 on the pool. */
void exchange_gather(struct exchange *place, int wanted, bool bulk, struct bundle *bundles,
                     exchange_done_fn done, void *user);

/* The files that the last exchange_gather passed over, a sentence each. */
size_t exchange_skipped(const struct exchange *place, const char *const **sentences);

/* Looks whether the directory is there: what is written makes it. `done` is called with what goes
 * wrong only when nothing could be asked; exchange_is_new tells what was seen. */
void exchange_look(struct exchange *place, exchange_done_fn done, void *user);
bool exchange_is_new(const struct exchange *place);
/* Its URL, with a slash at its end. */
const char *exchange_directory(const struct exchange *place);

/* Writes bundles[type] of each wanted type that is not empty as PREFIX_TYPE.pkcs12. */
void exchange_write(struct exchange *place, int wanted, const char *prefix,
                    const struct bundle *bundles, exchange_done_fn done, void *user);

#endif
