/* The files this node can give: built from the store, kept while nothing changes, or read from the
 * file directory by a background job. One for both transports. */
#ifndef SJ_TFTP_FILE_SOURCE_H
#define SJ_TFTP_FILE_SOURCE_H

#include <sojourn/sojourn.h>

#include "file_cache.h"

struct file_source;

/* `found` is borrowed and NULL when there is no such file: then status is SJ_E_NOT_FOUND,
 * SJ_E_DENIED (a name that cannot be served) or what went wrong, and `reason` says it. */
typedef void (*file_found_fn)(void *user, int status, const char *reason, struct file *found);

struct file_source *file_source_open(sj_scope *scope, sj_error *error);
void file_source_close(struct file_source *source);

/* Calls `found` once: at once for phone files, later for files of the directory; never after
 * `asker` has closed. `name` need not be terminated. Publishes file.served. */
void file_source_ask(struct file_source *source, sj_scope *asker, const char *name, size_t length,
                     const sj_address *peer, bool http, file_found_fn found, void *user);

#endif
