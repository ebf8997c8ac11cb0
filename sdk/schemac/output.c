/* Files: written only when their content changes, so that an unchanged declaration rebuilds
 * nothing. */
#include "emit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sojourn/base/file.h>

static bool says_the_same(const char *path, const sj_text *text) {
    sj_text there = {0};
    const bool same = sj_file_read(path, text->length, &there, NULL) == SJ_OK &&
                      there.length == text->length &&
                      (there.length == 0 || memcmp(there.data, text->data, there.length) == 0);
    sj_text_clear(&there);
    return same;
}

static bool make_directories(const char *path) {
    sj_text part = {0};
    bool good = true;
    for (const char *slash = strchr(path + 1, '/'); good && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        part.length = 0;
        text_add_bytes(&part, path, (size_t)(slash - path));
        good = mkdir(part.data, 0777) == 0 || errno == EEXIST;
    }
    sj_text_clear(&part);
    return good;
}

bool output_write(const char *path, const sj_text *text) {
    if (says_the_same(path, text)) {
        return true;
    }
    FILE *file = make_directories(path) ? fopen(path, "wb") : NULL;
    bool good = file != NULL && fwrite(text->data, 1, text->length, file) == text->length;
    if (file != NULL && fclose(file) != 0) {
        good = false;
    }
    if (!good) {
        (void)fprintf(stderr, "sojourn-schemac: %s cannot be written: %s\n", path, strerror(errno));
    }
    return good;
}
