/* The store's files as they are on the disk, beside what they were. */
#include "host/store/disk/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int look(const char *path, const char *ending, struct store_file *file) {
    char name[4096];
    struct stat status;
    if (snprintf(name, sizeof name, "%s%s", path, ending) >= (int)sizeof name) {
        return ENAMETOOLONG;
    }
    if (stat(name, &status) != 0) {
        return errno;
    }
    *file = (struct store_file){status.st_dev, status.st_ino, status.st_size, status.st_mtim};
    return 0;
}

int store_place_take(struct store_place *place, const char *path) {
    int result = look(path, "", &place->database);
    return result != 0 ? result : look(path, "-wal", &place->log);
}

struct timespec store_place_written(const char *path) {
    struct store_file database = {0};
    (void)look(path, "", &database);
    return database.written;
}

static bool same_time(const struct timespec *one, const struct timespec *other) {
    return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

static const char *changed(const struct store_file *before, const struct store_file *now,
                           int result) {
    if (result == ENOENT || result == ENOTDIR) {
        return "was deleted";
    }
    if (result != 0) {
        return strerror(result);
    }
    return before->device != now->device || before->inode != now->inode
               ? "was replaced by another file"
               : NULL;
}

enum store_place_state store_place_look(struct store_place *place, const char *path, bool at_rest,
                                        char *why, size_t room) {
    struct store_file database = {0}, log = {0};
    enum store_place_state state = STORE_MISPLACED;
    const char *what = changed(&place->database, &database, look(path, "", &database));
    const char *ending = "";
    if (what == NULL && database.size < place->database.size) {
        what = "was shortened by another program";
    } else if (what == NULL && at_rest && !same_time(&database.written, &place->database.written)) {
        what = "was written by another program";
    }
    if (what == NULL) {
        const int result = look(path, "-wal", &log);
        ending = "-wal";
        state = result == ENOENT ? STORE_LOG_DELETED : STORE_MISPLACED;
        what = changed(&place->log, &log, result);
    }
    if (what != NULL) {
        (void)snprintf(why, room, "%s%s %s", path, ending, what);
        return state;
    }
    place->database.size = database.size;
    return STORE_IN_PLACE;
}
