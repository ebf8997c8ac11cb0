/* Files of records: appended, finished, removed, sent. Blocks. */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sojourn/base/array.h>
#include <sojourn/base/file.h>

static void path_of(const struct disk *disk, const char *first, const char *second,
                    char path[DISK_FILE_PATH]) {
    (void)snprintf(path, DISK_FILE_PATH, "%s/%s%s", disk->directory, first, second);
}

static int fails(sj_error *error, const char *what, const char *path) {
    const int why = errno;
    return sj_error_set(error, why == ENOENT ? SJ_E_NOT_FOUND : SJ_E_IO, "%.400s cannot be %s: %s",
                        path, what, strerror(why));
}

int disk_make(const struct disk *disk, sj_error *error) {
    static const char *const below[] = {"", "files/", "unsent/"};
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        char path[DISK_FILE_PATH];
        path_of(disk, below[i], "", path);
        if (mkdir(path, 0750) != 0 && errno != EEXIST) {
            return fails(error, "made", path);
        }
    }
    return SJ_OK;
}

/* Writes at the end that is known; a part of it does not stay. */
static int append(const char *path, const sj_text *head, const sj_text *text, int64_t *size,
                  sj_error *error) {
    const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    const sj_text *const parts[2] = {head, text};
    int64_t at = *size;
    int status = SJ_OK;
    if (file < 0) {
        return fails(error, "opened", path);
    }
    for (int i = 0; i < 2 && status == SJ_OK; i++) {
        size_t done = 0;
        while (parts[i] != NULL && done < parts[i]->length) {
            const ssize_t count =
                pwrite(file, parts[i]->data + done, parts[i]->length - done, (off_t)at);
            if (count <= 0 && errno == EINTR) {
                continue;
            }
            if (count <= 0) {
                status = fails(error, "written", path);
                break;
            }
            done += (size_t)count;
            at += count;
        }
    }
    if (status != SJ_OK && ftruncate(file, (off_t)*size) != 0) {
        status = fails(error, "cut", path); /* the next attempt writes over what was too much */
    }
    if (close(file) != 0 && status == SJ_OK) {
        status = fails(error, "written", path);
    }
    *size = status == SJ_OK ? at : *size;
    return status;
}

int disk_append(const struct disk *disk, const char *kind, const struct cdr_columns *columns,
                const sj_text *rows, int64_t *size, sj_error *error) {
    char path[DISK_FILE_PATH];
    sj_text head = {0};
    path_of(disk, kind, ".open", path);
    if (*size == 0) {
        cdr_row_put_head(columns, &head);
    }
    const int status = head.failed
                           ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory for a file of records")
                           : append(path, &head, rows, size, error);
    sj_text_clear(&head);
    return status;
}

static int synchronise(const char *path, int flags, sj_error *error) {
    const int file = open(path, flags | O_CLOEXEC);
    if (file < 0) {
        return fails(error, "opened", path);
    }
    const int status = fsync(file) == 0 || errno == EINVAL ? SJ_OK : fails(error, "written", path);
    (void)close(file);
    return status;
}

/* As when it could not be finished to its end before. */
static bool are_the_same(const char *path, const char *other) {
    struct stat one, two;
    const bool same = stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev &&
                      one.st_ino == two.st_ino;
    errno = EEXIST;
    return same;
}

int disk_finish(const struct disk *disk, const char *kind, const char *name, bool to_be_sent,
                sj_error *error) {
    char open_path[DISK_FILE_PATH], path[sizeof open_path], unsent[sizeof open_path];
    path_of(disk, kind, ".open", open_path);
    path_of(disk, "files/", name, path);
    path_of(disk, "unsent/", name, unsent);
    int status = synchronise(open_path, O_RDONLY, error);
    if (status != SJ_OK) {
        return status;
    }
    if (link(open_path, path) != 0 && !(errno == EEXIST && are_the_same(open_path, path))) {
        return errno == EEXIST ? sj_error_set(error, SJ_E_EXISTS, "%.400s exists already", path)
                               : fails(error, "made", path);
    }
    if (to_be_sent && link(open_path, unsent) != 0 && errno != EEXIST) {
        return fails(error, "made", unsent);
    }
    if (unlink(open_path) != 0) {
        return fails(error, "removed", open_path);
    }
    path_of(disk, "files", "", path);
    return synchronise(path, O_RDONLY | O_DIRECTORY, error);
}

