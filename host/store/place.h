/* Whether the store's files are still what the node opened: a file that was deleted, replaced or emptied under a running node
 * takes what is written with it. Looked at before each flush and each checkpoint, on the store's thread. */
#ifndef HOST_STORE_PLACE_H
#define HOST_STORE_PLACE_H

#include <stddef.h>
#include <sys/types.h>

struct store_file {
    dev_t device;
    ino_t inode;
    off_t size; /* no less than that */
};

struct store_place {
    struct store_file database, log;
};

/* As the files are now. 0 or an errno. */
int store_place_take(struct store_place *place, const char *path);
enum store_place_state {
    STORE_IN_PLACE,
    STORE_LOG_DELETED, /* its commits can still be moved into the database */
    STORE_MISPLACED,
};

/* With a sentence about the file that is not what it was. Sizes may grow. */
enum store_place_state store_place_look(struct store_place *place, const char *path, char *why, size_t room);

#endif
