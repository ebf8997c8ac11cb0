/* Whether the store's files are still what the node opened: a file that was deleted, replaced or
 * emptied under a running node takes what is written with it, and a database that another program
 * wrote over (a backup, put back by `cp`) does not fit what the node knows. Looked at before each
 * flush and each checkpoint, on the store's thread. */
#ifndef HOST_STORE_DISK_PLACE_H
#define HOST_STORE_DISK_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct store_file {
    dev_t device;
    ino_t inode;
    off_t size; /* no less than that */
    struct timespec written;
};

struct store_place {
    struct store_file database, log;
};

/* As the files are now. 0 or an errno. */
int store_place_take(struct store_place *place, const char *path);
/* When the database was last written. Zero: there is none. */
struct timespec store_place_written(const char *path);
enum store_place_state {
    STORE_IN_PLACE,
    STORE_LOG_DELETED, /* its commits can still be moved into the database */
    STORE_MISPLACED,
};

/* With a sentence about the file that is not what it was. Sizes may grow. `at_rest`: no checkpoint
 * has written to the database since place->database.written. */
enum store_place_state store_place_look(struct store_place *place, const char *path, bool at_rest,
                                        char *why, size_t room);

#endif
