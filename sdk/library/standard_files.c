/* Descriptors 0 to 2 are open. */
#include <sojourn/standard_files.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void sj_open_standard_files(void) {
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        /* The lowest free number is taken, which is this one: those below it are open. */
        if (fcntl(file, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDWR) != file) {
            abort(); /* without /dev/null there is nowhere to say anything */
        }
    }
}
