/* Reading of the file directory. The job touches its `disk_look` only; everything
 * else is on the loop. */
#include "disk_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parameters/tftp.h"

/* Which file it is, and in which state: when all is equal, it need not be read again. */
struct identity {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
};

struct disk_file {
    sj_list_link link; /* in files->kept */
    struct file *content;
    struct identity identity;
    char name[FILE_NAME_ROOM];
};

/* One who waits for a file. Its scope belongs to the asker's. */
struct disk_waiter {
    sj_list_link link; /* in the waiters of a reading, until it is answered */
    sj_scope *scope;
    sj_handle *timer; /* made with it, so that its answer needs no memory */
    disk_found_fn found;
    void *user;
    struct file *content;
    int status;
    const char *reason; /* literal, or strerror's */
};

/* What the job does. */
struct disk_look {
    char directory[PATH_MAX], path[PATH_MAX];
    struct identity known, seen;
    bool is_known, unchanged, leads_out;
    size_t room; /* bytes that may be read */
    char *data;
    size_t length;
    int failure; /* errno, or 0 */
};

struct disk_reading {
    sj_list_link link; /* in files->readings */
    struct disk_files *files;
    sj_list_head waiters;
    struct file *known; /* retained while the job runs */
    struct disk_look look;
    char name[FILE_NAME_ROOM];
};

/* ---- in the job ---- */

static bool same_file(const struct identity *a, const struct identity *b) {
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec;
}

/* Opens what the path means, symbolic links followed as long as they stay below the directory. -1
 * with `failure` set. */
static int open_below(struct disk_look *look) {
    char directory[PATH_MAX], target[PATH_MAX];
    if (realpath(look->directory, directory) == NULL || realpath(look->path, target) == NULL) {
        look->failure = errno;
        return -1;
    }
    const size_t length = strlen(directory);
    if (strncmp(target, directory, length) != 0 || (target[length] != '/' && length > 1)) {
        look->leads_out = true;
        look->failure = ENOENT;
        return -1;
    }
    const int descriptor = open(target, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    look->failure = descriptor < 0 ? errno : 0;
    return descriptor;
}

static void read_content(struct disk_look *look, int descriptor) {
    const size_t size = (size_t)look->seen.size;
    look->data = malloc(size + 1);
    if (look->data == NULL) {
        look->failure = ENOMEM;
    }
    while (look->failure == 0 && look->length < size) {
        const ssize_t count = read(descriptor, look->data + look->length, size - look->length);
        if (count > 0) {
            look->length += (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            look->failure = count < 0 ? errno : EIO;
        }
    }
}

static void look_at_file(void *data) {
    struct disk_look *look = &((struct disk_reading *)data)->look;
    struct stat facts;
    const int descriptor = open_below(look);
    if (descriptor < 0) {
        return;
    }
    if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        look->failure = ENOENT;
    } else {
        look->seen = (struct identity){facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim};
        look->unchanged = look->is_known && same_file(&look->known, &look->seen);
        if (!look->unchanged && facts.st_size > MOST_FILE_BYTES) {
            look->failure = EFBIG;
        } else if (!look->unchanged && (size_t)facts.st_size > look->room) {
            look->failure = EAGAIN;
        } else if (!look->unchanged) {
            read_content(look, descriptor);
        }
    }
    (void)close(descriptor);
}

/* ---- on the loop ---- */

static struct disk_file *find_kept(struct disk_files *files, const char *name) {
    SJ_LIST_EACH(one, &files->kept, struct disk_file, link) {
        if (strcmp(one->name, name) == 0) {
            return one;
        }
    }
    return NULL;
}

static struct disk_file *oldest_kept(struct disk_files *files) {
    return SJ_OWNER(sj_list_last(&files->kept), struct disk_file, link);
}

/* NULL is allowed. */
static void forget(struct disk_files *files, struct disk_file *file) {
    if (file != NULL) {
        sj_list_remove(&file->link);
        files->kept_bytes -= file->content->length;
        file_release(file->content);
        free(file);
    }
}

/* Keeps a file for the next request, in front of the others; those behind go when there is too
 * much. */
static void keep(struct disk_files *files, const struct disk_reading *reading,
                 struct file *content) {
    forget(files, find_kept(files, reading->name));
    struct disk_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        return; /* it is read again then */
    }
    (void)snprintf(file->name, sizeof file->name, "%s", reading->name);
    file->content = file_retain(content);
    file->identity = reading->look.seen;
    sj_list_add_first(&files->kept, &file->link);
    files->kept_bytes += content->length;
    while (files->kept_bytes > MOST_KEPT_BYTES) {
        forget(files, oldest_kept(files));
    }
}

static void waiter_closed(void *user) {
    struct disk_waiter *waiter = user;
    sj_list_remove(&waiter->link);
    file_release(waiter->content);
    free(waiter);
}

static void answer(void *user) {
    struct disk_waiter *waiter = user;
    sj_scope_close(waiter->scope);
    waiter->found(waiter->user, waiter->status, waiter->reason, waiter->content);
}

/* Answers from the waiter's timer: when its scope is closing, there is no answer. */
static void answer_soon(struct disk_waiter *waiter, int status, const char *reason,
                        struct file *content) {
    sj_list_remove(&waiter->link);
    waiter->status = status;
    waiter->reason = reason;
    waiter->content = content == NULL ? NULL : file_retain(content);
    sj_timer_again(waiter->scope, waiter->timer, 0);
}

