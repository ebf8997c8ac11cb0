/* Whether only the right users can write, or read, a file. */
#include "host/core/file_guard.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int judge(const struct stat *status, enum sj_guard guard, const char *path,
                 sj_error *error) {
    const unsigned mode = (unsigned)status->st_mode & 07777u;
    if (guard == SJ_GUARD_SECRET && (mode & 077u) != 0) {
        return sj_error_set(error, SJ_E_IO,
                            "%s: expected a file that only the node may read (mode 0600), got mode "
                            "%04o; run \"chmod 600 %s\"; others may have read it: replace it",
                            path, mode, path);
    }
    if (guard == SJ_GUARD_TRUSTED && (mode & 02u) != 0) {
        return sj_error_set(error, SJ_E_IO,
                            "%s: expected a file or directory that others cannot write, as the "
                            "node acts on it, got mode %04o; "
                            "run \"chmod o-w %s\"",
                            path, mode, path);
    }
    return SJ_OK;
}

int sj_guarded(int file, enum sj_guard guard, const char *path, sj_error *error) {
    struct stat status;
    if (fstat(file, &status) != 0) {
        return sj_error_set(error, SJ_E_IO, "%s cannot be examined: %s", path, strerror(errno));
    }
    return judge(&status, guard, path, error);
}

int sj_guarded_path(const char *path, enum sj_guard guard, sj_error *error) {
    struct stat status;
    if (stat(path, &status) != 0) {
        return errno == ENOENT ? SJ_OK
                               : sj_error_set(error, SJ_E_IO, "%s cannot be examined: %s", path,
                                              strerror(errno));
    }
    return judge(&status, guard, path, error);
}
