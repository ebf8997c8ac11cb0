/* What the process uses: bytes allocated, descriptors open. */
#ifndef SOJOURN_USAGE_H
#define SOJOURN_USAGE_H

#include <dirent.h>
#include <malloc.h>

static inline int usage_descriptors(void) {
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (directory != NULL && readdir(directory) != NULL) {
        count++;
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return count;
}

static inline long usage_bytes(void) {
    struct mallinfo2 info;
    (void)malloc_trim(0);
    info = mallinfo2();
    return (long)(info.uordblks + info.hblkhd);
}

#endif
