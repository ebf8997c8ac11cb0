/* Whole files. These functions block: a plugin calls them in a job (job.h), never on the loop. */
#ifndef SOJOURN_BASE_FILE_H
#define SOJOURN_BASE_FILE_H

#include <sys/types.h>

#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds all of a file (or of what else can be read: a pipe, a terminal) to `text`, at most `most`
 * bytes. SJ_OK; SJ_E_NOT_FOUND, SJ_E_DENIED, SJ_E_LIMIT (the file has more, or `text` has no room
 * within its limit), SJ_E_NO_MEMORY, SJ_E_IO with a sentence that names the path; `text` holds a
 * part then. */
int sj_file_read(const char *path, size_t most, sj_text *text, sj_error *error);

/* The same of a file that is open, from where it stands; `path` is for the sentence alone. */
int sj_file_read_from(int file, const char *path, size_t most, sj_text *text, sj_error *error);

/* The first line of a file, without its end, as of one that holds a password: at most room - 1
 * bytes of it. SJ_E_INVALID when it is empty; else as sj_file_read. */
int sj_file_first_line(const char *path, char *line, size_t room, sj_error *error);

/* Makes or replaces a file, with exactly these permissions (such as 0600; the umask does not
 * count). At every moment, also when the power fails, the path leads to all of the old content or
 * to all of the new; when the function returns SJ_OK it is the new one that is on the disk. Until
 * then the new one is beside it, under a name that ends with ".part". SJ_E_DENIED, SJ_E_NO_MEMORY,
 * SJ_E_IO with a sentence that names the path: the old one stays. */
int sj_file_write(const char *path, const void *data, size_t length, mode_t mode, sj_error *error);

/* The same without waiting for the disk: readers see all of the old content or all of the new, but
 * a power failure may leave neither. For what is made anew at the next start. */
int sj_file_replace(const char *path, const void *data, size_t length, mode_t mode,
                    sj_error *error);

#ifdef __cplusplus
}
#endif
#endif
