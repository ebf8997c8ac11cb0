/* Files: written only when their content changes, so that an unchanged declaration rebuilds
 * nothing. */
#include "emit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool says_the_same(const char *path, const struct text *text) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    bool same = true;
    char block[4096];
    size_t at = 0, count;
    while (same && (count = fread(block, 1, sizeof block, file)) > 0) {
        same = count <= text->length - at && memcmp(block, text->data + at, count) == 0;
        at += count;
    }
    same = same && at == text->length && ferror(file) == 0;
    (void)fclose(file);
    return same;
}

static bool make_directories(const char *path) {
    struct text part = {0};
    bool good = true;
    for (const char *slash = strchr(path + 1, '/'); good && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        part.length = 0;
        text_add_bytes(&part, path, (size_t)(slash - path));
        good = mkdir(part.data, 0777) == 0 || errno == EEXIST;
    }
    text_free(&part);
    return good;
}

bool output_write(const char *path, const struct text *text) {
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