int disk_calls_add(const struct disk *disk, const sj_text *lines, int64_t *size, sj_error *error) {
    char path[DISK_FILE_PATH];
    path_of(disk, "calls", "", path);
    return append(path, NULL, lines, size, error);
}

int disk_calls_replace(const struct disk *disk, const sj_text *lines, int64_t *size,
                       sj_error *error) {
    char path[DISK_FILE_PATH];
    path_of(disk, "calls", "", path);
    const int status = sj_file_write(path, sj_or_empty(lines->data), lines->length, 0640, error);
    *size = status == SJ_OK ? (int64_t)lines->length : *size;
    return status;
}

void disk_calls_touch(const struct disk *disk) {
    char path[DISK_FILE_PATH];
    path_of(disk, "calls", "", path);
    (void)utimensat(AT_FDCWD, path, NULL, 0); /* without it a call is told to have ended earlier */
}

/* Whole lines of a file, behind so many of them; cuts what stands behind the last one. */
static int read_lines(const char *path, int skipped, sj_text *text, int64_t *size, int64_t *last_s,
                      sj_error *error) {
    struct stat found;
    sj_text all = {0};
    *size = 0;
    if (stat(path, &found) != 0) {
        return errno == ENOENT ? SJ_OK : fails(error, "read", path);
    }
    *last_s = found.st_mtim.tv_sec > *last_s ? found.st_mtim.tv_sec : *last_s;
    const int status = sj_file_read(path, SIZE_MAX / 2, &all, error);
    if (status != SJ_OK) {
        sj_text_clear(&all);
        return status;
    }
    while (all.length > 0 && all.data[all.length - 1] != '\n') {
        all.length--;
    }
    *size = (int64_t)all.length;
    size_t at = 0;
    for (int i = 0; i < skipped && at < all.length; i++) {
        at += (size_t)((const char *)memchr(all.data + at, '\n', all.length - at) - all.data) - at +
              1;
    }
    sj_text_add(text, sj_or_empty(all.data) + at, all.length - at);
    sj_text_clear(&all);
    return text->failed ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory to read %.400s", path)
                        : SJ_OK;
}

/* What stands in the file of calls may be from before the last file was finished. */
static int read_last_sequence(const struct disk *disk, int64_t *last, sj_error *error) {
    char path[DISK_FILE_PATH];
    path_of(disk, "files", "", path);
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return fails(error, "read", path);
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *number = strrchr(entry->d_name, '_');
        const int64_t sequence = number == NULL ? 0 : strtoll(number + 1, NULL, 10);
        *last = sequence > *last ? sequence : *last;
    }
    (void)closedir(directory);
    return SJ_OK;
}

int disk_read_remains(const struct disk *disk, struct disk_remains *remains, sj_error *error) {
    char path[DISK_FILE_PATH];
    int64_t size;
    memset(remains, 0, sizeof *remains);
    path_of(disk, "cdr", ".open", path);
    int status = read_lines(path, 2, &remains->rows, &remains->size, &remains->last_s, error);
    path_of(disk, "cmr", ".open", path);
    sj_text statistics = {0};
    status = status == SJ_OK ? read_lines(path, 0, &statistics, &remains->statistics_size,
                                          &remains->last_s, error)
                             : status;
    sj_text_clear(&statistics);
    path_of(disk, "calls", "", path);
    status = status == SJ_OK ? read_lines(path, 0, &remains->calls, &size, &remains->last_s, error)
                             : status;
    return status == SJ_OK ? read_last_sequence(disk, &remains->last_sequence, error) : status;
}

void disk_remains_clear(struct disk_remains *remains) {
    sj_text_clear(&remains->rows);
    sj_text_clear(&remains->calls);
}

/* ---- finished files ---- */

struct finished {
    char name[DISK_NAME];
    int64_t modified_s, bytes;
};

struct finished_list {
    struct finished *files;
    size_t count, room;
};

static int older_first(const void *a, const void *b) {
    const struct finished *one = a, *other = b;
    return one->modified_s != other->modified_s ? (one->modified_s < other->modified_s ? -1 : 1)
                                                : strcmp(one->name, other->name);
}

