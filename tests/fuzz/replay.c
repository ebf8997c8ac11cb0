/* Runs the files of directories (or single files) through a fuzz target, as an ordinary test. Fails
 * when there is none. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    struct stat info;
    uint8_t *data;
    size_t size;
    if (file == NULL || fstat(fileno(file), &info) != 0) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    data = malloc((size_t)info.st_size + 1);
    if (data == NULL) {
        exit(1);
    }
    size = fread(data, 1, (size_t)info.st_size, file);
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

int main(int count, char **arguments) {
    int replayed = 0;
    for (int i = 1; i < count; i++) {
        DIR *directory = opendir(arguments[i]);
        const struct dirent *entry;
        if (directory == NULL) {
            replayed += replay_file(arguments[i]);
            continue;
        }
        while ((entry = readdir(directory)) != NULL) {
            char path[4096];
            (void)snprintf(path, sizeof path, "%s/%s", arguments[i], entry->d_name);
            if (entry->d_name[0] != '.') {
                replayed += replay_file(path);
            }
        }
        (void)closedir(directory);
    }
    (void)printf("%d inputs replayed\n", replayed);
    return replayed > 0 ? 0 : 1;
}