static void log_link(struct disk_files *files, const struct disk_reading *reading) {
    sj_log_limited(files->scope, SJ_LOG_WARNING, "a symbolic link is not served",
                   "%s is a symbolic link that leads out of %s. Copy the file, or link to one "
                   "below the directory",
                   reading->name, reading->look.directory);
}

static void look_done(void *data, int status, const sj_error *error) {
    struct disk_reading *reading = data;
    struct disk_look *look = &reading->look;
    struct disk_files *files = reading->files;
    (void)error;
    struct file *content = NULL;
    sj_list_remove(&reading->link);
    files->readings_count--;
    if (status != SJ_OK) {
        look->failure = ECANCELED;
        free(look->data);
    } else if (look->failure != 0) {
        free(look->data);
    } else if (look->unchanged) {
        content = file_retain(reading->known);
    } else {
        content = file_new(look->data, look->length, "");
        if (content == NULL) {
            look->failure = ENOMEM;
        } else {
            content->counted_in = &files->bytes;
            files->bytes += content->length;
        }
    }
    if (content != NULL) {
        keep(files, reading, content);
    }
    const bool absent =
        look->failure == ENOENT || look->failure == ENOTDIR || look->failure == ELOOP;
    const bool busy = look->failure == EAGAIN;
    if (look->leads_out) {
        log_link(files, reading);
    } else if (look->failure != 0 && !absent && status == SJ_OK) {
        sj_log_warning(files->scope, "cannot read %s: %s", look->path,
                       busy ? "too many files are being sent from memory"
                            : strerror(look->failure));
    }
    SJ_LIST_EACH(waiter, &reading->waiters, struct disk_waiter, link) {
        answer_soon(waiter,
                    content != NULL ? SJ_OK
                    : absent        ? SJ_E_NOT_FOUND
                    : busy          ? SJ_E_LIMIT
                                    : SJ_E_IO,
                    content != NULL ? ""
                    : absent        ? "File not found"
                    : busy          ? "busy"
                                    : strerror(look->failure),
                    content);
    }
    file_release(content);
    file_release(reading->known);
    free(reading);
}

static struct disk_reading *find_reading(struct disk_files *files, const char *name) {
    SJ_LIST_EACH(reading, &files->readings, struct disk_reading, link) {
        if (strcmp(reading->name, name) == 0) {
            return reading;
        }
    }
    return NULL;
}

/* Begins to look at the file. NULL when that is not possible now. */
static struct disk_reading *begin(struct disk_files *files, const char *name) {
    const char *directory = sj_param_tftp_file_directory(files->scope);
    struct disk_reading *reading =
        files->readings_count < MOST_READINGS ? calloc(1, sizeof *reading) : NULL;
    if (reading == NULL) {
        return NULL;
    }
    struct disk_look *look = &reading->look;
    const struct disk_file *kept = find_kept(files, name);
    reading->files = files;
    (void)snprintf(reading->name, sizeof reading->name, "%s", name);
    if (kept != NULL) {
        reading->known = file_retain(kept->content);
        look->known = kept->identity;
        look->is_known = true;
    }
    look->room = files->bytes < MOST_BYTES ? MOST_BYTES - files->bytes : 0;
    const int directory_length = directory[0] != '\0'
                                     ? snprintf(look->directory, PATH_MAX, "%s", directory)
                                     : snprintf(look->directory, PATH_MAX, "%s/tftp",
                                                files->scope->host->node->state_directory);
    const int length = snprintf(look->path, PATH_MAX, "%.*s/%s", PATH_MAX - FILE_NAME_ROOM - 2,
                                look->directory, name);
    if (directory_length < 0 || directory_length >= PATH_MAX - FILE_NAME_ROOM - 2 || length < 0 ||
        sj_job_run(files->scope, look_at_file, look_done, reading) == NULL) {
        file_release(reading->known);
        free(reading);
        return NULL;
    }
    sj_list_add_first(&files->readings, &reading->link);
    files->readings_count++;
    return reading;
}

void disk_files_open(struct disk_files *files, sj_scope *scope) {
    *files = (struct disk_files){.scope = scope};
}

void disk_files_close(struct disk_files *files) {
    SJ_LIST_EACH(one, &files->kept, struct disk_file, link) {
        forget(files, one);
    }
}

/* NULL without memory. */
static struct disk_waiter *new_waiter(sj_scope *asker, disk_found_fn found, void *user) {
    struct disk_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL) {
        return NULL;
    }
    waiter->found = found;
    waiter->user = user;
    waiter->scope = sj_scope_open(asker, "file", waiter_closed, waiter);
    if (waiter->scope == NULL) {
        free(waiter);
        return NULL;
    }
    waiter->timer = sj_timer_start(waiter->scope, INT64_MAX, 0, answer, waiter);
    if (waiter->timer == NULL) {
        sj_scope_close(waiter->scope);
        return NULL;
    }
    return waiter;
}

void disk_files_ask(struct disk_files *files, sj_scope *asker, const char *name,
                    disk_found_fn found, void *user) {
    struct disk_waiter *waiter = new_waiter(asker, found, user);
    if (waiter == NULL) {
        found(user, SJ_E_NO_MEMORY, "out of memory", NULL);
        return;
    }
    struct disk_reading *reading = find_reading(files, name);
    reading = reading != NULL ? reading : begin(files, name);
    if (reading == NULL) {
        answer_soon(waiter, SJ_E_LIMIT, "busy", NULL);
        return;
    }
    sj_list_add_first(&reading->waiters, &waiter->link);
}