/* In the order of their age. */
static int list_files(const struct disk *disk, const char *below, struct finished_list *list,
                      sj_error *error) {
    char path[DISK_FILE_PATH];
    path_of(disk, below, "", path);
    DIR *directory = opendir(path);
    int status = SJ_OK;
    if (directory == NULL) {
        return fails(error, "read", path);
    }
    for (struct dirent *entry; status == SJ_OK && (entry = readdir(directory)) != NULL;) {
        struct stat found;
        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= DISK_NAME) {
            continue;
        }
        path_of(disk, below, entry->d_name, path);
        if (stat(path, &found) != 0 || !S_ISREG(found.st_mode)) {
            continue;
        }
        if (!sj_array_room(&list->files, &list->room, list->count + 1, sizeof *list->files)) {
            status = sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the files of records");
            break;
        }
        struct finished *file = &list->files[list->count++];
        (void)snprintf(file->name, sizeof file->name, "%s", entry->d_name);
        file->modified_s = found.st_mtim.tv_sec;
        file->bytes = found.st_size;
    }
    (void)closedir(directory);
    if (list->count > 1) {
        qsort(list->files, list->count, sizeof list->files[0], older_first);
    }
    return status;
}

int disk_tidy(const struct disk *disk, int64_t before_s, int64_t most_bytes,
              struct disk_tidied *tidied, sj_error *error) {
    struct finished_list list = {0}, unsent = {0};
    memset(tidied, 0, sizeof *tidied);
    int status = list_files(disk, "files/", &list, error);
    for (size_t i = 0; i < list.count; i++) {
        tidied->bytes += list.files[i].bytes;
    }
    tidied->files = list.count;
    for (size_t i = 0; i < list.count && status == SJ_OK; i++) {
        char path[DISK_FILE_PATH];
        if (list.files[i].modified_s >= before_s && tidied->bytes <= most_bytes) {
            break;
        }
        path_of(disk, "files/", list.files[i].name, path);
        if (unlink(path) != 0) {
            status = fails(error, "removed", path);
            break;
        }
        path_of(disk, "unsent/", list.files[i].name, path);
        tidied->lost += unlink(path) == 0;
        tidied->removed++;
        tidied->files--;
        tidied->bytes -= list.files[i].bytes;
    }
    status = status == SJ_OK ? list_files(disk, "unsent/", &unsent, error) : status;
    tidied->unsent = unsent.count;
    free(list.files);
    free(unsent.files);
    return status;
}

void disk_unsent_clear(struct disk_unsent *unsent) {
    free(unsent->names);
    *unsent = (struct disk_unsent){NULL, 0, 0};
}

static int list_unsent(const struct disk *disk, struct disk_unsent *unsent, sj_error *error) {
    struct finished_list list = {0};
    disk_unsent_clear(unsent);
    int status = list_files(disk, "unsent/", &list, error);
    if (status == SJ_OK && list.count > 0) {
        unsent->names = calloc(list.count, sizeof *unsent->names);
        status = unsent->names == NULL
                     ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the files of records")
                     : SJ_OK;
    }
    for (size_t i = 0; status == SJ_OK && i < list.count; i++) {
        (void)snprintf(unsent->names[unsent->count++], DISK_NAME, "%s", list.files[i].name);
    }
    free(list.files);
    return status;
}

int disk_next_unsent(const struct disk *disk, struct disk_unsent *unsent, char name[DISK_NAME],
                     sj_text *content, sj_error *error) {
    int status = unsent->next < unsent->count ? SJ_OK : list_unsent(disk, unsent, error);
    while (status == SJ_OK && unsent->next < unsent->count) {
        char path[DISK_FILE_PATH];
        (void)snprintf(name, DISK_NAME, "%s", unsent->names[unsent->next++]);
        path_of(disk, "unsent/", name, path);
        const int read = sj_file_read(path, SIZE_MAX / 2, content, error);
        if (read != SJ_E_NOT_FOUND) { /* else it has been removed since */
            return read;
        }
    }
    return status != SJ_OK
               ? status
               : sj_error_set(error, SJ_E_NOT_FOUND, "all files of records have been sent");
}

int disk_sent(const struct disk *disk, const char *name, sj_error *error) {
    char path[DISK_FILE_PATH];
    path_of(disk, "unsent/", name, path);
    return unlink(path) == 0 ? SJ_OK : fails(error, "removed", path);
}
