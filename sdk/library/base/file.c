/* Whole files. Touches the file, a temporary one beside it, and their
 * directory. */
#include <sojourn/base/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART ".part"

enum { PIECE = 16 * 1024 };

static int refuse(sj_error *error, const char *path, const char *what, int why) {
    return sj_error_set(error,
                        why == ENOENT || why == ENOTDIR ? SJ_E_NOT_FOUND
                        : why == EACCES || why == EPERM ? SJ_E_DENIED
                        : why == ENOMEM                 ? SJ_E_NO_MEMORY
                                                        : SJ_E_IO,
                        "%.400s cannot be %s: %s", path, what, strerror(why));
}

/* 0, or errno; EFBIG when there is more than `most`. */
static int read_all(int file, size_t most, sj_text *text) {
    const size_t before = text->length;
    for (;;) {
        const size_t left = most - (text->length - before);
        const size_t wanted = left < PIECE ? left : PIECE;
        if (!sj_text_reserve(text, wanted)) {
            return ENOMEM;
        }
        /* One more, where the NUL will be, tells whether there is more. */
        const ssize_t count = read(file, text->data + text->length, wanted + 1);
        if (count > 0 && (size_t)count > left) {
            return EFBIG;
        }
        if (count > 0) {
            text->length += (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            text->data[text->length] = '\0';
            return count == 0 ? 0 : errno;
        }
    }
}

int sj_file_read_from(int file, const char *path, size_t most, sj_text *text, sj_error *error) {
    if (text->limit > 0 && most > text->limit - text->length) {
        most = text->limit - text->length;
    }
    const int why = read_all(file, most, text);
    if (why == EFBIG) {
        return sj_error_set(error, SJ_E_LIMIT,
                            "%.400s cannot be read: expected at most %zu bytes, it has more", path,
                            most);
    }
    return why == 0 ? SJ_OK : refuse(error, path, "read", why);
}

int sj_file_read(const char *path, size_t most, sj_text *text, sj_error *error) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return refuse(error, path, "read", errno);
    }
    const int status = sj_file_read_from(file, path, most, text, error);
    (void)close(file);
    return status;
}

int sj_file_first_line(const char *path, char *line, size_t room, sj_error *error) {
    sj_text text = {0};
    line[0] = '\0';
    int status = sj_file_read(path, 65536, &text, error);
    if (status == SJ_OK) {
        (void)snprintf(line, room, "%.*s", (int)strcspn(sj_or_empty(text.data), "\r\n"),
                       sj_or_empty(text.data));
        status = line[0] != '\0'
                     ? SJ_OK
                     : sj_error_set(error, SJ_E_INVALID, "the first line of %.400s is empty", path);
    }
    if (text.data != NULL) {
        explicit_bzero(text.data, text.length);
    }
    sj_text_clear(&text);
    return status;
}

static bool write_all(int file, const char *data, size_t length) {
    while (length > 0) {
        const ssize_t count = write(file, data, length);
        if (count > 0) {
            data += count;
            length -= (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            errno = count == 0 ? EIO : errno;
            return false;
        }
    }
    return true;
}

/* The new name is on the disk once its directory is. Where a directory cannot be synchronised the
 * file system does not need it. */
static bool sync_directory(char *path) {
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        slash[slash == path ? 1 : 0] = '\0';
    }
    const int directory = open(slash == NULL ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool good = directory >= 0 && (fsync(directory) == 0 || errno == EINVAL);
    const int why = errno;
    if (directory >= 0) {
        (void)close(directory);
    }
    errno = why;
    return good;
}

/* 0, or errno. */
static int write_beside(const char *path, char *temporary, const void *data, size_t length,
                        mode_t mode, bool durable) {
    const int file = mkostemps(temporary, sizeof PART - 1, O_CLOEXEC);
    if (file < 0) {
        return errno;
    }
    int why =
        fchmod(file, mode) == 0 && write_all(file, data, length) && (!durable || fsync(file) == 0)
            ? 0
            : errno;
    if (close(file) != 0 && why == 0) {
        why = errno;
    }
    if (why == 0 && rename(temporary, path) != 0) {
        why = errno;
    }
    if (why != 0) {
        (void)unlink(temporary);
        return why;
    }
    return !durable || sync_directory(temporary) ? 0 : errno;
}

static int write_or_refuse(const char *path, const void *data, size_t length, mode_t mode,
                           bool durable, sj_error *error) {
    sj_text temporary = {0};
    sj_text_printf(&temporary, "%s.XXXXXX" PART, path);
    const int why =
        temporary.failed ? ENOMEM : write_beside(path, temporary.data, data, length, mode, durable);
    sj_text_clear(&temporary);
    if (why == 0) {
        return SJ_OK;
    }
    const int code = refuse(error, path, "written", why);
    return code == SJ_E_NOT_FOUND
               ? sj_error_set(error, SJ_E_IO,
                              "%.400s cannot be written: its directory does not exist", path)
               : code;
}

int sj_file_write(const char *path, const void *data, size_t length, mode_t mode, sj_error *error) {
    return write_or_refuse(path, data, length, mode, true, error);
}

int sj_file_replace(const char *path, const void *data, size_t length, mode_t mode,
                    sj_error *error) {
    return write_or_refuse(path, data, length, mode, false, error);
}
