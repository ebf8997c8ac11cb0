/* What the supervisor sees of its worker. Touches /proc and the worker's memory, which it only
 * reads. */
#include "host/supervisor/watched.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/core/callback.h"

enum { PAGE = 4096 };

bool sj_watched_frozen(pid_t process) {
    char path[48], text[512];
    const char *after;
    ssize_t length;
    int file;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    length = read(file, text, sizeof text - 1);
    (void)close(file);
    text[length > 0 ? length : 0] = '\0';
    after = strrchr(text, ')'); /* behind the program's name */
    return after != NULL && after[1] == ' ' && (after[2] == 'T' || after[2] == 't');
}

/* A text at an address of the process, page by page; "" when it cannot be read. A wrong address
 * does no harm. */
static void read_text(pid_t process, const char *from, char *text, size_t room) {
    size_t used = 0;
    while (from != NULL && used + 1 < room) {
        size_t part = PAGE - ((uintptr_t)from + used) % PAGE;
        struct iovec here = {text + used, part < room - 1 - used ? part : room - 1 - used};
        struct iovec there = {(void *)(uintptr_t)(from + used), here.iov_len};
        if (process_vm_readv(process, &here, 1, &there, 1, 0) != (ssize_t)here.iov_len) {
            break;
        }
        used += here.iov_len;
        if (memchr(here.iov_base, '\0', here.iov_len) != NULL) {
            return;
        }
    }
    text[used] = '\0';
}

void sj_watched_record(pid_t process, const struct supervise_slot *slot, struct ending *ending) {
    const struct running running = slot->running;
    ending->plugin = sj_slot_of(slot, running.owner);
    ending->kind[0] = ending->detail[0] = '\0';
    if (running.owner == NULL) {
        return;
    }
    /* The kind is a literal of this very program, wherever it is read. */
    read_text(process != 0 ? process : getpid(), running.kind, ending->kind, sizeof ending->kind);
    if (process != 0) {
        read_text(process, running.detail, ending->detail, sizeof ending->detail);
    }
}
