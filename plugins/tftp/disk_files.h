/* Files of the file directory: read whole by a background job, shared by all who ask for the same
 * one meanwhile, kept while there is room, and looked at again (not read again) for each request.
 */
#ifndef SJ_TFTP_DISK_FILES_H
#define SJ_TFTP_DISK_FILES_H

#include <sojourn/base/list.h>
#include <sojourn/sojourn.h>

#include "file_cache.h"
#include "file_name.h"

enum {
    MOST_FILE_BYTES = 64 * 1024 * 1024,
    MOST_KEPT_BYTES = 128 * 1024 * 1024, /* of files in memory that are kept for the next request */
    MOST_BYTES =
        512 * 1024 * 1024, /* of all files in memory, those that are still being sent included */
    MOST_READINGS = 64,    /* at once */
};

struct disk_files {
    sj_scope *scope;
    sj_list_head readings;
    sj_list_head kept; /* files, the one asked for last first */
    size_t readings_count, kept_bytes;
    size_t bytes; /* of all that are in memory */
};

/* `status` SJ_OK with the file (borrowed); SJ_E_NOT_FOUND; SJ_E_LIMIT when too much is being read;
 * SJ_E_IO; with a reason. */
typedef void (*disk_found_fn)(void *user, int status, const char *reason, struct file *found);

void disk_files_open(struct disk_files *files, sj_scope *scope);
void disk_files_close(struct disk_files *files);

/* Calls `found` once, later; never after `asker` has begun to close. `name` is a safe one
 * (file_name_safe). */
void disk_files_ask(struct disk_files *files, sj_scope *asker, const char *name,
                    disk_found_fn found, void *user);

#endif
