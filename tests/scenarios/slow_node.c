/* Preloaded into a node (LD_PRELOAD): hashing and the disk take longer, by as many milliseconds as
 * the file "slow" beside the node file says: "<hash> <disk>"; its clock is ahead by as many seconds
 * as the file "clock" says; and what binds a port of those that stand in the file "deaf" is bound
 * elsewhere, so that nobody answers there. Without these files all is as ever.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void file_beside_node(const char *name, char path[4096]) {
    char line[8192];
    FILE *file = fopen("/proc/self/cmdline", "re");
    const size_t length = file != NULL ? fread(line, 1, sizeof line - 1, file) : 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    line[length] = '\0';
    path[0] = '\0';
    for (const char *at = line; at < line + length; at += strlen(at) + 1) {
        const char *end = strrchr(at, '/');
        if (end != NULL && strcmp(end, "/node.lua") == 0) {
            (void)snprintf(path, 4096, "%.*s/%s", (int)(end - at), at, name);
        }
    }
}

/* The first (0) or second (1) number of the file, 0 without it. */
static long pause_ms(int which) {
    char path[4096];
    long ms[2] = {0, 0};
    file_beside_node("slow", path);
    FILE *file = path[0] != '\0' ? fopen(path, "re") : NULL;
    if (file == NULL) {
        return 0;
    }
    const bool read = fscanf(file, "%ld %ld", &ms[0], &ms[1]) == 2;
    (void)fclose(file);
    return read ? ms[which] : 0;
}

/* Sleeps as long as the file says, and no longer once it says less: a node that is quick again is
 * so at once, not after what it had begun when it was slow.
 */
static void take_time(int which) {
    enum { SLICE_MS = 10 };
    for (long slept = 0, wanted; slept < (wanted = pause_ms(which));) {
        const long slice = wanted - slept < SLICE_MS ? wanted - slept : SLICE_MS;
        const struct timespec pause = {0, slice * 1000000};
        (void)nanosleep(&pause, NULL);
        slept += slice;
    }
}

static long clock_ahead(void) {
    char path[4096];
    long seconds = 0;
    file_beside_node("clock", path);
    FILE *file = path[0] != '\0' ? fopen(path, "re") : NULL;
    if (file != NULL) {
        seconds = fscanf(file, "%ld", &seconds) == 1 ? seconds : 0;
        (void)fclose(file);
    }
    return seconds;
}

static void *real(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

int bind(int descriptor, const struct sockaddr *address, socklen_t length) {
    int (*function)(int, const struct sockaddr *, socklen_t);
    void *found = real("bind");
    char path[4096];
    struct sockaddr_in changed;
    memcpy(&function, &found, sizeof found);
    file_beside_node("deaf", path);
    FILE *file = path[0] != '\0' && address->sa_family == AF_INET ? fopen(path, "re") : NULL;
    if (file == NULL) {
        return function(descriptor, address, length);
    }
    memcpy(&changed, address, sizeof changed);
    for (int port; fscanf(file, "%d", &port) == 1;) {
        if (port == ntohs(changed.sin_port)) {
            changed.sin_port = 0;
        }
    }
    (void)fclose(file);
    return function(descriptor, (const struct sockaddr *)&changed, sizeof changed);
}

int fdatasync(int descriptor) {
    int (*function)(int);
    void *found = real("fdatasync");
    memcpy(&function, &found, sizeof found);
    take_time(1);
    return function(descriptor);
}

int fsync(int descriptor) {
    int (*function)(int);
    void *found = real("fsync");
    memcpy(&function, &found, sizeof found);
    take_time(1);
    return function(descriptor);
}

int crypto_pwhash_str_verify(const char *hash, const char *plain, unsigned long long length);
int crypto_pwhash_str_verify(const char *hash, const char *plain, unsigned long long length) {
    int (*function)(const char *, const char *, unsigned long long);
    void *found = real("crypto_pwhash_str_verify");
    memcpy(&function, &found, sizeof found);
    take_time(0);
    return function(hash, plain, length);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*function)(clockid_t, struct timespec *);
    void *found = real("clock_gettime");
    memcpy(&function, &found, sizeof found);
    const int result = function(clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += clock_ahead();
    }
    return result;
}
