/* Whether a store was here before, from what lies in the state directory. */
#include "host/store/first_use.h"

#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME = 4096 };

static void beside(const char *path, const char *name, char out[NAME]) {
    char copy[NAME];
    (void)snprintf(copy, sizeof copy, "%s", path);
    (void)snprintf(out, NAME, "%.4000s/%s", dirname(copy), name);
}

static off_t size_of(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? status.st_size : -1;
}

/* A certificate: keys alone may have been put there for the first start. */
static bool has_certificate(const char *path, char found[NAME]) {
    char name[NAME];
    const struct dirent *entry;
    bool has = false;
    DIR *directory;
    beside(path, "identity", name);
    directory = opendir(name);
    while (directory != NULL && !has && (entry = readdir(directory)) != NULL) {
        const char *ending = strrchr(entry->d_name, '.');
        has = ending != NULL && strcmp(ending, ".pem") == 0;
        if (has) {
            (void)snprintf(found, NAME, "%.3000s/%.255s", name, entry->d_name);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return has;
}

/* What shows that a store was here. */
static bool was_used(const char *path, bool files, char found[NAME]) {
    static const char *const endings[] = {"-moved", "-wal"};
    for (size_t i = 0; files && i < sizeof endings / sizeof endings[0]; i++) {
        (void)snprintf(found, NAME, "%.4000s%s", path, endings[i]);
        if (size_of(found) > 0) {
            return true;
        }
    }
    beside(path, "secret.key", found);
    return size_of(found) >= 0 || has_certificate(path, found);
}

static bool is_requested(const char *path) {
    char word[NAME];
    beside(path, "begin-anew", word);
    return size_of(word) >= 0;
}

static int refuse(const char *path, const char *how, const char *found, sj_error *error) {
    char word[NAME];
    beside(path, "begin-anew", word);
    return sj_error_set(error, SJ_E_NOT_FOUND,
                        "the store %.150s %s, but it was in use here: %.150s is there. Put the "
                        "store back, from a backup. Or, to "
                        "begin as an empty cluster, make the file %.150s and start again",
                        path, how, found, word);
}

int store_first_use_check(const char *path, sj_error *error) {
    static const char *const old[] = {"", "-wal", "-shm", "-moved"};
    const off_t size = size_of(path);
    char found[NAME];
    if (size > 0 || !was_used(path, true, found)) {
        return SJ_OK;
    }
    if (!is_requested(path)) {
        return refuse(path, size < 0 ? "is missing" : "is empty", found, error);
    }
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
        char name[NAME];
        (void)snprintf(name, sizeof name, "%.4000s%s", path, old[i]);
        (void)unlink(name);
    }
    return SJ_OK;
}

int store_first_use_check_empty(const char *path, sj_error *error) {
    char found[NAME];
    return is_requested(path) || !was_used(path, false, found)
               ? SJ_OK
               : refuse(path, "is an empty database", found, error);
}

void store_first_use_done(const char *path) {
    char word[NAME];
    beside(path, "begin-anew", word);
    (void)unlink(word);
}
