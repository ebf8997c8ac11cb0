/* Preloaded into a node: a disk whose syncs take SLOW_DISK_MS as long as the file SLOW_DISK_WHILE
 * exists. Each sync is noted in SLOW_DISK_LOG: "loop" when the process's first thread waited for
 * it, "thread" when another did. While the file <SLOW_DISK_WHILE>-fails exists they fail (EIO). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

static int fails(void) {
    const char *while_file = getenv("SLOW_DISK_WHILE");
    char path[256];
    (void)snprintf(path, sizeof path, "%s-fails", while_file != NULL ? while_file : "");
    if (while_file == NULL || access(path, F_OK) != 0) {
        return 0;
    }
    errno = EIO;
    return 1;
}

static void be_slow(void) {
    const char *while_file = getenv("SLOW_DISK_WHILE"), *log = getenv("SLOW_DISK_LOG"),
               *ms = getenv("SLOW_DISK_MS");
    if (while_file != NULL && log != NULL && ms != NULL && access(while_file, F_OK) == 0) {
        const int loop = syscall(SYS_gettid) == getpid();
        const int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file >= 0) {
            (void)!write(file, loop ? "loop  \n" : "thread\n", 7);
            (void)close(file);
        }
        (void)usleep((useconds_t)atoi(ms) * 1000);
    }
}

EXPORTED int fdatasync(int file) {
    be_slow();
    return fails() ? -1 : (int)syscall(SYS_fdatasync, file);
}

EXPORTED int fsync(int file) {
    be_slow();
    return fails() ? -1 : (int)syscall(SYS_fsync, file);
}
