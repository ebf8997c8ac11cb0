/* File URLs: reading, writing (whole or not at all) and listing, on a thread. Touches the file
 * system. */
#include "host/http/client/file_url.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sojourn/base/file.h>

#include "host/core/node.h"
#include "host/http/text.h"
#include "host/telemetry/log.h"
#include "host/work/work.h"

struct file_work {
    struct work slot;    /* first */
    struct fetch *fetch; /* NULL: cancelled */
    enum fetch_action action;
    char *path;
    char *body; /* taken from the fetch */
    size_t body_length;
    struct bytes answer;
    int status;
    sj_error error;
    char *made; /* the first of the directories that did not exist */
};

static int io_error(struct file_work *work, const char *what) {
    int status = errno == ENOENT || errno == ENOTDIR ? SJ_E_NOT_FOUND
                 : errno == EACCES || errno == EPERM ? SJ_E_DENIED
                                                     : SJ_E_IO;
    return sj_error_set(&work->error, status, "cannot %s %s: %s", what, work->path,
                        strerror(errno));
}

static int read_file(struct file_work *work) {
    sj_text text = {0};
    const int status = sj_file_read(work->path, SJ_FETCH_BODY_MAX, &text, &work->error);
    if (status != SJ_OK) {
        sj_text_clear(&text);
        return status;
    }
    work->answer = (struct bytes){.data = text.data, .used = text.length, .room = text.room};
    return SJ_OK;
}

/* Makes the directories above the file; what is made is said, as it may be a slip of the pen. */
static void make_directories(struct file_work *work) {
    char *copy = strdup(work->path);
    if (copy == NULL) {
        return; /* the write will say what is missing */
    }
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0755) == 0 && work->made == NULL) {
            work->made = strdup(copy);
        }
        *slash = '/';
    }
    free(copy);
}

static int write_file(struct file_work *work) {
    make_directories(work);
    return sj_file_write(work->path, work->body, work->body_length, 0644, &work->error);
}

static int list_directory(struct file_work *work) {
    DIR *directory = opendir(work->path);
    const struct dirent *entry;
    bool good = true;
    if (directory == NULL) {
        return io_error(work, "list");
    }
    while (good && (entry = readdir(directory)) != NULL) {
        good = sj_bytes_add(&work->answer, entry->d_name, strlen(entry->d_name)) &&
               sj_bytes_add(&work->answer, "\n", 1);
    }
    (void)closedir(directory);
    return good ? sj_fetch_sort_names(&work->answer)
                : sj_error_set(&work->error, SJ_E_NO_MEMORY, "out of memory: cannot list %s",
                               work->path);
}

static void free_work(struct file_work *work) {
    sj_bytes_free(&work->answer);
    free(work->path);
    free(work->body);
    free(work);
}

static void on_thread(struct work *slot) {
    struct file_work *work = (struct file_work *)(void *)slot;
    switch (work->action) {
    case FETCH_PUT: work->status = write_file(work); break;
    case FETCH_LIST: work->status = list_directory(work); break;
    default: work->status = read_file(work); break;
    }
}

static void on_loop(struct work *slot, int status) {
    struct file_work *work = (struct file_work *)(void *)slot;
    struct fetch *fetch = work->fetch;
    if (status != SJ_OK) {
        work->status =
            sj_error_set(&work->error, status, "too many files are being read and written");
    }
    if (work->made != NULL && fetch != NULL) {
        sj_node_log(fetch->client->node, SJ_LOG_WARNING,
                    "the directory %s did not exist and was made, for %s", work->made, work->path);
    }
    free(work->made);
    if (fetch != NULL) {
        fetch->work = NULL;
        fetch->error = work->error;
        sj_bytes_free(&fetch->answer);
        fetch->answer = work->answer;
        memset(&work->answer, 0, sizeof work->answer);
        sj_fetch_end(fetch, work->status);
    }
    free_work(work);
}

int sj_file_url_begin(struct fetch *fetch, sj_error *error) {
    const char *path = fetch->url + strlen("file://");
    struct file_work *work;
    const char *why;
    if (path[0] != '/') {
        return sj_error_field(error, SJ_E_INVALID, "url",
                              "url \"%.200s\": file:/// and an absolute path are expected",
                              fetch->url);
    }
    work = calloc(1, sizeof *work);
    if (work == NULL || (work->path = strdup(path)) == NULL) {
        free(work);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a call");
    }
    why = sj_path_decode(work->path, strlen(work->path));
    if (why != NULL) {
        free(work->path);
        free(work);
        return sj_error_field(error, SJ_E_INVALID, "url", "url \"%.200s\": %s", fetch->url, why);
    }
    work->fetch = fetch;
    work->action = fetch->action;
    work->body = fetch->body;
    work->body_length = fetch->body_length;
    fetch->body = NULL;
    fetch->work = work;
    if (sj_work_submit(fetch->client->node, &work->slot, WORK_JOBS, "files", on_thread, on_loop) !=
        SJ_OK) {
        fetch->work = NULL;
        free_work(work);
        return sj_error_set(error, SJ_E_LIMIT, "too many files are being read and written");
    }
    return SJ_OK;
}

void sj_file_url_cancel(struct fetch *fetch) {
    if (fetch->work != NULL) {
        fetch->work->fetch = NULL;
        if (sj_work_cancel(fetch->client->node, &fetch->work->slot)) {
            free_work(fetch->work);
        }
        fetch->work = NULL;
    }
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Not shown: the directory itself, the one above, and files that are still being written. */
static bool hidden(const char *name) {
    size_t length = strlen(name);
    return length == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
           (length > 5 && strcmp(name + length - 5, ".part") == 0);
}

int sj_fetch_sort_names(struct bytes *names) {
    struct bytes sorted = {0};
    size_t count = 0, lines = 0;
    char **list;
    bool good = true;
    if (names->used == 0) {
        return SJ_OK;
    }
    if (!sj_bytes_add(names, "", 1)) {
        return SJ_E_NO_MEMORY;
    }
    for (size_t i = 0; i < names->used; i++) {
        lines += names->data[i] == '\n';
    }
    list = malloc((lines + 1) * sizeof *list);
    if (list == NULL) {
        return SJ_E_NO_MEMORY;
    }
    for (char *name = names->data, *next; name != NULL; name = next) {
        next = strchr(name, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        if (!hidden(name)) {
            list[count++] = name;
        }
    }
    qsort(list, count, sizeof *list, compare_names);
    for (size_t i = 0; i < count; i++) {
        good = good && sj_bytes_add(&sorted, list[i], strlen(list[i])) &&
               sj_bytes_add(&sorted, "\n", 1);
    }
    free(list);
    sj_bytes_free(names);
    *names = sorted;
    return good ? SJ_OK : SJ_E_NO_MEMORY;
}
